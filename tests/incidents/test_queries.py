from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from portal.db import Database
from portal.errors import Conflict, Invalid, NotFound
from portal.incidents import queries, service_store, store
from portal.incidents.models import Incident, Service
from portal.incidents.rules import Level, Severity, State
from portal.incidents.tree import Lifetime
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel
from tests.statements import statements

Build = Callable[..., Incident]
HOUR = timedelta(hours=1)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def service(database: Database, now: datetime, name: str, parent_id: int | None = None) -> Service:
    with database.transaction() as session:
        return service_store.add_service(session, name_nl=name, parent_id=parent_id, now=now, actor_id=None)


def test_the_overview_costs_two_queries_however_much_is_wrong(
    database: Database, publish: Build, plan: Build, now: datetime
) -> None:
    services = [service(database, now, f"Lijn {n}").id for n in range(5)]
    with database.transaction() as session:
        for n in range(12):
            incident = publish(session, service_ids=services[: n % 5])
            plan(session, service_ids=services)
            for m in range(5):
                store.add_update(session, incident.id, state=State.IDENTIFIED, body_nl=str(m), now=now + HOUR, actor_id=7)
    with database.reading() as session, statements(database) as seen:
        known = queries.overview(session, now + 2 * HOUR)
    assert len([s for s in seen if s.startswith(("SELECT", "WITH"))]) == 2
    assert (len(known.incidents), len(known.coming), len(known.incidents[0].entries)) == (12, 12, 6)
    with database.reading() as session, statements(database) as seen:
        assert len(queries.newest(session, now + 2 * HOUR)) == 24
    assert len([s for s in seen if s.startswith(("SELECT", "WITH"))]) == 2


def test_programs_are_told_what_is_open_also_behind_fifty_newer_ones(
    database: Database, publish: Build, plan: Build, now: datetime
) -> None:
    line = service(database, now, "Lijn 1")
    with database.transaction() as session:
        publish(session, title_nl="Oud en open", service_ids=[line.id])
        plan(session, title_nl="Ver weg", window_start=now + 900 * HOUR, window_end=now + 901 * HOUR)
        off = plan(session, title_nl="Afgelast", window_start=now + 900 * HOUR, window_end=now + 901 * HOUR)
        store.add_update(session, off.id, state=State.CANCELLED, body_nl="Te duur.", now=now, actor_id=7)
        late = plan(session, title_nl="Loopt uit", window_start=now + HOUR / 60, window_end=now + HOUR / 30)
        store.add_update(session, late.id, state=State.VERIFYING, body_nl="Bijna.", now=now + HOUR / 2, actor_id=7)
        for n in range(51):
            at = now + HOUR + n * HOUR / 60
            incident = publish(session, title_nl=f"Nieuw {n}", now=at)
            store.add_update(session, incident.id, state=State.RESOLVED, body_nl="Klaar.", now=at, actor_id=7)
            plan(session, title_nl=f"Werk {n}", window_start=at + HOUR / 60, window_end=at + HOUR / 30, now=at)
    with database.reading() as session, statements(database) as seen:
        found = queries.known(session, now + 10 * HOUR)
    titles = {each.title.nl for each in found.situations}
    assert len([s for s in seen if s.startswith(("SELECT", "WITH"))]) == 3
    assert {"Oud en open", "Ver weg", "Afgelast", "Loopt uit", "Nieuw 50", "Nieuw 1", "Werk 50", "Werk 1"} <= titles
    assert not titles & {"Nieuw 0", "Werk 0"}
    assert [node.id for node in found.nodes] == [line.id]


def test_a_service_knows_when_it_was_added_and_last_changed(database: Database, now: datetime) -> None:
    first, second = service(database, now, "Lijn 1"), service(database, now + HOUR, "Lijn 2")
    with database.transaction() as session:
        service_store.change_service(
            session,
            first.id,
            name_nl="Lijn 1a",
            name_en="",
            description_nl="",
            description_en="",
            parent_id=None,
            position=1,
            now=now + 2 * HOUR,
            actor_id=None,
        )
    with database.reading() as session:
        assert queries.lifetimes(session, queries.tree(session)) == {
            first.id: Lifetime(now, now + 2 * HOUR),
            second.id: Lifetime(now + HOUR, now + HOUR),
        }


