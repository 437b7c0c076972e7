import signal
from threading import Event

import click
from flask import current_app

from portal import services
from portal.instance_lock import in_use
from portal.publication import publisher as publishing
from portal.terminal import plainly


@click.command("publisher")
def publisher() -> None:
    """Make the public documents and keep them true, until stopped."""
    current, stop = services.current(), Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    with plainly(), in_use(current.config.instance):
        publishing.run(current_app._get_current_object(), current, stop)  # type: ignore[attr-defined]  # noqa: SLF001 - as Flask documents it
