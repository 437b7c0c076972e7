"""A fictional organisation, so that a first start shows a lively portal."""
