"""Who heard of a later time twice: only an answer helps them, and staff see them for as long as they wait."""

from datetime import timedelta

import pytest

from portal.cases.models import Case
from portal.clock import FixedClock
from portal.services import Services
from portal.staff.models import Member
from tests.cases import test_several_promises as several
from tests.cases.builders import at
from tests.cases.console_builders import do, take
from tests.cases.desk import Desk
from tests.cases.test_several_promises import contested
from tests.pages import Page, PageClient

__all__ = ["contested"]

PAGE = "/console/at-risk"
SAID = "twee keer gemeld: alleen antwoorden helpt"


@pytest.fixture
def told_twice(client: PageClient, agent: Member, services: Services, clock: FixedClock) -> Case:
    """A question whose customer was told last that the answer comes before 14.55, in 55 minutes."""
    case = take(services, clock.now() - timedelta(minutes=230), text="Twee keer gemeld")
    for until in ("2026-03-10T14:45", "2026-03-10T14:55"):
        do(client, case, "revise", until=until, reason="illness")
    return case


def summaries(page: Page) -> list[str]:
    return [page.words(each) for each in page.tree.iter() if "console-risk__summary" in each.get("class", "")]


@pytest.mark.parametrize("minutes", [0, 54, 90])
def test_who_was_told_twice_stays_in_the_list_and_in_its_count_until_there_is_an_answer(
    client: PageClient, told_twice: Case, clock: FixedClock, minutes: int
) -> None:
    clock.set(clock.now() + timedelta(minutes=minutes))
    page = client.get(PAGE)
    assert summaries(page) == ["Twee keer gemeld"]
    assert page.text.count(SAID) == 1
    assert "1 vraag moet binnen 4 uur antwoord hebben of is al te laat." in client.get("/console/cases").text
    do(client, told_twice, "answer", text="Hij komt eraan.")
    assert summaries(client.get(PAGE)) == []
    assert "al te laat" not in client.get("/console/cases").text


def test_who_was_told_twice_has_no_box_and_is_not_ticked_with_all(
    client: PageClient, told_twice: Case, services: Services, clock: FixedClock
) -> None:
    assert client.get(PAGE).all("input", name="case") == []
    assert client.get(PAGE).all("select", name="reason") == [], "there is nobody to tell"
    others = [take(services, clock.now() - timedelta(minutes=number), text="Nog te melden") for number in (150, 160)]
    page = client.get(PAGE)
    assert summaries(page) == ["Twee keer gemeld", "Nog te melden", "Nog te melden"], "by what is due first"
    assert "Mastodon (3)" in page.text
    assert "Alle 2 van Mastodon" in page.text
    everyone = page.one("input", name=f"of-{told_twice.channel_id}").get("value")
    assert {int(each) for each in everyone.split()} == {each.id for each in others}
    assert {each.get("id") for each in page.all("input", name="case")} == {f"case-{each.id}" for each in others}


def test_of_two_promises_the_one_that_may_still_be_told_of_has_the_line(desk: Desk, contested: int) -> None:
    for days in (1, 3, 2):
        assert several.tell(desk, contested, at(120), at(days * several.DAY)) == 1
    assert [each.notices for each in desk.promises(contested)] == [2, 1]
    assert several.listed(desk, at(120), hours=24 * 7) == [(contested, at(3 * several.DAY))]
    assert several.counted(desk, at(4 * several.DAY)).due == 1
