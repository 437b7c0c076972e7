"""Whether those who write in public, often or on several channels are answered sooner than others. Pure.

The test: on each day of receipt every question of the one kind is compared with every question of the other kind of the same
class, and of the same channel but where channels themselves are compared. It counts for the one that surely had its answer
after less opening time; where that cannot be known yet, for neither. Days are the unit of evidence, because questions of one
day share their causes: without an advantage the balance of a day is as often for the one kind as for the other, so that the
sum over days, divided by the root of the sum of squares, is nearly normal. Told is what comes by chance in one of a hundred
reports, however many comparisons a report holds.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from statistics import NormalDist
from typing import TypeVar

from portal.promises.statistics import MINIMUM_COUNT, Histogram, Spread, spread

FEWEST = 30  # questions of each kind
FEWEST_DAYS = 10  # on which there were some of both kinds; with fewer the sum over days is not near enough to normal
CHANCE = 0.01  # of a warning without a reason, for the whole report
OFTEN = 5  # questions in the period, from which on somebody writes often

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Handled:
    """One question. `wait` is the opening time in seconds until its answer, or until now when it has none yet.

    `norm` is the lead time of its class when it came in, in seconds of opening time.
    """

    channel_id: int
    class_code: str
    is_public: bool
    contact_id: int | None
    received_on: date
    wait: int
    is_answered: bool
    is_kept: bool | None  # None: not decided yet, or nothing promised
    norm: int

    @property
    def is_within_norm(self) -> bool | None:
        """Whether the answer came within the company's own norm; None while it still can."""
        if self.wait > self.norm:
            return False
        return True if self.is_answered else None


class Verdict(StrEnum):
    """What can be said of two kinds of questions."""

    TOO_FEW = "too_few"
    NO_ADVANTAGE = "no_advantage"
    ADVANTAGE = "advantage"  # the first kind is answered sooner, beyond chance


@dataclass(frozen=True)
class Group:
    """Questions of one kind, with the figures that are published of them elsewhere too."""

    questions: Sequence[Handled]

    @cached_property
    def spread(self) -> Spread:
        answered = Histogram.of(each.wait for each in self.questions if each.is_answered)
        return spread(answered, Histogram.of(each.wait for each in self.questions if not each.is_answered))

    @property
    def number(self) -> int:
        return len(self.questions)

    @property
    def share_in_time(self) -> Fraction | None:
        """Kept of decided promises; None when too few are decided to say."""
        return _share(each.is_kept for each in self.questions)

    @property
    def share_within_norm(self) -> Fraction | None:
        """Of those that came within the company's norm or no longer can; None when too few are decided to say."""
        return _share(each.is_within_norm for each in self.questions)


class Comparison(StrEnum):
    """Who might have an advantage over whom. Channels wholly public or wholly private show it over all channels alone."""

    PUBLIC = "public"  # messages in public over private ones of the same channel
    PUBLIC_OVER_CHANNELS = "public_over_channels"  # the same, whatever the channel
    BUSY = "busy"  # who writes often over others


@dataclass(frozen=True)
class Pair:
    """Two kinds of questions that should be treated alike; `first` are those who might have an advantage."""

    comparison: Comparison
    channel_id: int | None  # None: of all channels
    class_code: str
    first: Group
    second: Group
    verdict: Verdict


Place = Callable[[Handled], Hashable]
_PLACES: dict[Comparison, Place] = {
    Comparison.PUBLIC: lambda each: each.channel_id,
    Comparison.PUBLIC_OVER_CHANNELS: lambda _each: None,
    Comparison.BUSY: lambda each: each.channel_id,
}


@dataclass(frozen=True)
class OfClass:
    """What is to say of one class: its channels, and the comparisons of its questions."""

    code: str
    channels: Mapping[int, Group]
    pairs: Sequence[Pair]

    def of(self, *comparisons: str) -> list[Pair]:
        """The pairs that make one of these comparisons, in order."""
        return [pair for pair in self.pairs if pair.comparison in comparisons]

    def verdict(self, *comparisons: str) -> Verdict | None:
        """The gravest, so that "no advantage" says that some could be judged; None where nothing can be compared."""
        return max((pair.verdict for pair in self.of(*comparisons)), key=list(Verdict).index, default=None)


@dataclass(frozen=True)
class Report:
    """By class and channel, and the comparisons: in public against private, those who write often against others."""

    number: int
    since: date | None
    by_channel: dict[str, dict[int, Group]]
    pairs: list[Pair]
    busy_people: int

    @property
    def warnings(self) -> list[Pair]:
        """Where messages in public overtake, and then where those of people who write often do."""
        return [pair for pair in self.pairs if pair.verdict is Verdict.ADVANTAGE]

    @property
    def judged(self) -> int:
        """How many comparisons rest on enough questions."""
        return sum(pair.verdict is not Verdict.TOO_FEW for pair in self.pairs)

    @property
    def classes(self) -> list[OfClass]:
        """In the order of their codes."""
        return [
            OfClass(code, channels, [pair for pair in self.pairs if pair.class_code == code])
            for code, channels in self.by_channel.items()
        ]


