import pytest

from portal.web.markdown import to_html, to_text


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "[klik](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        '<a href="https://example.nl" onclick="alert(1)">x</a>',
        "![beeld](https://example.nl/volg.png)",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<style>*{display:none}</style>",
    ],
)
def test_nothing_that_runs_or_spies_comes_through(hostile: str) -> None:
    html = str(to_html(hostile))
    for forbidden in ("<script", "<img", "<style", 'href="javascript', 'href="data', '<a href="https://example.nl" onclick'):
        assert forbidden not in html


def test_what_staff_write_is_shown_as_they_mean_it() -> None:
    html = to_html("# Storing\n\nLijn **5** rijdt niet.\nZie [de omleiding](https://example.nl/5).\n\n- Oost\n- West")
    assert "<h3>Storing</h3>" in html
    assert "<strong>5</strong> rijdt niet.<br>" in html
    assert '<a href="https://example.nl/5" rel="noopener nofollow ugc">de omleiding</a>' in html
    assert html.count("<li>") == 2


def test_the_words_alone_fit_a_title() -> None:
    assert to_text("**Lijn 5** & lijn 6\nrijden < niet.") == "Lijn 5 & lijn 6 rijden < niet."
