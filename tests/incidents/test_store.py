from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from portal.db import Database
from portal.errors import Conflict, Invalid, NotFound
from portal.events.models import Event
from portal.incidents import queries, rows, store
from portal.incidents.models import Incident, IncidentUpdate
from portal.incidents.rules import Severity, State
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel

Build = Callable[..., Incident]
HOUR = timedelta(hours=1)


def events(session: Session) -> list[str]:
    return list(session.scalars(select(Event.kind).order_by(Event.id)))


def run_both(work: Callable[[], None]) -> None:
    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def faulty(error: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [fault.field for fault in error.value.faults]


def test_publishing_writes_incident_update_and_event_together(database: Database, publish: Build, now: datetime) -> None:
    with database.transaction() as session:
        incident = publish(session, severity=Severity.MAJOR, next_update_at=now + HOUR)
    with database.reading() as session:
        shown = queries.by_slug(session, "2026-03-10-geen-trams-in-oost", now)
        event = session.scalars(select(Event)).one()
    assert (shown.id, shown.state, shown.severity, shown.next_update_at) == (
        incident.id,
        State.INVESTIGATING,
        Severity.MAJOR,
        now + HOUR,
    )
    assert [entry.body.nl for entry in shown.entries] == ["Wij zoeken."]
    assert (event.kind, event.subject, event.actor_id) == ("incident.published", f"incident:{incident.id}", 7)
    assert event.facts["update"] == shown.entries[0].guid


def test_a_publication_that_fails_leaves_no_trace(
    database: Database, publish: Build, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(*_args: object, **_facts: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(rows, "record", power_cut)
    with pytest.raises(OSError, match="no space"), database.transaction() as session:
        publish(session)
    with database.reading() as session:
        for table in (Incident, IncidentUpdate, Event):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_two_incidents_with_one_title_on_one_day_have_two_addresses(database: Database, publish: Build) -> None:
    with database.transaction() as session:
        slugs = [publish(session).slug for _ in range(3)]
    assert slugs == [f"2026-03-10-geen-trams-in-oost{end}" for end in ("", "-2", "-3")]


def test_two_people_who_publish_one_title_at_once_both_do(database: Database, publish: Build) -> None:
    start, slugs = Barrier(2), []

    def post() -> None:
        start.wait()
        with database.transaction() as session:
            slugs.append(publish(session).slug)

    run_both(post)
    assert sorted(slugs) == [f"2026-03-10-geen-trams-in-oost{end}" for end in ("", "-2")]


def test_one_form_sent_twice_at_once_publishes_once(database: Database, publish: Build) -> None:
    start, ids = Barrier(2), []

    def post() -> None:
        start.wait()
        with database.transaction() as session:
            ids.append(publish(session, guid="7a6ddc26-9fc5-4b9b-8c5c-2c7a4b4b3f10").id)

    run_both(post)
    with database.reading() as session:
        assert (ids[0], events(session)) == (ids[1], ["incident.published"])


def test_what_the_database_itself_refuses_is_no_question_of_address(database: Database, publish: Build) -> None:
    with pytest.raises(StatementError), database.transaction() as session:
        publish(session, guid="x" * 37, severity=None)


def test_an_address_is_dated_in_the_company_s_own_time(database: Database, publish: Build) -> None:
    with database.transaction() as session:
        assert publish(session, now=datetime(2026, 3, 10, 23, 30, tzinfo=UTC)).slug.startswith("2026-03-11-")


def test_a_title_without_a_letter_still_has_an_address(database: Database, publish: Build) -> None:
    with database.transaction() as session:
        assert publish(session, title_nl="🚋 ⚡", title_en="").slug == "2026-03-10-incident"


@pytest.mark.parametrize(
    ("facts", "fields"),
    [
        ({"title_nl": " ", "title_en": ""}, ["title_nl"]),
        ({"title_nl": "x" * 201}, ["title_nl"]),
        ({"body_nl": "", "body_en": "\x00"}, ["body_nl"]),
        ({"state": State.SCHEDULED}, ["state"]),
        ({"next_update_at": datetime(2026, 3, 10, 13, 0, tzinfo=UTC)}, ["next_update_at"]),
        ({"started_at": datetime(2026, 3, 10, 13, 0, 1, tzinfo=UTC)}, ["started_at"]),
        ({"service_ids": [9]}, ["services"]),
        ({"channel_ids": [9]}, ["channels"]),
        ({"title_nl": "", "title_en": "", "body_nl": "", "body_en": ""}, ["title_nl", "body_nl"]),
    ],
)
def test_what_cannot_be_published_is_named_by_field(
    database: Database, publish: Build, facts: dict[str, Any], fields: list[str]
) -> None:
    with pytest.raises(Invalid) as error, database.transaction() as session:
        publish(session, **facts)
    assert faulty(error) == fields


def test_an_incident_goes_through_its_life_and_is_reopened(database: Database, publish: Build, now: datetime) -> None:
    with database.transaction() as session:
        incident = publish(session, next_update_at=now + HOUR)
        for hours, state in enumerate((State.IDENTIFIED, State.MONITORING, State.RESOLVED), 1):
            store.add_update(session, incident.id, state=state, body_nl="Verder.", now=now + hours * HOUR, actor_id=7)
    with database.reading() as session:
        over = queries.by_id(session, incident.id, now + 4 * HOUR)
        assert queries.overview(session, now + 4 * HOUR).incidents == ()
    assert (over.state, over.resolved_at, over.next_update_at) == (State.RESOLVED, now + 3 * HOUR, None)
    with database.transaction() as session:
        late = now + 5 * HOUR
        store.add_update(session, incident.id, state=State.INVESTIGATING, body_nl="Terug.", now=late, actor_id=7)
    with database.reading() as session:
        again = queries.overview(session, late).incidents[0]
        assert events(session) == [
            "incident.published",
            "incident.updated",
            "incident.updated",
            "incident.resolved",
            "incident.reopened",
        ]
    assert (again.state, again.resolved_at, len(again.entries), again.version) == (State.INVESTIGATING, None, 5, 5)


def test_a_word_after_the_end_does_not_move_the_end(database: Database, publish: Build, now: datetime) -> None:
    with database.transaction() as session:
        incident = publish(session)
        for hours in (1, 30):
            store.add_update(session, incident.id, state=State.RESOLVED, body_nl="Klaar.", now=now + hours * HOUR, actor_id=7)
    with database.reading() as session:
        assert queries.by_id(session, incident.id, now + 40 * HOUR).resolved_at == now + HOUR


def test_a_step_that_may_not_follow_is_refused_with_what_may(database: Database, publish: Build, now: datetime) -> None:
    with database.transaction() as session:
        incident = publish(session, state=State.IDENTIFIED)
    with pytest.raises(Invalid, match="one of identified, monitoring, resolved") as error, database.transaction() as session:
        store.add_update(session, incident.id, state=State.INVESTIGATING, body_nl="x", now=now + HOUR, actor_id=7)
    assert faulty(error) == ["state"]


def test_a_stale_form_is_told_and_a_form_without_version_is_taken(database: Database, publish: Build, now: datetime) -> None:
    with database.transaction() as session:
        incident = publish(session)
        seen = incident.version
        store.add_update(session, incident.id, state=State.IDENTIFIED, body_nl="Een", version=seen, now=now + HOUR, actor_id=7)
    with pytest.raises(Conflict), database.transaction() as session:
        store.add_update(session, incident.id, state=State.MONITORING, body_nl="Twee", version=seen, now=now + HOUR, actor_id=8)
    with database.transaction() as session:
        store.add_update(session, incident.id, state=State.MONITORING, body_nl="Twee", now=now + HOUR, actor_id=8)
    with database.reading() as session:
        assert queries.by_id(session, incident.id, now + HOUR).state is State.MONITORING


def test_two_people_who_post_at_once_both_leave_their_text(database: Database, publish: Build, now: datetime) -> None:
    with database.transaction() as session:
        incident = publish(session)
    start = Barrier(2)

    def post(text: str) -> None:
        start.wait()
        with database.transaction() as session:
            store.add_update(session, incident.id, state=State.IDENTIFIED, body_nl=text, now=now + HOUR, actor_id=7)

    people = [Thread(target=post, args=(text,)) for text in ("van Anna", "van Bas")]
    for person in people:
        person.start()
    for person in people:
        person.join()
    with database.reading() as session:
        shown = queries.by_id(session, incident.id, now + HOUR)
    assert {entry.body.nl for entry in shown.entries} == {"Wij zoeken.", "van Anna", "van Bas"}
    assert shown.version == 3


def test_an_edited_update_says_so_and_the_event_keeps_the_old_words(database: Database, publish: Build, now: datetime) -> None:
    with database.transaction() as session:
        incident = publish(session)
        update_id = queries.by_id(session, incident.id, now).entries[0].id
        assert update_id
        store.edit_update(session, update_id, body_nl="Wij zoeken.", body_en="We look.", now=now + HOUR, actor_id=7)
    with database.transaction() as session:
        assert queries.by_id(session, incident.id, now).entries[0].edited_at is None
        store.edit_update(session, update_id, body_nl="Wij zoeken nog.", body_en="", now=now + HOUR, actor_id=8)
    with database.reading() as session:
        shown = queries.by_id(session, incident.id, now + HOUR)
        event = session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert (shown.entries[0].body.nl, shown.entries[0].edited_at, shown.entries[0].at) == ("Wij zoeken nog.", now + HOUR, now)
    assert shown.updated_at == now + HOUR
    assert event
    assert (event.kind, event.facts["was"]) == ("incident.update_edited", {"nl": "Wij zoeken.", "en": "We look."})


def test_an_edit_leaves_a_text(database: Database, publish: Build, now: datetime) -> None:
    with database.transaction() as session:
        incident = publish(session)
        update_id = queries.by_id(session, incident.id, now).entries[0].id or 0
    with pytest.raises(Invalid), database.transaction() as session:
        store.edit_update(session, update_id, body_nl="", body_en=" ", now=now, actor_id=7)


def test_the_facts_of_an_incident_change_but_not_its_address(database: Database, publish: Build, now: datetime) -> None:
    with database.transaction() as session:
        channel = add_channel(session, slug="app", kind=ChannelKind.CHAT, name="De app", now=now, actor_id=None)
        incident = publish(session)
        slug = incident.slug
        store.change_incident(
            session,
            incident.id,
            title_nl="Geen trams en bussen",
            title_en="",
            severity=Severity.CRITICAL,
            is_calamity=True,
            service_ids=[],
            channel_ids=[channel.id],
            now=now + HOUR,
            actor_id=7,
        )
    with database.reading() as session:
        shown = queries.by_slug(session, slug, now + HOUR)
    assert (shown.title.nl, shown.severity, shown.is_calamity) == ("Geen trams en bussen", Severity.CRITICAL, True)
    assert [each.name.en for each in shown.channels] == ["De app"]


def test_a_calamity_is_declared_once_and_ended_once(database: Database, publish: Build, plan: Build, now: datetime) -> None:
    with database.transaction() as session:
        incident = publish(session)
        for is_calamity in (True, True, False):
            store.set_calamity(session, incident.id, is_calamity=is_calamity, now=now + HOUR, actor_id=7)
        assert events(session) == ["incident.published", "incident.calamity_declared", "incident.calamity_ended"]
        with pytest.raises(Invalid):
            store.set_calamity(session, plan(session).id, is_calamity=True, now=now, actor_id=7)


@pytest.mark.parametrize("change", [store.add_update, store.set_calamity])
def test_what_does_not_exist_is_not_changed(database: Database, change: Callable[..., object], now: datetime) -> None:
    facts: dict[str, Any] = {"state": State.RESOLVED, "body_nl": "x"} if change is store.add_update else {"is_calamity": True}
    with pytest.raises(NotFound), database.transaction() as session:
        change(session, 99, now=now, actor_id=7, **facts)
    with pytest.raises(NotFound), database.transaction() as session:
        store.edit_update(session, 99, body_nl="x", body_en="", now=now, actor_id=7)
