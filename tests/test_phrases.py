"""Pass phrases at rest."""

import pytest
from argon2 import PasswordHasher

from portal.phrases import Phrases

CHEAP = Phrases(rounds=1, memory_kib=8)


def test_a_phrase_is_recognised_by_its_hash_which_differs_each_time() -> None:
    one, two = CHEAP.hash("paarse fietsbel"), CHEAP.hash("paarse fietsbel")
    assert one != two
    assert CHEAP.is_right("paarse fietsbel", one)
    assert CHEAP.is_right("paarse fietsbel", two)
    assert not CHEAP.is_right("paarse fietsbel ", one)


def test_the_same_letters_typed_on_another_machine_are_the_same_phrase() -> None:
    assert CHEAP.is_right("cafe\u0301", CHEAP.hash("caf\u00e9"))


def test_where_there_is_no_hash_no_phrase_is_right() -> None:
    for nothing in (None, "", "not a hash"):
        assert not CHEAP.is_right("the pass phrase of nobody at all", nothing)


def test_the_usual_cost_is_above_the_least_that_owasp_advises() -> None:
    kind, _version, cost = Phrases().hash("x").split("$")[1:4]
    parameters = dict(part.split("=") for part in cost.split(","))
    assert kind == "argon2id"
    assert int(parameters["m"]) >= 19 * 1024
    assert int(parameters["t"]) >= 2


@pytest.mark.parametrize("account", ["known", "unknown", "invited"])
def test_a_wrong_phrase_costs_one_verification_whoever_it_is_for(monkeypatch: pytest.MonkeyPatch, account: str) -> None:
    """So it takes as long for every account. Counted and not timed: a busy machine cannot fail it."""
    hashed = {"known": CHEAP.hash("paarse fietsbel"), "unknown": None, "invited": ""}[account]
    cost_of_a_phrase = CHEAP.hash("x").split("$")[3]
    verify = PasswordHasher.verify
    verified: list[str] = []

    def counted(self: PasswordHasher, against: str, phrase: str) -> bool:
        verified.append(against)
        return verify(self, against, phrase)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    assert not CHEAP.is_right("verkeerd gegokt", hashed)
    assert [each.split("$")[3] for each in verified] == [cost_of_a_phrase]