def test_a_calamity_touches_the_channels_that_it_names_and_every_one_where_it_names_none(
    database: Database, publish: Build, now: datetime
) -> None:
    with database.transaction() as session:
        one, two = (
            add_channel(session, slug=slug, kind=ChannelKind.X, name=slug, now=now, actor_id=None).id for slug in ("een", "twee")
        )
        publish(session, channel_ids=[two])

    def touched() -> tuple[set[int], list[int | None]]:
        with database.reading() as session:
            newest = [queries.newest_calamity(session, each) for each in (None, one, two)]
            return set(queries.channels_in_calamity(session)), newest

    assert touched() == (set(), [None, None, None]), "an incident alone is none"
    with database.transaction() as session:
        named = publish(session, is_calamity=True, channel_ids=[one], now=now + HOUR).id
    assert touched() == ({one}, [named, named, None])
    with database.transaction() as session:
        everywhere = publish(session, is_calamity=True, now=now).id
    assert touched() == ({one, two}, [named, named, everywhere]), "the one that began last comes first"
    with database.transaction() as session:
        for incident_id in (named, everywhere):
            store.add_update(session, incident_id, state=State.RESOLVED, body_nl="Over.", now=now + 2 * HOUR, actor_id=7)
    assert touched() == (set(), [None, None, None])


def test_the_worst_comes_first_then_the_newest(database: Database, publish: Build, now: datetime) -> None:
    with database.transaction() as session:
        publish(session, title_nl="klein", severity=Severity.MINOR)
        publish(session, title_nl="oud", severity=Severity.MAJOR)
        publish(session, title_nl="nieuw", severity=Severity.MAJOR, now=now + HOUR)
        publish(session, title_nl="ramp", severity=Severity.MINOR, is_calamity=True)
    with database.reading() as session:
        assert [each.title.nl for each in queries.overview(session, now + HOUR).incidents] == ["ramp", "nieuw", "oud", "klein"]


def test_what_is_over_is_recent_for_two_days(database: Database, publish: Build, now: datetime) -> None:
    with database.transaction() as session:
        incident = publish(session)
        store.add_update(session, incident.id, state=State.RESOLVED, body_nl="Klaar.", now=now + HOUR, actor_id=7)
    with database.reading() as session:
        assert len(queries.overview(session, now + 48 * HOUR).recent) == 1
        assert queries.overview(session, now + 50 * HOUR).recent == ()


def test_an_incident_names_its_services_and_its_public_channels(database: Database, publish: Build, now: datetime) -> None:
    bus, tram = service(database, now, "Bus"), service(database, now, "Tram")
    line = service(database, now, "Lijn 5", bus.id)
    with database.transaction() as session:
        shown = add_channel(session, slug="x", kind=ChannelKind.X, name="X", now=now, actor_id=None)
        hidden = add_channel(
            session, slug="intern", kind=ChannelKind.CHAT, name="Intern", is_public=False, now=now, actor_id=None
        )
        incident = publish(session, severity=Severity.MAJOR, service_ids=[tram.id, line.id], channel_ids=[hidden.id, shown.id])
    with database.reading() as session:
        known = queries.overview(session, now)
        assert queries.touched(session, incident.id) == ([tram.id, line.id], [shown.id, hidden.id])
    assert [each.name.nl for each in known.incidents[0].services] == ["Lijn 5", "Tram"]
    assert [each.slug for each in known.incidents[0].channels] == ["x"]
    assert [(each.node.slug, each.level, each.is_partial) for each in known.services] == [
        ("bus", Level.MAJOR, True),
        ("lijn-5", Level.MAJOR, False),
        ("tram", Level.MAJOR, False),
    ]


def test_history_goes_by_the_month_in_which_it_began_in_local_time(database: Database, publish: Build, now: datetime) -> None:
    with database.transaction() as session:
        publish(session, title_nl="april", started_at=datetime(2026, 3, 31, 22, 30, tzinfo=UTC), now=now + timedelta(days=40))
        publish(session, title_nl="maart", started_at=datetime(2026, 3, 31, 21, 30, tzinfo=UTC), now=now + timedelta(days=40))
    late = now + timedelta(days=41)
    with database.reading() as session:
        assert queries.months(session, AMSTERDAM, late) == [(date(2026, 4, 1), 1), (date(2026, 3, 1), 1)]
        start, end = (datetime(2026, month, 1, tzinfo=AMSTERDAM) for month in (4, 5))
        assert [each.title.nl for each in queries.between(session, start, end, late)] == ["april"]


def test_planned_work_is_no_history_before_it_begins(database: Database, plan: Build, now: datetime) -> None:
    with database.transaction() as session:
        plan(session, window_start=now + HOUR, window_end=now + 2 * HOUR)
    with database.reading() as session:
        month = (now - timedelta(days=9), now + timedelta(days=9))
        assert queries.months(session, AMSTERDAM, now) == []
        assert queries.between(session, *month, now) == []
        assert len(queries.between(session, *month, now + HOUR)) == 1


