"""How strong a desk is: what staff plans say of an instant, and of the time from an instant on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from portal.errors import Fault
from portal.web.texts import to_translate

MOST_PEOPLE = 5_000
MOST_TIMES = 50  # as many as usual: more is a slip of the keyboard, and would announce times that nobody can keep
LONGEST = timedelta(days=366)
LONGEST_AGO = timedelta(days=31)
FURTHEST = timedelta(days=366)

EXPECTED_PEOPLE = to_translate("1 to 5000 people; when there is nobody, close the channel")
EXPECTED_TIMES = to_translate("at most 50 times as many people as usual")
EXPECTED_START = to_translate("a time from a month ago until a year from now")
EXPECTED_AFTER_START = to_translate("a time after the start")
EXPECTED_TO_COME = to_translate("a time that is still to come")
EXPECTED_WITHIN_A_YEAR = to_translate("a time at most a year after the start")


@dataclass(frozen=True, slots=True)
class StaffPlan:
    """The company's word: instead of `usual` people there are `people`, from `starts_at` until `ends_at`.

    `known_at` is when it was said, and `ended_at` when it was called off; before that nobody could know. None for
    `channel_id`: all channels.
    """

    id: int
    channel_id: int | None
    usual: int
    people: int
    known_at: datetime
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None

    @property
    def factor(self) -> float:
        """The strength of the desk beside the ordinary one."""
        return self.people / self.usual

    def is_known(self, at: datetime) -> bool:
        """Whether at this instant somebody had said it and nobody had called it off."""
        return self.known_at <= at and (self.ended_at is None or at < self.ended_at)


class Strength(NamedTuple):
    """From `starts` until `ends`, the latter not included, the desk is `factor` times as strong as usual."""

    starts: datetime
    ends: datetime
    factor: float


def factor_at(plans: Iterable[StaffPlan], at: datetime) -> float:
    """The strength at this instant by what was known then; 1.0 without a plan. Of several the one entered last counts."""
    there = [plan for plan in plans if plan.is_known(at) and plan.starts_at <= at < plan.ends_at]
    return max(there, key=_entered).factor if there else 1.0


def strengths(plans: Iterable[StaffPlan], now: datetime) -> list[Strength]:
    """What is planned from now on by what is known now: in order of time, without overlap, ordinary times left out.

    Where plans overlap, the one entered last counts; when it is over, the other one counts again.
    """
    known = sorted((plan for plan in plans if plan.is_known(now) and now < plan.ends_at), key=_entered)
    edges = sorted({max(now, edge) for plan in known for edge in (plan.starts_at, plan.ends_at)})
    found: list[Strength] = []
    for starts, ends in pairwise(edges):
        last = next((plan for plan in reversed(known) if plan.starts_at <= starts < plan.ends_at), None)
        if last is None:
            continue
        if found and found[-1].ends == starts and found[-1].factor == last.factor:
            found[-1] = found[-1]._replace(ends=ends)
        else:
            found.append(Strength(starts, ends, last.factor))
    return [each for each in found if each.factor != 1.0]


def plan_faults(usual: int, people: int, starts_at: datetime, ends_at: datetime, now: datetime) -> list[Fault]:
    """What keeps a plan from being saved; empty when nothing does. Fields are named as the arguments."""
    faults: list[Fault] = []
    for field, number in (("usual", usual), ("people", people)):
        if not 1 <= number <= MOST_PEOPLE:
            faults.append(Fault(field, number, EXPECTED_PEOPLE))
    if not faults and people > MOST_TIMES * usual:
        faults.append(Fault("people", people, EXPECTED_TIMES))
    if not now - LONGEST_AGO <= starts_at <= now + FURTHEST:
        faults.append(Fault("starts_at", starts_at.isoformat(), EXPECTED_START))
    if ends_at <= starts_at:
        faults.append(Fault("ends_at", ends_at.isoformat(), EXPECTED_AFTER_START))
    elif ends_at <= now:
        faults.append(Fault("ends_at", ends_at.isoformat(), EXPECTED_TO_COME))
    elif ends_at - starts_at > LONGEST:
        faults.append(Fault("ends_at", ends_at.isoformat(), EXPECTED_WITHIN_A_YEAR))
    return faults


def _entered(plan: StaffPlan) -> tuple[datetime, int]:
    return plan.known_at, plan.id
