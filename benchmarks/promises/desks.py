"""Synthetic desks: who writes when, and when each is answered. Every number is drawn from one seed.

A desk is a line of people of whom some are ill or on holiday, who work in opening hours while customers write round the clock;
who mostly take the oldest request, in 15 % of cases another, and who never answer 2 %. Days differ: what happens to one
customer happens to all of that day.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from math import ceil, exp, log
from zoneinfo import ZoneInfo

from benchmarks.promises.clock import DAY, TIMEZONE, OpeningClock, always_open, office_hours, opening_clock
from benchmarks.promises.working import Habits, Order, Shift, Task, worked_off

NEVER_ANSWERED = 0.02
WEEK = 7 * DAY
_BY_HOUR = (2, 1, 1, 1, 1, 2, 4, 8, 12, 14, 14, 13, 12, 13, 13, 12, 12, 11, 10, 10, 9, 8, 6, 4)
_WEEKEND = 0.45
_QUARTERS = 4  # arrivals are drawn within quarters of an hour


@dataclass(frozen=True, slots=True)
class Surge:
    """More than usual for a while, and the extra people who come. Minutes since the base."""

    starts: float
    ends: float
    help_from: float
    help_until: float
    usual: int
    people: int

    @property
    def factor(self) -> float:
        return self.people / self.usual


@dataclass(frozen=True, slots=True)
class Stream:
    """What happened at one desk: by request when it came, its class, and when it was answered (None: never)."""

    name: str
    clock: OpeningClock
    received: list[float]
    ranks: list[int]
    answered: list[float | None]
    surge: Surge | None = None
    left: Mapping[int, float] = field(default_factory=dict)  # when a request was closed without an answer


@dataclass(frozen=True, slots=True)
class Kind:
    """How a sort of desk is drawn."""

    a_day: float
    handling: float  # minutes, mean
    busy: tuple[float, float]  # share of the staff's time that the work takes, in ordinary weeks
    weeks: int = 26
    away: float = 0.0  # minutes after which one who found nothing to do looks again, on average
    spread: float = 1.0  # sigma of the log-normal handling
    ordinary_staff: int | None = None  # as many as the work needs where this is None
    is_always_open: bool = False
    cut_in_week: int | None = None
    surge_times: float | None = None
    surge_messages: int | None = None
    surge_days: int = 1
    extra: float = 0.0  # extra staff in the surge, by ordinary staff
    help_days: int = 5
    ranks: tuple[float, ...] = (1.0,)
    order: Order = Order.OLDEST


KINDS = {
    "tiny": Kind(2, 30, (0.15, 0.25), weeks=52, away=40, spread=0.9, ordinary_staff=1),
    "small": Kind(20, 12, (0.5, 0.75), away=20, ordinary_staff=1),
    "middle": Kind(250, 8, (0.66, 0.78)),
    "large": Kind(400, 7, (0.68, 0.80)),
    "staff cut": Kind(250, 8, (0.76, 0.82), cut_in_week=12),
    "calamity": Kind(20, 3.4, (0.1, 0.3), away=12, spread=1.3, ordinary_staff=1, surge_messages=2000, extra=7.0),
    "x6 surge": Kind(250, 8, (0.66, 0.78), surge_times=6.0, surge_days=2, extra=2.0, help_days=6),
    "24x7": Kind(250, 10, (0.56, 0.68), is_always_open=True),
}
MORE_KINDS = {
    "no help": replace(KINDS["calamity"], extra=0.0),
    "newest first": Kind(250, 8, (0.66, 0.78), order=Order.NEWEST),
    "shared staff": Kind(250, 8, (0.66, 0.78), ranks=(0.15, 0.85)),
    "three classes": Kind(400, 7, (0.68, 0.80), ranks=(0.1, 0.3, 0.6)),
}


def drawn(name: str, seed: int) -> Stream:
    """The desk of this kind that belongs to this seed."""
    return draw(name, (KINDS | MORE_KINDS)[name], random.Random(f"{name} {seed}"))


def draw(name: str, kind: Kind, dice: random.Random, most: int | None = None) -> Stream:
    """A desk of a kind; with `most` no more than its first so many requests are looked at."""
    base = datetime(2026, 1, 5, tzinfo=ZoneInfo(TIMEZONE)).astimezone(UTC) + timedelta(weeks=dice.randrange(26))
    base = base.astimezone(ZoneInfo(TIMEZONE)).replace(hour=0).astimezone(UTC)
    opening = always_open() if kind.is_always_open else office_hours()
    clock = opening_clock(opening, base, kind.weeks * 7 + 180)
    busy = dice.uniform(*kind.busy)
    staff, handling = _staff(kind, busy)
    surge = _surge(kind, staff, clock, dice)
    arrivals = list(_arrivals(kind, clock, surge, dice))[:most]
    shifts = list(_shifts(kind, staff, clock, surge, dice))
    tasks = list(_tasks(kind, handling, clock, arrivals, dice))
    reach = round(exp(dice.uniform(log(10), log(300))))
    done = worked_off(tasks, shifts, Habits(kind.order, reach, kind.away), dice)
    answered = [None if at is None else clock.reached(at) for at in done]
    return Stream(name, clock, arrivals, [task.rank for task in tasks], answered, surge)


def _staff(kind: Kind, busy: float) -> tuple[int, float]:
    """How many people, and the mean minutes of handling with which they are as busy as was drawn."""
    minutes_a_week = 7 * DAY if kind.is_always_open else 5 * 480.0
    work = kind.a_day * 7 * kind.handling
    people = kind.ordinary_staff or max(1, ceil(work / minutes_a_week / busy))
    if kind.surge_messages is not None:
        return people, kind.handling
    return people, busy * people * minutes_a_week / (kind.a_day * 7)


def _surge(kind: Kind, staff: int, clock: OpeningClock, dice: random.Random) -> Surge | None:
    if kind.surge_times is None and kind.surge_messages is None:
        return None
    place = 7 * dice.randrange(10, 18) + dice.randrange(0, 3)  # a day from Monday to Wednesday
    while clock.opened(clock.midnight(place + 1)) == clock.opened(clock.midnight(place)):
        place += 1
    starts = clock.midnight(place) + 60.0 * dice.uniform(7.5, 9.5)
    help_from = clock.reached(clock.opened(clock.midnight(place + 1)) + 1e-6)
    help_until = clock.reached(clock.opened(help_from) + kind.help_days * 480.0)
    people = staff + round(kind.extra * staff)
    return Surge(starts, clock.midnight(place + kind.surge_days), help_from, help_until, staff, people)


def _arrivals(kind: Kind, clock: OpeningClock, surge: Surge | None, dice: random.Random) -> Iterator[float]:
    """Instants at which somebody writes, in order: more by day, fewer at weekends, and some days more than others."""
    share = [hour / sum(_BY_HOUR) for hour in _BY_HOUR]
    ordinary = kind.a_day * 7 / (5 + 2 * _WEEKEND)
    left = sum(_share_in(surge, share)) if surge else 1.0
    for place in range(kind.weeks * 7):
        midnight = clock.midnight(place)
        today = ordinary * (_WEEKEND if place % 7 >= 5 else 1.0) * dice.lognormvariate(-0.02, 0.2)
        for quarter in range(24 * _QUARTERS):
            at = midnight + quarter * 60.0 / _QUARTERS
            expected = today * share[quarter // _QUARTERS] / _QUARTERS
            if surge and surge.starts <= at < surge.ends:
                if kind.surge_messages is not None:
                    expected = kind.surge_messages * share[quarter // _QUARTERS] / _QUARTERS / left
                else:
                    expected *= kind.surge_times or 1.0
            yield from sorted(at + dice.random() * 60.0 / _QUARTERS for _ in range(_poisson(expected, dice)))


def _share_in(surge: Surge, share: list[float]) -> Iterator[float]:
    """The parts of a day's messages that belong to the quarters of the surge."""
    midnight = surge.ends - DAY
    for quarter in range(24 * _QUARTERS):
        if midnight + quarter * 60.0 / _QUARTERS >= surge.starts:
            yield share[quarter // _QUARTERS] / _QUARTERS


def _poisson(expected: float, dice: random.Random) -> int:
    number, reached = 0, dice.expovariate(1.0)
    while reached < expected:
        number += 1
        reached += dice.expovariate(1.0)
    return number


def _tasks(kind: Kind, handling: float, clock: OpeningClock, arrivals: list[float], dice: random.Random) -> Iterator[Task]:
    bounds = list(accumulate(kind.ranks))
    for at in arrivals:
        rank = _rank(bounds, dice)
        minutes = dice.lognormvariate(log(handling) - kind.spread**2 / 2, kind.spread)
        yield Task(clock.opened(at), rank, minutes, dice.random() < NEVER_ANSWERED)


def _rank(bounds: list[float], dice: random.Random) -> int:
    chance = dice.random()
    return sum(chance >= bound for bound in bounds[:-1])


def _shifts(kind: Kind, staff: int, clock: OpeningClock, surge: Surge | None, dice: random.Random) -> Iterator[Shift]:
    """Who works when: illness of some days, a holiday of two weeks for each, a staff cut, extra people in a surge."""
    stretches = clock.stretches()
    if kind.is_always_open:
        stretches = [(at, at, min(at + 480.0, clock.ends)) for at in _every(480.0, clock.ends)]
    back = [0.0] * staff  # when each works again
    holidays = [(member + dice.random()) / staff * kind.weeks * WEEK for member in range(staff)]  # seldom two at once
    illness = 0.004 if kind.is_always_open else 0.012  # a shift, each
    longest = 2 if staff == 1 else 10  # days ill; for one who works alone somebody steps in
    pace = dice.uniform(0.85, 1.1)  # extra people are seldom exactly as quick
    for at, starts, ends in stretches:
        members = staff
        if kind.cut_in_week is not None and at >= kind.cut_in_week * WEEK:
            members = max(1, staff - max(1, round(0.15 * staff)))
        is_surge = surge is not None and surge.starts - 8 * DAY <= at < surge.help_until  # all hands
        for member in range(members):
            if at >= back[member] and not is_surge and dice.random() < illness:
                back[member] = at + DAY * min(longest, 1 + int(dice.expovariate(1 / 2.0)))
        present = sum(at >= back[m] and not (staff > 2 and holidays[m] <= at < holidays[m] + 2 * WEEK) for m in range(members))
        if kind.is_always_open and at % DAY < 480.0:
            present = ceil(0.75 * present)
        helping = surge is not None and surge.help_from <= at + 1.0 < surge.help_until
        extra = (surge.people - surge.usual) * pace if surge and helping else 0.0
        yield Shift(starts, ends, present + extra)


def _every(step: float, until: float) -> Iterator[float]:
    at = 0.0
    while at < until:
        yield at
        at += step
