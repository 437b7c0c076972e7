"""What cannot wait for the timetable: messages that came in are understood within half a second."""

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from portal.connectors.understanding import MOST_TOGETHER, understand_new
from portal.services import Services

_LOOK_EVERY_SECONDS = 0.2
_AFTER_TROUBLE_SECONDS = 2.0

logger = logging.getLogger(__name__)


@contextmanager
def reading_what_comes_in(services: Services) -> Iterator[None]:
    """Inside the block a thread looks again and again at what is stored, and understands it; it ends with the block."""
    ending = Event()
    gc.freeze()  # what is there now stays; looking through it again and again would take a tenth of the time
    thread = Thread(target=_read_until, args=(services, ending), name="reading", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def _read_until(services: Services, ending: Event) -> None:
    pause = 0.0
    while not ending.wait(pause):
        try:
            swept = understand_new(services.database, services.clock.now())
            pause = 0.0 if swept.understood + swept.failed >= MOST_TOGETHER else _LOOK_EVERY_SECONDS
        except Exception as error:  # noqa: BLE001 - whatever it is: the table is looked at again
            logger.warning("What came in cannot be read now (%s)", error)
            pause = _AFTER_TROUBLE_SECONDS
