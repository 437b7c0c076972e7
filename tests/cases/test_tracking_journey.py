from datetime import UTC, datetime, timedelta

import pytest

from portal.cases.journey import Revision, State, StepKind, Told, standing, timeline
from portal.promises.rules import RevisionReason, SetAside
from portal.web.localized import Localized

SENT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
T = SENT + 2 * HOUR


def revised(at: datetime, to: datetime) -> Revision:
    return Revision(at, to, RevisionReason.ILLNESS, Localized("Twee collega's zijn ziek.", "Two colleagues are ill."))


LATER = (revised(T - 30 * MINUTE, T + 3 * HOUR),)
SOONER = (revised(SENT + 30 * MINUTE, T - HOUR),)


@pytest.mark.parametrize(
    ("told", "now", "state"),
    [
        (Told(SENT, T), SENT, State.PROMISED),
        (Told(SENT, T), T, State.PROMISED),
        (Told(SENT, T), T + timedelta(microseconds=1), State.OVERDUE),
        (Told(SENT, None), T, State.NO_PROMISE),
        (Told(SENT, T, revisions=LATER), T, State.DELAYED),
        (Told(SENT, T, revisions=LATER), T + 4 * HOUR, State.OVERDUE),
        (Told(SENT, T, revisions=SOONER), SENT + HOUR, State.SOONER),
        (Told(SENT, T, answered_at=T), T, State.ANSWERED_IN_TIME),
        (Told(SENT, T, answered_at=T + MINUTE), T + HOUR, State.ANSWERED_LATE),
        (Told(SENT, T, answered_at=T + MINUTE, revisions=LATER), T + HOUR, State.ANSWERED_LATE),
        (Told(SENT, None, answered_at=T), T, State.ANSWERED),
        (Told(SENT, T, set_aside=SetAside.WITHDRAWN), T, State.SOLVED),
        (Told(SENT, T, set_aside=SetAside.SPAM), T, State.CLOSED),
    ],
)
def test_how_a_case_stands(told: Told, now: datetime, state: State) -> None:
    assert standing([told], closed_at=None, now=now).state is state


@pytest.mark.parametrize(("now", "broken"), [(T, False), (T + MINUTE, True)])
def test_what_was_withdrawn_says_so_and_hides_no_broken_promise(now: datetime, *, broken: bool) -> None:
    told = Told(SENT, T, set_aside=SetAside.NONE if broken else SetAside.WITHDRAWN)
    found = standing([told], closed_at=now, withdrawn_at=now, now=now)
    assert (found.state, found.is_open, told.is_broken_at(now)) == (State.WITHDRAWN, False, broken)
    steps = [step.kind for step in timeline([told], received_at=SENT, closed_at=now, withdrawn_at=now, now=now)]
    assert (StepKind.MISSED in steps) is broken
    assert steps[-1] is StepKind.WITHDRAWN
    assert StepKind.CLOSED not in steps


def test_a_revision_never_mends_a_broken_promise() -> None:
    told = Told(SENT, T, answered_at=T + HOUR, revisions=LATER)
    assert standing([told], closed_at=None, now=T + HOUR).state is State.ANSWERED_LATE
    assert told.late_by == HOUR


def test_a_case_closed_without_an_answer_is_closed_and_not_answered() -> None:
    found = standing([Told(SENT, T)], closed_at=T, now=T + HOUR)
    assert found.state is State.CLOSED
    assert not found.is_open


def test_who_writes_again_is_promised_again_and_a_thanks_changes_nothing() -> None:
    first = Told(SENT, T, answered_at=T)
    again = Told(T + HOUR, T + 4 * HOUR)
    assert standing([first, again], closed_at=None, now=T + 2 * HOUR).state is State.PROMISED_AGAIN
    thanks = Told(T + HOUR, T + 4 * HOUR, set_aside=SetAside.NO_ANSWER_NEEDED)
    assert standing([first, thanks], closed_at=None, now=T + 9 * HOUR).state is State.ANSWERED_IN_TIME


def test_without_a_promise_we_say_that_we_do_not_know() -> None:
    assert standing([], closed_at=None, now=T).state is State.NO_PROMISE


def kinds(told: Told, now: datetime, closed_at: datetime | None = None) -> list[StepKind]:
    return [step.kind for step in timeline([told], received_at=SENT, closed_at=closed_at, now=now)]


def test_the_timeline_tells_all_in_order_and_ends_with_what_is_expected() -> None:
    assert kinds(Told(SENT, T), SENT) == [StepKind.RECEIVED, StepKind.PROMISED, StepKind.EXPECTED]
    assert kinds(Told(SENT, T, revisions=LATER), T + HOUR) == [
        StepKind.RECEIVED,
        StepKind.PROMISED,
        StepKind.REVISED,
        StepKind.MISSED,
        StepKind.EXPECTED,
    ]


def test_an_overdue_promise_expects_nothing_that_we_could_name() -> None:
    assert kinds(Told(SENT, T), T + HOUR) == [StepKind.RECEIVED, StepKind.PROMISED, StepKind.MISSED]


def test_an_answer_at_the_promised_instant_missed_nothing() -> None:
    assert kinds(Told(SENT, T, answered_at=T), T + HOUR) == [
        StepKind.RECEIVED,
        StepKind.PROMISED,
        StepKind.ANSWERED_IN_TIME,
    ]


def test_a_time_that_was_worked_out_after_the_answer_was_told_to_nobody() -> None:
    assert kinds(Told(SENT, T, answered_at=SENT + MINUTE, made_at=SENT + HOUR), T) == [
        StepKind.RECEIVED,
        StepKind.ANSWERED_IN_TIME,
    ]


def test_a_late_answer_shows_the_miss_before_it() -> None:
    assert kinds(Told(SENT, T, answered_at=T + HOUR), T + HOUR, closed_at=T + HOUR) == [
        StepKind.RECEIVED,
        StepKind.PROMISED,
        StepKind.MISSED,
        StepKind.ANSWERED_LATE,
        StepKind.CLOSED,
    ]


def test_messages_stand_where_they_were_sent() -> None:
    steps = timeline(
        [Told(SENT, T, answered_at=T)],
        [(T, "answer"), (SENT, "question")],
        received_at=SENT,
        closed_at=None,
        now=T,
    )
    assert [step.message for step in steps if step.kind is StepKind.MESSAGE] == ["question", "answer"]
    assert steps[-1].kind is StepKind.ANSWERED_IN_TIME
