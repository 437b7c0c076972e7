"""What is promised, and when a promise counts as kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.errors import Fault
from portal.web.texts import to_translate

ROUND_TO = timedelta(minutes=30)
# Channels deliver late: mail waits in queues and webhooks are tried again, mostly within minutes. What comes later than this
# could have been written by somebody who saw that the promise broke.
DELIVERED_WITHIN = timedelta(hours=1)
LONGEST_LEAD_MINUTES = 60_000
_HEAR_BY = time(17)
_LEFT_TO_HEAR = timedelta(hours=2)
_SATURDAY = 5


EXPECTED_CODE = to_translate("one to eight capitals or digits, such as P1")
EXPECTED_OTHER_CODE = to_translate("a code that no other class has")
EXPECTED_DUTCH = to_translate("a Dutch name")
EXPECTED_ENGLISH = to_translate("an English name")
EXPECTED_LEAD = to_translate("1 to 60000 opening minutes")
EXPECTED_CLASS = to_translate("the code of one of the classes")


class Impact(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Urgency(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class SetAside(StrEnum):
    """Why a promise is in no count; only the number of such promises is published."""

    NONE = "none"
    SPAM = "spam"
    WITHDRAWN = "withdrawn"
    NO_ANSWER_NEEDED = "no_answer_needed"


class Outcome(StrEnum):
    KEPT = "kept"
    BROKEN = "broken"
    OPEN = "open"
    SET_ASIDE = "set_aside"
    NOT_PROMISED = "not_promised"


class RevisionReason(StrEnum):
    """Why an answer comes later, in the customer's terms."""

    ILLNESS = "illness"
    OUTAGE = "outage"
    MANY_QUESTIONS = "many_questions"
    WAITING_FOR_OTHERS = "waiting_for_others"
    COMPLICATED = "complicated"
    OUR_MISTAKE = "our_mistake"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True)
class PriorityClass:
    """One lead time in opening minutes, with its names for staff."""

    code: str
    name_nl: str
    name_en: str
    lead_minutes: int

    @property
    def lead(self) -> timedelta:
        return timedelta(minutes=self.lead_minutes)


DEFAULT_CLASSES = (
    PriorityClass("P1", "Spoed", "Urgent", 60),
    PriorityClass("P2", "Hoog", "High", 120),
    PriorityClass("P3", "Normaal", "Normal", 240),
    PriorityClass("P4", "Laag", "Low", 480),
)

DEFAULT_MATRIX: Mapping[tuple[Impact, Urgency], str] = {
    (Impact.HIGH, Urgency.HIGH): "P1",
    (Impact.HIGH, Urgency.NORMAL): "P2",
    (Impact.HIGH, Urgency.LOW): "P3",
    (Impact.NORMAL, Urgency.HIGH): "P2",
    (Impact.NORMAL, Urgency.NORMAL): "P3",
    (Impact.NORMAL, Urgency.LOW): "P4",
    (Impact.LOW, Urgency.HIGH): "P3",
    (Impact.LOW, Urgency.NORMAL): "P4",
    (Impact.LOW, Urgency.LOW): "P4",
}


@dataclass(frozen=True)
class Matrix:
    """Impact x urgency -> priority class. Every cell names a class that exists."""

    classes: tuple[PriorityClass, ...]
    cells: Mapping[tuple[Impact, Urgency], str]

    def class_of(self, impact: Impact, urgency: Urgency) -> PriorityClass:
        """The priority class of this cell."""
        code = self.cells[impact, urgency]
        return next(each for each in self.classes if each.code == code)

    def rank_of(self, code: str) -> int:
        """The place of a class in the order of the classes, from 0; one that is no longer there comes last."""
        return next((rank for rank, each in enumerate(self.classes) if each.code == code), len(self.classes))


DEFAULT = Matrix(DEFAULT_CLASSES, DEFAULT_MATRIX)


