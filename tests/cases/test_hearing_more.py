"""Customers to whom no time could be told hear more before the time they were told, or staff see that they do not."""

from datetime import datetime, timedelta

import pytest

from portal.cases import noticing
from portal.cases.at_risk import ahead, at_risk
from portal.cases.models import Case
from portal.cases.noticing import Choice
from portal.cases.store import answer
from portal.hours.reading import parse_calendar
from portal.hours.store import save_schedule
from portal.promises import store as promises
from portal.promises.models import PromiseRevision
from portal.promises.rules import RevisionReason
from portal.services import Services
from portal.staff.models import Member
from tests.cases.console_builders import address, do, take
from tests.pages import PageClient

PAGE = "/console/at-risk"
ILL = {"reason": "illness", "sentence_nl": "", "sentence_en": ""}


def never_opens(services: Services, channel_id: int, now: datetime) -> None:
    """From now on the channel has no opening hours at all."""
    calendar = parse_calendar({"timezone": "Europe/Amsterdam", "weekly": {}})
    with services.database.transaction() as session:
        save_schedule(session, channel_id, calendar, valid_from=now - timedelta(days=1), now=now, actor_id=None)


@pytest.fixture
def without_time(services: Services, now: datetime) -> Case:
    """A question on a channel that never opens; its customer was told to hear more today before five."""
    earlier = take(services, now - timedelta(hours=9), text="Van eerder")
    with services.database.transaction() as session:
        answer(session, earlier.id, text="Ja.", member_id=1, now=now, version=None)
    never_opens(services, earlier.channel_id, now)
    return take(services, now, text="Wanneer hoor ik iets?")


def revisions(services: Services, case: Case) -> list[PromiseRevision]:
    with services.database.reading() as session:
        return list(promises.revisions_of(session, case.id))


def tell(services: Services, case: Case, now: datetime, *, until: datetime | None = None) -> int:
    """What a colleague does with the form of the page."""
    with services.database.transaction() as session:
        return noticing.tell_chosen(session, [case.id], Choice(RevisionReason.ILLNESS, until, "", "", 7), now)


def is_listed(services: Services, case: Case, now: datetime) -> bool:
    with services.database.reading() as session:
        found = at_risk(session, now, 4)
        urgent = [each.case.id for _channel, risks in found.by_channel for each in risks if each.is_urgent]
        assert ahead(session, now).without_time == urgent.count(case.id)
    return case.id in urgent


def test_a_question_without_a_time_is_at_risk_with_the_time_by_which_its_customer_hears_more(
    client: PageClient, agent: Member, without_time: Case
) -> None:
    page = client.get(PAGE)
    assert "Wanneer hoor ik iets?" in page.text
    assert "Nog geen tijd verteld: hoort meer vóór vandaag 17.00 uur" in page.text
    assert "1 klant kreeg nog geen tijd te horen." in client.get("/console/cases").text


def test_in_the_queue_it_stands_by_the_time_before_which_its_customer_hears_more(
    client: PageClient, agent: Member, services: Services, now: datetime
) -> None:
    for minutes in (230, 30):  # promised within the hour, and after five
        case = take(services, now - timedelta(minutes=minutes), text=f"Van {minutes} minuten geleden")
    never_opens(services, case.channel_id, now)
    take(services, now, text="Wanneer hoor ik iets?")
    page = client.get("/console/cases")
    shown = [page.words(each) for each in page.all("p", class_="console-queue__summary")]
    assert shown == ["Van 230 minuten geleden", "Wanneer hoor ik iets?", "Van 30 minuten geleden"]
    assert "Nog geen tijd verteld: hoort meer vóór vandaag 17.00 uur" in page.text


def test_its_page_says_before_when_the_customer_hears_more_and_nothing_of_an_estimate(
    client: PageClient, agent: Member, without_time: Case
) -> None:
    page = client.get(address(without_time))
    assert "geen tijd: hoort meer vóór" in page.text
    assert "geschat op" not in page.text
    assert "4 uur" in page.text, "the company's own norm stays"


def test_it_stays_in_the_list_after_the_automatic_notice_however_long_ago_until_a_person_tells_a_time(
    without_time: Case, services: Services, now: datetime
) -> None:
    assert is_listed(services, without_time, now)
    later = now + timedelta(hours=4)
    assert noticing.tell_in_time(services.database, later) == 1
    assert is_listed(services, without_time, later)
    later += timedelta(days=40)
    assert noticing.tell_in_time(services.database, later) == 0, "the second one comes from a person"
    assert is_listed(services, without_time, later)
    assert tell(services, without_time, later, until=later + timedelta(days=2)) == 1
    assert not is_listed(services, without_time, later)
    assert [(each.number, each.made_by) for each in revisions(services, without_time)] == [(1, None), (2, 7)]


def test_who_heard_twice_that_there_is_no_time_is_still_told_one_by_a_person(
    without_time: Case, services: Services, now: datetime
) -> None:
    later = now + timedelta(hours=4)
    noticing.tell_in_time(services.database, later)
    assert tell(services, without_time, later) == 1
    assert is_listed(services, without_time, later), "no time was told, so somebody still owes them one"
    assert tell(services, without_time, later) == 0, "there is nothing new in a third one without a time"
    assert tell(services, without_time, later, until=later + timedelta(days=2)) == 1
    assert not is_listed(services, without_time, later)
    assert tell(services, without_time, later, until=later + timedelta(days=3)) == 0, "a later time would be the third"
    assert [each.number for each in revisions(services, without_time)] == [1, 2, None]


def test_the_form_on_its_page_tells_a_time_at_last(
    client: PageClient, agent: Member, without_time: Case, services: Services, now: datetime
) -> None:
    for _ in range(2):
        tell(services, without_time, now)
    assert "Alleen een antwoord helpt nog." not in client.get(address(without_time)).text
    do(client, without_time, "revise", until="2026-03-12T10:00", **ILL)
    assert not is_listed(services, without_time, now)
    assert "hoort meer" not in client.get(PAGE).text


def test_who_was_promised_a_time_and_is_told_that_there_is_none_now_is_in_the_list_too(services: Services, now: datetime) -> None:
    case = take(services, now, text="Toch geen tijd")
    assert not is_listed(services, case, now)
    with services.database.transaction() as session:
        promises.revise(session, case.id, None, RevisionReason.ILLNESS, now=now, actor_id=1)
    assert is_listed(services, case, now)
    with services.database.transaction() as session:
        promises.record_answer(session, case.id, now + timedelta(minutes=5), now + timedelta(minutes=5))
    assert not is_listed(services, case, now + timedelta(minutes=5))
