from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.cases import claims_store
from portal.cases import store as cases
from portal.cases.claims import KEPT_AFTER_CLOSING
from portal.cases.store import take_message
from portal.cases.tracking_models import Claim
from portal.clock import FixedClock
from portal.db import Database
from portal.jobs.queue import do
from portal.jobs.timetable import FORGET_ENDED, JOBS, forget_ended
from portal.services import Services
from portal.staff import sign_ins
from portal.staff.models import SignIn
from portal.staff.rules import IDLE_TIMEOUT, Role
from portal.staff.store import add_member
from tests.cases.builders import START, a_channel, asked

A_MOMENT = timedelta(seconds=1)


@pytest.fixture
def services(services: Services, database: Database) -> Services:
    return replace(services, database=database)


def count(services: Services, model: type[SignIn] | type[Claim]) -> int:
    with services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_sign_ins_that_ended_by_themselves_are_forgotten_and_others_stay(services: Services, clock: FixedClock) -> None:
    with services.database.transaction() as session:
        noor = add_member(session, email="noor@example.nl", name="Noor", role=Role.AGENT, now=clock.now(), actor_id=None)
        sign_ins.start(session, noor.id, token_hash="a" * 64, agent="", now=clock.now())
    forget_ended(services, clock.now() + IDLE_TIMEOUT - A_MOMENT)
    assert count(services, SignIn) == 1
    forget_ended(services, clock.now() + IDLE_TIMEOUT)
    assert count(services, SignIn) == 0


def test_claims_are_forgotten_ninety_days_after_their_case_was_closed(services: Services) -> None:
    with services.database.transaction() as session:
        case = take_message(session, a_channel(session), asked(), START).case
        assert case is not None
        claims_store.issue(session, services.vault, case.id, now=START, actor_id=None)
    forget_ended(services, START + 2 * KEPT_AFTER_CLOSING)
    assert count(services, Claim) == 1, "an open case keeps its way in"
    with services.database.transaction() as session:
        cases.close(session, case.id, member_id=None, now=START, version=None)
    forget_ended(services, START + KEPT_AFTER_CLOSING - A_MOMENT)
    assert count(services, Claim) == 1
    forget_ended(services, START + KEPT_AFTER_CLOSING)
    assert count(services, Claim) == 0


def test_claims_that_expired_while_no_worker_ran_are_forgotten_by_the_next(services: Services) -> None:
    with services.database.transaction() as session:
        case = take_message(session, a_channel(session), asked(), START).case
        assert case is not None
        claims_store.issue(session, services.vault, case.id, now=START, actor_id=None)
        cases.close(session, case.id, member_id=None, now=START, version=None)
    job = next(job for job in JOBS if job.name == FORGET_ENDED)
    clock = FixedClock(START + timedelta(days=30))
    do(replace(services, clock=clock), job)
    clock.set(START + timedelta(days=300))
    do(replace(services, clock=clock), job)
    assert count(services, Claim) == 0
