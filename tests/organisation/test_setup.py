"""The first visit, by the one who started the server, and by others who try to be first."""

import threading
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.db import Database
from portal.errors import Conflict
from portal.organisation import store
from portal.organisation.models import Organisation
from portal.organisation.setup_code import is_setup_code, setup_code, void_setup_code
from portal.services import Services
from portal.staff.models import Member
from portal.staff.rules import Role
from tests.conftest import A_TUESDAY
from tests.pages import PageClient
from tests.staff.builders import MakeMember

SETUP = "/console/setup"
PHRASE = "zeven koperen ketels op zolder"


def answers(code: str, **others: str) -> dict[str, str]:
    return {
        "code": code,
        "organisation": "Ringlijn",
        "organisation_email": "klant@ringlijn.example",
        "timezone": "Europe/Amsterdam",
        "accent": "#7a1f5c",
        "name": "Noor de Wit",
        "email": "noor@ringlijn.example",
        "phrase": PHRASE,
        "again": PHRASE,
        **others,
    }


@pytest.fixture
def code(services: Services) -> str:
    return setup_code(services.config.instance)


def test_the_first_visitor_with_the_code_becomes_administrator_of_a_company(
    client: PageClient, services: Services, code: str
) -> None:
    client.get(client.get("/console/", status=303).response.headers["Location"])
    answer = client.post(SETUP, answers(code), token_from=SETUP)
    assert answer.response.headers["Location"] == "/console/channels"
    with services.database.reading() as session:
        member, organisation = session.scalars(select(Member)).one(), session.get_one(Organisation, 1)
    assert (member.role, member.email, member.name) == (Role.ADMINISTRATOR, "noor@ringlijn.example", "Noor de Wit")
    assert (organisation.name, organisation.accent, organisation.is_demo) == ("Ringlijn", "#7a1f5c", False)
    assert client.http.get("/console/account").status_code == 200, "signed in at once"


def test_afterwards_the_page_is_gone_and_the_code_void(app: Flask, client: PageClient, services: Services, code: str) -> None:
    client.post(SETUP, answers(code), token_from=SETUP)
    client.get(SETUP, status=404)
    client.post(SETUP, answers(code, email="tweede@ringlijn.example"), token_from="/console/account", status=404)
    assert not is_setup_code(services.config.instance, code)
    assert not (services.config.instance / "setup_code").exists()


@pytest.mark.parametrize("wrong", ["", "2222-2222-2222-2222", "é" * 16, "0"])
def test_without_the_code_nothing_is_made(client: PageClient, services: Services, code: str, wrong: str) -> None:
    page = client.post(SETUP, answers(wrong), token_from=SETUP, status=422)
    assert page.one("input", name="code").get("aria-invalid") == "true"
    assert page.one("input", name="organisation").get("value") == "Ringlijn", "what was typed is not lost"
    with services.database.reading() as session:
        assert session.scalar(select(func.count(Member.id))) == 0


def test_before_a_code_was_made_an_empty_one_opens_nothing(tmp_path: Path) -> None:
    assert not is_setup_code(tmp_path, "")
    (tmp_path / "setup_code").touch()
    assert not is_setup_code(tmp_path, ""), "nor when its file is empty"


def test_the_code_may_be_typed_without_hyphens_and_capitals(services: Services, code: str) -> None:
    assert is_setup_code(services.config.instance, f" {code.replace('-', ' ').lower()} ")


def test_tries_at_the_code_are_limited_whatever_cookies_are_dropped(app: Flask, code: str) -> None:
    for _ in range(10):
        PageClient(app).post(SETUP, answers("2222-2222-2222-2222"), token_from=SETUP, status=422)
    PageClient(app).post(SETUP, answers(code), token_from=SETUP, status=429)


def test_the_code_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    first, second = setup_code(tmp_path / "instance"), setup_code(tmp_path / "instance")
    assert first == second
    assert len(first.replace("-", "")) == 16
    assert (tmp_path / "instance" / "setup_code").stat().st_mode & 0o777 == 0o600
    void_setup_code(tmp_path / "instance")
    assert setup_code(tmp_path / "instance") != first


def test_of_two_who_set_up_at_the_same_time_exactly_one_wins(database: Database) -> None:
    outcomes: list[str] = []
    together = threading.Barrier(4)

    def set_up(number: int) -> None:
        somebody = store.FirstMember(name="N", email=f"n{number}@example.nl", language="nl", phrase_hash="x")
        together.wait()
        try:
            with database.transaction() as session:
                store.set_up(
                    session,
                    name=f"Bedrijf {number}",
                    timezone="Europe/Amsterdam",
                    accent="#0b5c7a",
                    email="",
                    administrator=somebody,
                    now=A_TUESDAY,
                )
            outcomes.append("won")
        except Conflict:
            outcomes.append("refused")

    threads = [threading.Thread(target=set_up, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "refused", "refused", "won"]
    with database.reading() as session:
        assert session.scalar(select(func.count(Member.id))) == 1
        assert session.scalar(select(func.count(Organisation.id))) == 1


def test_a_company_that_cannot_be_made_leaves_no_administrator_behind(database: Database) -> None:
    somebody = store.FirstMember(name="N", email="n@example.nl", language="nl", phrase_hash="x")
    with pytest.raises(Exception, match="accent"), database.transaction() as session:
        store.set_up(
            session, name="B", timezone="Europe/Amsterdam", accent="paars", email="", administrator=somebody, now=A_TUESDAY
        )
    with database.reading() as session:
        assert session.scalar(select(func.count(Member.id))) == 0


def test_the_command_prints_the_code_until_somebody_has_an_account(app: Flask, code: str, make_member: MakeMember) -> None:
    runner = app.test_cli_runner()
    assert code in runner.invoke(args=["portal", "setup-code"]).output
    make_member()
    result = runner.invoke(args=["portal", "setup-code"])
    assert result.exit_code == 1
    assert "set up already" in result.output


def test_the_set_up_page_speaks_english_to_who_reads_english(client: PageClient) -> None:
    page = client.get(SETUP, headers={"Accept-Language": "en"})
    assert page.words(page.one("h1")) == "Set up your portal"
