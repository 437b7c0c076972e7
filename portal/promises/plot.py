"""Where everything stands in a plot of response times; the template draws it, and writes the table of the same groups.

Over the bars of what answers took lie lines where the promised times are: a bar that stays under its line has held.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from portal.promises.figures import Group

WIDTH, HEIGHT = 360, 200
LEFT, RIGHT, TOP, BOTTOM = 44, 6, 12, 24
BAR_SHARE, WIDEST_BAR = 0.62, 40
LINE_SHARE, WIDEST_LINE = 0.92, 56
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
    """One group that is large enough to show: a bar up to the median, and a lighter one from there to P90.

    Half of the promised times lie below the first line, 9 in 10 below the second; None where too few times were promised.
    """

    x: float
    left: float
    median_y: float
    p90_y: float
    is_at_least: bool
    group: Group
    line_left: float
    promised_median_y: float | None
    promised_p90_y: float | None


@dataclass(frozen=True)
class Label:
    """A group that is named below the axis."""

    x: float
    group: Group


@dataclass(frozen=True)
class Plot:
    """Geometry in units of a viewBox of `width` x `height`; y grows downwards as in SVG.

    `bar` is the width of a bar, `line` the length of the line of a promised time.
    """

    groups: tuple[Group, ...]
    ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    labels: tuple[Label, ...]
    width: int = WIDTH
    height: int = HEIGHT
    bar: float = 0.0
    line: float = 0.0
    left: int = LEFT
    right: int = WIDTH - RIGHT
    floor: int = HEIGHT - BOTTOM

    @property
    def is_empty(self) -> bool:
        return not self.marks

    @property
    def has_promised(self) -> bool:
        """Whether any group says what was promised."""
        return any(mark.promised_p90_y is not None for mark in self.marks)


def plot(groups: Sequence[Group]) -> Plot:
    """The plot of these groups, in their order; groups that are too small leave their place open."""
    shown = [group for group in groups if group.spread.p90]
    tallest = max((each.seconds for group in shown for each in (group.spread.p90, group.promised.p90) if each), default=0.0)
    ticks = tick_minutes(tallest / 60)
    full = ticks[-1] * 60
    slot = (WIDTH - LEFT - RIGHT) / max(len(groups), 1)
    bar, line = round(min(slot * BAR_SHARE, WIDEST_BAR), 1), round(min(slot * LINE_SHARE, WIDEST_LINE), 1)
    places = [(round(LEFT + slot * (number + 0.5), 1), group) for number, group in enumerate(groups)]
    return Plot(
        groups=tuple(groups),
        ticks=tuple(Tick(_y(minutes * 60, full), minutes) for minutes in ticks),
        marks=tuple(_mark(x, bar, line, group, full) for x, group in places if group.spread.median),
        labels=tuple(Label(x, group) for x, group in places[:: label_step(len(groups))]),
        bar=bar,
        line=line,
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


def _mark(x: float, bar: float, line: float, group: Group, full: float) -> Mark:
    median, p90 = group.spread.median, group.spread.p90
    assert median is not None
    assert p90 is not None
    return Mark(
        x,
        round(x - bar / 2, 1),
        _y(median.seconds, full),
        _y(p90.seconds, full),
        p90.is_at_least,
        group,
        round(x - line / 2, 1),
        *(_y(each.seconds, full) if each else None for each in (group.promised.median, group.promised.p90)),
    )


def _y(seconds: float, full: float) -> float:
    height = HEIGHT - TOP - BOTTOM
    return round(HEIGHT - BOTTOM - height * seconds / full, 1)
