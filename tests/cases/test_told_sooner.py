"""Who was told a sooner time than promised hears in time when that cannot be kept, and when the promise cannot."""

import itertools
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from portal.cases import noticing
from portal.cases.models import Case
from portal.db import Database
from portal.promises import store as promises
from portal.promises.models import Promise
from portal.promises.priorities import save_matrix
from portal.promises.rules import DEFAULT_CLASSES, DEFAULT_MATRIX, PriorityClass, RevisionReason
from tests.cases.builders import at
from tests.cases.noticing_builders import DUE, T, promise_of, take, told


def tell_sooner(database: Database, case: Case, until: datetime, *, minutes: float) -> None:
    """A colleague says that the answer comes sooner than was promised."""
    with database.transaction() as session:
        promises.revise(session, case.id, until, RevisionReason.ILLNESS, now=at(minutes), actor_id=3)


def is_estimated(database: Database, case: Case, now: datetime) -> datetime:
    with database.reading() as session:
        found = promises.estimate_again(session, promises.promise_of(session, case.id), now)
    assert found
    return found


def from_now_on_within(database: Database, lead_minutes: int) -> None:
    """The desk estimates less than it did: as long as it knows nothing of itself, it goes by the company's norm."""
    with database.transaction() as session:
        classes = [PriorityClass(each.code, each.name_nl, each.name_en, lead_minutes) for each in DEFAULT_CLASSES]
        save_matrix(session, classes, DEFAULT_MATRIX, now=at(0), actor_id=None)
        session.execute(update(Promise).values(lead_minutes=lead_minutes))


def test_who_was_told_a_time_sooner_than_promised_hears_the_estimate_when_that_cannot_be_kept(database: Database) -> None:
    case = take(database)
    tell_sooner(database, case, at(120), minutes=10)
    from_now_on_within(database, 60)
    now = at(120) - timedelta(minutes=31)
    assert noticing.tell_in_time(database, now - timedelta(seconds=1)) == 0
    assert noticing.tell_in_time(database, now) == 1
    assert told(database, case)[-1].promised_at == is_estimated(database, case, now) == at(150)


def test_a_time_no_later_than_promised_takes_no_notice_away_from_who_hears_that_the_promise_breaks(database: Database) -> None:
    case = take(database)
    tell_sooner(database, case, at(90), minutes=10)
    from_now_on_within(database, 60)
    for told_last, minute_early in itertools.product((at(90), at(120), T), (timedelta(minutes=1), timedelta(0))):
        due = told_last - timedelta(minutes=31)
        assert noticing.tell_in_time(database, due - minute_early) == (not minute_early)
    found = told(database, case)
    assert [each.promised_at for each in found] == [at(90), at(120), T, at(270)]
    assert [each.number for each in found] == [None, None, None, 1]
    assert found[-1].made_at == promise_of(database, case).told_at == DUE


def test_who_is_told_a_time_within_half_an_hour_is_contradicted_only_when_that_has_passed(database: Database) -> None:
    case = take(database)
    tell_sooner(database, case, at(30), minutes=10)
    assert [noticing.tell_in_time(database, at(minutes)) for minutes in (10, 29.9, 30)] == [0, 0, 1]


def test_a_time_told_shortly_before_the_promise_takes_no_notice_away_from_its_customer(database: Database) -> None:
    case = take(database)
    tell_sooner(database, case, T - timedelta(minutes=15), minutes=205)
    assert noticing.tell_in_time(database, DUE - timedelta(seconds=1)) == 0
    assert noticing.tell_in_time(database, DUE) == 1
    assert promise_of(database, case).told_at == DUE


def test_a_worker_that_looked_before_another_one_told_tells_nobody_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, other = take(database), take(database, thread="t2")
    tell_sooner(database, case, T - timedelta(hours=2), minutes=10)
    from_now_on_within(database, 60)
    now = T - timedelta(minutes=151)
    with database.transaction() as session:
        promises.promise_of(session, other.id).notice_at = now
    with database.reading() as session:
        looked = [promises.due(session, now, 10), []]
    assert noticing.tell_in_time(database, now) == 2
    monkeypatch.setattr(promises, "due", lambda _session, _now, _limit: looked.pop(0))
    assert noticing.tell_in_time(database, now) == 0
    assert (len(told(database, case)), len(told(database, other))) == (2, 1)
