"""The public page: composes what the features supply, owns no table."""
