"""The public record for spreadsheets and programs. Pure: the same record gives the same bytes.

CSV as RFC 4180 has it, in UTF-8, with a line of names. Nothing in it is taken for a formula by a spreadsheet.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from portal.promises.record import Account, OfChannel, Record, Step
from portal.promises.statistics import FINE, MINIMUM_COUNT, Histogram, Quantile, Spread, spread

NO_LONGER_PUBLIC = "(no longer public)"
_ACCOUNT = (
    "promised",
    "kept",
    "broken",
    "told_beforehand",
    "unanswered",
    "open",
    "share_kept",
    "set_aside",
    "no_time_possible",
    "judged_afterwards",
    "judged_afterwards_kept",
    "set_aside_after_time",
    "reported_after_time",
)
_SPREADS = (
    "promised_median_seconds",
    "promised_p90_seconds",
    "real_number",
    "real_median_seconds",
    "real_median_at_least",
    "real_p90_seconds",
    "real_p90_at_least",
)
MONTHS_HEAD = ("month", "channel", "channel_name", *_ACCOUNT)
DAYS_HEAD = ("day", "channel", "channel_name", *_ACCOUNT, *_SPREADS)
_NOTHING = Histogram({})
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def months_csv(record: Record) -> bytes:
    """A row for each month and channel, oldest first, channels in their order; months without a request are left out."""
    return _csv(MONTHS_HEAD, _months(record))


def days_csv(record: Record) -> bytes:
    """A row for each day and channel of the last four weeks; days without a request are left out."""
    return _csv(DAYS_HEAD, _days(record))


def _months(record: Record) -> Iterator[list[object]]:
    for first in record.months:
        for channel in record.channels:
            if first in channel.months:
                yield [f"{first:%Y-%m}", *_channel(channel), *_cells(channel.months[first])]


def _days(record: Record) -> Iterator[list[object]]:
    for on in sorted({on for channel in record.channels for on in channel.days}):
        for channel in record.channels:
            if on in channel.days:
                real = spread(channel.answered.get(on, _NOTHING), channel.waiting.get(on, _NOTHING))
                promised = spread(channel.promised.get(on, _NOTHING), _NOTHING)
                yield [str(on), *_channel(channel), *_cells(channel.days[on]), *_spread_cells(promised, real)]


def _channel(channel: OfChannel) -> tuple[str, str]:
    return (channel.slug, channel.name) if channel.slug else (NO_LONGER_PUBLIC, NO_LONGER_PUBLIC)


def _cells(account: Account) -> list[object]:
    return ["" if value is None else value for value in facts_of(account).values()]


def _spread_cells(promised: Spread, real: Spread) -> Iterator[object]:
    for quantile in (promised.median, promised.p90):
        yield "" if quantile is None else round(quantile.seconds)
    yield real.number
    for quantile in (real.median, real.p90):
        yield "" if quantile is None else round(quantile.seconds)
        yield "" if quantile is None else int(quantile.is_at_least)


def _csv(head: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _harmless(cell: object) -> object:
    """A text that a spreadsheet would work out is marked as a text, with an apostrophe, which spreadsheets do not show."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def as_json(record: Record, as_of: datetime, zone: str) -> bytes:
    """The whole record at this instant; `zone` is the name of the one in which days are counted."""
    facts = {
        "as_of": as_of.isoformat(),
        "measured_since": _day(record.measured_since),
        "counted_by": "local day of receipt",
        "time_zone": zone,
        "judged_by": "the first promised time",
        "unit": "seconds of opening time",
        "minimum_number": MINIMUM_COUNT,
        "relative_error": round(FINE.error, 4),
        "last_four_weeks": {
            "from": str(record.period.since),
            "to": str(record.period.until),
            "all": facts_of(record.account),
            "steps": [_step(each) for each in record.steps()],
        },
        "months": [{"month": f"{first:%Y-%m}", **facts_of(record.month(first))} for first in record.months],
        "channels": [
            {
                "slug": each.slug or None,
                "name": each.name or None,
                "measured_since": _day(each.measured_since),
                "last_four_weeks": facts_of(each.account),
                "months": [{"month": f"{first:%Y-%m}", **facts_of(account)} for first, account in each.months.items()],
            }
            for each in record.channels
        ],
    }
    return json.dumps(facts, ensure_ascii=False, indent=1).encode()


def facts_of(account: Account) -> dict[str, Any]:
    """The numbers under the names that both forms have."""
    share = account.share
    values = (
        account.promised,
        account.kept,
        account.broken,
        account.told,
        account.unanswered,
        account.open,
        None if share is None else round(float(share), 4),
        account.set_aside,
        account.unpromised,
        account.afterwards,
        account.afterwards_kept,
        account.removed,
        account.reported,
    )
    return dict(zip(_ACCOUNT, values, strict=True))


def _step(step: Step) -> dict[str, Any]:
    group = step.group
    return {
        "from": str(group.first),
        "to": str(group.last),
        **facts_of(step.account),
        "promised_time": _spread(group.promised),
        "real_time": _spread(group.spread),
    }


def _spread(of: Spread) -> dict[str, Any]:
    return {"number": of.number, "median": _quantile(of.median), "p90": _quantile(of.p90)}


def _quantile(found: Quantile | None) -> dict[str, Any] | None:
    return None if found is None else {"seconds": round(found.seconds), "at_least": found.is_at_least}


def _day(on: date | None) -> str | None:
    return None if on is None else str(on)
