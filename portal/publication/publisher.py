"""The program that publishes: waits for a change or for the clock, builds what is due, and puts a whole set on the shelf."""

import fcntl
import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from time import monotonic

from flask import Flask

from portal.errors import Unavailable
from portal.publication import shelf
from portal.publication.building import Builder, Edition
from portal.publication.release import release_of
from portal.publication.shelf import Shelf
from portal.publication.state import StateReader
from portal.publication.watch import Watch
from portal.services import Services
from portal.web.formats import DEFAULT_ZONE

PORTION_SECONDS = 0.4  # for so long the less urgent documents are made before those that are ready are put up
_GATHER_SECONDS = 0.05  # changes that come close together are one building
_LONGEST_WAIT_SECONDS = 1.0
_CHECK_EVERY = timedelta(seconds=10)
_TIDY_EVERY = timedelta(minutes=1)
_AFTER_A_FAILURE_SECONDS = 0.5

logger = logging.getLogger(__name__)


class Publisher:
    """One building after the other, each from what the database says then.

    What was not made for one set is due for the next, so nothing is lost.
    """

    def __init__(self, app: Flask, services: Services, folder: Path | None = None) -> None:
        self._services = services
        self._shelf = Shelf(folder or services.config.public_folder)
        self._reader = StateReader()
        self._builder = Builder(app, release_of())
        self._before = self._shelf.documents()
        self._zone = DEFAULT_ZONE
        self.next_due: datetime | None = None

    def publish(self) -> Edition:
        """Builds what is due now and puts it on the shelf. Raises what the database raises."""
        now = self._services.clock.now()
        started = monotonic()
        with self._services.database.reading() as session:
            state = self._reader.read(session, now)
            planned = self._builder.plan(state)
            edition = self._builder.build(
                self._builder.due(planned, self._before, now),
                planned,
                self._before,
                state,
                is_time_up=lambda: monotonic() - started > PORTION_SECONDS,
            )
        self._shelf.put(edition.documents, edition.bodies)
        self._before, self._zone = edition.documents, state.zone
        ends = [each.true_until for each in edition.documents.values() if each.true_until and each.true_until > now]
        self.next_due = min(ends, default=None) if edition.is_whole else now
        return edition

    def publish_all(self, tell: Callable[[int, int], None] = lambda _made, _all: None) -> Edition:
        """Builds until nothing is left to do; `tell` hears after each portion how many documents of how many were made."""
        made = 0
        while True:
            edition = self.publish()
            made += edition.made
            tell(made, len(edition.documents))
            if edition.is_whole:
                self.check()
                return edition

    def check(self) -> None:
        """Tells readers that what is on the shelf is true now."""
        self._shelf.check(self._services.clock.now(), self._zone)

    def tidy(self) -> None:
        self._shelf.tidy()

    def is_due(self, now: datetime) -> bool:
        """Whether the clock alone has made something untrue."""
        return self.next_due is not None and now >= self.next_due


def run(app: Flask, services: Services, stop: Event) -> None:
    """Publishes until `stop` is set. Raises Unavailable when another program publishes into the same folder."""
    with alone(services.config.public_folder):
        _run(Publisher(app, services), services, stop)


def _run(publisher: Publisher, services: Services, stop: Event) -> None:
    watch, troubled, is_settled = Watch(services.database), False, False
    checked_at = tidied_at = published_at = None
    while not stop.is_set():
        try:
            now = services.clock.now()
            is_news = watch.wait(0 if publisher.is_due(now) else _LONGEST_WAIT_SECONDS)
            now = services.clock.now()
            if is_news and published_at is not None:
                stop.wait(_GATHER_SECONDS)
            if is_news or publisher.is_due(now) or published_at is None or now < published_at:
                publisher.publish()
                published_at = services.clock.now()
            if checked_at is None or not timedelta() <= now - checked_at < _CHECK_EVERY or troubled:
                publisher.check()
                checked_at = now
            if not is_settled and publisher.next_due and not publisher.is_due(now):
                gc.collect()
                gc.freeze()  # what is there now mostly stays; looking through it again and again takes a tenth of a second
                is_settled = True
            if tidied_at is None or not timedelta() <= now - tidied_at < _TIDY_EVERY:
                publisher.tidy()
                tidied_at = now
            troubled = False
        except Exception as error:  # the database, or the disk: what is on the shelf stays, and says when it is too old
            if not troubled:
                logger.exception("Nothing can be published at the moment")
            else:
                logger.warning("Still nothing can be published: %s", error)
            troubled, published_at = True, None
            watch.close()
            stop.wait(_AFTER_A_FAILURE_SECONDS)
    watch.close()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Held by the one who publishes into this folder. Raises Unavailable when somebody does already."""
    shelf.prepare(folder)
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Unavailable(f"Somebody publishes into {folder} already.") from error
        yield
