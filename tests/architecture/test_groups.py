"""Tests that share a server or a browser stay in one process when several run side by side."""

import pytest


@pytest.mark.xdist_group("a group")
def test_the_groups_of_tests_are_read(request: pytest.FixtureRequest) -> None:
    """By pytest-xdist, which is silent when it cannot."""
    assert request.node.nodeid.endswith("@a group") == request.config.getoption("loadgroup", False)
