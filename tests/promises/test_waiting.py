"""Requests that wait: counted by the minute at first, in longer stretches when older, and never as older than they are."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.db import Database
from portal.organisation.store import save_organisation
from portal.promises import store
from portal.promises.figures import last_days
from portal.promises.rows import unpacked
from portal.promises.statistics import FINE
from tests.promises.conftest import LONG_AGO, Ledger

HOUR = 60
DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("age", "stretch"),
    [
        (0, 1),
        (59, 1),
        (64, 5),
        (66, 5),
        (5 * HOUR + 5, 5),
        (5 * HOUR + 61, 30),
        (26 * HOUR, 30),
        (4 * DAY, 30),
        (5 * DAY, 2 * HOUR),
        (7 * DAY, 2 * HOUR),
        (8 * DAY, 12 * HOUR),
        (27 * DAY, 12 * HOUR),
    ],
)
def test_a_request_that_waits_counts_as_received_at_the_end_of_its_stretch(ledger: Ledger, age: int, stretch: int) -> None:
    always = ledger.add_channel("altijd", None)
    ledger.now += timedelta(minutes=7, seconds=20)
    ledger.receive(ledger.now - timedelta(minutes=age), channel_id=always)
    with ledger.database.reading() as session:
        found = store.figures_of(session, always, None, None, ledger.now).waiting.ages
    (bucket,) = found.counts
    assert FINE.bucket(60 * (age - stretch)) <= bucket <= FINE.bucket(60 * age)


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "Asia/Kolkata", "Asia/Kathmandu"])
def test_each_request_that_waits_is_in_the_period_of_its_local_day(database: Database, now: datetime, zone: str) -> None:
    """Also where midnight is not at a whole hour or half hour elsewhere, and long ago or just now."""
    ledger = Ledger(database, now)
    with ledger.session() as session:
        save_organisation(session, name="Proef", timezone=zone, now=LONG_AGO, actor_id=None)
    always = ledger.add_channel("altijd", None)
    local = ZoneInfo(zone)
    midnights = [datetime(2026, 3, day, tzinfo=local) for day in (2, 10)]
    received = [midnight + timedelta(minutes=minutes) for midnight in midnights for minutes in (-31, -14, -1, 0, 1, 16, 31)]
    for at in received:
        ledger.receive(at, channel_id=always)
    for day in (1, 2, 9, 10):
        on = date(2026, 3, day)
        with ledger.database.reading() as session:
            found = store.figures_of(session, always, on, on, ledger.now)
        assert found.waiting.ages.total == found.tally.received == len([at for at in received if at.date() == on])
        assert found.waiting.overdue + found.waiting.not_yet_due == found.tally.received


def test_groups_hold_each_request_that_waits_at_its_local_day_and_hour(ledger: Ledger) -> None:
    always = ledger.add_channel("altijd", None)
    received = [ledger.now - timedelta(minutes=minutes) for minutes in (1, 90, 301, 1_000, 7_001, 20_003) for _ in range(10)]
    for at in received:
        ledger.receive(at, channel_id=always)
    with ledger.database.reading() as session:
        days, hours = store.groups_of(session, always, last_days(ledger.now.date()), ledger.now)
    zone = ZoneInfo("Europe/Amsterdam")
    assert {group.first for group in days if group.spread.number} == {at.astimezone(zone).date() for at in received}
    assert {group.first for group in hours if group.spread.number} == {at.astimezone(zone).hour for at in received}


def test_what_was_packed_is_unpacked() -> None:
    assert unpacked("3 12 0 1") == {3: 12, 0: 1}
