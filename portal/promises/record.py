"""The public record: what became of the times that customers were told, over days of receipt. Pure.

Each promise is counted on the day on which the request was received and judged by its first time. What can still make the
record better after that time has passed is counted apart: that it was set aside, or that an answer came to be known late. What
was worked out after its time had passed, as for imported history, was told to nobody: it stands apart too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from portal.promises.figures import Group, Period, ResponseFigures, Tally, by_day
from portal.promises.statistics import MINIMUM_COUNT, Histogram

LONGEST_MONTHS = 120
_MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Account:
    """How many promised times came to what. Sums of accounts are accounts.

    `broken` counts those answered late and, as `unanswered`, those whose time has passed without an answer; `told` are those of
    them whose customer knew it before. `open` can still be kept. Set aside are spam and what was withdrawn; `unpromised` had no
    time, because the calendar gave none; `afterwards` (and `afterwards_kept` of them) were judged afterwards.

    What was changed after the promised time: `removed` of those set aside were set aside only then, `reported` of the kept were
    answered in time by the sender's clock, and the portal heard of it only then.
    """

    kept: int = 0
    broken: int = 0
    unanswered: int = 0
    told: int = 0
    open: int = 0
    set_aside: int = 0
    unpromised: int = 0
    afterwards: int = 0
    afterwards_kept: int = 0
    removed: int = 0
    reported: int = 0

    @property
    def promised(self) -> int:
        """How many times a customer was told a time."""
        return self.kept + self.broken + self.open

    @property
    def is_told(self) -> bool:
        """Whether any customer was told a time; one that was removed after it had passed was told too."""
        return bool(self.promised or self.removed)

    @property
    def decided(self) -> int:
        return self.kept + self.broken

    @property
    def share(self) -> Fraction | None:
        """Kept of those that are decided; None when too few are to say."""
        return Fraction(self.kept, self.decided) if self.decided >= MINIMUM_COUNT else None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell at all."""
        return not (self.promised or self.set_aside or self.unpromised or self.afterwards)

    def __add__(self, other: "Account") -> "Account":
        return Account(*(getattr(self, name) + getattr(other, name) for name in _NAMES))


_NAMES = tuple(Account.__dataclass_fields__)


def account_of(tally: Tally, *, open_: int, open_told: int = 0) -> Account:
    """The account of these requests. `open_` wait and can still be answered in time, though `open_told` of them were told not."""
    afterwards_unanswered = tally.afterwards - tally.afterwards_kept - tally.afterwards_late  # their time is over
    unanswered = tally.undecided - open_ - afterwards_unanswered
    late = tally.late - tally.afterwards_late
    return Account(
        kept=tally.kept - tally.afterwards_kept,
        broken=late + unanswered,
        unanswered=unanswered,
        told=tally.told + tally.told_waiting - open_told,
        open=open_,
        set_aside=tally.set_aside,
        unpromised=tally.unpromised,
        afterwards=tally.afterwards,
        afterwards_kept=tally.afterwards_kept,
        removed=tally.removed,
        reported=tally.reported,
    )


def account_in(figures: ResponseFigures) -> Account:
    """The account that lies in the figures of a channel."""
    open_told = figures.tally.told_waiting - figures.waiting.overdue_told
    return account_of(figures.tally, open_=figures.waiting.not_yet_due, open_told=open_told)


def together(accounts: Iterable[Account]) -> Account:
    """All of these as one account."""
    return sum(accounts, Account())


@dataclass(frozen=True)
class OfChannel:
    """The record of one channel; without a slug, of all those that the public no longer sees, so that none can be hidden.

    `days` and `months` hold what there is, by the day and by the first day of the month.
    """

    slug: str
    name: str
    measured_since: date | None
    days: Mapping[date, Account]
    months: Mapping[date, Account]
    answered: Mapping[date, Histogram]
    waiting: Mapping[date, Histogram]
    promised: Mapping[date, Histogram]

    @property
    def account(self) -> Account:
        """Over the days."""
        return together(self.days.values())

    @property
    def is_empty(self) -> bool:
        return all(account.is_empty for account in (*self.days.values(), *self.months.values()))


@dataclass(frozen=True)
class Step:
    """Some days of the plot: what was promised, what came of it, and how many promises were kept."""

    group: Group
    account: Account


@dataclass(frozen=True)
class Record:
    """The whole record: the last days, and every month since measuring began; months oldest first.

    A month before it is there only where a request of a promise says that it came in then.
    """

    period: Period
    months: tuple[date, ...]
    channels: tuple[OfChannel, ...]

    @property
    def measured_since(self) -> date | None:
        """The first day on which a customer was told a time, by our own clock: no sender and no imported history moves it."""
        return min((each.measured_since for each in self.channels if each.measured_since), default=None)

    @property
    def account(self) -> Account:
        """All channels over the days."""
        return together(each.account for each in self.channels)

    def month(self, first: date) -> Account:
        """All channels in the month of this first day."""
        return together(each.months.get(first, Account()) for each in self.channels)

    def steps(self) -> tuple[Step, ...]:
        """All channels together by day, or in longer steps where single days hold too little; oldest first."""
        answered, waiting, promised = (
            _merged([getattr(each, name) for each in self.channels]) for name in ("answered", "waiting", "promised")
        )
        groups = by_day(self.period, answered, waiting, promised)
        return tuple(Step(group, together(_between(self.channels, group.first, group.last))) for group in groups)


def _between(channels: Sequence[OfChannel], first: date | int, last: date | int) -> Iterable[Account]:
    assert isinstance(first, date)
    assert isinstance(last, date)
    return (account for each in channels for on, account in each.days.items() if first <= on <= last)


def _merged(parts: Sequence[Mapping[date, Histogram]]) -> dict[date, Histogram]:
    days = {on for part in parts for on in part}
    return {on: Histogram.merged(part[on] for part in parts if on in part) for on in days}


def months_between(first: date, last: date) -> tuple[date, ...]:
    """The first day of each month from that of `first` to that of `last`, oldest first; at most the last hundred and twenty."""
    begin, end = (day.year * _MONTHS_A_YEAR + day.month - 1 for day in (first, last))
    numbers = range(max(begin, end - LONGEST_MONTHS + 1), end + 1)
    return tuple(date(number // _MONTHS_A_YEAR, number % _MONTHS_A_YEAR + 1, 1) for number in numbers)
