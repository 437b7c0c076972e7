"""Whether messages in public overtake: the rule, and the page that tells."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from portal.cases import parity_store, store
from portal.cases.models import Case
from portal.cases.parity import (
    CHANCE,
    FEWEST,
    FEWEST_DAYS,
    Comparison,
    Group,
    Handled,
    Pair,
    Report,
    Verdict,
    busy_contacts,
    day_balances,
    report,
    verdict,
)
from portal.cases.rules import Visibility
from portal.db import Database
from portal.promises.rules import SetAside
from portal.promises.store import record_answer, set_aside
from portal.services import Services
from portal.staff.rules import Role
from tests.cases.builders import START, a_channel, asked
from tests.pages import PageClient
from tests.staff.builders import SignedIn

MONDAY = date(2026, 3, 2)
QUESTION = Handled(
    channel_id=1,
    class_code="P3",
    is_public=True,
    contact_id=None,
    received_on=MONDAY,
    wait=3_600,
    is_answered=True,
    is_kept=True,
    norm=7_200,
)


def questions(chance: random.Random, days: int, a_day: int, *, public_faster: float = 1.0) -> list[Handled]:
    """Half in public, half not; days differ, and on busy days more comes in public than in private."""
    found = []
    for day in range(days):
        level = chance.lognormvariate(0, 0.8)
        for number in range(a_day):
            is_public = number % 2 == 0 or level > 2
            wait = level * chance.lognormvariate(8, 1) / (public_faster if is_public else 1)
            found.append(
                replace(
                    QUESTION,
                    is_public=is_public,
                    wait=round(wait),
                    received_on=MONDAY + timedelta(days=day),
                    is_answered=chance.random() < 0.95,
                )
            )
    return found


def split(found: list[Handled]) -> tuple[list[Handled], list[Handled]]:
    return [each for each in found if each.is_public], [each for each in found if not each.is_public]


def test_without_an_advantage_hardly_any_report_says_that_there_is_one() -> None:
    chance = random.Random(4)
    told = [verdict(*split(questions(chance, 20, 8))) for _ in range(400)]
    assert told.count(Verdict.TOO_FEW) == 0
    assert told.count(Verdict.ADVANTAGE) <= 400 * CHANCE * 2


def test_messages_in_public_that_are_answered_in_half_the_time_are_told() -> None:
    chance = random.Random(5)
    told = [verdict(*split(questions(chance, 28, 20, public_faster=2))) for _ in range(20)]
    assert told.count(Verdict.ADVANTAGE) >= 19
    told = [verdict(*reversed(split(questions(chance, 28, 20, public_faster=2)))) for _ in range(20)]
    assert told.count(Verdict.ADVANTAGE) == 0, "private ones have none"


def test_more_in_public_on_a_quiet_day_is_no_advantage() -> None:
    quiet = [replace(QUESTION, wait=60, is_public=number < 50) for number in range(60)]
    busy = [replace(QUESTION, wait=6_000, is_public=number < 5, received_on=MONDAY + timedelta(1)) for number in range(60)]
    assert day_balances(*split(quiet + busy)) == [0, 0]


@pytest.mark.parametrize(
    ("first", "second", "balance"),
    [
        ((60, True), (120, True), 0.5),
        ((120, True), (60, True), -0.5),
        ((60, True), (120, False), 0.5),
        ((60, False), (120, True), 0.0),
        ((60, False), (120, False), 0.0),
        ((60, True), (60, True), 0.0),
    ],
)
def test_a_question_counts_as_sooner_only_when_that_is_sure(
    first: tuple[int, bool], second: tuple[int, bool], balance: float
) -> None:
    one, two = (replace(QUESTION, wait=wait, is_answered=answered) for wait, answered in (first, second))
    assert day_balances([one], [two]) == [balance]


def test_questions_of_other_channels_are_not_compared() -> None:
    assert day_balances([QUESTION], [replace(QUESTION, channel_id=2)]) == []


@pytest.mark.parametrize(("days", "number"), [(FEWEST_DAYS, FEWEST - 1), (FEWEST_DAYS - 1, 100)])
def test_too_few_questions_or_days_say_nothing(days: int, number: int) -> None:
    found = [replace(QUESTION, received_on=MONDAY + timedelta(place % days)) for place in range(number)]
    slow = [replace(each, wait=each.wait * 9) for each in found]
    assert verdict(found, slow) is Verdict.TOO_FEW
    enough = [replace(QUESTION, received_on=MONDAY + timedelta(place % FEWEST_DAYS)) for place in range(FEWEST)]
    assert verdict(enough, [replace(each, wait=each.wait * 9) for each in enough]) is Verdict.ADVANTAGE


def test_who_asks_often_or_on_several_channels_is_busy() -> None:
    often = [replace(QUESTION, contact_id=1)] * 5 + [replace(QUESTION, contact_id=2)] * 4
    several = [replace(QUESTION, contact_id=3), replace(QUESTION, contact_id=3, channel_id=2), QUESTION, QUESTION]
    assert busy_contacts(often + several) == {1, 3}


def test_a_report_counts_its_comparisons_and_gives_figures_by_class_and_channel() -> None:
    chance = random.Random(6)
    found = questions(chance, 28, 20, public_faster=3)
    found += [replace(each, channel_id=2, contact_id=7) for each in questions(chance, 28, 20)]
    found += [replace(QUESTION, class_code="P1", channel_id=2)] * 3
    told = report(found)
    assert {code: list(groups) for code, groups in told.by_channel.items()} == {"P1": [2], "P3": [1, 2]}
    assert [(pair.comparison, pair.channel_id, pair.class_code, pair.verdict) for pair in told.pairs] == [
        (Comparison.PUBLIC, 1, "P3", Verdict.ADVANTAGE),
        (Comparison.PUBLIC, 2, "P3", Verdict.NO_ADVANTAGE),
        (Comparison.PUBLIC_OVER_CHANNELS, None, "P3", Verdict.NO_ADVANTAGE),
        (Comparison.BUSY, None, "P3", Verdict.TOO_FEW),
    ]
    assert told.warnings == told.pairs[:1]
    assert told.pairs[3].first.number == 560
    assert told.by_channel["P1"][2].spread.median is None
    assert (told.number, told.busy_people) == (len(found), 1)


def test_channels_that_are_wholly_public_or_wholly_private_are_compared_with_each_other() -> None:
    chance = random.Random(8)
    quick = [replace(each, is_public=True, wait=each.wait // 3) for each in questions(chance, 28, 20)]
    slow = [replace(each, is_public=False, channel_id=2) for each in questions(chance, 28, 20)]
    told = report(quick + slow)
    assert [(pair.comparison, pair.channel_id) for pair in told.warnings] == [(Comparison.PUBLIC_OVER_CHANNELS, None)]
    other_class = [replace(each, class_code="P1") for each in slow]
    assert report(quick + other_class).warnings == [], "another class may wait longer"


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], None),
        ([Verdict.TOO_FEW], Verdict.TOO_FEW),
        ([Verdict.TOO_FEW, Verdict.NO_ADVANTAGE], Verdict.NO_ADVANTAGE),
        ([Verdict.ADVANTAGE, Verdict.NO_ADVANTAGE, Verdict.TOO_FEW], Verdict.ADVANTAGE),
    ],
)
def test_a_class_is_told_by_the_gravest_that_was_found_on_its_channels(verdicts: list[Verdict], expected: Verdict | None) -> None:
    pairs = [Pair(Comparison.PUBLIC, number, "P3", Group([]), Group([]), each) for number, each in enumerate(verdicts)]
    found = Report(0, None, {"P2": {}, "P3": {}}, pairs, 0)
    other, mine = found.classes
    assert (mine.verdict("public"), mine.verdict("busy"), other.verdict("public")) == (expected, None, None)
    assert found.judged == sum(each is not Verdict.TOO_FEW for each in verdicts)


def test_a_report_on_nothing_says_so() -> None:
    told = report([])
    assert (told.number, told.by_channel, told.pairs) == (0, {}, [])


def take_all(database: Database, *, public_minutes: int, private_minutes: int, days: int = 14, are_apart: bool = False) -> None:
    """Four questions in public and four in private on each of so many days, answered after so many minutes.

    On one channel, or on one for each sort.
    """
    with database.transaction() as session:
        of_public = a_channel(session)
        of_private = a_channel(session, slug="besloten") if are_apart else of_public
        for day in range(days):
            for number in range(8):
                is_public = number % 2 == 0
                sent_at = START - timedelta(days=day + 1, minutes=number)
                message = asked(
                    (sent_at - START) / timedelta(minutes=1),
                    thread_ref=f"t{day}-{number}",
                    author_id=f"a{day}-{number}",
                    visibility=Visibility.PUBLIC if is_public else Visibility.DIRECT,
                )
                case = store.take_message(session, of_public if is_public else of_private, message, sent_at).case
                assert case is not None
                at = sent_at + timedelta(minutes=public_minutes if is_public else private_minutes)
                record_answer(session, case.id, at, at)


NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)


def test_the_questions_of_the_last_28_days_are_reported_on_with_what_became_of_them(database: Database) -> None:
    take_all(database, public_minutes=10, private_minutes=90)
    with database.transaction() as session:
        case = session.scalars(select(Case).order_by(Case.id)).first()
        assert case is not None
        set_aside(session, case.id, SetAside.SPAM, now=NOW)
        told = parity_store.parity(session, NOW)
        (pair,) = told.pairs
        assert (pair.first.number, pair.second.number, pair.verdict) == (14 * 4 - 1, 14 * 4, Verdict.ADVANTAGE)
        assert pair.first.spread.median is not None
        assert pair.first.spread.median.seconds == pytest.approx(600, rel=0.02)
        assert (pair.second.share_in_time, pair.first.share_within_norm) == (1, 1)
        later = parity_store.parity(session, NOW + timedelta(days=30))
        assert later.number == 0


@pytest.mark.parametrize("role", [Role.AGENT, Role.COMMUNICATION])
def test_the_report_is_for_who_decides_what_is_promised(client: PageClient, signed_in: SignedIn, role: Role) -> None:
    signed_in(client, role)
    client.get("/console/parity", status=403)


def test_the_page_warns_when_messages_in_public_overtake(staff_client: PageClient, services: Services) -> None:
    assert "geen vragen" in staff_client.get("/console/parity").text
    take_all(services.database, public_minutes=10, private_minutes=90)
    page = staff_client.get("/console/parity")
    assert "X, P3 Normaal: openbare berichten gaan vóór." in page.text
    assert "Deze cijfers gaan over 112 vragen van de laatste 28 dagen" in page.text
    assert staff_client.get("/console/promises").all("a", href="/console/parity")


def test_the_page_warns_when_a_public_channel_overtakes_a_private_one(staff_client: PageClient, services: Services) -> None:
    take_all(services.database, public_minutes=10, private_minutes=90, are_apart=True)
    page = staff_client.get("/console/parity")
    assert "P3 Normaal: over alle kanalen gaan openbare berichten voor op privéberichten." in page.text
    assert "Alle kanalen, openbaar" in page.text


def test_the_page_says_when_nobody_overtakes(staff_client: PageClient, services: Services) -> None:
    take_all(services.database, public_minutes=90, private_minutes=90)
    page = staff_client.get("/console/parity")
    assert "openbare berichten gaan vóór" not in page.text
    assert "Niemand krijgt aantoonbaar eerder antwoord. Bij 1 vergelijking zijn er genoeg vragen" in page.text
    assert "Openbare berichten gaan niet aantoonbaar vóór." in page.text


def test_the_page_begins_with_words_and_keeps_the_figures_of_each_class_folded(
    staff_client: PageClient, services: Services
) -> None:
    take_all(services.database, public_minutes=10, private_minutes=90, days=3)
    page = staff_client.get("/console/parity")
    assert "Er zijn te weinig vragen om te zeggen of iemand eerder antwoord krijgt." in page.text
    folded = [table for details in page.all("details") for table in details.iter() if table.tag.endswith("table")]
    assert len(folded) == len(page.all("table")) == 2, "by channel, and in public against in private"


def test_a_channel_of_which_only_a_lower_bound_is_known_is_not_said_to_be_the_soonest(
    staff_client: PageClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = [replace(QUESTION, wait=3_600, channel_id=channel_id) for channel_id in (1, 2) for _ in range(600)]
    waiting = [replace(QUESTION, wait=500, channel_id=3, is_answered=False, is_kept=None)] * 20
    with services.database.transaction() as session:
        for slug in ("x", "mail", "chat"):
            a_channel(session, slug=slug)
    monkeypatch.setattr(parity_store, "parity", lambda _session, _now: report([*answered, *waiting]))
    page = staff_client.get("/console/parity")
    assert "Chat antwoordt het snelst" not in page.text
    assert "binnen minstens" not in page.text
    assert "antwoordt het snelst" in page.text
    assert "Op Chat wachten nog te veel vragen om het te vergelijken." in page.text
    assert "1.220 vragen" in page.text


def test_the_norm_is_measured_beside_the_promise_on_those_that_are_decided() -> None:
    group = Group(
        [
            *[replace(QUESTION, wait=7_200)] * 6,
            *[replace(QUESTION, wait=7_201, is_kept=True)] * 2,
            *[replace(QUESTION, wait=9_000, is_answered=False, is_kept=None)] * 2,
            *[replace(QUESTION, wait=60, is_answered=False, is_kept=None)] * 30,
        ]
    )
    assert group.share_within_norm == Fraction(6, 10)
    assert group.share_in_time is None  # eight are decided, and that is too few
    assert Group([replace(QUESTION, wait=60, is_answered=False, is_kept=None)] * 30).share_within_norm is None
