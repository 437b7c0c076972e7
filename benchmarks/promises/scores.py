"""What an announcement was worth: how often it came true, week by week and in a surge, how sharp it was, what notices did."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from benchmarks.promises.baselines import TARGET
from benchmarks.promises.desks import WEEK, Stream

WEEK_LEAST = 30  # requests without which a week says nothing
LOW_WEEK = 75.0
AHEAD = 30.0  # minutes before the promised time at which a notice goes out
PLACES = (100, 300, 800, 1500, 2000)


@dataclass(frozen=True, slots=True)
class Score:
    """Of one method on one stream. Shares in per cent; waits in opening hours unless the name says otherwise."""

    requests: int
    coverage: float
    worst_week: float | None
    low_weeks: float | None  # share of weeks below 75
    surge: float | None  # coverage of what was received in the surge
    pinball: float  # mean loss at 0.9
    announced: float  # median
    real: float  # median
    broken: int
    noticed: float  # of the broken promises: noticed at least half an hour ahead
    noticed_true: float | None  # of the notices: the promise did break
    notices: float  # of the requests: got one


def scored(stream: Stream, announced: Sequence[float], since: int = 0) -> Score:
    """The scores of the requests from the place `since` on. One never answered is broken, and has no part in the pinball."""
    clock = stream.clock
    kept: list[bool] = []
    losses: list[float] = []
    waits: list[float] = []
    leads: list[float] = []
    noticed = broken_noticed = 0
    for at, answer, promised in list(zip(stream.received, stream.answered, announced, strict=True))[since:]:
        is_kept = answer is not None and answer <= promised
        kept.append(is_kept)
        lead = (clock.opened(promised) - clock.opened(at)) / 60
        leads.append(lead)
        if answer is not None:
            wait = (clock.opened(answer) - clock.opened(at)) / 60
            waits.append(wait)
            losses.append(max(TARGET * (wait - lead), (1 - TARGET) * (lead - wait)))
        if at <= promised - AHEAD and (answer is None or answer > promised - AHEAD):
            noticed += 1
            broken_noticed += not is_kept
    received = stream.received[since:]
    weeks = _weeks(received, kept)
    surge = [
        good for at, good in zip(received, kept, strict=True) if stream.surge and stream.surge.starts <= at < stream.surge.ends
    ]
    broken = len(kept) - sum(kept)
    return Score(
        len(kept),
        share(kept),
        min(weeks) if weeks else None,
        share([week < LOW_WEEK for week in weeks]) if weeks else None,
        share(surge) if surge else None,
        fmean(losses),
        median(leads),
        median(waits),
        broken,
        100.0 * broken_noticed / broken if broken else 100.0,
        100.0 * broken_noticed / noticed if noticed else None,
        100.0 * noticed / len(kept),
    )


def share(of: Sequence[bool]) -> float:
    return 100.0 * sum(of) / len(of)


def _weeks(received: Sequence[float], kept: Sequence[bool]) -> list[float]:
    """The coverage of each week of receipt in which enough was received."""
    weeks: dict[int, list[bool]] = {}
    for at, good in zip(received, kept, strict=True):
        weeks.setdefault(int(at // WEEK), []).append(good)
    return [share(week) for _, week in sorted(weeks.items()) if len(week) >= WEEK_LEAST]


@dataclass(frozen=True, slots=True)
class Place:
    """The n-th message of a surge: clock hours until what was announced, and until the answer."""

    place: int
    real: float | None
    announced: dict[str, float]


def surge_places(stream: Stream, announced: dict[str, list[float]]) -> list[Place]:
    """Announced against real for some messages of the surge; of one never answered the next that was answered is shown."""
    if stream.surge is None:
        return []
    inside = [n for n, at in enumerate(stream.received) if stream.surge.starts <= at < stream.surge.ends]
    found = []
    for place in PLACES:
        request = next((n for n in inside[place - 1 :] if stream.answered[n] is not None), None)
        if request is None:
            continue
        at, answer = stream.received[request], stream.answered[request]
        told = {name: (each[request] - at) / 60 for name, each in announced.items()}
        found.append(Place(place, None if answer is None else (answer - at) / 60, told))
    return found
