"""The figures as customers read them, in both languages."""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

import pytest
from flask import Flask, current_app

from portal.promises.display import Shown, group_name, grouped, opening_duration, percent, short_name, tick
from portal.promises.figures import Group, ResponseFigures, Tally, Unanswered, by_day, last_days
from portal.promises.plot import plot
from portal.promises.record import Account
from portal.promises.statistics import Histogram, Spread

TODAY = date(2026, 3, 10)
NOTHING = Spread(0, 0, None, None)


@pytest.fixture(params=["nl", "en"])
def language(request: pytest.FixtureRequest, app: Flask) -> Iterator[str]:
    with app.test_request_context("/en/" if request.param == "en" else "/"):
        yield request.param


@pytest.fixture
def in_dutch(app: Flask) -> Iterator[None]:
    with app.test_request_context("/"):
        yield


def figures(waits: list[float], tally: Tally, waiting: Unanswered | None = None) -> ResponseFigures:
    return ResponseFigures(last_days(TODAY), date(2026, 1, 3), tally, Histogram.of(waits), waiting or Unanswered())


def words(source: str, **values: object) -> str:
    """The text that a macro gives, white space folded."""
    template = current_app.jinja_env.from_string(source)
    return " ".join(template.render(**values).split())


LINE = '{% from "promises/_response_times.html" import response_line with context %}{{ response_line(figures) }}'
TIMES = '{% from "promises/_response_times.html" import response_times with context %}{{ response_times(figures) }}'
PLOT = '{% from "promises/_plot.html" import response_plot with context %}{{ response_plot(plot, "p", "Titel", "Dag", 1) }}'


@pytest.mark.parametrize(
    ("minutes", "dutch"),
    [
        (0, "minder dan 1 minuut"),
        (24.2, "25 minuten"),
        (125, "2 uur en 5 minuten"),
        (599, "9 uur en 59 minuten"),
        (1_500, "25 uur"),
        (123_456, "2.058 uur"),
    ],
)
def test_opening_time_is_told_in_hours_and_never_in_days(in_dutch: None, minutes: float, dutch: str) -> None:
    assert opening_duration(minutes) == dutch


def test_a_share_is_rounded_down_so_that_all_means_all(in_dutch: None) -> None:
    assert percent(Fraction(999, 1000)) == "99\u00a0%"
    assert percent(Fraction(1)) == "100\u00a0%"


def test_lines_and_groups_of_a_plot_have_short_names(in_dutch: None) -> None:
    assert [tick(0), tick(30), tick(60), tick(90), tick(120)] == ["0", "30 min", "1 uur", "90 min", "2 uur"]
    assert group_name(Group(TODAY, TODAY, NOTHING)) == "10 mrt"
    assert group_name(Group(date(2026, 3, 3), TODAY, NOTHING)).startswith("3")
    assert group_name(Group(9, 11, NOTHING)) == "9 - 12 uur"
    assert (short_name(Group(TODAY, TODAY, NOTHING)), short_name(Group(9, 11, NOTHING))) == ("10 mrt", "9")


def test_no_figure_is_published_without_its_basis(in_dutch: None) -> None:
    waiting = Unanswered(Histogram.of([90_000] * 3), overdue=3)
    text = words(TIMES, figures=figures([1500] * 12, Tally(received=17, kept=11, late=1, set_aside=2), waiting))
    for part in (
        "25 minuten",
        "minstens 25 uur",
        "73 %",
        "op tijd beantwoord: 11 van 15",
        "van woensdag 11 februari tot en met dinsdag 10 maart",
        "3 vragen wachten nog op antwoord",
        "2 berichten tellen niet mee",
        "We tellen alleen de tijd dat we open zijn.",
        "Een vraag hoort bij de dag waarop we die kregen.",
        "Automatische antwoorden tellen niet mee.",
        "We meten dit sinds zaterdag 3 januari.",
    ):
        assert part in text


