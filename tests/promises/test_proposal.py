import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.promises.proposal import Proposal, ProposalRule, first_word_in, plain, propose, tidy_words
from portal.promises.rules import Impact, Urgency

X, MAIL = 1, 2
STUCK = ProposalRule(7, words=("vast in de lift", "gevaar*"), impact=Impact.HIGH, urgency=Urgency.HIGH)
ON_X = ProposalRule(8, channel_id=X, urgency=Urgency.HIGH)
PARTNER = ProposalRule(9, contact_id=40, impact=Impact.HIGH)


def test_without_rules_everything_is_normal() -> None:
    assert propose([], channel_id=X, text="gevaar") == Proposal(Impact.NORMAL, Urgency.NORMAL, None)


def test_the_first_rule_that_applies_decides_and_is_named_with_its_word() -> None:
    proposal = propose([STUCK, ON_X], channel_id=X, text="Mijn kind zit VAST in\n de lift!")
    assert proposal == Proposal(Impact.HIGH, Urgency.HIGH, 7, "vast in de lift")


def test_the_order_of_the_rules_matters() -> None:
    assert propose([ON_X, STUCK], channel_id=X, text="gevaarlijk").rule_id == 8


def test_what_a_rule_leaves_open_stays_normal() -> None:
    assert propose([ON_X], channel_id=X, text="hoi") == Proposal(Impact.NORMAL, Urgency.HIGH, 8)


def test_all_conditions_of_one_rule_must_hold() -> None:
    rule = ProposalRule(3, channel_id=MAIL, words=("pas",), contact_id=40, impact=Impact.LOW)
    assert propose([rule], channel_id=MAIL, contact_id=40, text="mijn pas").rule_id == 3
    assert propose([rule], channel_id=X, contact_id=40, text="mijn pas").rule_id is None
    assert propose([rule], channel_id=MAIL, contact_id=41, text="mijn pas").rule_id is None
    assert propose([rule], channel_id=MAIL, contact_id=40, text="mijn kaart").rule_id is None


def test_a_rule_for_one_contact_does_not_apply_to_an_unknown_one() -> None:
    assert propose([PARTNER], channel_id=X, contact_id=None).rule_id is None


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("pas", "Mijn pas is kwijt", True),
        ("pas", "de PAS.", True),
        ("pas", "het was pasgeleden", False),
        ("pas*", "pasfoto", True),
        ("pas*", "kompas", False),
        ("één", "een storing", True),
        ("café", "CAFE", True),
        ("te laat", "te  \n laat", True),
        ("te laat", "te later", False),
        ("c++", "ik schrijf c++ code", True),
        ("*", "iets", False),
        ("", "iets", False),
        ("#trein", "mijn #trein", True),
        ("straße", "STRASSE", True),
    ],
)
def test_words_match_at_their_edges_without_capitals_and_accents(word: str, text: str, *, found: bool) -> None:
    assert (first_word_in([word], plain(text)) is not None) == found


def test_words_of_a_field_are_tidied() -> None:
    assert tidy_words(" storing*, vast  in de lift ;\n\n storing*,, * ,") == ("storing*", "vast in de lift")


@given(st.text(max_size=60), st.lists(st.text(max_size=10), max_size=4))
def test_any_text_and_any_words_give_the_same_proposal_each_time(text: str, words: list[str]) -> None:
    rules = [ProposalRule(1, words=tuple(words) or ("x",), impact=Impact.HIGH)]
    assert propose(rules, channel_id=X, text=text) == propose(rules, channel_id=X, text=text)


@given(st.text(alphabet=st.characters(categories=["L"]), min_size=1, max_size=12))
def test_a_word_always_occurs_in_itself(word: str) -> None:
    if plain(word):
        assert first_word_in([word], plain(f"ziet u {word}?")) == word
