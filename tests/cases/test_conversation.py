"""What messages come to, whatever the order in which they arrive."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.cases.conversation import Entry, Place, Span, Weight, place, place_among, upshot_of, weight_of
from portal.cases.drafts import Conversation, Draft, Kept
from portal.cases.rules import AuthorKind, CaseState, CustomerState, Direction, Outcome, Visibility, customer_state
from tests.cases.builders import at

DAY = 24 * 60


def entry(weight: Weight, minutes: float, arrival: int = 0, message_id: str = "", parent_ref: str = "") -> Entry:
    return Entry(message_id or f"{weight}{minutes}", weight, at(minutes), arrival or int(minutes) + 1, parent_ref)


def asks(minutes: float, **facts: object) -> Entry:
    return entry(Weight.ASKS, minutes, **facts)  # type: ignore[arg-type]


def answers(minutes: float, **facts: object) -> Entry:
    return entry(Weight.ANSWERS, minutes, **facts)  # type: ignore[arg-type]


def kept(each: Entry) -> Kept:
    asked = each.weight in (Weight.ASKS, Weight.THANKS)
    row = {"author_kind": AuthorKind.CUSTOMER if asked else AuthorKind.PERSON, "visibility": Visibility.PUBLIC}
    return Kept(each, row)


def conversation_of(entries: Iterable[Entry]) -> Conversation:
    """A conversation to which these were added one by one."""
    conversation = Conversation([], [])
    for each in entries:
        conversation.add(kept(each), lambda _case_id: [])
    return conversation


def shape(conversation: Conversation) -> object:
    """What must not depend on the order of arrival."""
    cases = sorted(conversation.cases, key=lambda case: case.upshot.received_at if case.upshot else at(0))
    return [(case.state, case.upshot, sorted(each.entry.message_id for each in case.added)) for case in cases]


@pytest.mark.parametrize("state", list(CaseState))
def test_every_state_has_a_word_for_customers(state: CaseState) -> None:
    assert customer_state(state) in CustomerState


def test_a_second_message_does_not_restart_the_clock() -> None:
    upshot = upshot_of([asks(0), asks(5)])
    assert upshot
    assert upshot.oldest_unanswered_at == at(0)
    assert upshot.last_inbound_at == at(5)


def test_an_answer_stops_the_clock_and_the_next_message_starts_another() -> None:
    upshot = upshot_of([asks(0), answers(10), asks(20), asks(30)])
    assert upshot
    assert (upshot.first_answered_at, upshot.oldest_unanswered_at) == (at(10), at(20))


def test_thanks_after_an_answer_ask_for_nothing_but_as_a_first_message_they_do() -> None:
    upshot = upshot_of([asks(0), answers(10), entry(Weight.THANKS, 20)])
    assert upshot
    assert upshot.oldest_unanswered_at is None
    alone = upshot_of([entry(Weight.THANKS, 20)])
    assert alone
    assert alone.oldest_unanswered_at == at(20)


def test_an_acknowledgement_stops_no_clock() -> None:
    assert weight_of(Direction.OUTBOUND, AuthorKind.AUTOMATIC, "Ontvangen", counts_as_answer=False) is Weight.NOTHING
    upshot = upshot_of([asks(0), entry(Weight.NOTHING, 1)])
    assert upshot
    assert upshot.first_answered_at is None


def test_an_answer_that_names_its_question_counts_though_its_clock_runs_behind() -> None:
    upshot = upshot_of([asks(10, message_id="q"), answers(0, parent_ref="q")])
    assert upshot
    assert upshot.first_answered_at == at(10)
    assert upshot.oldest_unanswered_at is None


def test_an_answer_that_came_in_later_counts_within_the_skew_of_two_clocks() -> None:
    upshot = upshot_of([asks(2, arrival=1), answers(1, arrival=2)])
    assert upshot
    assert upshot.first_answered_at == at(2)
    ours_first = upshot_of([asks(2, arrival=2), answers(1, arrival=1)])
    assert ours_first
    assert ours_first.first_answered_at is None


def test_what_was_written_before_the_closing_no_longer_waits() -> None:
    upshot = upshot_of([asks(0), asks(5)], closed_at=at(10))
    assert upshot
    assert upshot.oldest_unanswered_at is None
    again = upshot_of([asks(0), asks(20)], closed_at=at(10))
    assert again
    assert again.oldest_unanswered_at == at(20)


@pytest.mark.parametrize(
    ("name", "days", "index"),
    [("the same day", 0.5, 0), ("at exactly two weeks", 14, 0), ("a minute later", 14 + 1 / DAY, Place.NEW_CASE)],
)
def test_a_case_lasts_until_two_weeks_after_it_went_quiet(name: str, days: float, index: object) -> None:
    assert place(asks(days * DAY), [Span(at(-60), at(0))]) == index, name


def test_an_unanswered_case_lasts_for_ever() -> None:
    assert place(asks(300 * DAY), [Span(at(0), None)]) == 0


WAITS, QUIET = None, at(20)
BOTH_WAIT = [Span(at(0), WAITS, frozenset({"bus"})), Span(at(10), WAITS, frozenset({"geld"}))]
OLD_WAITS = [BOTH_WAIT[0], Span(at(10), QUIET, frozenset({"geld"}))]
NEW_WAITS = [Span(at(0), QUIET, frozenset({"bus"})), BOTH_WAIT[1]]
BOTH_QUIET = [NEW_WAITS[0], OLD_WAITS[1]]


@pytest.mark.parametrize(
    ("name", "spans", "minutes", "parent_ref", "index"),
    [
        ("both wait: the newest", BOTH_WAIT, 30, "", 1),
        ("the one that it replies to", BOTH_WAIT, 30, "bus", 0),
        ("the one that it replies to, though the other waits", NEW_WAITS, 30, "bus", 0),
        ("the one that waits", OLD_WAITS, 30, "", 0),
        ("a reply to what is unknown goes to the one that waits", OLD_WAITS, 30, "tram", 0),
        ("both quiet: the newest", BOTH_QUIET, 30, "", 1),
        ("before the newest began", OLD_WAITS, 5, "", 0),
        ("before both began", BOTH_WAIT, -5, "", None),
        ("two weeks after the newest, while the other waits", OLD_WAITS, 20 + 15 * 24 * 60, "", 0),
        ("two weeks after both", BOTH_QUIET, 20 + 15 * 24 * 60, "", None),
        ("a reply to what is long over", NEW_WAITS, 20 + 15 * 24 * 60, "bus", 1),
    ],
)
def test_where_one_became_two_a_message_goes_where_it_replies_to_else_to_what_waits(
    name: str, spans: list[Span], minutes: float, parent_ref: str, index: int | None
) -> None:
    for each in (asks(minutes, parent_ref=parent_ref), answers(minutes, parent_ref=parent_ref)):
        assert place_among(each, spans) == index, name


def test_what_we_wrote_before_anybody_asked_is_no_answer() -> None:
    assert place(answers(0), []) is Place.NOWHERE
    conversation = conversation_of([answers(0), asks(30)])
    assert [case.state for case in conversation.cases] == [CaseState.NEW]


def test_an_answer_that_comes_in_before_its_question_is_taken_in() -> None:
    conversation = conversation_of([answers(10, arrival=1), asks(0, arrival=2)])
    (case,) = conversation.cases
    assert case.state is CaseState.ANSWERED
    assert case.upshot
    assert case.upshot.first_answered_at == at(10)
    assert conversation.kept == []


def test_an_older_question_comes_in_after_a_newer_case_began() -> None:
    conversation = conversation_of([asks(60 * DAY), answers(10), asks(0)])
    assert [case.state for case in conversation.cases] == [CaseState.NEW, CaseState.ANSWERED]


def test_a_late_old_message_moves_no_newer_state() -> None:
    draft = Draft(CaseState.NEW, None)
    for each in (asks(0), answers(10), answers(30)):
        draft.add(kept(each), lambda _case_id: [])
    draft.add(kept(asks(20, arrival=99)), lambda _case_id: [])
    assert draft.state is CaseState.ANSWERED


def test_an_answer_between_two_questions_leaves_the_second_open() -> None:
    conversation = conversation_of([asks(0), asks(20), answers(10)])
    (case,) = conversation.cases
    assert case.upshot
    assert (case.upshot.first_answered_at, case.upshot.oldest_unanswered_at) == (at(10), at(20))
    assert case.state is CaseState.OPEN


def test_every_order_of_a_lively_conversation_gives_the_same_case() -> None:
    story = [asks(0), asks(3), answers(10), entry(Weight.THANKS, 12), asks(200), answers(300)]
    expected = shape(conversation_of(story))
    assert all(shape(conversation_of(order)) == expected for order in permutations(story))


WEIGHTS = st.sampled_from([Weight.ASKS, Weight.ASKS, Weight.ANSWERS, Weight.THANKS, Weight.NOTHING])
# Ten minutes apart and within a fortnight: closer, the arrival decides between two clocks; further, it decides what is one case.
STORIES = st.lists(st.tuples(WEIGHTS, st.integers(0, 2_000)), unique_by=lambda each: each[1], min_size=1, max_size=8)


@given(story=STORIES, dice=st.randoms(use_true_random=False))
def test_order_of_arrival_does_not_matter(story: list[tuple[Weight, int]], dice: object) -> None:
    entries = [entry(weight, 10 * place, arrival=number + 1) for number, (weight, place) in enumerate(story)]
    shuffled = list(entries)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert shape(conversation_of(shuffled)) == shape(conversation_of(entries))


@given(story=STORIES)
def test_a_wait_is_never_negative(story: list[tuple[Weight, int]]) -> None:
    upshot = upshot_of(entry(weight, minute, arrival=number) for number, (weight, minute) in enumerate(story))
    if upshot and upshot.first_answered_at:
        assert upshot.first_answered_at - upshot.received_at >= timedelta(0)
        assert upshot.last_answered_at
        assert upshot.last_answered_at >= upshot.first_answered_at


def test_outcomes_say_what_happened() -> None:
    conversation = Conversation([], [])
    outcomes = [conversation.add(kept(each), lambda _case_id: [])[0] for each in (answers(0), asks(10), asks(11), answers(20))]
    assert outcomes == [Outcome.KEPT, Outcome.OPENED, Outcome.JOINED, Outcome.ANSWERED]
