from datetime import UTC, datetime, timedelta

import pytest

from portal.promises.rules import (
    DEFAULT,
    DEFAULT_CLASSES,
    DEFAULT_MATRIX,
    Impact,
    Outcome,
    PriorityClass,
    SetAside,
    Urgency,
    is_judged_afterwards,
    matrix_faults,
    outcome,
)

T = datetime(2026, 3, 10, 16, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("answered_at", "now", "expected"),
    [
        pytest.param(T - SECOND, T, Outcome.KEPT, id="answered a second before"),
        pytest.param(T, T + SECOND, Outcome.KEPT, id="answered at the very instant"),
        pytest.param(T + SECOND, T + SECOND, Outcome.BROKEN, id="answered a second late"),
        pytest.param(None, T - SECOND, Outcome.OPEN, id="no answer, still before"),
        pytest.param(None, T, Outcome.OPEN, id="no answer, the very instant"),
        pytest.param(None, T + SECOND, Outcome.BROKEN, id="no answer, a second after"),
    ],
)
def test_a_promise_is_kept_up_to_and_including_the_promised_instant(
    answered_at: datetime | None, now: datetime, expected: Outcome
) -> None:
    assert outcome(T, answered_at, now) is expected


def test_t5_never_answered_is_broken_at_the_promised_time() -> None:
    assert outcome(T, None, T + timedelta(days=400)) is Outcome.BROKEN


def test_t6_t23_closed_without_an_answer_by_hand_or_by_itself_is_broken_too() -> None:
    """Closing is no argument of the judgement, so it cannot repair a promise."""
    assert outcome(T, None, T + SECOND, SetAside.NONE) is Outcome.BROKEN


@pytest.mark.parametrize("why", [SetAside.SPAM, SetAside.WITHDRAWN, SetAside.NO_ANSWER_NEEDED])
@pytest.mark.parametrize("answered_at", [None, T - SECOND, T + SECOND])
def test_t12_what_is_set_aside_is_neither_kept_nor_broken(why: SetAside, answered_at: datetime | None) -> None:
    assert outcome(T, answered_at, T + timedelta(days=1), why) is Outcome.SET_ASIDE


def test_t16_an_answer_before_the_request_by_a_skewed_clock_is_in_time() -> None:
    assert outcome(T, T - timedelta(days=3), T) is Outcome.KEPT


def test_t20_late_is_late_even_when_no_job_has_looked_since() -> None:
    assert outcome(T, T + SECOND, T + timedelta(days=2)) is Outcome.BROKEN


def test_without_a_promised_time_there_is_nothing_to_keep_or_break() -> None:
    assert outcome(None, T, T) is Outcome.NOT_PROMISED


def test_a_time_worked_out_after_it_had_passed_was_told_to_nobody() -> None:
    assert is_judged_afterwards(T, T + SECOND)
    assert not is_judged_afterwards(T, T)
    assert not is_judged_afterwards(None, T)


def test_the_default_matrix_is_complete_and_never_slower_for_more_impact_or_urgency() -> None:
    levels_i, levels_u = list(Impact), list(Urgency)
    for row, impact in enumerate(levels_i):
        for column, urgency in enumerate(levels_u):
            lead = DEFAULT.class_of(impact, urgency).lead
            if row:
                assert lead <= DEFAULT.class_of(levels_i[row - 1], urgency).lead
            if column:
                assert lead <= DEFAULT.class_of(impact, levels_u[column - 1]).lead


def test_the_default_matrix_can_be_saved() -> None:
    assert matrix_faults(DEFAULT_CLASSES, DEFAULT_MATRIX) == []


def test_each_fault_of_a_matrix_is_named_with_its_field() -> None:
    classes = [PriorityClass("P1", "Spoed", "", 60), PriorityClass("P1", " ", "High", 0), PriorityClass("p 3", "x", "x", 60_001)]
    cells = dict(DEFAULT_MATRIX) | {(Impact.LOW, Urgency.LOW): "P1"}
    del cells[Impact.HIGH, Urgency.HIGH]
    faults = matrix_faults(classes, cells)
    assert [fault.field for fault in faults if fault.field.startswith("classes")] == [
        "classes-0-name_en",
        "classes-1-code",
        "classes-1-name_nl",
        "classes-1-lead_minutes",
        "classes-2-code",
        "classes-2-lead_minutes",
    ]
    empty = [fault.field for fault in faults if fault.field.startswith("cell")]
    assert "cell_high_high" in empty
    assert "cell_low_low" not in empty
    assert len(empty) == 8
