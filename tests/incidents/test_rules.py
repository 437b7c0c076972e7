from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from portal.incidents import rules
from portal.incidents.rules import FINAL, Draft, IncidentKind, Level, Said, Severity, State, Window

START = datetime(2026, 3, 12, 1, 0, tzinfo=UTC)
END = datetime(2026, 3, 12, 4, 0, tzinfo=UTC)
NIGHT = Window(START, END)
ANNOUNCED = START - timedelta(days=7)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        (State.INVESTIGATING, State.INVESTIGATING, True),
        (State.INVESTIGATING, State.RESOLVED, True),
        (State.IDENTIFIED, State.MONITORING, True),
        (State.IDENTIFIED, State.INVESTIGATING, False),
        (State.MONITORING, State.IDENTIFIED, True),
        (State.RESOLVED, State.INVESTIGATING, True),
        (State.RESOLVED, State.RESOLVED, True),
        (State.RESOLVED, State.SCHEDULED, False),
        (State.INVESTIGATING, State.COMPLETED, False),
        (State.SCHEDULED, State.CANCELLED, True),
        (State.SCHEDULED, State.INVESTIGATING, False),
        (State.IN_PROGRESS, State.SCHEDULED, False),
        (State.COMPLETED, State.IN_PROGRESS, True),
        (State.CANCELLED, State.SCHEDULED, True),
        (State.CANCELLED, State.IN_PROGRESS, False),
    ],
)
def test_an_update_gives_only_states_that_may_follow(before: State, after: State, may: bool) -> None:  # noqa: FBT001 - the expected value
    assert (after in rules.next_states(before)) is may


def test_every_state_may_stay_and_every_end_is_reachable() -> None:
    for state in State:
        assert rules.next_states(state)[0] is state
        assert FINAL & set(rules.next_states(state))


def test_only_what_was_over_is_reopened() -> None:
    assert rules.is_reopening(State.RESOLVED, State.IDENTIFIED)
    assert not rules.is_reopening(State.MONITORING, State.IDENTIFIED)
    assert not rules.is_reopening(State.RESOLVED, State.RESOLVED)


@pytest.mark.parametrize(
    ("said", "said_at", "at", "state"),
    [
        (State.SCHEDULED, ANNOUNCED, START - SECOND, State.SCHEDULED),
        (State.SCHEDULED, ANNOUNCED, START, State.IN_PROGRESS),
        (State.SCHEDULED, ANNOUNCED, END - SECOND, State.IN_PROGRESS),
        (State.SCHEDULED, ANNOUNCED, END, State.COMPLETED),
        (State.IN_PROGRESS, START - SECOND, START - SECOND, State.IN_PROGRESS),
        (State.IN_PROGRESS, START, END, State.COMPLETED),
        (State.VERIFYING, END - SECOND, END, State.COMPLETED),
        (State.IN_PROGRESS, END, END, State.IN_PROGRESS),
        (State.VERIFYING, END + SECOND, END + timedelta(days=2), State.VERIFYING),
        (State.COMPLETED, START + SECOND, START + SECOND, State.COMPLETED),
        (State.CANCELLED, ANNOUNCED, START, State.CANCELLED),
        (State.CANCELLED, ANNOUNCED, END, State.CANCELLED),
    ],
)
def test_maintenance_follows_its_window_unless_staff_say_otherwise(
    said: State, said_at: datetime, at: datetime, state: State
) -> None:
    assert rules.state_at(Said(said, said_at), NIGHT, at) is state


def test_an_incident_is_what_staff_said_however_long_ago() -> None:
    assert rules.state_at(Said(State.MONITORING, ANNOUNCED), None, END) is State.MONITORING


@pytest.mark.parametrize(
    ("state", "after", "is_overdue"),
    [
        (State.IDENTIFIED, -SECOND, False),
        (State.IDENTIFIED, timedelta(0), False),
        (State.IDENTIFIED, SECOND, True),
        (State.RESOLVED, SECOND, False),
    ],
)
def test_a_promised_update_is_overdue_after_its_instant(state: State, after: timedelta, is_overdue: bool) -> None:  # noqa: FBT001 - the expected value
    assert rules.is_overdue(state, START, START + after) is is_overdue
    assert not rules.is_overdue(state, None, START + after)


