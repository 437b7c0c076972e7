"""Reading the public record from the kept counts: queries whose rows are bounded by days and channels."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import union_all
from sqlalchemy.orm import Session

from portal.hours.opening_time import ALWAYS, OpeningTimes
from portal.organisation.store import channels
from portal.promises.counting import write_counts
from portal.promises.figures import Period, Tally, last_days
from portal.promises.published import age_of
from portal.promises.record import Account, OfChannel, Record, account_of, months_between, together
from portal.promises.rows import (
    coming_by_day,
    first_told_rows,
    spread_rows_by_day,
    tally_rows_by_day,
    tally_rows_by_month,
    unpacked,
)
from portal.promises.statistics import FINE, Histogram

Days = dict[int, dict[date, Account]]
Spreads = dict[str, dict[int, dict[date, Counter[int]]]]

PARTS = ("answered", "waiting", "promised")


def record_of(session: Session, now: datetime, *, zone: ZoneInfo, openings: Mapping[int, OpeningTimes]) -> Record:
    """The record at `now`: the last 28 days by day, and every month since measuring began, of every channel.

    Six queries.
    """
    write_counts(session)
    today = now.astimezone(zone).date()
    period = last_days(today)
    every = channels(session)
    since = _measured_since(session, zone)
    counted = _Counted(since, *_accounts(session, period, now), _spreads(session, period, now, zone, openings))
    found = [_of([each.id], counted, each.slug, each.name) for each in every if each.is_public]
    found.append(_of([each.id for each in every if not each.is_public], counted))
    told = tuple(each for each in found if not each.is_empty)
    return Record(period, _months(told, today), told)


def _measured_since(session: Session, zone: ZoneInfo) -> dict[int, date]:
    """The local day on which we first told a customer of each channel a time; a request may say that it came in on any day."""
    found = session.execute(first_told_rows())
    return {channel_id: made_at.astimezone(zone).date() for channel_id, made_at in found if made_at}


def _months(told: Sequence[OfChannel], today: date) -> tuple[date, ...]:
    """Every month since measuring began, and earlier ones that hold a promise whose request says that it came in then."""
    begun = [each.measured_since for each in told if each.measured_since]
    if not begun:
        return ()
    held = {month for each in told for month in each.months}
    return tuple(sorted(held.union(months_between(min(begun), today))))


@dataclass(frozen=True)
class _Counted:
    """What the queries have found, by channel."""

    since: Mapping[int, date]
    days: Days
    months: Days
    spreads: Spreads


def _of(ids: Sequence[int], counted: _Counted, slug: str = "", name: str = "") -> OfChannel:
    """The record of these channels as one. History from before measuring began was told to nobody, and has no months."""
    since = min((counted.since[each] for each in ids if each in counted.since), default=None)
    months = _summed([counted.months.get(each, {}) for each in ids])
    return OfChannel(
        slug,
        name,
        since,
        _summed([counted.days.get(each, {}) for each in ids]),
        {month: found for month, found in months.items() if found.is_told or (since and month >= since.replace(day=1))},
        *(_histograms([counted.spreads[part].get(each, {}) for each in ids]) for part in PARTS),
    )


def _summed(parts: Sequence[Mapping[date, Account]]) -> dict[date, Account]:
    keys = sorted({key for part in parts for key in part})
    return {key: together(part[key] for part in parts if key in part) for key in keys}


def _histograms(parts: Sequence[Mapping[date, Counter[int]]]) -> dict[date, Histogram]:
    keys = sorted({key for part in parts for key in part})
    return {key: Histogram.merged(Histogram(part[key]) for part in parts if key in part) for key in keys}


def _accounts(session: Session, period: Period, now: datetime) -> tuple[Days, Days]:
    """The accounts of each channel by day, and by the first day of the month."""
    coming: Counter[tuple[str, int, date]] = Counter()
    told: Counter[tuple[str, int, date]] = Counter()  # of those that are coming
    for channel, on, n, n_told in session.execute(coming_by_day(now)):
        for part, day in (("day", on), ("month", on.replace(day=1))):
            coming[part, channel, day] += n
            told[part, channel, day] += n_told
    days: Days = defaultdict(dict)
    months: Days = defaultdict(dict)
    oldest = months_between(date.min, period.until)[0]
    every = Period(oldest, date.max)  # where the company moved to a zone further west, a request may be of tomorrow
    query = union_all(tally_rows_by_day(period), tally_rows_by_month(every))
    for part, channel, *amounts, _counts, on in session.execute(query):
        day = on if part == "day" else on.replace(day=1)
        account = account_of(Tally(*amounts), open_=coming[part, channel, day], open_told=told[part, channel, day])
        if part == "day":
            days[channel][day] = account
        else:
            months[channel][day] = account
    return days, months


def _spreads(session: Session, period: Period, now: datetime, zone: ZoneInfo, openings: Mapping[int, OpeningTimes]) -> Spreads:
    """What was answered, what waits (by its age in opening time) and what was promised, by channel and day of receipt."""
    found: Spreads = {part: defaultdict(lambda: defaultdict(Counter)) for part in PARTS}
    for row in session.execute(union_all(*spread_rows_by_day(period, zone, now))):
        of_channel = found[row.part][row.channel_id]
        if row.part != "waiting":
            of_channel[row.first_on].update(unpacked(row.counts))
            continue
        opening = openings.get(row.channel_id, ALWAYS)
        for end, n in unpacked(row.counts).items():
            on = datetime.fromtimestamp((end - 1) * 60, zone).date()
            of_channel[on][FINE.bucket(age_of(opening, end, now))] += n
    return found
