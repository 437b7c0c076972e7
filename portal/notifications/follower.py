"""Reads the journal from where it was left, and makes the messages that its events ask for: each once, whoever reads it again.

How far it was read and what was made of it are one transaction. Of several workers one reads; the others go on. On PostgreSQL
numbers are given before the commit: one that is not there yet is remembered and looked for again, for an hour.

An event of which no message can be made is passed over: it must not keep all other customers from being told.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import func, or_, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from portal.db import Database, insert_all_or_ignore, insert_or_replace
from portal.events.models import Event
from portal.notifications.composing import KINDS, tell_of
from portal.notifications.models import Follower
from portal.notifications.ways import Post

NAME = "notifications"
MOST_TOGETHER = 200
_MOST_TOLD = 20  # some hundredths of a second for each
LOOKED_FOR = timedelta(hours=1)  # no transaction takes longer; a number that is not there by then was rolled back
_MOST_STRETCHES = 100

Stretch = tuple[int, int, str]
_Tell = Callable[[Session, Sequence[Event], Post, datetime], int]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Followed:
    """How many events were looked at, and how many messages were made of them."""

    events: int = 0
    messages: int = 0


def follow(database: Database, post: Post, now: datetime, *, most: int = MOST_TOGETHER) -> Followed:
    """Looks at what is new in the journal, at most so many events. Two queries when there is nothing."""
    with database.reading() as session:
        if not _has_more(session):
            return Followed()
    try:
        return _follow(database, post, now, most, tell_of)
    except (OperationalError, InterfaceError):
        raise  # it is the database, and no event
    except Exception as error:  # noqa: BLE001 - whatever it is: the others are told
        logger.warning("Not all of the new events can be told of together (%s)", type(error).__name__)
        return _follow(database, post, now, most, _tell_one_by_one)


def _tell_one_by_one(session: Session, events: Sequence[Event], post: Post, now: datetime) -> int:
    told = 0
    for event, event_id in [(event, event.id) for event in events]:
        try:
            with session.begin_nested():
                told += tell_of(session, [event], post, now)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001 - as above
            logger.error("Nobody can be told of event %s (%s)", event_id, type(error).__name__)  # noqa: TRY400 - no one's words
    return told


def _follow(database: Database, post: Post, now: datetime, most: int, tell: _Tell) -> Followed:
    with database.transaction() as session:
        place = _taken(session, now)
        if place is None:
            return Followed()
        late = _late(session, place.missing, most)
        new = _as_many_as_can_be_told(
            session.scalars(select(Event).where(Event.id > place.looked).order_by(Event.id).limit(most)).all()
        )
        told = tell(session, [*late, *new], post, now)
        stretches = _without(place.missing, [event.id for event in late])
        if session.get_bind().dialect.name != "sqlite":  # where writers follow one another, no number comes late
            stretches += _gaps(place.looked, [event.id for event in new], now)
        place.missing = [list(each) for each in stretches if datetime.fromisoformat(each[2]) > now - LOOKED_FOR][
            -_MOST_STRETCHES:
        ]
        place.looked, place.at = (new[-1].id if new else place.looked), now
    return Followed(len(late) + len(new), told)


def _as_many_as_can_be_told(events: Sequence[Event]) -> Sequence[Event]:
    """Those up to the last of which somebody is told now: on SQLite what comes in waits as long as this takes."""
    places = [place for place, event in enumerate(events) if event.kind in KINDS]
    return events[: places[_MOST_TOLD]] if len(places) > _MOST_TOLD else events


def begin_at_the_end(session: Session, now: datetime) -> None:
    """Of all that has happened until now, nobody is told any more."""
    last = session.scalar(select(func.max(Event.id))) or 0
    insert_or_replace(session, Follower, {"name": NAME, "looked": last, "missing": [], "at": now}, key=["name"])


def is_behind(session: Session, now: datetime, by: timedelta) -> bool:
    """Whether an event of longer ago than `by` has not been looked at. Two queries."""
    place = session.get(Follower, NAME)
    following = select(Event.at).where(Event.id > (place.looked if place else 0)).order_by(Event.id).limit(1)
    at = session.scalar(following)
    return at is not None and at < now - by


def _has_more(session: Session) -> bool:
    last = session.scalar(select(func.max(Event.id))) or 0
    place = session.get(Follower, NAME)
    if place is None or last > place.looked:
        return bool(last)
    return bool(_late(session, place.missing, 1))


def _taken(session: Session, now: datetime) -> Follower | None:
    """Where reading was left, ours until the end of the transaction; None when another worker is reading."""
    mine = select(Follower).where(Follower.name == NAME).with_for_update(skip_locked=True)
    found = session.scalar(mine)
    if found is None and session.get(Follower, NAME) is None:
        values = {"name": NAME, "looked": 0, "missing": [], "at": now}
        insert_all_or_ignore(session, Follower, [values], unique=["name"])
        found = session.scalar(mine)
    return found


def _late(session: Session, stretches: Sequence[Stretch], most: int) -> Sequence[Event]:
    """The events whose numbers were missing and are there now."""
    if not stretches:
        return []
    among = or_(*(Event.id.between(first, last) for first, last, _noticed in stretches))
    return session.scalars(select(Event).where(among).order_by(Event.id).limit(most)).all()


def _without(stretches: Iterable[Stretch], found: Sequence[int]) -> list[Stretch]:
    """The stretches without these numbers."""
    left: list[Stretch] = []
    for first, last, noticed in stretches:
        edges = [first - 1, *(number for number in found if first <= number <= last), last + 1]
        left += [(low + 1, high - 1, noticed) for low, high in pairwise(edges) if high - low > 1]
    return left


def _gaps(looked: int, found: Sequence[int], now: datetime) -> list[Stretch]:
    """The numbers that are not there between those that are."""
    return [(low + 1, high - 1, now.isoformat()) for low, high in pairwise([looked, *found]) if high - low > 1]