def matrix_faults(classes: Sequence[PriorityClass], cells: Mapping[tuple[Impact, Urgency], str]) -> list[Fault]:
    """What keeps a matrix from being saved; empty when nothing does. Fields are named as in the form."""
    faults: list[Fault] = []
    codes = [each.code for each in classes]
    for number, each in enumerate(classes):
        if not re.fullmatch(r"[A-Z0-9]{1,8}", each.code):
            faults.append(Fault(f"classes-{number}-code", each.code, EXPECTED_CODE))
        elif codes.index(each.code) != number:
            faults.append(Fault(f"classes-{number}-code", each.code, EXPECTED_OTHER_CODE))
        if not each.name_nl.strip():
            faults.append(Fault(f"classes-{number}-name_nl", each.name_nl, EXPECTED_DUTCH))
        if not each.name_en.strip():
            faults.append(Fault(f"classes-{number}-name_en", each.name_en, EXPECTED_ENGLISH))
        if not 1 <= each.lead_minutes <= LONGEST_LEAD_MINUTES:
            faults.append(Fault(f"classes-{number}-lead_minutes", each.lead_minutes, EXPECTED_LEAD))
    faults += [
        Fault(cell_field(*cell), cells.get(cell), EXPECTED_CLASS) for cell in DEFAULT_MATRIX if cells.get(cell) not in codes
    ]
    return faults


def cell_field(impact: Impact, urgency: Urgency) -> str:
    """The name of the field that holds this cell."""
    return f"cell_{impact.value}_{urgency.value}"


def outcome(
    promised_at: datetime | None,
    answered_at: datetime | None,
    now: datetime,
    set_aside: SetAside = SetAside.NONE,
) -> Outcome:
    """What became of a promise, judged by its first time only.

    An answer at the promised instant itself is in time. Without an answer the promise breaks as soon as the instant has
    passed, whether or not the request was closed and whether or not a job has looked at it.
    """
    if set_aside is not SetAside.NONE:
        return Outcome.SET_ASIDE
    if promised_at is None:
        return Outcome.NOT_PROMISED
    if answered_at is not None:
        return Outcome.KEPT if answered_at <= promised_at else Outcome.BROKEN
    return Outcome.BROKEN if now > promised_at else Outcome.OPEN


def is_told_in_time(promised_at: datetime | None, told_at: datetime | None) -> bool:
    """Whether the customer heard of a later time before the promised one had passed; at the promised instant is in time."""
    return promised_at is not None and told_at is not None and told_at <= promised_at


def hear_by(made_at: datetime, zone: ZoneInfo) -> datetime:
    """The time before which a customer to whom no time can be promised hears more: five o'clock on a working day.

    On the day itself when at least two hours are left, else on the next one. Weekends are no working days; holidays are
    not known here.
    """
    local = made_at.astimezone(zone)
    day = local.date()
    while True:
        at = datetime.combine(day, _HEAR_BY, zone)
        if day.weekday() < _SATURDAY and at - local >= _LEFT_TO_HEAR:
            return at.astimezone(UTC)
        day += timedelta(days=1)


def is_judged_afterwards(promised_at: datetime | None, made_at: datetime) -> bool:
    """Whether the time was worked out after it had passed, as for imported history: nobody was told it beforehand."""
    return promised_at is not None and made_at > promised_at


def is_reported_afterwards(promised_at: datetime | None, answered_at: datetime | None, known_at: datetime | None) -> bool:
    """Whether an answer that was in time by the sender's clock came to be known well after the promised time had passed."""
    if promised_at is None or answered_at is None or known_at is None:
        return False
    return answered_at <= promised_at and known_at > promised_at + DELIVERED_WITHIN


def is_removed_afterwards(promised_at: datetime | None, set_aside_at: datetime | None) -> bool:
    """Whether it was set aside after the promised time had passed, when it could be seen what had become of it."""
    return promised_at is not None and set_aside_at is not None and set_aside_at > promised_at
