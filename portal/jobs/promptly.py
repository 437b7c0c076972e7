"""What cannot wait for the timetable: messages that came in are understood within half a second, and their senders told."""

import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from portal.connectors.understanding import MOST_TOGETHER, understand_new
from portal.notifications import follower
from portal.notifications.sending import Sender, post_of
from portal.services import Services

_LOOK_EVERY_SECONDS = 0.2
_AFTER_TROUBLE_SECONDS = 2.0

logger = logging.getLogger(__name__)


@contextmanager
def reading_what_comes_in(services: Services) -> Iterator[None]:
    """Inside the block a thread understands what is stored, and another one tells customers; both end with the block.

    Two, because a mail server that is slow must not hold up what comes in.
    """
    ending = Event()
    gc.freeze()  # what is there now stays; looking through it again and again would take a tenth of the time
    threads = [
        Thread(target=_again_and_again, args=(services, ending, work), name=work.__name__.strip("_"), daemon=True)
        for work in (_read, _tell)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ending.set()
        for thread in threads:
            thread.join()


def _again_and_again(services: Services, ending: Event, work: Callable[[Services], bool]) -> None:
    pause = 0.0
    while not ending.wait(pause):
        try:
            pause = 0.0 if work(services) else _LOOK_EVERY_SECONDS
        except Exception as error:  # noqa: BLE001 - whatever it is: the table is looked at again
            logger.warning("What came in cannot be worked on now (%s)", error)
            pause = _AFTER_TROUBLE_SECONDS


def _read(services: Services) -> bool:
    """Whether there may be more to read at once."""
    swept = understand_new(services.database, services.clock.now())
    return swept.understood + swept.failed >= MOST_TOGETHER


def _tell(services: Services) -> bool:
    """Whether there may be more to tell at once."""
    now = services.clock.now()
    followed = follower.follow(services.database, post_of(services.config), now)
    sent = Sender(services.database, services.vault, services.config).send_due(now)
    return bool(sent or followed.events)
