import pytest

from portal.cases.reference import ALPHABET, new_reference, read_reference
from portal.cases.rules import summary_of
from portal.cases.thanks import is_only_thanks


@pytest.mark.parametrize(
    "text",
    [
        "Bedankt!",
        "dank je wel",
        "Super, dank u wel voor de snelle reactie 👍🏽",
        "Oké, thanks",
        "@ringlijn top!",
        "🙏",
        "Thank you so much",
    ],
)
def test_a_mere_thank_you_is_recognised(text: str) -> None:
    assert is_only_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bedankt, maar mijn trein rijdt nog niet",
        "Dank je. Hoe laat dan?",
        "ok, lijn 5",
        "Waar blijft mijn bus",
        "de",
        "niet bedankt",
        "bedankt voor niets",
        "top " * 13,
    ],
)
def test_whatever_says_more_is_not(text: str) -> None:
    assert not is_only_thanks(text)


def test_a_summary_is_one_short_line() -> None:
    assert summary_of(" Waar\n blijft   de bus? ") == "Waar blijft de bus?"
    assert len(summary_of("woord " * 100)) <= 120
    assert summary_of("woord " * 100).endswith("…")


def test_references_differ_have_no_look_alikes_and_read_back() -> None:
    drawn = {new_reference() for _ in range(1000)}
    assert len(drawn) == 1000
    assert all(read_reference(each) == each and set(each[3:].replace("-", "")) <= set(ALPHABET) for each in drawn)
    assert not set(ALPHABET) & set("01OILSBZUAEI")
