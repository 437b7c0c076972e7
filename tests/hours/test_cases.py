"""Cases with known answers: our own, and the reference list where it is present."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.hours.cases import answer, expected_of

OWN = json.loads(Path(__file__).with_name("cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", OWN["cases"], ids=lambda case: f"{case['id']} {case['group']}: {case['note']}")
def test_the_answer_is_the_known_one(case: dict[str, Any]) -> None:
    calendar = OWN["calendars"].get(case["calendar_name"])
    assert answer({**case, "calendar": calendar}) == expected_of(case)


def test_our_cases_ask_everything_and_are_of_every_kind() -> None:
    assert {case["op"] for case in OWN["cases"]} == {
        "is_open",
        "next_change",
        "next_open",
        "add_open_minutes",
        "open_minutes_between",
        "promise_by",
        "nl_holidays",
    }
    kinds = "plain boundary ranges holiday short overnight dst closed always never tz lastminute spill holidays_nl"
    assert {case["group"] for case in OWN["cases"]} == set(kinds.split())


def test_the_reference_list_is_answered_and_advisory_differences_are_listed(shared_data: Path | None) -> None:
    """A range edge inside the skipped or repeated hour may be read in two ways: those are listed, not failed."""
    cases = json.loads((shared_data / "hours_cases.json").read_text(encoding="utf-8")) if shared_data else []
    wrong = [case for case in cases if answer(case) != expected_of(case)]
    print("advisory cases that we read otherwise:", [case["id"] for case in wrong if case["advisory"]])  # noqa: T201 - the list
    assert [(case["id"], answer(case), case["expected"]) for case in wrong if not case["advisory"]] == []
