"""The agents' queue: its order, its pages and what narrows it."""

from datetime import datetime, timedelta

import pytest

from portal.cases import store
from portal.cases.models import Case
from portal.services import Services
from portal.staff.models import Member
from tests.cases.console_builders import HTMX, address, do, take, take_old
from tests.pages import PageClient
from tests.statements import statements


def test_the_queue_shows_first_what_breaks_first(client: PageClient, agent: Member, services: Services, now: datetime) -> None:
    late = take(services, now - timedelta(hours=9), text="De late vraag")
    fresh = take(services, now, text="De nieuwe vraag")
    page = client.get("/console/cases")
    summaries = [page.words(each) for each in page.all("p", class_="console-queue__summary")]
    assert summaries == [late.summary, fresh.summary]
    assert [tag.get("data-state") for tag in page.all("span", class_="tag")] == ["broken", "waiting"]
    assert "Te laat" in page.text


def test_history_stands_below_what_was_promised_and_is_not_too_late(
    client: PageClient, agent: Member, services: Services, now: datetime
) -> None:
    old = take_old(services, now - timedelta(days=6), now, text="Van vorige week")
    fresh = take(services, now, text="De nieuwe vraag")
    page = client.get("/console/cases")
    summaries = [page.words(each) for each in page.all("p", class_="console-queue__summary")]
    assert summaries == [fresh.summary, old.summary]
    assert "Te laat" not in page.text
    assert page.text.count("Niets beloofd") == 1
    facts = [page.words(each) for each in client.get(address(old)).all("dd")]
    assert "niets" in facts


def test_the_queue_costs_the_same_queries_however_long_it_is(
    client: PageClient, agent: Member, services: Services, now: datetime
) -> None:
    counts = []
    for number in (1, 12):
        for minute in range(number):
            take(services, now - timedelta(minutes=minute, seconds=number))
        with statements(services.database) as seen:
            client.get("/console/cases")
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[0] <= 12


@pytest.mark.parametrize(
    "narrowed",
    [
        ("", ["Een", "Twee"]),
        ("?whose=mine", ["Een"]),
        ("?whose=nobodys", ["Twee"]),
        ("?shelf=closed", []),
        ("?shelf=nonsense&whose=nonsense&channel=x&after=~", ["Een", "Twee"]),
        ("?class=P3", ["Een", "Twee"]),
        ("?class=P1", []),
        ("?search=jan", ["Een"]),
        ("?search=@JAN", ["Een"]),
        ("?search=%25", []),
        ("?search=nobody", []),
        ("?channel=99999", []),
        ("?channel=99999999999999999999", ["Een", "Twee"]),
    ],
)
def test_the_queue_is_narrowed(
    client: PageClient, agent: Member, services: Services, now: datetime, narrowed: tuple[str, list[str]]
) -> None:
    query, found = narrowed
    one = take(services, now, text="Een", author_id="1", author_handle="@Jan", author_name="Jan Jansen")
    take(services, now + timedelta(seconds=1), text="Twee", author_id="2", author_handle="@piet")
    with services.database.transaction() as session:
        store.assign(session, one.id, to=agent.id, member_id=agent.id, now=now, version=None)
    page = client.get(f"/console/cases{query}")
    assert [page.words(each) for each in page.all("p", class_="console-queue__summary")] == found


def test_a_case_is_found_by_its_number_wherever_it_is(client: PageClient, agent: Member, services: Services, case: Case) -> None:
    do(client, case, "close")
    page = client.get(f"/console/cases?search={case.reference.lower().replace('-', '')}")
    assert [page.words(each) for each in page.all("p", class_="console-queue__summary")] == [case.summary]


def test_pages_follow_one_another_without_gaps_or_repeats(
    client: PageClient, agent: Member, services: Services, now: datetime
) -> None:
    for number in range(53):
        take(services, now - timedelta(minutes=number % 7), text=f"Vraag {number}", message_id=f"n{number}")
    first = client.get("/console/cases")
    links = [a.get("href") for a in first.all("a") if "after=" in a.get("href", "")]
    second = client.get(links[0])
    seen = [page.words(each) for page in (first, second) for each in page.all("p", class_="console-queue__summary")]
    assert len(seen) == len(set(seen)) == 53
    assert not [a for a in second.all("a") if "after=" in a.get("href", "")]


def test_htmx_gets_the_list_alone(client: PageClient, agent: Member, case: Case) -> None:
    page = client.get("/console/cases", headers=HTMX)
    assert page.html.lstrip().startswith('<div class="stack" id="queue"')
