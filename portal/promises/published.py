"""Reading the kept counts: the same few rows whether there were a thousand requests or ten million."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import union_all
from sqlalchemy.orm import Session

from portal.hours.opening_time import ALWAYS, OpeningTimes
from portal.hours.store import opening_times_of, opening_times_of_all
from portal.organisation.store import zone_of
from portal.promises.counting import count_recent_from, write_counts
from portal.promises.figures import Group, Key, Period, ResponseFigures, Tally, Unanswered, by_day, by_hour, last_days
from portal.promises.rows import (
    answered_by_day,
    answered_by_hour,
    answered_rows,
    coming_rows,
    promised_by_day,
    recent_rows,
    tally_rows,
    unpacked,
    waiting_rows,
    waiting_rows_by_half_hour,
)
from portal.promises.statistics import COARSE, FINE, Histogram, Scale


def figures_of(session: Session, channel_id: int, since: date | None, until: date | None, now: datetime) -> ResponseFigures:
    """The figures of one channel over requests received on the local days `since` to `until`, both included.

    Without days: the last 28, today included. One query for the figures, one each for the zone and the opening times.
    """
    zone = zone_of(session)
    period = _period(since, until, now, zone)
    opening = {channel_id: opening_times_of(session, channel_id)}
    found = _figures(session, period, now, zone=zone, openings=opening, channel_id=channel_id)
    return found.get(channel_id, ResponseFigures(period, None, Tally(), Histogram({}), Unanswered()))


def figures_of_all(
    session: Session,
    now: datetime,
    *,
    period: Period | None = None,
    zone: ZoneInfo | None = None,
    openings: Mapping[int, OpeningTimes] | None = None,
) -> dict[int, ResponseFigures]:
    """The figures of every channel that ever had a request, by channel, over the last 28 days or another period.

    One query; one more each for the zone and the opening times when the caller does not have them yet.
    """
    zone = zone or zone_of(session)
    openings = opening_times_of_all(session) if openings is None else openings
    period = period or last_days(now.astimezone(zone).date())
    return _figures(session, period, now, zone=zone, openings=openings)


def move_recent(session: Session, now: datetime) -> None:
    """The recent counts hold the last 28 days from now on, which makes reading these quick and changes no figure.

    Two queries when they do so already.
    """
    count_recent_from(session, last_days(now.astimezone(zone_of(session)).date()).since)


def groups_of(session: Session, channel_id: int, period: Period, now: datetime) -> tuple[tuple[Group, ...], tuple[Group, ...]]:
    """The spread of one channel by day of receipt (error 1 %), beside what was promised, and by hour of receipt (error 5 %).

    Five queries at most.
    """
    zone, opening = zone_of(session), opening_times_of(session, channel_id)
    write_counts(session)
    of_days, of_hours = answered_by_day(period, channel_id), answered_by_hour(period, channel_id)
    days = {on: Histogram(unpacked(counts)) for on, counts in session.execute(of_days)}
    promised = {on: Histogram(unpacked(counts)) for on, counts in session.execute(promised_by_day(period, channel_id))}
    hours = {hour: Histogram(unpacked(counts), COARSE) for hour, counts in session.execute(of_hours)}
    waiting_days: dict[date, Counter[int]] = defaultdict(Counter)
    waiting_hours: dict[int, Counter[int]] = defaultdict(Counter)
    for row in session.execute(union_all(*waiting_rows_by_half_hour(period, zone, now, channel_id))):
        for end, n in unpacked(row.counts).items():
            local = datetime.fromtimestamp((end - 1) * 60, zone)
            age = age_of(opening, end, now)
            waiting_days[local.date()][FINE.bucket(age)] += n
            waiting_hours[local.hour][COARSE.bucket(age)] += n
    return (
        by_day(period, days, _histograms(waiting_days, FINE), promised),
        by_hour(hours, _histograms(waiting_hours, COARSE)),
    )


def _figures(
    session: Session,
    period: Period,
    now: datetime,
    *,
    zone: ZoneInfo,
    openings: Mapping[int, OpeningTimes],
    channel_id: int | None = None,
) -> dict[int, ResponseFigures]:
    write_counts(session)
    is_usual = period == last_days(now.astimezone(zone).date())
    parts = (
        tally_rows(period, channel_id),
        *(recent_rows if is_usual else answered_rows)(period, channel_id),
        *waiting_rows(period, zone, now, channel_id),
        coming_rows(period, now, channel_id),
    )
    tallies: dict[int, tuple[date, Tally]] = {}
    answered: dict[int, Counter[int]] = defaultdict(Counter)
    ages: dict[int, Counter[int]] = defaultdict(Counter)
    coming: dict[int, tuple[int, int]] = {}
    for part, channel, first, *others, counts, first_on in session.execute(union_all(*parts)):
        if part == "tally":
            tallies[channel] = (first_on, Tally(first, *others))
        elif part == "answered":
            answered[channel].update(unpacked(counts))
        elif part == "waiting":
            opening, of_channel = openings.get(channel, ALWAYS), ages[channel]
            for end, n in unpacked(counts).items():
                of_channel[FINE.bucket(age_of(opening, end, now))] += n
        else:
            coming[channel] = (first, others[0])
    return {
        channel: ResponseFigures(
            period,
            first_on,
            tally,
            Histogram({bucket: n for bucket, n in answered[channel].items() if n}),
            _waiting(Histogram(ages[channel]), tally, *coming.get(channel, (0, 0))),
        )
        for channel, (first_on, tally) in tallies.items()
    }


def _waiting(ages: Histogram, tally: Tally, coming: int, told_coming: int) -> Unanswered:
    return Unanswered(ages, tally.undecided - coming, coming, tally.told_waiting - told_coming)


def age_of(opening: OpeningTimes, end: int, now: datetime) -> float:
    """How many seconds of opening time a request has waited that came in by this minute since 1970."""
    return opening.between(datetime.fromtimestamp(end * 60, UTC), now).total_seconds()


def _histograms(found: Mapping[Key, Counter[int]], scale: Scale) -> dict[Key, Histogram]:
    return {key: Histogram(counts, scale) for key, counts in found.items()}


def _period(since: date | None, until: date | None, now: datetime, zone: ZoneInfo) -> Period:
    usual = last_days(until or now.astimezone(zone).date())
    return Period(since or usual.since, until or usual.until)
