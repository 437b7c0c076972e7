"""A schedule as it is typed: understood in the ways in which people write hours, and given back when it is not."""

from datetime import UTC, datetime
from typing import Any

import pytest

from portal.errors import Invalid
from portal.hours.draft import ClosureRow, Draft, ExceptionRow, control_of, draft_of, draft_sent, hours_text, starts_at
from portal.hours.reading import parse_calendar

NOW = datetime(2026, 3, 10, 13, tzinfo=UTC)
EMPTY_WEEK = ("",) * 7


def draft(monday: str = "", **more: Any) -> Draft:
    return Draft("Europe/Amsterdam", (monday, *EMPTY_WEEK[1:]), **more)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("", ""),
        ("gesloten", ""),
        ("Closed", ""),
        ("9-17", "09:00-17:00"),
        ("9.00-17.00", "09:00-17:00"),
        ("09:00 - 17:00 uur", "09:00-17:00"),
        ("9.00\u201312.30, 13.00\u201317.00", "09:00-12:30, 13:00-17:00"),
        ("13-17; 9-12.30", "09:00-12:30, 13:00-17:00"),
        ("9.00 tot 12.30 uur en 13.00 tot 17.00 uur", "09:00-12:30, 13:00-17:00"),
        ("9:00 to 12:30 and 13:00 to 17:00", "09:00-12:30, 13:00-17:00"),
        ("18-2", "18:00-02:00"),
        ("18-24", "18:00-24:00"),
        ("18.00-0.00", "18:00-24:00"),
        ("de hele dag", "00:00-24:00"),
        ("0-24", "00:00-24:00"),
    ],
)
def test_hours_are_understood_as_people_write_them(typed: str, shown: str) -> None:
    calendar = parse_calendar(draft(typed).json)
    assert hours_text(calendar.weekly[0]) == shown


@pytest.mark.parametrize("typed", ["morgen", "9", "9-", "9-17-18", "9-25", "9.5-17", "9-9", "9-12, 11-13", "9u tot laat"])
def test_what_is_no_hours_comes_back_beside_its_control(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_calendar(draft(typed).json)
    assert {control_of(fault.field) for fault in refused.value.faults} == {"week-mon"}


def test_what_is_typed_and_what_is_stored_mean_the_same() -> None:
    typed = draft(
        "09:00-12:30, 13:00-17:00",
        exceptions=(
            ExceptionRow("2026-04-27", "", "", "Koningsdag", "King's Day"),
            ExceptionRow("2026-07-20", "2026-08-02", "10:00-12:00", "Zomer", ""),
        ),
        closures=(ClosureRow("2026-03-10T14:00", "2026-03-10T17:30", "Storm", "Gale"),),
    )
    assert draft_of(parse_calendar(typed.json)) == typed


FAULTS = {
    "exceptions-0-first": {"exceptions": (ExceptionRow("gisteren", "", "", "Reden"),)},
    "exceptions-0-last": {"exceptions": (ExceptionRow("2026-04-27", "2026-04-26", "", "Reden"),)},
    "exceptions-0-hours": {"exceptions": (ExceptionRow("2026-04-27", "", "laat", "Reden"),)},
    "exceptions-0-reason-nl": {"exceptions": (ExceptionRow("2026-04-27", "", "", "", "King's Day"),)},
    "exceptions-1-first": {
        "exceptions": (ExceptionRow("2026-04-27", "", "", "Koningsdag"), ExceptionRow("", "", "", "Reden")),
    },
    "closures-0-starts": {"closures": (ClosureRow("", "2026-03-10T17:30", "Storm"),)},
    "closures-0-ends": {"closures": (ClosureRow("2026-03-10T17:30", "2026-03-10T17:30", "Storm"),)},
    "closures-0-reason-nl": {"closures": (ClosureRow("2026-03-10T16:30", "2026-03-10T17:30"),)},
}


@pytest.mark.parametrize(("control", "rows"), FAULTS.items(), ids=FAULTS)
def test_a_fault_is_shown_at_the_control_that_has_it(control: str, rows: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        parse_calendar(draft(**rows).json)
    assert [control_of(fault.field) for fault in refused.value.faults] == [control]


@pytest.mark.parametrize(
    ("field", "control"),
    [
        ("weekly.sun", "week-sun"),
        ("exceptions[12].reason.en", "exceptions-12-reason-en"),
        ("exceptions[3].from", "exceptions-3-first"),
        ("valid_from", "valid_from"),
        ("timezone", "timezone"),
    ],
)
def test_controls_are_named_after_fields(field: str, control: str) -> None:
    assert control_of(field) == control


def test_blank_and_removed_rows_are_left_out() -> None:
    sent = {
        "week-mon": " 9-17 ",
        "exceptions-0-first": "2026-04-27",
        "exceptions-0-reason-nl": "Koningsdag",
        "exceptions-1-first": "2026-12-25",
        "exceptions-1-remove": "1",
        "exceptions-2-first": " ",
        "exceptions-2-hours": "",
        "closures-0-starts": "2026-03-10T14:00",
        "closures-0-remove": "1",
        "exceptions-x-first": "2026-01-01",
        "valid_from": "2026-06-01",
    }
    found = draft_sent(sent, "Europe/Amsterdam")
    assert found.week == ("9-17", *EMPTY_WEEK[1:])
    assert found.exceptions == (ExceptionRow("2026-04-27", "", "", "Koningsdag", ""),)
    assert found.closures == ()
    assert found.valid_from == "2026-06-01"


@pytest.mark.parametrize(
    ("valid_from", "counts_from"),
    [
        ("", NOW),
        ("2026-03-10", NOW),
        ("2026-06-01", datetime.fromisoformat("2026-06-01T00:00:00+02:00")),
        ("2026-03-09", datetime.fromisoformat("2026-03-09T00:00:00+01:00")),
        ("1 juni", None),
    ],
)
def test_hours_count_from_now_or_from_the_start_of_a_day(valid_from: str, counts_from: datetime | None) -> None:
    assert starts_at(valid_from, "Europe/Amsterdam", NOW) == counts_from
