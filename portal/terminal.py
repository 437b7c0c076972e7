"""What a command says when it cannot do its work."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from portal.errors import PortalError


@contextmanager
def plainly() -> Iterator[None]:
    """An error of ours is one line on the terminal, not a traceback."""
    try:
        yield
    except PortalError as error:
        raise click.ClickException(error.message) from error
