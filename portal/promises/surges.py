"""Unusual inflow, noticed from the kept counts, told to staff once, and what staff make of it.

What is read is bounded: nine weeks have at most 6,048 quarters of an hour for each channel, whatever came in in them.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from portal.db import Database, insert_or_ignore
from portal.errors import NotFound
from portal.events.store import record
from portal.organisation.models import Channel
from portal.organisation.store import zone_of
from portal.promises.count_models import PromiseDay
from portal.promises.inflow import DAY, FEWEST, LENGTHS, QUARTER_MINUTES, WEEK, WEEKS, Inflow, Span, Unusual
from portal.promises.surge_models import InflowQuarter, Surge

ALL_TOGETHER = 0
LONGEST = timedelta(days=14)  # what has been unusual for so long is how it is now, and counts as usual from then on
_LOOK_BACK = WEEKS * WEEK + DAY
_KEPT = _LOOK_BACK + 4 * WEEK
_MOST_FORGOTTEN = 20_000  # quarters of an hour, more than half a year
_LONGEST_WINDOW = max(LENGTHS)
_QUARTER_SECONDS = QUARTER_MINUTES * 60


@dataclass
class Found:
    """What a look has found: new surges by channel, the hours of those that go on, and those that are over."""

    noticed: dict[int, tuple[Unusual, int, float]] = field(default_factory=dict)
    going_on: dict[int, tuple[int, float]] = field(default_factory=dict)
    over: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class _Stream:
    """The requests of these channels together, under one number, known from a quarter on."""

    number: int
    channels: list[int]
    known_from: int


def look(database: Database, now: datetime) -> None:
    """Notices what is unusual now, and what is usual again. Reads first, so that it keeps writers waiting for an instant only."""
    with database.reading() as session:
        found = find(session, now)
    if found.noticed or found.going_on or found.over:
        with database.transaction() as session:
            write(session, found, now)


def find(session: Session, now: datetime) -> Found:
    """What a look at this instant finds. Changes nothing. Three queries, and four for each channel where something goes on."""
    quarter = _quarter(now)
    busy = _busy(session, quarter)
    there = {each.channel_id: each for each in _open(session)}
    found = Found()
    if not there and sum(busy.values()) < FEWEST:
        return found
    known = _known_from(session)
    for channel_id in known:
        if channel_id in there or busy[channel_id] >= FEWEST:
            _judge(session, found, _Stream(channel_id, [channel_id], known[channel_id]), there.get(channel_id), now)
    long_known = [channel_id for channel_id, since in known.items() if since <= quarter - WEEK]
    is_told = any(channel_id for channel_id in [*there, *found.noticed])  # of one channel: that is what is the matter
    if len(long_known) > 1 and (ALL_TOGETHER in there or not is_told):
        together = _Stream(ALL_TOGETHER, long_known, max(known[channel_id] for channel_id in long_known))
        _judge(session, found, together, there.get(ALL_TOGETHER), now)
    return found


def write(session: Session, found: Found, now: datetime) -> None:
    """Writes down what a look has found. Of two looks at once, one tells; a surge that is over stays so."""
    for channel_id, (unusual, hour_seen, hour_usual) in found.noticed.items():
        values: dict[str, Any] = {
            "channel_id": channel_id,
            "noticed_at": now,
            "seen": unusual.seen,
            "usual": unusual.usual,
            "minutes": unusual.minutes,
            "hour_seen": hour_seen,
            "hour_usual": hour_usual,
        }
        made = insert_or_ignore(session, Surge, values, unique=["channel_id"], where=Surge.until.is_(None))
        if made is not None:
            facts = {"channel_id": channel_id, "seen": unusual.seen, "usual": unusual.usual, "minutes": unusual.minutes}
            record(session, at=now, kind="surge.noticed", subject=f"surge:{made}", facts=facts)
    for surge_id, (hour_seen, hour_usual) in found.going_on.items():
        session.execute(update(Surge).where(Surge.id == surge_id).values(hour_seen=hour_seen, hour_usual=hour_usual))
    for surge_id in found.over:
        ended = update(Surge).where(Surge.id == surge_id, Surge.until.is_(None)).values(until=now).returning(Surge.id)
        if session.scalar(ended) is not None:
            record(session, at=now, kind="surge.over", subject=f"surge:{surge_id}")


def surge(session: Session, surge_id: int, *, to_declare: bool = False) -> Surge:
    """One surge. With `to_declare` nobody else declares it before this transaction ends. Raises NotFound."""
    found = session.get(Surge, surge_id, with_for_update=to_declare or None, populate_existing=to_declare)
    if found is None:
        raise NotFound(f"There is no surge {surge_id}.")
    return found


def dismiss(session: Session, surge_id: int, *, now: datetime, actor_id: int | None) -> None:
    """Staff say that this is no calamity. It stays in the record, and as much in the same hours later is no surprise.

    Said twice, it was said the first time. Raises NotFound.
    """
    surge(session, surge_id)
    said = update(Surge).where(Surge.id == surge_id, Surge.dismissed_at.is_(None), Surge.incident_id.is_(None))
    said = said.values(dismissed_at=now, dismissed_by=actor_id)
    if session.scalar(said.returning(Surge.id)) is not None:
        record(session, at=now, kind="surge.dismissed", subject=f"surge:{surge_id}", actor_id=actor_id)


def declare(session: Session, surge_id: int, incident_id: int, *, now: datetime, actor_id: int | None) -> None:
    """Customers are told of it by this incident. The first incident stays. Raises NotFound."""
    surge(session, surge_id)
    told = update(Surge).where(Surge.id == surge_id, Surge.incident_id.is_(None)).values(incident_id=incident_id)
    if session.scalar(told.returning(Surge.id)) is not None:
        facts = {"incident": incident_id}
        record(session, at=now, kind="surge.declared", subject=f"surge:{surge_id}", actor_id=actor_id, facts=facts)


def is_told_by(session: Session, incident_id: int, started_at: datetime) -> bool:
    """Whether this incident, which began then, tells customers of a surge: of one that went on, or was over for a day at most.

    One query.
    """
    recent = or_(Surge.until.is_(None), Surge.until > started_at - timedelta(days=1))
    return session.scalar(select(Surge.id).where(recent, Surge.incident_id == incident_id).limit(1)) is not None


def incidents_declared(session: Session, now: datetime) -> frozenset[int]:
    """The incidents that tell customers of a surge which goes on, or was over for two weeks at most. One query."""
    recent = or_(Surge.until.is_(None), Surge.until > now - LONGEST)
    return frozenset(session.scalars(select(Surge.incident_id).where(recent, Surge.incident_id.is_not(None))))


def to_tell(session: Session, now: datetime, over_for: timedelta = timedelta(hours=4)) -> list[Surge]:
    """What staff should know now: surges that nobody dismissed, going on or over for a short while. One query."""
    recent = or_(Surge.until.is_(None), Surge.until > now - over_for)
    return sorted(session.scalars(select(Surge).where(recent, Surge.dismissed_at.is_(None))), key=attrgetter("id"))


def forget_old(session: Session, now: datetime, *, most: int | None = _MOST_FORGOTTEN) -> None:
    """Removes the counts that no look reads any more, of at most so many quarters for each channel; of all with None.

    One query, and one for each channel that has such.
    """
    end = _quarter(now) - _KEPT
    first = select(func.min(InflowQuarter.received_quarter)).where(InflowQuarter.channel_id == Channel.id).scalar_subquery()
    for channel_id, oldest in session.execute(select(Channel.id, first).order_by(Channel.id)).all():
        if oldest is not None and oldest < end:
            until = end if most is None else min(end, oldest + most)
            mine = (InflowQuarter.channel_id == channel_id, InflowQuarter.received_quarter < until)
            session.execute(delete(InflowQuarter).where(*mine))


def _judge(session: Session, found: Found, stream: _Stream, there: Surge | None, now: datetime) -> None:
    quarter, inflow = _quarter(now), _inflow(session, stream, now)
    hour = quarter - 3
    usual = inflow.usual(hour, 4)
    figures = inflow.seen(hour, 4), usual.mean if usual else 0.0
    if there is None:
        until = session.scalar(select(func.max(Surge.until)).where(Surge.channel_id == stream.number))
        not_before = _quarter(until) if until else 0
        for last in (quarter, quarter - 1):  # the quarter before, for what came in late
            unusual = inflow.unusual(last, not_before)
            if unusual is not None:
                found.noticed[stream.number] = (unusual, *figures)
                return
    elif inflow.is_usual_again(quarter) or now - there.noticed_at >= LONGEST:
        found.over.append(there.id)
    elif (there.hour_seen, there.hour_usual) != figures:
        found.going_on[there.id] = figures


def _quarter(at: datetime) -> int:
    return int(at.timestamp()) // _QUARTER_SECONDS


def _busy(session: Session, quarter: int) -> Counter[int]:
    """The requests of the longest window by channel. One query."""
    mine = and_(InflowQuarter.channel_id == Channel.id, InflowQuarter.received_quarter > quarter - _LONGEST_WINDOW - 1)
    rows = session.execute(select(Channel.id, func.sum(InflowQuarter.n)).join(InflowQuarter, mine).group_by(Channel.id))
    return Counter({channel_id: int(n) for channel_id, n in rows})


def _open(session: Session) -> Iterable[Surge]:
    return session.scalars(select(Surge).where(Surge.until.is_(None))).all()


def _known_from(session: Session) -> dict[int, int]:
    """The first quarter of the day on which the first request came in, by channel; nothing of channels without. One query.

    A few messages of long ago that come in now, as with a wrong date, do not make years of silence of what is not known.
    """
    is_history = PromiseDay.received == PromiseDay.afterwards
    counts = or_(~is_history, PromiseDay.received >= FEWEST)
    first = select(func.min(PromiseDay.received_on)).where(PromiseDay.channel_id == Channel.id, counts).scalar_subquery()
    rows = session.execute(select(Channel.id, first).order_by(Channel.id))
    return {channel_id: _quarter(datetime.combine(day, time(), UTC)) for channel_id, day in rows if day is not None}


def _inflow(session: Session, stream: _Stream, now: datetime) -> Inflow:
    """Three queries."""
    quarter = _quarter(now)
    first = quarter - _LOOK_BACK
    counts = [0] * (_LOOK_BACK + 1)
    rows = session.execute(
        select(InflowQuarter.received_quarter, func.sum(InflowQuarter.n))
        .where(InflowQuarter.channel_id.in_(stream.channels), InflowQuarter.received_quarter.between(first, quarter))
        .group_by(InflowQuarter.received_quarter)
    )
    for place, n in rows:
        counts[place - first] = int(n)
    spans = _spans(session, stream.number, first)
    return Inflow(
        counts,
        first=first,
        known_from=stream.known_from,
        now=quarter,
        offset=_offsets(zone_of(session)),
        surges=spans[False],
        dismissed=spans[True],
    )


def _spans(session: Session, channel_id: int, first: int) -> Mapping[bool, list[Span]]:
    """When there were surges of this stream, by whether they were dismissed; those that lasted for good left out."""
    since = datetime.fromtimestamp(first * _QUARTER_SECONDS, UTC)
    over = select(Surge).where(Surge.channel_id == channel_id, or_(Surge.until.is_(None), Surge.until > since))
    spans: dict[bool, list[Span]] = defaultdict(list)
    for each in session.scalars(over):
        if each.until is None or each.until - each.noticed_at < LONGEST:
            begin = _quarter(each.noticed_at - timedelta(minutes=each.minutes))
            end = _quarter(each.until) + 1 if each.until else first + _LOOK_BACK + 1
            spans[each.dismissed_at is not None].append((begin, end))
    return spans


def _offsets(zone: ZoneInfo) -> Callable[[int], int]:
    """By how many quarters local time is ahead of UTC."""

    def offset(quarter: int) -> int:
        ahead = datetime.fromtimestamp(quarter * _QUARTER_SECONDS, zone).utcoffset()
        return int((ahead or timedelta()).total_seconds()) // _QUARTER_SECONDS

    return offset
