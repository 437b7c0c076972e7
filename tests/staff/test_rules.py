"""Who may do what, what a pass phrase must be, and where one may be led."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.staff.rules import (
    ABSOLUTE_TIMEOUT,
    DEMO_PHRASE,
    IDLE_TIMEOUT,
    PERMISSIONS,
    Permission,
    PhraseFault,
    Role,
    has_ended,
    is_email,
    phrase_fault,
    safe_next,
)

START = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("phrase", "context", "fault"),
    [
        ("", (), PhraseFault.TOO_SHORT),
        ("veertien teken", (), PhraseFault.TOO_SHORT),
        ("vijftien tekens", (), None),
        ("x" * 200, (), PhraseFault.TOO_SIMPLE),
        ("paarse fiets " * 15, (), None),
        ("paarse fiets " * 16, (), PhraseFault.TOO_LONG),
        ("ababababababababab", (), PhraseFault.TOO_SIMPLE),
        ("wachtwoord123456789", (), PhraseFault.TOO_EXPECTED),
        ("Welkom-Welkom-2026", (), PhraseFault.TOO_EXPECTED),
        ("qwertyuiop1234567890", (), PhraseFault.TOO_EXPECTED),
        ("noor.dewit@ringlijn1", ("Noor de Wit", "noor.dewit@ringlijn.nl"), PhraseFault.TOO_EXPECTED),
        ("noor.dewit@ringlijn1", (), None),
        ("Ringlijn Ringlijn 26", ("Ringlijn",), PhraseFault.TOO_EXPECTED),
        (DEMO_PHRASE.upper(), (), PhraseFault.TOO_EXPECTED),
        ("correct paard batterij nietje", (), None),
        ("пароль для портала тут", (), None),
        ("🚲 🌙 🥣 🎺 🪁 🧦 🪣 🛶", (), None),
        ("wachtwoord!?!?!?#$%", (), PhraseFault.TOO_EXPECTED),
    ],
)
def test_a_pass_phrase_is_long_and_not_what_one_would_try_first(
    phrase: str, context: tuple[str, ...], fault: PhraseFault | None
) -> None:
    assert phrase_fault(phrase, context) == fault


@given(st.text(min_size=15, max_size=200, alphabet=st.characters(categories=["Lu", "Ll", "Nd", "Zs"])))
def test_any_letters_and_any_mixture_will_do(phrase: str) -> None:
    assert phrase_fault(phrase) in {None, PhraseFault.TOO_SIMPLE, PhraseFault.TOO_EXPECTED}


def test_an_administrator_may_everything_and_nobody_else_manages_accounts() -> None:
    assert PERMISSIONS[Role.ADMINISTRATOR] == set(Permission)
    alone = {Permission.MANAGE_MEMBERS, Permission.MANAGE_ORGANISATION, Permission.EDIT_CHANNELS}
    for role in set(Role) - {Role.ADMINISTRATOR}:
        assert not PERMISSIONS[role] & alone


def test_a_manager_may_what_agents_and_communication_may_and_decides_what_is_promised() -> None:
    both = PERMISSIONS[Role.AGENT] | PERMISSIONS[Role.COMMUNICATION]
    assert both < PERMISSIONS[Role.MANAGER]
    assert Permission.EDIT_PROMISES in PERMISSIONS[Role.MANAGER] - both


def test_communication_reads_questions_and_agents_answer_them() -> None:
    assert Permission.SEE_CASES in PERMISSIONS[Role.COMMUNICATION]
    assert Permission.ANSWER_CASES not in PERMISSIONS[Role.COMMUNICATION]
    assert PERMISSIONS[Role.AGENT] == {Permission.SEE_CASES, Permission.ANSWER_CASES}


@pytest.mark.parametrize(
    ("unused_for", "open_for", "ended"),
    [
        (timedelta(0), timedelta(0), False),
        (IDLE_TIMEOUT - timedelta(seconds=1), timedelta(hours=3), False),
        (IDLE_TIMEOUT, timedelta(hours=3), True),
        (timedelta(0), ABSOLUTE_TIMEOUT - timedelta(seconds=1), False),
        (timedelta(0), ABSOLUTE_TIMEOUT, True),
    ],
)
def test_a_sign_in_ends_at_the_very_instant_of_its_timeouts(unused_for: timedelta, open_for: timedelta, *, ended: bool) -> None:
    now = START + open_for
    assert has_ended(last_seen_at=now - unused_for, expires_at=START + ABSOLUTE_TIMEOUT, now=now) is ended


@pytest.mark.parametrize(
    "path", ["/console", "/console/", "/console/cases/12", "/console/cases?state=open&page=2", "/console/audit?subject=case:1"]
)
def test_one_comes_back_to_a_page_of_the_console(path: str) -> None:
    assert safe_next(path) == path


@pytest.mark.parametrize(
    "path",
    [None, "", "/", "/consoles", "/console\\", "/console/x?to=\\evil", "/console/a//b", "/console/..", "/console/sign-out"],
)
def test_to_anywhere_else_one_is_not_led(path: str | None) -> None:
    assert safe_next(path) is None


@given(st.text(max_size=60))
def test_whatever_is_written_there_one_stays_in_the_console(text: str) -> None:
    for path in (text, f"/console{text}", f"/console/{text}"):
        found = safe_next(path)
        assert found is None or (found.startswith("/console") and found.isascii() and not set(found) & set("\\ \t\r\n"))
        assert found is None or "//" not in found.partition("?")[0]


@pytest.mark.parametrize(
    ("email", "fine"),
    [
        ("noor@example.nl", True),
        ("n.de.wit+werk@klantenservice.example.nl", True),
        ("noor@example", False),
        ("noor example.nl", False),
        ("<noor@example.nl>", False),
        ("noor@example.nl\nBcc: x@y.nl", False),
        ("a" * 65 + "@example.nl", False),
        ("n@" + "a" * 250 + ".nl", False),
    ],
)
def test_an_e_mail_address_is_recognised(email: str, *, fine: bool) -> None:
    assert is_email(email) is fine
