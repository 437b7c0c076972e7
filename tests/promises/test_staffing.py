"""Times are Amsterdam's; the tests run on Tuesday 10 March 2026, 14:00."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.errors import Invalid, NotFound
from portal.events.models import Event
from portal.promises import staffing
from portal.promises.staffing_models import StaffPlanRow
from portal.promises.strength import StaffPlan, Strength, factor_at, strengths
from tests.promises.conftest import Ledger, local

TOMORROW, FRIDAY = local("2026-03-11 09:00"), local("2026-03-13 17:00")


def planned(session: Session, channel_id: int | None, now: datetime, **said: object) -> StaffPlan:
    values = {"usual": 3, "people": 10, "starts_at": TOMORROW, "ends_at": FRIDAY, "actor_id": 7} | said
    return staffing.plan_staff(session, channel_id=channel_id, now=now, **values)  # type: ignore[arg-type]


def known(session: Session, channel_id: int, at: datetime) -> list[StaffPlan]:
    """What is known at this instant of the staff of this channel then and later."""
    return [plan for plan in staffing.plans_since(session, channel_id, at) if plan.is_known(at)]


def test_a_plan_is_kept_as_it_was_said_and_told_under_the_channel(ledger: Ledger) -> None:
    with ledger.session() as session:
        made = planned(session, ledger.channel_id, ledger.now)
    with ledger.session() as session:
        assert known(session, ledger.channel_id, ledger.now) == [made]
        event = session.scalars(select(Event).order_by(Event.id.desc())).first()
        assert event is not None
        assert (event.kind, event.subject, event.actor_id) == ("staff.planned", f"channel:{ledger.channel_id}", 7)
    assert (made.factor, made.known_at) == (10 / 3, ledger.now)


def test_a_plan_for_all_counts_for_each_channel_and_one_for_another_channel_does_not(ledger: Ledger) -> None:
    other = ledger.add_channel("ander", None)
    with ledger.session() as session:
        planned(session, other, ledger.now, people=4)
        for_all = planned(session, None, ledger.now, people=6)
        event = session.scalars(select(Event).order_by(Event.id.desc())).first()
        assert event is not None
        assert event.subject == "organisation:1"
        assert known(session, ledger.channel_id, ledger.now) == [for_all]
        assert factor_at(known(session, other, ledger.now), TOMORROW) == 2.0


def test_a_plan_that_was_called_off_is_still_known_of_the_past(ledger: Ledger) -> None:
    later = ledger.now + timedelta(hours=2)
    with ledger.session() as session:
        made = planned(session, ledger.channel_id, ledger.now)
        staffing.end_plan(session, made.id, now=later, actor_id=8)
    with ledger.session() as session:
        assert known(session, ledger.channel_id, later) == []
        then = known(session, ledger.channel_id, later - timedelta(seconds=1))
        assert strengths(then, later - timedelta(seconds=1)) == [Strength(TOMORROW, FRIDAY, 10 / 3)]
        assert known(session, ledger.channel_id, ledger.now - timedelta(seconds=1)) == []
        assert staffing.plans_of_all(session, later) == []


def test_calling_a_plan_off_twice_or_after_its_end_changes_nothing(ledger: Ledger) -> None:
    later = ledger.now + timedelta(hours=2)
    with ledger.session() as session:
        made, over = planned(session, ledger.channel_id, ledger.now), planned(session, ledger.channel_id, ledger.now)
        staffing.end_plan(session, made.id, now=later, actor_id=8)
        staffing.end_plan(session, made.id, now=later + timedelta(hours=1), actor_id=9)
        staffing.end_plan(session, over.id, now=FRIDAY, actor_id=9)
    with ledger.session() as session:
        assert [row.ended_at for row in session.scalars(select(StaffPlanRow).order_by(StaffPlanRow.id))] == [later, None]
        assert len(session.scalars(select(Event).where(Event.kind == "staff.plan_ended")).all()) == 1


def test_a_plan_that_is_over_is_not_read_any_more_but_for_the_past(ledger: Ledger) -> None:
    with ledger.session() as session:
        made = planned(session, ledger.channel_id, ledger.now)
        assert known(session, ledger.channel_id, FRIDAY) == []
        assert staffing.plans_since(session, ledger.channel_id, ledger.now) == [made]


def test_the_usual_number_is_remembered_from_the_plan_before(ledger: Ledger) -> None:
    with ledger.session() as session:
        assert staffing.latest_usual(session, ledger.channel_id) is None
        planned(session, ledger.channel_id, ledger.now, usual=4)
        planned(session, None, ledger.now, usual=9)
        assert staffing.latest_usual(session, ledger.channel_id) == 4
        assert staffing.latest_usual(session, None) == 9


def test_a_plan_that_cannot_be_is_refused_with_field_and_value(ledger: Ledger) -> None:
    with (
        ledger.session() as session,
        pytest.raises(Invalid, match=r"people: 0 is.*ends_at: '2026-03-11T09:00:00\+01:00'"),
    ):
        planned(session, ledger.channel_id, ledger.now, people=0, ends_at=TOMORROW)
    with ledger.session() as session, pytest.raises(NotFound, match="channel 999"):
        planned(session, 999, ledger.now)
    with ledger.session() as session, pytest.raises(NotFound, match="staff plan 999"):
        staffing.end_plan(session, 999, now=ledger.now, actor_id=None)


@pytest.mark.parametrize("changed", [{"people": 12}, {"ends_at": FRIDAY + timedelta(days=1)}, {"known_at": TOMORROW}])
def test_the_database_refuses_to_change_what_was_said(ledger: Ledger, changed: dict[str, object]) -> None:
    with ledger.session() as session:
        planned(session, ledger.channel_id, ledger.now)
    with pytest.raises(DBAPIError, match="immutable"), ledger.session() as session:
        session.execute(update(StaffPlanRow).values(**changed))


def test_the_database_refuses_to_call_a_plan_off_a_second_time(ledger: Ledger) -> None:
    with ledger.session() as session:
        planned(session, ledger.channel_id, ledger.now)
    with ledger.session() as session:
        session.execute(update(StaffPlanRow).values(ended_at=TOMORROW))
    with pytest.raises(DBAPIError, match="immutable"), ledger.session() as session:
        session.execute(update(StaffPlanRow).values(ended_at=FRIDAY))
