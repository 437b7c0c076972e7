"""The tests run on Tuesday 10 March 2026, 14:00 in Amsterdam."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from portal.events.store import trail
from portal.hours.opening_time import ALWAYS, OpeningTimes, Version
from portal.hours.reading import parse_calendar
from portal.hours.store import save_schedule
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel
from portal.promises.staffing_forms import moments
from portal.promises.staffing_models import StaffPlanRow
from portal.promises.store import make_promise, record_answer
from portal.promises.strength import MOST_PEOPLE
from portal.services import Services
from portal.staff.rules import Role
from tests.pages import Page, PageClient
from tests.promises.conftest import LONG_AGO, NINE_TO_FIVE, ZONE, local
from tests.staff.builders import SignedIn

PAGE = "/console/staffing"
OFFICE_HOURS = parse_calendar({"timezone": "Europe/Amsterdam", "weekly": NINE_TO_FIVE})


@pytest.fixture
def channel_id(services: Services) -> int:
    with services.database.transaction() as session:
        made = add_channel(session, slug="x", kind=ChannelKind.X, name="X van ons", now=services.clock.now(), actor_id=None)
        save_schedule(session, made.id, OFFICE_HOURS, valid_from=LONG_AGO, now=LONG_AGO, actor_id=None)
        return made.id


def sent(page: Page, **changed: str) -> dict[str, str]:
    """What the form sends when only these answers are given."""
    names = ("usual", "people", "starts_at", "ends_at", "incident")
    values = {name: str(page.one("input", name=name).get("value") or "") for name in names}
    return values | {"channel_id": "0", "begin": "now"} | changed


def plans(services: Services) -> list[StaffPlanRow]:
    with services.database.reading() as session:
        return list(session.scalars(select(StaffPlanRow).order_by(StaffPlanRow.id)))


def test_who_may_publish_incidents_may_say_who_helps_and_agents_may_not(
    client: PageClient, signed_in: SignedIn, channel_id: int
) -> None:
    signed_in(client, Role.COMMUNICATION)
    client.get(PAGE)
    signed_in(client, Role.AGENT)
    client.get(PAGE, status=403)
    client.post(PAGE, {"usual": "3"}, status=403)
    client.post(f"{PAGE}/1/end", {}, status=403)


def test_two_numbers_are_enough_from_now_until_the_end_of_the_week(
    staff_client: PageClient, services: Services, channel_id: int
) -> None:
    values = sent(staff_client.get(f"{PAGE}?channel={channel_id}"), usual="3", people="10", channel_id=str(channel_id))
    answer = staff_client.post(PAGE, values)
    page = staff_client.get(answer.response.headers["Location"], follow_redirects=True)
    assert "X van ons: 10 mensen waar er normaal 3 zijn" in page.text
    (plan,) = plans(services)
    assert (plan.channel_id, plan.usual, plan.people) == (channel_id, 3, 10)
    assert (plan.starts_at, plan.ends_at) == (services.clock.now(), local("2026-03-13 17:00"))
    with services.database.reading() as session:
        assert trail(session, limit=1)[0].subject == f"channel:{channel_id}"


@pytest.mark.parametrize(
    ("begin", "starts_at", "expected"),
    [("morning", "", "2026-03-11 09:00"), ("other", "2026-03-12T13:30", "2026-03-12 13:30")],
)
def test_a_plan_begins_tomorrow_morning_or_at_any_other_time(  # noqa: PLR0917 - fixtures
    staff_client: PageClient, services: Services, channel_id: int, begin: str, starts_at: str, expected: str
) -> None:
    page = staff_client.get(PAGE)
    assert "vanaf morgen, woensdag 11 maart, 9.00 uur" in page.text
    staff_client.post(PAGE, sent(page, usual="3", people="10", begin=begin, starts_at=starts_at))
    assert [(plan.channel_id, plan.starts_at) for plan in plans(services)] == [(None, local(expected))]


@pytest.mark.parametrize(
    ("change", "faulty"),
    [
        ({"usual": ""}, "usual"),
        ({"people": "0"}, "people"),
        ({"people": "veel"}, "people"),
        ({"people": "501", "usual": "10"}, "people"),
        ({"ends_at": ""}, "ends_at"),
        ({"ends_at": "2026-03-10T13:00"}, "ends_at"),
        ({"begin": "other", "starts_at": ""}, "starts_at"),
        ({"begin": "other", "starts_at": "2026-03-29T02:30"}, "starts_at"),
        ({"begin": "other", "starts_at": "2026-01-10T09:00"}, "starts_at"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    staff_client: PageClient, services: Services, channel_id: int, change: dict[str, str], faulty: str
) -> None:
    values = sent(staff_client.get(PAGE), usual="3", people="10") | change
    page = staff_client.post(PAGE, values, status=422)
    links = [a.get("href") for a in page.one("div", class_="error-summary").iter() if a.get("href")]
    assert links == [f"#{faulty}"]
    assert plans(services) == []


@pytest.mark.parametrize("number", ["0", "-3", str(MOST_PEOPLE + 1)])
def test_a_number_of_people_that_cannot_be_is_named_as_such(
    staff_client: PageClient, services: Services, channel_id: int, number: str
) -> None:
    values = sent(staff_client.get(PAGE), usual=number, people=number)
    page = staff_client.post(PAGE, values, status=422)
    summary = page.words(page.one("div", class_="error-summary"))
    assert MOST_PEOPLE == 5_000
    assert summary.count("Geef een aantal mensen van 1 tot en met 5.000.") == 2
    assert "Nummer moet" not in page.text


def test_a_running_plan_is_ended_now(staff_client: PageClient, services: Services, channel_id: int) -> None:
    staff_client.post(PAGE, sent(staff_client.get(PAGE), usual="3", people="10"))
    page = staff_client.follow(staff_client.post(f"{PAGE}/1/end", {}, token_from=PAGE))
    assert "Er is niets gepland" in page.text
    assert [plan.ended_at for plan in plans(services)] == [services.clock.now()]
    staff_client.post(f"{PAGE}/9/end", {}, status=404, token_from=PAGE)


def test_what_customers_would_read_is_shown_before_it_is_saved(
    staff_client: PageClient, services: Services, channel_id: int
) -> None:
    with services.database.transaction() as session:
        for number in range(200):
            received_at = local("2026-03-10 09:00") + timedelta(minutes=number)
            make_promise(session, case_id=number, channel_id=channel_id, received_at=received_at, now=received_at)
        for number in range(10):
            at = local("2026-03-10 12:29") + timedelta(minutes=10 * number)
            record_answer(session, number, at, at)
    values = sent(staff_client.get(PAGE), usual="1", people="20", look="yes")
    page = staff_client.post(PAGE, values, status=200)
    (row,) = page.one("tbody").findall("{http://www.w3.org/1999/xhtml}tr")
    before, after = (each.get("datetime") for each in row.iter("{http://www.w3.org/1999/xhtml}time"))
    assert datetime.fromisoformat(after) < datetime.fromisoformat(before)
    assert page.one("input", name="people").get("value") == "20", "what was typed is still there"
    assert plans(services) == []
    staff_client.post(PAGE, values | {"people": "500"}, status=422)


def test_the_usual_number_is_filled_in_the_next_time(staff_client: PageClient, services: Services, channel_id: int) -> None:
    staff_client.post(PAGE, sent(staff_client.get(PAGE), usual="4", people="10"))
    assert staff_client.get(PAGE).one("input", name="usual").get("value") == "4"


@pytest.mark.parametrize(
    ("opening", "now", "morning", "end_of_week"),
    [
        (OpeningTimes((Version(LONG_AGO, OFFICE_HOURS),)), "2026-03-10 14:00", "2026-03-11 09:00", "2026-03-13 17:00"),
        (OpeningTimes((Version(LONG_AGO, OFFICE_HOURS),)), "2026-03-13 18:00", "2026-03-16 09:00", "2026-03-20 17:00"),
        (ALWAYS, "2026-03-10 14:00", "2026-03-11 00:00", "2026-03-16 00:00"),
        (ALWAYS, "2026-03-15 14:00", "2026-03-16 00:00", "2026-03-23 00:00"),
    ],
)
def test_tomorrow_is_when_the_channel_opens_and_the_week_ends_when_it_closes(
    opening: OpeningTimes, now: str, morning: str, end_of_week: str
) -> None:
    found = moments(opening, local(now), ZONE)
    assert (found.morning, found.end_of_week) == (local(morning), local(end_of_week))


def test_a_channel_that_never_opens_has_moments_too() -> None:
    never = OpeningTimes((Version(LONG_AGO, parse_calendar({"timezone": "Europe/Amsterdam", "weekly": {}})),))
    found = moments(never, local("2026-03-10 14:00"), ZONE)
    assert (found.morning, found.end_of_week) == (local("2026-03-11 00:00"), local("2026-03-18 00:00"))
    assert isinstance(found.morning, datetime)
