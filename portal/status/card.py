"""One channel at one instant, as its card on the status page says it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.hours.opening_time import OpeningTimes
from portal.incidents.timeline import Situation
from portal.organisation.rules import ChannelKind
from portal.promises.announced import AnnouncedNow
from portal.promises.figures import ResponseFigures
from portal.promises.record import Account, account_in
from portal.status.ribbon import Ribbon, ribbon
from portal.web.localized import Localized

_NIGHT_ENDS = 6  # o'clock; "until 2:00" needs no date on the evening before


@dataclass(frozen=True)
class Way:
    """A channel by what customers see of it."""

    id: int
    slug: str
    kind: ChannelKind
    name: str
    account: str
    address: str
    note: Localized

    @property
    def is_answered_at_once(self) -> bool:
        return self.kind.is_answered_at_once


@dataclass(frozen=True)
class Card:
    """`changes_at` is None when it never changes, `announced` where people are answered at once.

    There `not_at_once` is what those are told who leave a question that has to be looked into; None elsewhere.
    A channel without a schedule has no hours, so the card claims neither open nor closed and shows no ribbon.
    """

    channel: Way
    has_hours: bool
    is_open: bool
    changes_at: datetime | None
    is_clock_enough: bool
    announced: AnnouncedNow | None
    ribbon: Ribbon | None
    figures: ResponseFigures | None
    incidents: tuple[Situation, ...]
    not_at_once: AnnouncedNow | None

    @property
    def account(self) -> Account | None:
        """What became of the times that were promised here in the last four weeks."""
        return None if self.figures is None else account_in(self.figures)

    @property
    def answer_at(self) -> datetime | None:
        """The time before which an answer is promised to who writes now; None when none is promised there."""
        return self.announced.promised_at if self.announced else None

    @property
    def ahead(self) -> int | None:
        """How many messages lie before one that is sent now; None where the company does not tell."""
        return self.announced.ahead if self.announced and self.announced.is_queue_shown else None


def card(
    channel: Way,
    opening: OpeningTimes,
    now: datetime,
    zone: ZoneInfo,
    *,
    announced: AnnouncedNow,
    figures: ResponseFigures | None = None,
    incidents: Sequence[Situation] = (),
) -> Card:
    """The card of a channel at `now`; `announced` is what an ordinary question is told that is sent now.

    Of `incidents` it shows those that name this channel.
    """
    change = opening.next_change(now)
    told = None if channel.is_answered_at_once else announced
    answer_at = told.promised_at if told else None
    has_hours = opening.calendar_at(now) is not None
    return Card(
        channel,
        has_hours=has_hours,
        is_open=opening.is_open(now),
        changes_at=change.at if change else None,
        is_clock_enough=change is not None and is_same_evening(now, change.at, zone),
        announced=told,
        ribbon=ribbon(opening, now.replace(second=0, microsecond=0), zone, answer_at) if has_hours else None,
        figures=figures,
        incidents=tuple(each for each in incidents if any(mention.id == channel.id for mention in each.channels)),
        not_at_once=announced if channel.is_answered_at_once else None,
    )


def is_same_evening(now: datetime, at: datetime, zone: ZoneInfo) -> bool:
    """Whether a clock time alone is clear: later today, or in the night that follows today's evening."""
    here, there = now.astimezone(zone), at.astimezone(zone)
    days = (there.date() - here.date()).days
    return days == 0 or (days == 1 and there.hour < _NIGHT_ENDS <= here.hour)
