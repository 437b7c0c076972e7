"""The console's pages about hours, through a client that checks each page."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from portal.clock import FixedClock
from portal.hours import store
from portal.hours.opening_time import OpeningTimes
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel, save_organisation
from portal.services import Services
from portal.staff.rules import Role
from tests.pages import Page, PageClient
from tests.staff.builders import SignedIn

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEK = {f"week-{day}": "9.00-17.00" for day in ("mon", "tue", "wed", "thu", "fri")}
X = "/console/hours/x"


@pytest.fixture
def channel_ids(services: Services, now: datetime) -> dict[str, int]:
    with services.database.transaction() as session:
        save_organisation(session, name="Voorbeeldlijn", now=now, actor_id=None)
        kinds = {"x": ChannelKind.X, "telefoon": ChannelKind.PHONE}
        return {
            slug: add_channel(session, slug=slug, kind=kind, name=slug.title(), now=now, actor_id=None).id
            for slug, kind in kinds.items()
        }


@pytest.fixture
def console(client: PageClient, signed_in: SignedIn, channel_ids: dict[str, int]) -> PageClient:
    signed_in(client, Role.COMMUNICATION)
    return client


def times_of(services: Services, channel_id: int) -> OpeningTimes:
    with services.database.reading() as session:
        return store.opening_times_of(session, channel_id)


def preview_of(page: Page) -> str:
    return page.words(page.one("div", id="schedule-preview"))


def test_agents_may_not_edit_hours_and_visitors_must_sign_in(
    client: PageClient, signed_in: SignedIn, channel_ids: dict[str, int]
) -> None:
    assert "/console/sign-in" in client.get(X, status=303).response.headers["Location"]
    signed_in(client, Role.AGENT)
    for path in ("/console/hours", X):
        client.get(path, status=403)
    for path in (X, f"{X}/preview", f"{X}/copies", f"{X}/reopen", "/console/hours/closures"):
        client.post(path, status=403)


def test_the_first_schedule_is_typed_previewed_and_saved(
    console: PageClient, services: Services, channel_ids: dict[str, int], now: datetime
) -> None:
    page = console.get(X)
    assert "Dit kanaal heeft nog geen openingstijden." in page.text
    preview = console.post(f"{X}/preview", {**WEEK, "seen": "0"}, status=200)
    assert "We zijn open tot 17.00 uur" in preview_of(preview)
    assert "We are open until 17:00" in preview_of(preview)
    assert "zaterdag 14 maart gesloten" in preview_of(preview)
    assert times_of(services, channel_ids["x"]).versions == [], "a preview saves nothing"
    saved = console.follow(console.post(X, {**WEEK, "seen": "0"}))
    assert "De openingstijden zijn opgeslagen." in saved.text
    assert saved.one("input", id="week-mon").get("value") == "09:00-17:00"
    opening = times_of(services, channel_ids["x"])
    assert opening.is_open(now)
    assert opening.next_open(now + 4 * HOUR) == now + 19 * HOUR


def test_the_overview_says_of_each_channel_what_customers_read(console: PageClient, channel_ids: dict[str, int]) -> None:
    console.post(X, {**WEEK, "seen": "0"}, token_from=X)
    page = console.get("/console/hours")
    assert "We zijn open tot 17.00 uur" in page.text
    assert "Dit kanaal heeft geen vaste openingstijden." in page.text


def test_what_cannot_be_saved_stays_in_the_form_with_its_fault(
    console: PageClient, services: Services, channel_ids: dict[str, int]
) -> None:
    sent = {**WEEK, "week-sat": "10-9-8", "week-sun": "9-12, 11-13", "exceptions-0-first": "2026-04-27", "seen": "0"}
    page = console.post(X, sent, status=422, token_from=X)
    assert page.one("input", id="week-sat").get("value") == "10-9-8"
    assert page.one("input", id="week-sat").get("aria-invalid") == "true"
    summary = page.words(page.one("div", class_="error-summary"))
    assert "zaterdag: Vul in: een begintijd en een eindtijd" in summary
    assert "zondag: Vul in: tijden die niet met andere overlappen." in summary
    assert "Reden in het Nederlands (1): Vul in: een reden in het Nederlands" in summary
    links = {link.get("href") for link in page.all("a")}
    assert {"#week-sat", "#week-sun", "#exceptions-0-reason-nl"} <= links
    assert times_of(services, channel_ids["x"]).versions == []


def test_a_start_in_the_past_is_refused_for_a_later_version(console: PageClient) -> None:
    console.post(X, {**WEEK, "seen": "0", "valid_from": "2026-01-01"}, token_from=X)
    page = console.post(X, {**WEEK, "seen": "1", "valid_from": "2026-03-09"}, status=422)
    assert "een begin dat niet in het verleden ligt" in page.text
    page = console.post(X, {**WEEK, "seen": "1", "valid_from": "maart"}, status=422)
    assert page.one("input", id="valid_from").get("aria-invalid") == "true"


def test_hours_that_count_later_are_previewed_from_then_and_announced(
    console: PageClient, services: Services, channel_ids: dict[str, int], now: datetime
) -> None:
    console.post(X, {**WEEK, "seen": "0"}, token_from=X)
    later = {"week-mon": "10-12", "seen": "1", "valid_from": "2026-06-01"}
    preview = console.post(f"{X}/preview", later, status=200)
    assert "Zo ziet het eruit op de dag waarop deze tijden ingaan." in preview_of(preview)
    assert "maandag 1 juni (vandaag) 10.00 tot 12.00 uur" in preview_of(preview)
    page = console.follow(console.post(X, later))
    assert "Versie 2 gaat in op maandag 1 juni, 0.00 uur" in page.text
    assert page.one("input", id="week-mon").get("value") == "09:00-17:00", "what is in force is what one edits"
    assert console.get(f"{X}?version=2").one("input", id="week-mon").get("value") == "10:00-12:00"
    console.get(f"{X}?version=9", status=404)
    assert times_of(services, channel_ids["x"]).is_open(now)


def test_holidays_are_proposed_and_count_only_when_ticked(
    console: PageClient, services: Services, channel_ids: dict[str, int]
) -> None:
    page = console.get(X)
    offered = [box.get("value") for box in page.all("input", name="holidays")]
    assert offered[0] == "2026-04-05 Eerste paasdag", "the usual closing days first"
    assert {"2026-04-27 Koningsdag", "2026-12-24 Kerstavond", "2026-05-15 Vrijdag na Hemelvaartsdag"} <= set(offered)
    assert not [box for box in page.all("input", name="holidays") if box.get("checked") is not None]
    ticked = {**WEEK, "seen": "0", "holidays": ["2026-04-27 Koningsdag", "2026-12-24 Kerstavond"]}
    preview = console.post(f"{X}/preview", ticked, status=200)
    assert preview.one("input", id="exceptions-0-first").get("value") == "2026-04-27"
    assert "2026-04-27 Koningsdag" not in [box.get("value") for box in preview.all("input", name="holidays")]
    console.post(X, ticked)
    calendar = times_of(services, channel_ids["x"]).versions[0].calendar
    assert [(each.first_on.isoformat(), len(each.hours), each.reason.en) for each in calendar.exceptions] == [
        ("2026-04-27", 0, "King's Day"),
        ("2026-12-24", 1, "Christmas Eve"),
    ]


def test_rows_are_added_and_removed_without_script(console: PageClient) -> None:
    sent = {**WEEK, "seen": "0", "exceptions-0-first": "2026-04-27", "exceptions-0-reason-nl": "Koningsdag"}
    page = console.post(f"{X}/preview?rows=4", sent, status=200, token_from=X)
    assert page.one("input", id="exceptions-4-first").get("value") == ""
    page = console.post(f"{X}/preview", {**sent, "exceptions-0-remove": "1"}, status=200)
    assert page.one("input", id="exceptions-0-first").get("value") == ""
    console.post(f"{X}/preview?rows=100000", sent, status=200)


def test_with_htmx_only_the_preview_comes_back(console: PageClient) -> None:
    headers = {"HX-Request": "true", "HX-Target": "schedule-preview"}
    page = console.post(f"{X}/preview", {**WEEK, "seen": "0"}, status=200, token_from=X, headers=headers)
    assert "<html" not in page.html
    assert "We zijn open tot 17.00 uur" in preview_of(page)
    page = console.post(f"{X}/preview", {**WEEK, "week-sat": "?", "seen": "0"}, status=200, headers=headers)
    assert "Er moet nog iets verbeterd worden." in preview_of(page)


def test_two_editors_at_the_same_moment_lose_nothing(
    console: PageClient, services: Services, channel_ids: dict[str, int], now: datetime
) -> None:
    console.post(X, {**WEEK, "seen": "0"}, token_from=X)
    console.post(X, {**WEEK, "week-sat": "10-16", "seen": "1"})
    page = console.post(X, {**WEEK, "week-sun": "12-17", "seen": "1"}, status=409)
    assert "Iemand anders heeft deze tijden opgeslagen terwijl u bezig was" in page.text
    assert page.one("input", id="week-sun").get("value") == "12-17", "what was typed is still there"
    assert page.one("input", name="seen").get("value") == "2"
    assert len(times_of(services, channel_ids["x"]).versions) == 1, "same instant: the second one counts"
    console.post(X, {**WEEK, "week-sun": "12-17", "seen": "2"})
    with services.database.reading() as session:
        assert [each.number for each in store.versions_of(session, channel_ids["x"])] == [3, 2, 1]


def test_the_hours_of_one_channel_are_copied_to_others(
    console: PageClient, services: Services, channel_ids: dict[str, int]
) -> None:
    console.post(X, {**WEEK, "seen": "0"}, token_from=X)
    phone = channel_ids["telefoon"]
    page = console.get(X)
    assert page.one("input", name="to").get("value") == str(phone)
    page = console.follow(console.post(f"{X}/copies", {"to": str(phone), f"seen-{phone}": "0"}))
    assert "De openingstijden zijn overgenomen." in page.text
    assert (
        times_of(services, phone).versions[0].calendar.weekly == times_of(services, channel_ids["x"]).versions[0].calendar.weekly
    )
    console.post(f"{X}/copies", {"to": str(phone), f"seen-{phone}": "0"}, status=409)


def closing(channel_ids: dict[str, int], **facts: Any) -> dict[str, Any]:
    channels = [str(number) for number in channel_ids.values()]
    return {"channels": channels, "until": "2026-03-10T16:30", "reason_nl": "Storing in ons gebouw", **facts}


def test_all_channels_are_closed_now_and_opened_again(
    console: PageClient, services: Services, channel_ids: dict[str, int], clock: FixedClock, now: datetime
) -> None:
    console.post(X, {**WEEK, "seen": "0"}, token_from=X)
    page = console.follow(console.post("/console/hours/closures", closing(channel_ids)))
    assert page.text.count("De reden: Storing in ons gebouw. Vandaag om 16.30 uur zijn we er weer.") == 2
    assert times_of(services, channel_ids["x"]).next_open(now) == now + 2.5 * HOUR
    clock.advance(HOUR)
    page = console.follow(console.post(f"{X}/reopen"))
    assert "De gewone tijden van X gelden weer." in page.text
    opening = times_of(services, channel_ids["x"])
    assert opening.is_open(now + HOUR)
    assert not opening.is_open(now)


@pytest.mark.parametrize(
    ("facts", "control", "words"),
    [
        ({"channels": []}, "channels", "Kies ten minste één kanaal."),
        ({"until": ""}, "until", "Kies de dag en de tijd waarop u weer opengaat."),
        ({"until": "2026-03-10T13:59"}, "until", "Vul in: een tijd die nog moet komen."),
        ({"reason_nl": " "}, "reason_nl", "Schrijf in het Nederlands waarom u gesloten bent."),
    ],
)
def test_closing_without_a_fact_is_refused_with_the_field_named(
    console: PageClient, channel_ids: dict[str, int], facts: dict[str, Any], control: str, words: str
) -> None:
    page = console.post("/console/hours/closures", closing(channel_ids, **facts), status=422, token_from="/console/hours")
    assert words in page.text
    assert f"#{control}" in {link.get("href") for link in page.all("a")}


@pytest.mark.parametrize(
    ("language", "until", "words"),
    [
        ("nl", "2026-03-29T02:30", "29-03-2026 02:30 bestaat niet"),
        ("en", "2026-03-29T02:30", "29-03-2026 02:30 does not exist"),
        ("nl", "2026-10-25T02:30", "25-10-2026 02:30 komt twee keer voor"),
        ("en", "2026-10-25T02:30", "25-10-2026 02:30 comes twice"),
        ("nl", "morgen", "Kies een dag en een tijd."),
    ],
)
def test_closing_until_an_hour_that_the_clock_skips_or_repeats_is_refused(
    console_in: Callable[[str], PageClient], channel_ids: dict[str, int], language: str, until: str, words: str
) -> None:
    sent = closing(channel_ids, until=until)
    page = console_in(language).post("/console/hours/closures", sent, status=422, token_from="/console/hours")
    assert words in page.words(page.one("p", id="until-error"))


def test_the_console_speaks_the_language_of_the_member(
    client: PageClient, signed_in: SignedIn, make_member: Any, channel_ids: dict[str, int]
) -> None:
    signed_in(client, member=make_member(Role.COMMUNICATION, language="en"))
    page = client.get(X)
    assert "Opening hours of X" in page.text
    assert "Monday" in page.text