def test_t22_too_few_questions_give_the_reason_in_place_of_a_figure(in_dutch: None) -> None:
    few = figures([1500] * 9, Tally(received=9, kept=9))
    text = words(TIMES, figures=few)
    assert "We kregen 9 vragen in deze periode." in text
    assert "We tonen het vanaf 10 vragen." in text
    assert "<dl" not in text
    assert words(LINE, figures=few) == words(LINE, figures=None) == "Te weinig vragen om te zeggen hoe lang een antwoord duurt."


def test_one_line_tells_the_ninetieth_percentile_and_never_a_mean(in_dutch: None) -> None:
    assert words(LINE, figures=figures([1500] * 12, Tally(12))) == "9 van de 10 vragen krijgen antwoord binnen 25 minuten."
    open_ones = Unanswered(Histogram.of([90_000] * 3))
    said = words(LINE, figures=figures([1500] * 12, Tally(15), open_ones))
    assert said.endswith("duurt antwoord op 9 van de 10 vragen 25 uur. Dat kan nog langer worden.")


def test_nobody_reads_at_least_less_than_a_minute_when_many_questions_have_just_come_in(in_dutch: None) -> None:
    found = figures([1500] * 12, Tally(received=400, kept=12), Unanswered(Histogram.of([5] * 388)))
    text = words(TIMES, figures=found)
    assert "minder dan 1 minuut" not in text
    assert text.count("nog niet bekend") == 2
    assert words(LINE, figures=found) == "Er wachten veel vragen: we weten nog niet hoe lang een antwoord duurt."


def test_where_nothing_is_decided_nobody_reads_that_it_was_never_on_time(in_dutch: None) -> None:
    source = '{% from "promises/_record.html" import sentences with context %}{{ sentences(account) }}'
    assert words(source, account=Account(open=12)) == (
        "In de laatste 4 weken beloofden we 12 keer een tijd. "
        "Nog 12 vragen hebben geen antwoord; daar kunnen we nog op tijd zijn."
    )
    assert "0 keer waren we op tijd." in words(source, account=Account(broken=2, open=1))


def test_large_numbers_are_read_in_groups_of_three(language: str) -> None:
    assert (grouped(999), grouped(1166)) == ("999", {"nl": "1.166", "en": "1,166"}[language])


def test_both_languages_have_all_words_and_the_plot_its_table(language: str) -> None:
    tally = Tally(received=30, kept=20, late=4, set_aside=1, afterwards=3)
    found = figures([1500] * 24, tally, Unanswered(Histogram.of([90_000] * 5), 5))
    drawn = plot(by_day(found.period, {TODAY: found.answered}, {TODAY: found.waiting.ages}))
    text = words(LINE, figures=found) + words(TIMES, figures=found) + words(PLOT, plot=drawn)
    assert "None" not in text
    assert ("question" in text) == (language == "en")
    assert "<table" in text
    assert text.count("<rect") == 2
    assert "style=" not in text


@pytest.mark.parametrize(
    ("of_two_days", "title"), [((12, 12), "per dag van"), ((2, 2), "per week van"), ((1, 0), "per periode van")]
)
def test_the_title_of_the_first_plot_says_how_long_its_groups_are(
    in_dutch: None, of_two_days: tuple[int, int], title: str
) -> None:
    period = last_days(TODAY)
    received = {period.since + timedelta(days=number): of_two_days[number % 2] for number in range(period.days)}
    grouped = by_day(period, {day: Histogram.of([600] * number) for day, number in received.items()}, {})
    drawn = Shown(figures([], Tally()), plot(grouped), plot(()))
    source = '{% from "promises/_plot.html" import plots with context %}{{ plots(shown) }}'
    assert f"Wachttijd {title} ontvangst" in words(source, shown=drawn)


def test_the_plot_is_the_same_to_the_byte_each_time_and_names_what_it_shows(in_dutch: None) -> None:
    drawn = plot(by_day(last_days(TODAY), {TODAY: Histogram.of([600] * 12)}, {}))
    assert words(PLOT, plot=drawn) == words(PLOT, plot=drawn)
    assert 'role="img"' in words(PLOT, plot=drawn)
    assert 'aria-labelledby="p-title p-description"' in words(PLOT, plot=drawn)


def test_without_anything_to_show_there_is_no_plot(in_dutch: None) -> None:
    assert words(PLOT, plot=plot([])) == ""
