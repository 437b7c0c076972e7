"""Accounts for scripts."""

import re

import pytest
from flask import Flask

from portal.services import Services
from portal.staff import store
from portal.staff.rules import Role
from tests.pages import PageClient

ADD = ["portal", "add-member", "--email", "Sam@Example.nl", "--name", "Sam"]


def test_a_member_with_a_pass_phrase_from_the_input_can_sign_in(app: Flask, services: Services) -> None:
    result = app.test_cli_runner().invoke(args=[*ADD, "--role", "manager", "--phrase", "-"], input="zeven koperen ketels\n")
    assert result.exit_code == 0, result.output
    with services.database.reading() as session:
        sam = store.member_by_email(session, "sam@example.nl")
    assert sam
    assert sam.role is Role.MANAGER
    assert services.phrases.is_right("zeven koperen ketels", sam.phrase_hash)


def test_without_a_pass_phrase_it_prints_a_link_that_works(app: Flask, client: PageClient) -> None:
    output = app.test_cli_runner().invoke(args=ADD).output
    link = re.search(r"http://portal\.test(/console/invitation/\S+)", output)
    assert link
    assert "Welkom, Sam" in client.follow(client.get(link[1], status=303)).text


@pytest.mark.parametrize(
    ("more", "said"),
    [(["--phrase", "-"], "too short"), (["--email", "geen adres"], "email"), (["--role", "boss"], "boss")],
)
def test_what_cannot_be_taken_is_said_and_nothing_is_made(app: Flask, services: Services, more: list[str], said: str) -> None:
    result = app.test_cli_runner().invoke(args=[*ADD, *more], input="kort\n")
    assert result.exit_code != 0
    assert said in result.output
    with services.database.reading() as session:
        assert not store.has_members(session)


def test_an_address_gets_one_account(app: Flask) -> None:
    runner = app.test_cli_runner()
    runner.invoke(args=ADD)
    result = runner.invoke(args=ADD)
    assert result.exit_code == 1
    assert "has an account already" in result.output