def test_the_newest_are_those_that_changed_last_by_hand_or_by_clock(
    database: Database, publish: Build, plan: Build, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "NEWEST", 2)
    with database.transaction() as session:
        old = publish(session, title_nl="oud")
        plan(session, title_nl="werk", window_start=now + 2 * HOUR, window_end=now + 9 * HOUR)
        publish(session, title_nl="nieuw", now=now + HOUR)
    with database.reading() as session:
        assert [each.title.nl for each in queries.newest(session, now + HOUR)] == ["nieuw", "werk"]
        assert [each.title.nl for each in queries.newest(session, now + 3 * HOUR)] == ["werk", "nieuw"]
    with database.transaction() as session:
        store.add_update(session, old.id, state=State.RESOLVED, body_nl="x", now=now + 4 * HOUR, actor_id=7)
    with database.reading() as session:
        assert [each.title.nl for each in queries.newest(session, now + 5 * HOUR)] == ["oud", "werk"]


def test_a_service_s_list_holds_the_trouble_of_its_kin(database: Database, publish: Build, now: datetime) -> None:
    bus, tram = service(database, now, "Bus"), service(database, now, "Tram")
    line, other = service(database, now, "Lijn 5", bus.id), service(database, now, "Lijn 6", bus.id)
    with database.transaction() as session:
        for touched in (bus, tram, line, other):
            publish(session, title_nl=touched.name_nl, service_ids=[touched.id])
    with database.reading() as session:
        assert {each.title.nl for each in queries.of_service(session, "lijn-5", now)[1]} == {"Bus", "Lijn 5"}
        assert {each.title.nl for each in queries.of_service(session, "bus", now)[1]} == {"Bus", "Lijn 5", "Lijn 6"}
        with pytest.raises(NotFound):
            queries.of_service(session, "trein", now)


def test_a_service_under_itself_is_refused(database: Database, now: datetime) -> None:
    bus = service(database, now, "Bus")
    line = service(database, now, "Lijn 5", bus.id)
    with pytest.raises(Invalid) as error, database.transaction() as session:
        service_store.change_service(
            session,
            bus.id,
            name_nl="Bus",
            name_en="",
            description_nl="",
            description_en="",
            parent_id=line.id,
            position=1,
            now=now,
            actor_id=None,
        )
    assert [fault.field for fault in error.value.faults] == ["parent_id"]


def test_services_with_one_name_have_two_addresses_and_a_name_is_needed(database: Database, now: datetime) -> None:
    assert [service(database, now, "Bus").slug for _ in range(2)] == ["bus", "bus-2"]
    with pytest.raises(Invalid) as error, database.transaction() as session:
        service_store.add_service(session, name_nl=" ", parent_id=9, now=now, actor_id=None)
    assert [fault.field for fault in error.value.faults] == ["name_nl", "parent_id"]


def test_a_service_that_history_or_others_need_stays(database: Database, publish: Build, now: datetime) -> None:
    bus = service(database, now, "Bus")
    line, free = service(database, now, "Lijn 5", bus.id), service(database, now, "Vrij")
    with database.transaction() as session:
        publish(session, service_ids=[line.id])
    for kept in (bus, line):
        with pytest.raises(Conflict), database.transaction() as session:
            service_store.remove_service(session, kept.id, now=now, actor_id=None)
    with database.transaction() as session:
        service_store.remove_service(session, free.id, now=now, actor_id=None)
    with database.reading() as session:
        assert [each.slug for each in queries.tree(session)] == ["bus", "lijn-5"]


def test_the_newest_are_the_same_as_if_all_had_been_looked_at(
    database: Database, publish: Build, plan: Build, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was written or moved by the clock, and in whichever order."""
    chance = Random(11)
    with database.transaction() as session:
        for n in range(30):
            at = now + chance.randrange(60) * HOUR
            if n % 2:
                publish(session, now=at)
            else:
                start = at + chance.randrange(1, 40) * HOUR
                plan(session, now=at, window_start=start, window_end=start + chance.randrange(1, 40) * HOUR)
    for hours in range(60, 140, 10):
        with database.reading() as session:
            monkeypatch.setattr(queries, "NEWEST", 30)
            all_of_them = [each.guid for each in queries.newest(session, now + hours * HOUR)]
            monkeypatch.setattr(queries, "NEWEST", 7)
            assert [each.guid for each in queries.newest(session, now + hours * HOUR)] == all_of_them[:7]


def test_the_history_goes_back_as_far_as_something_began(database: Database, publish: Build, now: datetime) -> None:
    with database.transaction() as session:
        for year in (1, 1912, 1990, 2026):
            publish(session, started_at=datetime(year, 2, 10, tzinfo=UTC))
        publish(session, started_at=datetime(2026, 2, 11, tzinfo=UTC))
    with database.reading() as session:
        found = queries.months(session, AMSTERDAM, now)
    assert found == [(date(2026, 2, 1), 2), (date(1990, 2, 1), 1), (date(1912, 2, 1), 1), (date(1, 2, 1), 1)]
