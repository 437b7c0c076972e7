"""What a customer is told who writes at an instant. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.hours.opening_time import OpeningTimes, promise_by
from portal.promises.estimator import Announcement, Basis
from portal.promises.rules import ROUND_TO, hear_by


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
