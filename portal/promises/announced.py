"""What a customer is told who writes at an instant. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.hours.opening_time import OpeningTimes, promise_by
from portal.promises.estimator import Announcement, Basis
from portal.promises.rules import ROUND_TO, hear_by

_A_WEEK = 7


@dataclass(frozen=True)
class AnnouncedNow:
    """What a customer with an ordinary question is told who writes now, and its basis.

    `promised_at` is None where no time can be promised; then `hear_by` is the time before which a customer hears more.
    `is_norm`: the time is the company's own target, because it prefers to announce that. `is_queue_shown`: the company
    agrees that customers read how many messages are before theirs.
    """

    promised_at: datetime | None
    ahead: int
    queue_minutes: float
    rest_minutes: float
    basis: Basis
    days: int
    is_norm: bool
    is_queue_shown: bool
    hear_by: datetime | None

    @property
    def is_measured(self) -> bool:
        return self.basis is Basis.MEASURED

    @property
    def is_young(self) -> bool:
        """Whether it rests on less than a week, some of it measured."""
        return 0 < self.days < _A_WEEK

    @property
    def says_how_long(self) -> bool:
        """Whether both terms are measured times that a customer can be told."""
        return self.is_measured and self.queue_minutes >= 1 and self.rest_minutes >= 1


def announced(
    told: Announcement, opening: OpeningTimes, now: datetime, lead_minutes: int, *, is_norm: bool, is_queue_shown: bool
) -> AnnouncedNow:
    """What a desk tells at `now`, as a time on the clock; `lead_minutes` is the company's own target."""
    promised_at = promise_by(opening, now, timedelta(minutes=lead_minutes if is_norm else told.minutes), ROUND_TO)
    return AnnouncedNow(
        promised_at,
        told.ahead,
        told.queue,
        told.rest,
        told.basis,
        told.days,
        is_norm=is_norm,
        is_queue_shown=is_queue_shown,
        hear_by=None if promised_at else hear_by(now, opening.zone_at(now)),
    )