@dataclass(frozen=True)
class Trouble:
    state: State = State.INVESTIGATING
    severity: Severity = Severity.MINOR
    kind: IncidentKind = IncidentKind.INCIDENT
    is_calamity: bool = False
    is_overdue: bool = False


WORK = Trouble(State.IN_PROGRESS, Severity.CRITICAL, IncidentKind.MAINTENANCE)


@pytest.mark.parametrize(
    ("troubles", "level", "count"),
    [
        ([], Level.NONE, 0),
        ([Trouble(State.RESOLVED, Severity.CRITICAL)], Level.NONE, 0),
        ([Trouble()], Level.MINOR, 1),
        ([Trouble(State.MONITORING, Severity.MAJOR), Trouble()], Level.MAJOR, 2),
        ([Trouble(), Trouble(severity=Severity.CRITICAL)], Level.CRITICAL, 2),
        ([WORK], Level.MAINTENANCE, 0),
        ([WORK, Trouble()], Level.MINOR, 1),
        ([Trouble(State.SCHEDULED, kind=IncidentKind.MAINTENANCE)], Level.NONE, 0),
        ([Trouble(State.CANCELLED, kind=IncidentKind.MAINTENANCE)], Level.NONE, 0),
    ],
)
def test_the_banner_follows_the_incidents_and_nothing_else(troubles: list[Trouble], level: Level, count: int) -> None:
    shown = rules.banner(troubles)
    assert (shown.level, shown.open_count) == (level, count)


def test_the_banner_says_calamity_and_overdue_of_open_incidents_only() -> None:
    over = Trouble(State.RESOLVED, is_calamity=True, is_overdue=True)
    assert not rules.banner([over]).is_calamity
    assert not rules.banner([over]).is_overdue
    assert rules.banner([Trouble(is_calamity=True)]).is_calamity
    assert rules.banner([Trouble(is_overdue=True)]).is_overdue


@pytest.mark.parametrize(
    ("draft", "fields"),
    [
        (Draft.of(State.INVESTIGATING, "Wij zoeken.", ""), []),
        (Draft.of(State.INVESTIGATING, "", "We are looking."), []),
        (Draft.of(State.INVESTIGATING, " \n", "\x00"), ["body_nl"]),
        (Draft.of(State.INVESTIGATING, "x" * 10_001, "y"), ["body_nl"]),
        (Draft.of(State.INVESTIGATING, "Ja", "", START), ["next_update_at"]),
        (Draft.of(State.INVESTIGATING, "Ja", "", START + SECOND), []),
        (Draft.of(State.RESOLVED, "Ja", "", START + SECOND), ["next_update_at"]),
    ],
)
def test_an_update_has_a_text_and_promises_what_lies_ahead(draft: Draft, fields: list[str]) -> None:
    assert [fault.field for fault in rules.draft_faults(draft, START)] == fields


@pytest.mark.parametrize(
    ("start", "end", "is_right"),
    [
        (START, END, True),
        (START - timedelta(hours=1), END, True),
        (START, START, False),
        (END, START, False),
        (START - timedelta(hours=2), START - timedelta(hours=1), False),
        (START - timedelta(hours=2), START, False),
    ],
)
def test_a_window_runs_forward_and_has_not_ended(start: datetime, end: datetime, is_right: bool) -> None:  # noqa: FBT001 - the expected value
    assert (rules.window_faults(start, end, now=START) == []) is is_right


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Storing \r\n in Oost\r", "Storing \n in Oost"),
        ("a\x00b\x1bc\x85d", "abcd"),
        ("half \ud800 teken", "half  teken"),
        ("tab\tblijft", "tab\tblijft"),
        ("]]> & <b> ✓ 🚋", "]]> & <b> ✓ 🚋"),
        ("\ufffe\uffff", ""),
    ],
)
def test_a_text_keeps_what_a_document_can_hold(typed: str, kept: str) -> None:
    assert rules.clean(typed) == kept


def test_a_title_is_one_line() -> None:
    assert rules.title("Geen\n trams ", "\tNo  trams").nl == "Geen trams"