def report(questions: Sequence[Handled]) -> Report:
    """The report on these questions. O(n log n)."""
    by_channel: dict[str, dict[int, Group]] = defaultdict(dict)
    for (code, channel_id), found in sorted(_grouped(questions, lambda each: (each.class_code, each.channel_id)).items()):
        by_channel[code][channel_id] = Group(found)
    busy = busy_contacts(questions)
    kept = [each for each in _comparable(by_channel, busy) if all(each[-1])]
    level = CHANCE / max(1, len(kept))
    pairs = [
        Pair(comparison, channel_id, code, Group(one), Group(two), verdict(one, two, level, _PLACES[comparison]))
        for comparison, channel_id, code, (one, two) in kept
    ]
    since = min((each.received_on for each in questions), default=None)
    return Report(len(questions), since, dict(by_channel), pairs, len(busy))


def _comparable(
    by_channel: Mapping[str, Mapping[int, Group]], busy: set[int]
) -> Iterator[tuple[Comparison, int | None, str, tuple[list[Handled], list[Handled]]]]:
    """All that might be compared: by channel first, then over all channels of a class, then people."""
    for code, groups in by_channel.items():
        for channel_id, group in groups.items():
            yield Comparison.PUBLIC, channel_id, code, _split(group.questions, lambda each: each.is_public)
    together = {code: [each for group in groups.values() for each in group.questions] for code, groups in by_channel.items()}
    for code, found in together.items():
        if len(by_channel[code]) > 1:
            yield Comparison.PUBLIC_OVER_CHANNELS, None, code, _split(found, lambda each: each.is_public)
    for code, found in together.items():
        yield Comparison.BUSY, None, code, _split(found, lambda each: each.contact_id in busy)


def busy_contacts(questions: Iterable[Handled]) -> set[int]:
    """Those who asked `OFTEN` times or more, or on several channels."""
    number: Counter[int] = Counter()
    channels: dict[int, set[int]] = defaultdict(set)
    for each in questions:
        if each.contact_id is not None:
            number[each.contact_id] += 1
            channels[each.contact_id].add(each.channel_id)
    return {contact for contact in number if number[contact] >= OFTEN or len(channels[contact]) > 1}


def verdict(
    first: Sequence[Handled], second: Sequence[Handled], level: float = CHANCE, place: Place = lambda each: each.channel_id
) -> Verdict:
    """Whether the first are answered sooner than the second of the same day and place, with at most this chance of error."""
    if min(len(first), len(second)) < FEWEST:
        return Verdict.TOO_FEW
    balances = day_balances(first, second, place)
    if len(balances) < FEWEST_DAYS:
        return Verdict.TOO_FEW
    squares = sum(each * each for each in balances)
    if not squares:
        return Verdict.NO_ADVANTAGE
    surprise = sum(balances) / squares**0.5
    return Verdict.ADVANTAGE if surprise > NormalDist().inv_cdf(1 - level) else Verdict.NO_ADVANTAGE


def day_balances(first: Sequence[Handled], second: Sequence[Handled], place: Place = lambda each: each.channel_id) -> list[float]:
    """For each day with both kinds: how often the first was surely sooner less how often the second was, per question."""
    mine, theirs = (_grouped(each, lambda one: (one.received_on, place(one))) for each in (first, second))
    days: dict[date, float] = defaultdict(float)
    for day, where in mine.keys() & theirs.keys():
        one, two = mine[day, where], theirs[day, where]
        days[day] += (_sooner(one, two) - _sooner(two, one)) / (len(one) + len(two))
    return [days[day] for day in sorted(days)]


def _sooner(one: Sequence[Handled], two: Sequence[Handled]) -> int:
    """In how many pairs the question of the one was answered after a shorter time than the other has waited, answered or not."""
    waits = sorted(each.wait for each in two)
    return sum(len(waits) - bisect_right(waits, each.wait) for each in one if each.is_answered)


def _share(came_true: Iterable[bool | None]) -> Fraction | None:
    """How many of those that are decided came true; None when too few are decided to say."""
    decided = [each for each in came_true if each is not None]
    return Fraction(sum(decided), len(decided)) if len(decided) >= MINIMUM_COUNT else None


def _split(questions: Iterable[Handled], is_first: Callable[[Handled], bool]) -> tuple[list[Handled], list[Handled]]:
    found: tuple[list[Handled], list[Handled]] = ([], [])
    for each in questions:
        found[not is_first(each)].append(each)
    return found


def _grouped(questions: Iterable[Handled], key: Callable[[Handled], Key]) -> dict[Key, list[Handled]]:
    found: dict[Key, list[Handled]] = defaultdict(list)
    for each in questions:
        found[key(each)].append(each)
    return found
