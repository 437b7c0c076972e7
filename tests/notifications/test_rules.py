"""Lengths as channels count, placeholders, what is left out, and when one tries again. No database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.cases.rules import CaseState
from portal.notifications import rules
from portal.notifications.default_texts import DEFAULTS, REASONS, SUBJECTS
from portal.notifications.examples import tightest, values
from portal.notifications.lengths import Limit, Unit, graphemes, limit_of, weighted
from portal.notifications.rules import MessageKind
from portal.notifications.wording import (
    ASKED,
    compose,
    faults_in,
    harmless,
    lines_of,
    placeholders_in,
    subject_faults,
    subject_for,
)
from portal.organisation.rules import ChannelKind
from portal.promises.rules import RevisionReason

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
TIME = "woensdag 30 september 2026, 10.30 uur"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("vóór", 4),
        ("vo\u0301o\u0301r", 4),
        ("日本", 4),
        ("\u2019", 1),
        ("kijk https://example.nl/een/heel/lang/adres?dat=langer&is=dan&drieentwintig=1", 28),
    ],
)
def test_x_counts_by_weight(text: str, length: int) -> None:
    assert weighted(text) == length


@pytest.mark.parametrize(
    ("kind", "is_public", "limit"),
    [
        (ChannelKind.X, True, Limit(280, Unit.WEIGHTED)),
        (ChannelKind.MASTODON, True, Limit(465, Unit.CHARACTERS)),
        (ChannelKind.BLUESKY, True, Limit(300, Unit.GRAPHEMES)),
        (ChannelKind.BLUESKY, False, Limit(10_000, Unit.BYTES)),
        (ChannelKind.INSTAGRAM, False, Limit(1_000, Unit.BYTES)),
        (ChannelKind.WHATSAPP, False, Limit(4_096, Unit.CHARACTERS)),
        (ChannelKind.EMAIL, False, Limit(10_000, Unit.CHARACTERS)),
    ],
)
def test_each_channel_has_its_limit(kind: ChannelKind, is_public: bool, limit: Limit) -> None:  # noqa: FBT001 - a table
    assert limit_of(kind, is_public=is_public) == limit


def test_lines_without_a_value_are_left_out_whole() -> None:
    text = "Dag {name},\nVóór {before}.\nUw nummer is {reference}.\nZie {link}"
    made = compose(MessageKind.ACKNOWLEDGEMENT, text, {"before": TIME, "reference": "BR-1", "name": "", "link": ""})
    assert made.text == f"Vóór {TIME}.\nUw nummer is BR-1."
    assert made.left_out == ()


def test_what_is_too_long_loses_lines_from_the_last_one_upwards_but_never_the_time() -> None:
    text = "Een.\nVóór {before}.\nTwee.\nNummer {reference}.\nDrie."
    found = {"before": TIME, "reference": "BR-1"}
    made = compose(MessageKind.ACKNOWLEDGEMENT, text, found, Limit(63, Unit.CHARACTERS))
    assert made.left_out == ("Twee.", "Drie.")
    assert made.text == f"Een.\nVóór {TIME}.\nNummer BR-1."
    assert compose(MessageKind.ACKNOWLEDGEMENT, text, found, Limit(5, Unit.CHARACTERS)).text == f"Vóór {TIME}.\nNummer BR-1."


_LINES = st.lists(st.sampled_from(["Wij zijn er.", "Nog iets dat wat langer is.", "Dag {name}.", "Zie {link}", "Wij {before}."]))


@given(_LINES, st.integers(0, 200))
def test_a_message_is_a_choice_of_whole_lines_and_keeps_what_it_is_for(lines: list[str], most: int) -> None:
    text = "\n".join([*lines, "Vóór {before}, nummer {reference}."])
    found = {"before": TIME, "reference": "BR-1", "name": "Noor", "link": "https://a.example/b"}
    limit = Limit(most, Unit.GRAPHEMES)
    made = compose(MessageKind.ACKNOWLEDGEMENT, text, found, limit)
    whole = compose(MessageKind.ACKNOWLEDGEMENT, text, found).text.split("\n")
    assert [line for line in whole if line in made.text.split("\n")]
    assert set(made.text.split("\n")) <= set(whole)
    assert f"Vóór {TIME}, nummer BR-1." in made.text
    spare = [line for line in lines_of(text) if not {"before", "reference"} & set(placeholders_in(line))]
    assert limit.takes(made.text) or len(made.left_out) == len(spare)


@pytest.mark.parametrize("kind", MessageKind)
@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("channel", ChannelKind)
def test_our_own_texts_are_right_and_fit_on_every_channel(kind: MessageKind, language: str, channel: ChannelKind) -> None:
    text = DEFAULTS[kind].in_(language).text
    assert faults_in(kind, "text", text, tightest([(channel.value, channel)], language)) == []
    limit = limit_of(channel, is_public=True)
    for is_norm in (False, True):
        made = compose(kind, text, values("X", language, "", is_public=True, is_norm=is_norm), limit)
        assert limit.takes(made.text)
    if language == "nl":
        for said in text.replace("?", ".").replace("\n", " ").split(". "):
            assert len(said.split()) <= 16, f"more than B1: {said}"
    assert SUBJECTS[kind].in_(language).text


def test_each_reason_has_its_sentence_in_both_languages() -> None:
    assert {reason.value for reason in RevisionReason} <= set(REASONS)
    assert all(each.nl and each.en for each in REASONS.values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a text"),
        ("Nummer {reference}.", "a text with {before}"),
        ("Vóór {before}.", "a text with {reference}"),
        ("Vóór {before}, {reference}, {naam}", "only placeholders from the list"),
        ("Vóór {before}, {reference}, {reason}", "only placeholders from the list"),
        ("Vóór {before}, {reference}, {promised_before}", "only placeholders from the list"),
        ("Vóór {before}, {reference} en {", "braces in pairs"),
        ("x" * 2_001, "at most 2,000"),
        (f"Vóór {{before}} {{reference}} {'heel ' * 50}", "shorter lines"),
    ],
)
def test_a_text_that_cannot_be_sent_is_refused_with_what_would_be_right(text: str, said: str) -> None:
    limits = tightest([("X", ChannelKind.X), ("E-mail", ChannelKind.EMAIL)], "nl")
    faults = faults_in(MessageKind.ACKNOWLEDGEMENT, "text_nl", text, limits)
    assert faults
    assert {fault.field for fault in faults} == {"text_nl"}
    assert any(said in fault.expected for fault in faults), faults
    if said == "shorter lines":
        assert [str(fault.value).partition(":")[0] for fault in faults] == ["X"]


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("Uw vraag is binnen", ""),
        ("Vraag {reference} is binnen", ""),
        ("x" * 80, ""),
        ("", "one line of at most 80"),
        ("  ", "one line of at most 80"),
        ("x" * 81, "one line of at most 80"),
        ("Uw vraag\nBcc: iedereen@example.nl", "one line of at most 80"),
        ("Uw vraag\x1b[31m", "only characters that can be seen"),
        ("Uw \u202egaarv", "only characters that can be seen"),
        ("\u200b", "only characters that can be seen"),
        ("\u200d", "only characters that can be seen"),
        ("Uw\u00advraag", "only characters that can be seen"),
        ("می\u200cخواهم 👩\u200d🚀", ""),
        ("Antwoord vóór {before}", "no other placeholder than {reference}"),
        ("Vraag {reference", "braces in pairs"),
    ],
)
def test_a_subject_is_one_short_line_with_no_more_than_the_number(subject: str, said: str) -> None:
    faults = subject_faults("subject_nl", subject)
    assert [fault.field for fault in faults] == ["subject_nl"] * bool(said)
    assert all(said in fault.expected for fault in faults), faults


@pytest.mark.parametrize(
    ("subject", "expected"),
    [("Uw vraag is binnen", "Uw vraag is binnen (BR-7KQ4-M2XD)"), ("Vraag {reference}: binnen", "Vraag BR-7KQ4-M2XD: binnen")],
)
def test_the_number_stands_in_every_subject_once(subject: str, expected: str) -> None:
    assert subject_for(subject, "BR-7KQ4-M2XD") == expected


@given(st.text())
def test_whatever_is_typed_as_a_text_is_judged_and_composed(text: str) -> None:
    faults = faults_in(MessageKind.DELAY, "text_nl", text)
    compose(MessageKind.DELAY, text, {"before": TIME, "reason": "Ziek."}, Limit(100, Unit.WEIGHTED))
    if not faults:
        assert ASKED[MessageKind.DELAY].needed <= set(placeholders_in(text))


@given(st.text())
def test_what_others_typed_cannot_become_a_placeholder_or_a_line(text: str) -> None:
    assert not set(harmless(text)) & set("{}\n\r")
    assert graphemes(harmless(text)) <= len(text) * 4


@pytest.mark.parametrize(
    "address", ["no-reply@a.nl", "noreply@a.nl", "NoReply-x@a.nl", "mailer-daemon@a.nl", "lijst-request@a.nl"]
)
def test_addresses_of_programs_say_so(address: str) -> None:
    assert rules.is_read_by_nobody(address)


@pytest.mark.parametrize("address", ["jan@a.nl", "nora@a.nl", "bouncy.castle@a.nl", "antwoord@a.nl", "info@a.nl", "owner@a.nl"])
def test_addresses_of_people_are_taken_for_people(address: str) -> None:
    assert not rules.is_read_by_nobody(address)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"state": CaseState.OPEN}, True),
        ({"state": CaseState.ANSWERED}, False),
        ({"state": CaseState.SPAM}, False),
        ({"oldest_unanswered_at": None}, False),
        ({"received_at": NOW - timedelta(days=1)}, False),
        ({"received_at": NOW - timedelta(days=1) + timedelta(seconds=1)}, True),
        ({"promised_at": NOW}, False),
        ({"promised_at": None}, True),
    ],
)
def test_a_question_is_acknowledged_while_that_is_of_use(changes: dict[str, object], expected: bool) -> None:  # noqa: FBT001 - a table
    facts: dict[str, object] = {
        "state": CaseState.NEW,
        "received_at": NOW,
        "promised_at": NOW + timedelta(hours=1),
        "oldest_unanswered_at": NOW,
    }
    assert rules.is_acknowledged(**{**facts, **changes}, now=NOW) is expected  # type: ignore[arg-type]


def test_a_platform_with_a_window_takes_nothing_after_a_day() -> None:
    asked = NOW - timedelta(hours=24)
    assert not rules.is_within_window(ChannelKind.WHATSAPP, asked, NOW)
    assert rules.is_within_window(ChannelKind.WHATSAPP, asked + timedelta(seconds=1), NOW)
    assert rules.is_within_window(ChannelKind.MASTODON, asked, NOW)
