"""Plans of staff: "how many people, from when, until when". A plan is never edited: it is called off, or a later one counts."""

from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, exists, or_, select, update
from sqlalchemy.orm import Session

from portal.errors import Invalid, NotFound
from portal.events.store import record
from portal.organisation.store import channel_by_id
from portal.promises.staffing_models import StaffPlanRow
from portal.promises.strength import StaffPlan, plan_faults
from portal.web.numbers import LARGEST


def plans_since(session: Session, channel_id: int, since: datetime) -> list[StaffPlan]:
    """Every plan that counted or will count for this channel at some instant from `since` on, by time of entry.

    Plans for all channels are among them. For going through the past: `factor_at` and `strengths` leave out what was not known
    yet. One query.
    """
    mine = or_(StaffPlanRow.channel_id == channel_id, StaffPlanRow.channel_id.is_(None))
    query = select(StaffPlanRow).where(StaffPlanRow.ends_at > since, mine)
    return [_plan(row) for row in session.scalars(query.order_by(StaffPlanRow.known_at, StaffPlanRow.id)) if _lasts(row, since)]


def plans_of_all(session: Session, now: datetime) -> list[StaffPlan]:
    """The plans of every channel that count now or later, by start. One query."""
    query = select(StaffPlanRow).where(StaffPlanRow.ends_at > now, StaffPlanRow.ended_at.is_(None))
    return [_plan(row) for row in session.scalars(query.order_by(StaffPlanRow.starts_at, StaffPlanRow.id))]


def are_planned(now: BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether any plan counts now or later, to ride along in another query."""
    return exists().where(StaffPlanRow.ends_at > now, StaffPlanRow.ended_at.is_(None))


def latest_usual(session: Session, channel_id: int | None) -> int | None:
    """How many people there usually are, by the plan entered last for this channel or all; None without one. One query."""
    mine = StaffPlanRow.channel_id.is_(None) if channel_id is None else StaffPlanRow.channel_id == channel_id
    return session.scalar(select(StaffPlanRow.usual).where(mine).order_by(StaffPlanRow.id.desc()).limit(1))


def plan_staff(
    session: Session,
    *,
    channel_id: int | None,
    usual: int,
    people: int,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
    actor_id: int | None,
) -> StaffPlan:
    """A new plan for this channel, or for all (None). Where others speak of the same time, this one counts from now on.

    Raises Invalid that names each field with its value, and NotFound for a channel that is not there.
    """
    _check(usual, people, starts_at, ends_at, now)
    if channel_id is not None:
        channel_by_id(session, channel_id)
    made = StaffPlanRow(
        channel_id=channel_id,
        usual=usual,
        people=people,
        known_at=now,
        starts_at=starts_at,
        ends_at=ends_at,
        made_by=actor_id,
    )
    session.add(made)
    session.flush()
    _record(session, "staff.planned", made, now, actor_id)
    return _plan(made)


def plan_by_id(session: Session, plan_id: int) -> StaffPlan:
    """One staff plan. Raises NotFound. One query."""
    found = session.get(StaffPlanRow, plan_id)
    if found is None:
        raise NotFound(f"There is no staff plan {plan_id}.")
    return _plan(found)


def supposed_plan(
    *, channel_id: int | None, usual: int, people: int, starts_at: datetime, ends_at: datetime, now: datetime
) -> StaffPlan:
    """The plan as it would be entered now, for looking at what comes of it. Saves nothing. Raises Invalid as `plan_staff`."""
    _check(usual, people, starts_at, ends_at, now)
    return StaffPlan(LARGEST, channel_id, usual, people, now, starts_at, ends_at)


def _check(usual: int, people: int, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    faults = plan_faults(usual, people, starts_at, ends_at, now)
    if faults:
        raise Invalid.many(faults)


def end_plan(session: Session, plan_id: int, *, now: datetime, actor_id: int | None) -> None:
    """Calls a plan off; from now on it counts no more. One that is over already stays as it is. Raises NotFound."""
    found = session.get(StaffPlanRow, plan_id)
    if found is None:
        raise NotFound(f"There is no staff plan {plan_id}.")
    mine = (StaffPlanRow.id == plan_id, StaffPlanRow.ended_at.is_(None), StaffPlanRow.ends_at > now)
    ended = session.scalar(update(StaffPlanRow).where(*mine).values(ended_at=now, ended_by=actor_id).returning(StaffPlanRow.id))
    if ended is not None:
        _record(session, "staff.plan_ended", found, now, actor_id)


def _lasts(row: StaffPlanRow, since: datetime) -> bool:
    return row.ended_at is None or row.ended_at > since


def _plan(row: StaffPlanRow) -> StaffPlan:
    return StaffPlan(row.id, row.channel_id, row.usual, row.people, row.known_at, row.starts_at, row.ends_at, row.ended_at)


def _record(session: Session, kind: str, plan: StaffPlanRow, now: datetime, actor_id: int | None) -> None:
    """Under a subject whose public pages show announced times."""
    facts = {
        "plan": plan.id,
        "usual": plan.usual,
        "people": plan.people,
        "from": plan.starts_at.isoformat(),
        "until": plan.ends_at.isoformat(),
    }
    subject = "organisation:1" if plan.channel_id is None else f"channel:{plan.channel_id}"
    record(session, at=now, kind=kind, subject=subject, actor_id=actor_id, facts=facts)
