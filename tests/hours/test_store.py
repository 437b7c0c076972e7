"""Versions of hours in both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.db import Database
from portal.errors import Conflict, Invalid, NotFound
from portal.events.models import Event
from portal.hours import store
from portal.hours.models import Schedule
from portal.hours.reading import read_calendar
from portal.hours.schedule import Calendar, Closure
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel, save_organisation
from portal.web.localized import Localized
from tests.statements import statements

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STORM = Localized("Storm", "Gale")


def office(opens: str = "09:00", closes: str = "17:00", **more: Any) -> Calendar:
    week = {day: [[opens, closes]] for day in ("mon", "tue", "wed", "thu", "fri")}
    return read_calendar({"timezone": "Europe/Amsterdam", "weekly": week, **more})


@pytest.fixture
def channel_id(database: Database, now: datetime) -> int:
    with database.transaction() as session:
        save_organisation(session, name="Voorbeeld", now=now, actor_id=None)
        return a_channel(session, "x", now)


def a_channel(session: Session, slug: str, now: datetime) -> int:
    return add_channel(session, slug=slug, kind=ChannelKind.X, name=slug, now=now, actor_id=None).id


def test_a_channel_without_a_schedule_counts_clock_time_in_the_organisations_zone(
    database: Database, channel_id: int, now: datetime
) -> None:
    with database.reading() as session:
        opening = store.opening_times_of(session, channel_id)
        assert opening.between(now, now + DAY) == DAY
        assert opening.zone_at(now) == ZoneInfo("Europe/Amsterdam")
        assert store.schedule_in_force(session, channel_id, now) is None


def test_a_saved_schedule_is_read_back_with_its_event(database: Database, channel_id: int, now: datetime) -> None:
    with database.transaction() as session:
        store.save_schedule(session, channel_id, office(), valid_from=now, now=now, actor_id=7, seen=0)
    with database.reading() as session:
        saved = store.schedule_in_force(session, channel_id, now)
        assert saved is not None
        assert (saved.number, saved.valid_from, saved.created_by, saved.calendar) == (1, now, 7, office())
        happened = session.scalars(select(Event).where(Event.subject == f"channel:{channel_id}").order_by(Event.id)).all()[-1]
        assert (happened.kind, happened.actor_id, happened.facts["version"]) == ("hours.changed", 7, 1)


def test_what_was_promised_then_is_judged_by_the_hours_of_then(database: Database, channel_id: int, now: datetime) -> None:
    with database.transaction() as session:
        store.save_schedule(session, channel_id, office(), valid_from=now - 30 * DAY, now=now, actor_id=None)
        store.save_schedule(session, channel_id, office("08:00", "20:00"), valid_from=now + 7 * DAY, now=now, actor_id=None)
    with database.reading() as session:
        opening = store.opening_times_of(session, channel_id)
        assert opening.between(now - 7 * DAY, now) == 40 * HOUR
        assert opening.between(now + 7 * DAY, now + 14 * DAY) == 60 * HOUR
        in_a_week = store.schedule_in_force(session, channel_id, now + 7 * DAY)
        assert in_a_week is not None
        assert in_a_week.number == 2
        assert [each.number for each in store.versions_of(session, channel_id)] == [2, 1]


def test_the_opening_times_of_all_channels_cost_one_query(database: Database, channel_id: int, now: datetime) -> None:
    with database.transaction() as session:
        other = a_channel(session, "telefoon", now)
        for week in range(3):
            at = now + timedelta(weeks=week)
            store.save_schedule(session, other, office(closes=f"{17 + week}:00"), valid_from=at, now=at, actor_id=None)
    with statements(database) as seen, database.reading() as session:
        everything = store.opening_times_of_all(session)
        recent = store.opening_times_of_all(session, since=now + 2 * 7 * DAY)
    assert len(seen) == 2
    assert set(everything) == set(recent) == {channel_id, other}
    assert len(everything[other].versions) == 3
    assert len(recent[other].versions) == 1
    later = now + timedelta(weeks=3)
    assert recent[other].between(later, later + DAY) == everything[other].between(later, later + DAY) == 10 * HOUR
    assert everything[channel_id].versions == []


def test_all_versions_are_read_when_none_counted_yet(database: Database, channel_id: int, now: datetime) -> None:
    with database.transaction() as session:
        store.save_schedule(session, channel_id, office(), valid_from=now + DAY, now=now, actor_id=None)
    with database.reading() as session:
        assert len(store.opening_times_of_all(session, since=now)[channel_id].versions) == 1


def test_the_expansion_is_kept_between_readings(database: Database, channel_id: int, now: datetime) -> None:
    with database.transaction() as session:
        store.save_schedule(session, channel_id, office(), valid_from=now, now=now, actor_id=None)
    with database.reading() as session:
        assert store.opening_times_of(session, channel_id) is store.opening_times_of(session, channel_id)


def test_who_saves_over_unseen_changes_is_told_and_nothing_is_lost(database: Database, channel_id: int, now: datetime) -> None:
    with database.transaction() as session:
        store.save_schedule(session, channel_id, office(), valid_from=now, now=now, actor_id=1, seen=0)
    with pytest.raises(Conflict, match="version 1"), database.transaction() as session:
        store.save_schedule(session, channel_id, office("08:00"), valid_from=now, now=now, actor_id=2, seen=0)
    with database.transaction() as session:
        assert store.newest_numbers(session) == {channel_id: 1}
        store.save_schedule(session, channel_id, office("08:00"), valid_from=now, now=now, actor_id=2, seen=1)
        assert store.newest_numbers(session) == {channel_id: 2}


def test_of_two_who_save_at_the_very_same_moment_one_is_told(database: Database, channel_id: int, now: datetime) -> None:
    together = Barrier(2)

    def save(actor_id: int) -> str:
        together.wait(timeout=10)
        try:
            with database.transaction() as session:
                store.save_schedule(session, channel_id, office(), valid_from=now, now=now, actor_id=actor_id, seen=0)
        except Conflict:
            return "told"
        return "saved"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(save, (1, 2))) == ["saved", "told"]
    with database.reading() as session:
        assert len(store.versions_of(session, channel_id)) == 1
        assert len(session.scalars(select(Event).where(Event.kind == "hours.changed")).all()) == 1


def test_the_same_number_twice_is_refused_by_the_database(database: Database, channel_id: int, now: datetime) -> None:
    facts = {"channel_id": channel_id, "number": 1, "valid_from": now, "created_at": now, "calendar_text": "{}"}
    with pytest.raises(DBAPIError), database.transaction() as session:
        session.add_all([Schedule(**facts), Schedule(**facts)])


def test_a_version_is_never_changed(database: Database, channel_id: int, now: datetime) -> None:
    with database.transaction() as session:
        store.save_schedule(session, channel_id, office(), valid_from=now, now=now, actor_id=None)
    with pytest.raises(DBAPIError, match="immutable"), database.transaction() as session:
        session.execute(text("UPDATE schedules SET number = 5"))


def test_only_the_first_version_begins_in_the_past(database: Database, channel_id: int, now: datetime) -> None:
    with database.transaction() as session:
        store.save_schedule(session, channel_id, office(), valid_from=now - 30 * DAY, now=now, actor_id=None)
    with pytest.raises(Invalid, match="valid_from"), database.transaction() as session:
        store.save_schedule(session, channel_id, office(), valid_from=now - HOUR, now=now, actor_id=None)


def test_what_is_not_fit_to_save_is_not_saved(database: Database, channel_id: int, now: datetime) -> None:
    nameless = office(exceptions=[{"date": "2026-04-27", "hours": [], "reason": ""}])
    with pytest.raises(Invalid, match=r"exceptions\[0\].reason"), database.transaction() as session:
        store.save_schedule(session, channel_id, nameless, valid_from=now, now=now, actor_id=None)
    with database.reading() as session:
        assert store.versions_of(session, channel_id) == []


def test_a_last_minute_closure_counts_at_once_and_in_the_versions_that_follow(
    database: Database, channel_id: int, now: datetime
) -> None:
    with database.transaction() as session:
        store.save_schedule(session, channel_id, office(), valid_from=now - DAY, now=now, actor_id=None)
        store.save_schedule(session, channel_id, office("08:00", "20:00"), valid_from=now + 2 * HOUR, now=now, actor_id=None)
        store.save_schedule(session, channel_id, office("07:00", "21:00"), valid_from=now + 30 * DAY, now=now, actor_id=None)
        store.close_now(session, [channel_id], Closure(now, now + DAY, STORM), now=now, actor_id=3)
    with database.reading() as session:
        opening = store.opening_times_of(session, channel_id)
        assert opening.is_open(now - HOUR)
        assert not opening.is_open(now)
        assert opening.next_open(now) == now + DAY
        assert opening.next_change(now + DAY) is not None
        assert [len(version.calendar.closures) for version in opening.versions] == [0, 1, 1, 0]
        assert session.scalars(select(Event.kind).order_by(Event.id.desc()).limit(2)).all() == ["hours.closed"] * 2


def test_several_channels_close_together_also_without_a_schedule(database: Database, channel_id: int, now: datetime) -> None:
    with database.transaction() as session:
        other = a_channel(session, "telefoon", now)
        store.save_schedule(session, other, office(), valid_from=now - DAY, now=now, actor_id=None)
        store.close_now(session, [channel_id, other], Closure(now, now + HOUR, STORM), now=now, actor_id=None)
    with database.reading() as session:
        for opening in store.opening_times_of_all(session).values():
            assert opening.is_open(now - HOUR)
            assert opening.next_open(now) == now + HOUR


@pytest.mark.parametrize("closure_hours", [(0, 0), (-2, -1), (2, 1)])
def test_a_closure_that_is_over_or_ends_before_it_starts_is_refused(
    database: Database, channel_id: int, now: datetime, closure_hours: tuple[int, int]
) -> None:
    first, last = (now + hours * HOUR for hours in closure_hours)
    with pytest.raises(Invalid), database.transaction() as session:
        store.close_now(session, [channel_id], Closure(first, last, STORM), now=now, actor_id=None)


def test_opening_again_early_ends_the_closure_and_keeps_what_was(database: Database, channel_id: int, now: datetime) -> None:
    with database.transaction() as session:
        store.save_schedule(session, channel_id, office(), valid_from=now - DAY, now=now, actor_id=None)
        store.close_now(session, [channel_id], Closure(now, now + DAY, STORM), now=now, actor_id=None)
        store.reopen(session, channel_id, now=now + HOUR, actor_id=None)
        store.reopen(session, channel_id, now=now + HOUR, actor_id=None)
    with database.reading() as session:
        opening = store.opening_times_of(session, channel_id)
        assert not opening.is_open(now + HOUR / 2)
        assert opening.is_open(now + HOUR)
        assert opening.between(now, now + 2 * HOUR) == HOUR
        assert len(store.versions_of(session, channel_id)) == 3, "the second reopening had nothing to end"


def test_a_copy_brings_week_and_exceptions_and_leaves_each_its_own_closures(
    database: Database, channel_id: int, now: datetime
) -> None:
    holidays = [{"date": day, "hours": [], "reason": "x"} for day in ("2026-01-01", "2026-04-27")]
    with database.transaction() as session:
        other = a_channel(session, "telefoon", now)
        store.close_now(session, [other], Closure(now, now + HOUR, STORM), now=now, actor_id=None)
        store.save_schedule(session, channel_id, office(exceptions=holidays), valid_from=now, now=now, actor_id=None)
        store.copy_schedule(session, channel_id, {other: 1}, now=now, actor_id=5)
    with database.reading() as session:
        copied = store.schedule_in_force(session, other, now)
        assert copied is not None
        assert copied.calendar.weekly == office().weekly
        assert [each.first_on.isoformat() for each in copied.calendar.exceptions] == ["2026-04-27"]
        assert [each.reason for each in copied.calendar.closures] == [STORM]
    with pytest.raises(Conflict), database.transaction() as session:
        store.copy_schedule(session, channel_id, {other: 1}, now=now, actor_id=5)


def test_a_channel_without_a_schedule_has_nothing_to_copy(database: Database, channel_id: int, now: datetime) -> None:
    with pytest.raises(NotFound), database.transaction() as session:
        store.copy_schedule(session, channel_id, {}, now=now, actor_id=5)
