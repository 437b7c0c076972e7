from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.db import insert_or_ignore
from portal.errors import Conflict, Invalid, NotFound
from portal.events.store import record
from portal.hours.models import Schedule
from portal.hours.opening_time import OpeningTimes, Version, opening_times
from portal.hours.reading import EXPECTED_DATE, calendar_from_text, parse_calendar
from portal.hours.schedule import Calendar, Closure, all_day, calendar_json, calendar_text, is_foreseeable
from portal.organisation.models import Channel, Organisation
from portal.web.formats import DEFAULT_ZONE
from portal.web.texts import to_translate

EXPECTED_FUTURE = to_translate("a start that is not in the past")
EXPECTED_TO_COME = to_translate("a time that is still to come")


def opening_times_of(session: Session, channel_id: int) -> OpeningTimes:
    """When this channel is, was and will be open; clock time for a channel without a schedule. One query."""
    return _opening_times(session, channel_id=channel_id)[channel_id]


def opening_times_of_all(session: Session, since: datetime | None = None) -> dict[int, OpeningTimes]:
    """The opening times of every channel by its id. One query.

    With `since`, versions that were replaced before it are not read, and earlier instants must not be asked about.
    """
    return _opening_times(session, since=since)


def _opening_times(session: Session, channel_id: int | None = None, since: datetime | None = None) -> dict[int, OpeningTimes]:
    timezone = select(Organisation.timezone).where(Organisation.id == 1).scalar_subquery()
    query = (
        select(Channel.id, Schedule.valid_from, Schedule.calendar_text, timezone)
        .outerjoin(Schedule, Schedule.channel_id == Channel.id)
        .order_by(Channel.id, Schedule.number)
    )
    if channel_id is not None:
        query = query.where(Channel.id == channel_id)
    if since is not None:
        earlier = aliased(Schedule)
        first_needed = (
            select(func.max(earlier.valid_from))
            .where(earlier.channel_id == Channel.id, earlier.valid_from <= since)
            .scalar_subquery()
        )
        query = query.where(or_(Schedule.valid_from >= first_needed, first_needed.is_(None)))
    found: dict[int, list[tuple[datetime, str]]] = {}
    zone = DEFAULT_ZONE.key
    for channel, valid_from, text, organisation_zone in session.execute(query):
        zone = organisation_zone or zone
        found.setdefault(channel, []).extend([] if text is None else [(valid_from, text)])
    return {channel: _from_texts(tuple(versions), zone) for channel, versions in found.items()}


@lru_cache(maxsize=512)
def _from_texts(versions: tuple[tuple[datetime, str], ...], timezone: str) -> OpeningTimes:
    """Kept by what was stored, so that a year is expanded once per process and not once per request."""
    return opening_times(tuple(Version(valid_from, calendar_from_text(text)) for valid_from, text in versions), timezone)


def schedule_in_force(session: Session, channel_id: int, at: datetime) -> Schedule | None:
    """The version that counts at this instant; None where clock time counts. One query."""
    return session.scalar(
        select(Schedule)
        .where(Schedule.channel_id == channel_id, Schedule.valid_from <= at)
        .order_by(Schedule.valid_from.desc(), Schedule.number.desc())
        .limit(1)
    )


def versions_of(session: Session, channel_id: int) -> Sequence[Schedule]:
    """Every version of a channel's hours, the newest first. One query."""
    return session.scalars(select(Schedule).where(Schedule.channel_id == channel_id).order_by(Schedule.number.desc())).all()


def newest_numbers(session: Session) -> dict[int, int]:
    """The number of the newest version by channel id; channels without a schedule are not in it. One query."""
    rows = session.execute(select(Schedule.channel_id, func.max(Schedule.number)).group_by(Schedule.channel_id))
    return {channel_id: number for channel_id, number in rows}  # noqa: C416 - the rows are not tuples to mypy


def save_schedule(
    session: Session,
    channel_id: int,
    calendar: Calendar,
    *,
    valid_from: datetime,
    now: datetime,
    actor_id: int | None,
    seen: int | None = None,
) -> Schedule:
    """A new version of the channel's hours, which counts from `valid_from` on. Only the first one may begin in the past.

    `seen` is the newest number that the editor knew of (0: none); raises Conflict when there is a newer one by now.
    Raises Invalid for a calendar that is not fit to save.
    """
    parse_calendar(calendar_json(calendar))
    newest = _newest_number(session, channel_id)
    if seen is not None and newest != seen:
        raise Conflict(f"The hours were saved by somebody else as version {newest}; you started from version {seen}.")
    if newest and valid_from < now:
        raise Invalid("valid_from", valid_from.isoformat(), EXPECTED_FUTURE)
    return _append(
        session, channel_id, calendar, "hours.changed", number=newest + 1, valid_from=valid_from, now=now, actor_id=actor_id
    )


