"""Where everything stands in a plot of response times; the template draws it, and writes the table of the same groups."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from portal.promises.figures import Group
from portal.promises.statistics import Quantile

WIDTH, HEIGHT = 360, 200
LEFT, RIGHT, TOP, BOTTOM = 44, 6, 12, 24
BAR_SHARE, WIDEST_BAR = 0.62, 40
MOST_TICKS = 5
MOST_LABELS = 7
TICK_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 480, 720, 960, 1440)


@dataclass(frozen=True)
class Tick:
    """A horizontal line with the waiting time that it stands for."""

    y: float
    minutes: int


@dataclass(frozen=True)
class Mark:
    """One group that is large enough to show: a bar up to the median, and a lighter one from there to P90."""

    x: float
    left: float
    median_y: float
    p90_y: float
    is_at_least: bool
    group: Group


@dataclass(frozen=True)
class Label:
    """A group that is named below the axis."""

    x: float
    group: Group


@dataclass(frozen=True)
class Plot:
    """Geometry in units of a viewBox of `width` x `height`; y grows downwards as in SVG. `bar` is the width of a bar."""

    groups: tuple[Group, ...]
    ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    labels: tuple[Label, ...]
    width: int = WIDTH
    height: int = HEIGHT
    bar: float = 0.0
    left: int = LEFT
    right: int = WIDTH - RIGHT
    floor: int = HEIGHT - BOTTOM

    @property
    def is_empty(self) -> bool:
        return not self.marks


def plot(groups: Sequence[Group]) -> Plot:
    """The plot of these groups, in their order; groups that are too small leave their place open."""
    tallest = max((_p90(group).seconds for group in groups if group.spread.p90), default=0.0)
    ticks = tick_minutes(tallest / 60)
    full = ticks[-1] * 60
    slot = (WIDTH - LEFT - RIGHT) / max(len(groups), 1)
    bar = round(min(slot * BAR_SHARE, WIDEST_BAR), 1)
    places = [(round(LEFT + slot * (number + 0.5), 1), group) for number, group in enumerate(groups)]
    return Plot(
        groups=tuple(groups),
        ticks=tuple(Tick(_y(minutes * 60, full), minutes) for minutes in ticks),
        marks=tuple(_mark(x, bar, group, full) for x, group in places if group.spread.median),
        labels=tuple(Label(x, group) for x, group in places[:: label_step(len(groups))]),
        bar=bar,
    )


def tick_minutes(tallest: float) -> tuple[int, ...]:
    """The waiting times that get a line: from 0 in equal round steps to one at or above `tallest` minutes."""
    steps = [*TICK_MINUTES]
    while steps[-1] * MOST_TICKS < tallest:
        steps.append(steps[-1] * 2)
    step = next(step for step in steps if step * MOST_TICKS >= tallest)
    count = max(1, math.ceil(tallest / step))
    return tuple(step * number for number in range(count + 1))


def label_step(count: int) -> int:
    """Every how many groups there is room for a name, in steps that people count in."""
    return next((step for step in (1, 2, 3, 4, 6, 7, 14) if count <= step * MOST_LABELS), -(-count // MOST_LABELS))


def _mark(x: float, bar: float, group: Group, full: float) -> Mark:
    median, p90 = group.spread.median, _p90(group)
    assert median is not None
    return Mark(x, round(x - bar / 2, 1), _y(median.seconds, full), _y(p90.seconds, full), p90.is_at_least, group)


def _p90(group: Group) -> Quantile:
    assert group.spread.p90 is not None
    return group.spread.p90


def _y(seconds: float, full: float) -> float:
    height = HEIGHT - TOP - BOTTOM
    return round(HEIGHT - BOTTOM - height * seconds / full, 1)
