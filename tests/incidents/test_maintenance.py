"""Planned work follows its window without anybody, and staff may say otherwise."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from portal.db import Database
from portal.errors import Invalid
from portal.events.models import Event
from portal.incidents import queries, store
from portal.incidents.models import Incident
from portal.incidents.rules import Level, State

Build = Callable[..., Incident]
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_nobody_has_to_start_or_end_planned_work(database: Database, plan: Build, now: datetime) -> None:
    with database.transaction() as session:
        incident = plan(session, window_start=now + DAY, window_end=now + DAY + 4 * HOUR)
    with database.reading() as session:
        before = queries.overview(session, now + DAY - HOUR)
        during = queries.overview(session, now + DAY)
        after = queries.overview(session, now + DAY + 4 * HOUR)
        later = queries.overview(session, now + 9 * DAY)
    assert [each.id for each in before.coming] == [incident.id]
    assert (before.banner.level, during.banner.level, after.banner.level) == (Level.NONE, Level.MAINTENANCE, Level.NONE)
    assert [each.id for each in during.under_way] == [incident.id]
    assert (after.under_way, after.coming, [each.id for each in after.recent]) == ((), (), [incident.id])
    assert (later.under_way, later.coming, later.recent) == ((), (), ())
    assert [(each.state, each.is_derived) for each in after.recent[0].entries] == [
        (State.COMPLETED, True),
        (State.IN_PROGRESS, True),
        (State.SCHEDULED, False),
    ]
    assert after.recent[0].resolved_at == after.recent[0].updated_at == now + DAY + 4 * HOUR


def test_what_staff_say_first_is_not_said_again_by_the_clock(database: Database, plan: Build, now: datetime) -> None:
    start, end = now + DAY, now + DAY + 4 * HOUR
    with database.transaction() as session:
        incident = plan(session, window_start=start, window_end=end)
        for at, state in ((start - HOUR, State.IN_PROGRESS), (end - HOUR, State.COMPLETED)):
            store.add_update(session, incident.id, state=state, body_nl="Zo.", now=at, actor_id=7)
    with database.reading() as session:
        shown = queries.by_id(session, incident.id, end + HOUR)
    assert not [entry for entry in shown.entries if entry.is_derived]
    assert shown.resolved_at == end - HOUR


def test_staff_who_are_not_ready_at_the_end_say_so(database: Database, plan: Build, now: datetime) -> None:
    start, end = now + DAY, now + DAY + 4 * HOUR
    late = end + 5 * DAY
    with database.transaction() as session:
        incident = plan(session, window_start=start, window_end=end)
        store.add_update(session, incident.id, state=State.IN_PROGRESS, body_nl="Langer.", now=end + HOUR, actor_id=7)
    with database.reading() as session:
        assert [each.id for each in queries.overview(session, late).under_way] == [incident.id]
    with database.transaction() as session:
        store.add_update(session, incident.id, state=State.COMPLETED, body_nl="Klaar.", now=late, actor_id=7)
        assert session.scalars(select(Event.kind).order_by(Event.id)).all() == [
            "maintenance.planned",
            "maintenance.reopened",
            "maintenance.completed",
        ]


def test_a_closing_word_after_the_end_keeps_the_end_of_the_window(database: Database, plan: Build, now: datetime) -> None:
    end = now + DAY + 4 * HOUR
    with database.transaction() as session:
        incident = plan(session, window_start=now + DAY, window_end=end)
        store.add_update(session, incident.id, state=State.COMPLETED, body_nl="Gelukt.", now=end + HOUR, actor_id=7)
    with database.reading() as session:
        assert queries.by_id(session, incident.id, end + DAY).resolved_at == end


def test_moved_work_has_another_window_and_a_text_about_it(database: Database, plan: Build, now: datetime) -> None:
    with database.transaction() as session:
        incident = plan(session, window_start=now + DAY, window_end=now + 2 * DAY)
        slug = incident.slug
        store.move_maintenance(
            session,
            incident.id,
            window_start=now + 3 * DAY,
            window_end=now + 4 * DAY,
            body_nl="Verplaatst.",
            now=now + HOUR,
            actor_id=7,
        )
    with database.reading() as session:
        shown = queries.by_slug(session, slug, now + 2 * DAY)
        event = session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert (shown.state, shown.entries[0].body.nl) == (State.SCHEDULED, "Verplaatst.")
    assert shown.window
    assert (shown.window.start, shown.started_at) == (now + 3 * DAY, now + 3 * DAY)
    assert event
    assert event.kind == "maintenance.moved"
    assert event.facts["was"] == {"start": (now + DAY).isoformat(), "end": (now + 2 * DAY).isoformat()}


def test_cancelled_work_is_shown_until_it_would_have_begun(database: Database, plan: Build, now: datetime) -> None:
    with database.transaction() as session:
        incident = plan(session, window_start=now + DAY, window_end=now + 2 * DAY)
        store.add_update(session, incident.id, state=State.CANCELLED, body_nl="Gaat niet door.", now=now + HOUR, actor_id=7)
    with database.reading() as session:
        assert [each.state for each in queries.overview(session, now + 2 * HOUR).coming] == [State.CANCELLED]
        assert queries.overview(session, now + DAY).coming == ()
        assert queries.overview(session, now + DAY + HOUR).banner.level is Level.NONE
        assert not queries.by_id(session, incident.id, now + 3 * DAY).entries[0].is_derived


def test_an_incident_has_no_window_to_move(database: Database, publish: Build, now: datetime) -> None:
    with database.transaction() as session:
        incident = publish(session)
    with pytest.raises(Invalid) as error, database.transaction() as session:
        store.move_maintenance(session, incident.id, window_start=now, window_end=now + HOUR, body_nl="x", now=now, actor_id=7)
    assert [fault.field for fault in error.value.faults] == ["window_start"]


@pytest.mark.parametrize(("start", "end"), [(HOUR, HOUR), (2 * HOUR, HOUR), (-2 * HOUR, -HOUR)])
def test_a_window_that_cannot_be_is_refused(
    database: Database, plan: Build, now: datetime, start: timedelta, end: timedelta
) -> None:
    with pytest.raises(Invalid) as error, database.transaction() as session:
        plan(session, window_start=now + start, window_end=now + end)
    assert [fault.field for fault in error.value.faults] == ["window_end"]