def close_now(session: Session, channel_ids: Iterable[int], closure: Closure, *, now: datetime, actor_id: int | None) -> None:
    """Closes these channels for the time of the closure, in the version of now and in each that takes over before its end.

    A channel without a schedule gets one that is otherwise open day and night. Raises Invalid when the closure is over
    already, ends before it starts or has no reason.
    """
    if closure.ends_at <= now:
        raise Invalid("until", closure.ends_at.isoformat(), EXPECTED_TO_COME)
    if not is_foreseeable(closure.ends_at):
        raise Invalid("until", closure.ends_at.isoformat(), EXPECTED_DATE)
    for channel_id in channel_ids:
        opening = opening_times_of(session, channel_id)
        changed = [
            (starts_at, (calendar or all_day(opening.zone_at(now).key)).with_closure(closure))
            for starts_at, calendar in _in_force_during(opening, now, closure.ends_at)
        ]
        _append_all(session, channel_id, changed, "hours.closed", now=now, actor_id=actor_id)


def reopen(session: Session, channel_id: int, *, now: datetime, actor_id: int | None) -> None:
    """Ends the last-minute closures of now; from now on the ordinary hours count again."""
    opening = opening_times_of(session, channel_id)
    calendar = opening.calendar_at(now)
    until = max((each.ends_at for each in calendar.closures), default=now) if calendar else now
    changed = [
        (starts_at, version.reopened(now))
        for starts_at, version in _in_force_during(opening, now, until)
        if version and version.reopened(now) != version
    ]
    _append_all(session, channel_id, changed, "hours.reopened", now=now, actor_id=actor_id)


def copy_schedule(session: Session, channel_id: int, seen: Mapping[int, int], *, now: datetime, actor_id: int | None) -> None:
    """Gives other channels the week and exceptions in force on this one, from now on; each keeps its own closures.

    `seen` names the channels, each with the newest version number that the editor knew of. Raises Conflict, and NotFound
    when there is nothing to copy.
    """
    original = schedule_in_force(session, channel_id, now)
    if original is None:
        raise NotFound("This channel has no opening hours to copy.")
    for other_id, number in seen.items():
        own = schedule_in_force(session, other_id, now)
        copied = replace(original.calendar.since(now), closures=own.calendar.since(now).closures if own else ())
        save_schedule(session, other_id, copied, valid_from=now, now=now, actor_id=actor_id, seen=number)


def _in_force_during(opening: OpeningTimes, now: datetime, until: datetime) -> list[tuple[datetime, Calendar | None]]:
    later = [(version.valid_from, version.calendar) for version in opening.versions if now < version.valid_from < until]
    return [(now, opening.calendar_at(now)), *later]


def _newest_number(session: Session, channel_id: int) -> int:
    return session.scalar(select(func.max(Schedule.number)).where(Schedule.channel_id == channel_id)) or 0


def _append_all(
    session: Session,
    channel_id: int,
    calendars: Iterable[tuple[datetime, Calendar]],
    kind: str,
    *,
    now: datetime,
    actor_id: int | None,
) -> None:
    for number, (valid_from, calendar) in enumerate(calendars, _newest_number(session, channel_id) + 1):
        parse_calendar(calendar_json(calendar))
        _append(session, channel_id, calendar, kind, number=number, valid_from=valid_from, now=now, actor_id=actor_id)


def _append(
    session: Session,
    channel_id: int,
    calendar: Calendar,
    kind: str,
    *,
    number: int,
    valid_from: datetime,
    now: datetime,
    actor_id: int | None,
) -> Schedule:
    made = insert_or_ignore(
        session,
        Schedule,
        {
            "channel_id": channel_id,
            "number": number,
            "valid_from": valid_from,
            "created_at": now,
            "created_by": actor_id,
            "calendar": calendar_text(calendar),
        },
        unique=["channel_id", "number"],
    )
    if made is None:  # another process took the number between our reading and our writing
        raise Conflict(f"The hours were saved by somebody else as version {number} at this very moment.")
    record(
        session,
        at=now,
        kind=kind,
        subject=f"channel:{channel_id}",
        actor_id=actor_id,
        facts={"version": number, "valid_from": valid_from.isoformat()},
    )
    return session.get_one(Schedule, made)
