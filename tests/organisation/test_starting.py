"""What a production start refuses."""

from dataclasses import replace

import pytest

from portal.app import create_app
from portal.config import Environment
from portal.db import Database
from portal.errors import Unavailable
from portal.organisation.starting import pending_setup_code
from portal.organisation.store import save_organisation
from portal.services import Services
from portal.staff import store
from portal.staff.rules import DEMO_PHRASE, PhraseFault, phrase_fault
from tests.staff.builders import MakeMember


@pytest.fixture
def production(services: Services) -> Services:
    return replace(services, config=replace(services.config, environment=Environment.PRODUCTION))


def test_production_starts_on_a_database_of_its_own(production: Services, make_member: MakeMember) -> None:
    make_member()
    create_app(services=production)


def test_production_starts_before_the_database_has_been_migrated(production: Services, tmp_path: object) -> None:
    empty = Database(f"sqlite:///{tmp_path}/empty.db")
    create_app(services=replace(production, database=empty))
    empty.close()


def test_production_refuses_the_demo_company(production: Services) -> None:
    with production.database.transaction() as session:
        save_organisation(session, name="Demo", is_demo=True, now=production.clock.now(), actor_id=None)
    with pytest.raises(Unavailable, match="the demo company"):
        create_app(services=production)


def test_production_refuses_a_pass_phrase_that_everybody_knows(production: Services, make_member: MakeMember) -> None:
    make_member(phrase=DEMO_PHRASE, is_demo=True)
    with pytest.raises(Unavailable, match="demo pass phrases"):
        create_app(services=production)


def test_a_demo_account_with_another_pass_phrase_is_an_account_like_any_other(
    production: Services, make_member: MakeMember
) -> None:
    member = make_member(phrase=DEMO_PHRASE, is_demo=True)
    with production.database.transaction() as session:
        store.change_phrase(session, member.id, phrase_hash="another", keep=None, now=production.clock.now())
    create_app(services=production)


def test_the_code_can_be_asked_for_before_the_database_has_been_migrated(services: Services, tmp_path: object) -> None:
    empty = Database(f"sqlite:///{tmp_path}/empty.db")
    assert pending_setup_code(replace(services, database=empty)) == pending_setup_code(services)
    empty.close()


def test_nobody_can_choose_the_demo_pass_phrase() -> None:
    assert phrase_fault(DEMO_PHRASE) is PhraseFault.TOO_EXPECTED
