"""Pass phrases at rest."""

import statistics
import time

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


def test_an_unknown_account_takes_as_long_as_a_wrong_phrase() -> None:
    phrases = Phrases(rounds=2, memory_kib=4096)
    hashed = phrases.hash("paarse fietsbel")

    def median(of: str | None) -> float:
        def once() -> float:
            start = time.perf_counter()
            phrases.is_right("verkeerd gegokt", of)
            return time.perf_counter() - start

        return statistics.median(once() for _ in range(15))

    known, unknown = median(hashed), median(None)
    assert 0.5 < unknown / known < 2
