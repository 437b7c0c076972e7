"""In a calamity customers read who helps and when it is over, with times that are true. It is Tuesday 10 March, 14:00."""

from datetime import timedelta

import pytest

from portal.cases.models import Case
from portal.hours.reading import parse_calendar
from portal.hours.store import save_schedule
from portal.incidents import store as incidents
from portal.incidents.quick_texts import what_is_over
from portal.incidents.rules import State
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel
from portal.promises.rules import RevisionReason
from portal.promises.store import revise
from portal.services import Services
from portal.staff.rules import Role
from portal.web.localized import Localized
from tests.cases.console_builders import take
from tests.incidents.console_builders import filled, situation
from tests.pages import Page, PageClient
from tests.promises.test_staffing_console import sent
from tests.staff.builders import SignedIn
from tests.status.test_calamity import notice

PLANS = "/console/staffing"
OVER = "/console/incidents/1/over"
OVER_NL = "De storing is voorbij. We werken de berichten af."
OVER_EN = "The outage is over. We are working through the messages."


def calamity(services: Services, *, channel_ids: list[int], is_calamity: bool = True) -> None:
    with services.database.transaction() as session:
        incidents.publish_incident(
            session,
            title_nl="Er is een storing in Utrecht",
            title_en="There is an outage in Utrecht",
            body_nl="We zoeken de oorzaak.",
            body_en="We are looking for the cause.",
            is_calamity=is_calamity,
            channel_ids=channel_ids,
            now=services.clock.now() - timedelta(hours=2),
            actor_id=None,
        )


@pytest.fixture
def waiting(services: Services) -> Case:
    """A question that came in during the calamity; its answer was promised before half past four."""
    return take(services, services.clock.now() - timedelta(minutes=90), text="Wanneer doet het weer?")


def plan(client: PageClient, channel_id: int, **values: str) -> Page:
    chosen = {"usual": "3", "people": "10", "channel_id": str(channel_id), "begin": "morning", **values}
    answer = client.post(PLANS, sent(client.get(PLANS), **chosen))
    return client.get(answer.response.headers["Location"], follow_redirects=True)


def texts(page: Page) -> tuple[str, str]:
    values = filled(page)
    return values["body_nl"], values["body_en"]


@pytest.mark.parametrize("is_named", [True, False])
def test_after_a_plan_the_update_of_the_open_calamity_is_filled_in(
    staff_client: PageClient, services: Services, waiting: Case, *, is_named: bool
) -> None:
    calamity(services, channel_ids=[waiting.channel_id] if is_named else [])
    page = plan(staff_client, waiting.channel_id)
    dutch, english = texts(page)
    assert dutch == (
        "Vanaf woensdag 11 maart, 0.00 uur helpen 7 extra collega's bij Mastodon. Stuurt u nu een bericht via Mastodon? "
        "Dan kunt u antwoord verwachten vóór **dinsdag 10 maart, 18.00 uur**."
    )
    assert english == (
        "7 extra colleagues help with Mastodon from Wednesday 11 March, 0:00. "
        "If you write through Mastodon now, you can expect an answer before **Tuesday 10 March, 18:00**."
    )
    assert len(page.all("input", name="next_update")) == 4, "the next update is promised in the same form"
    staff_client.post("/console/incidents/1/updates", {**filled(page), "state": "investigating"})
    shown = situation(services)
    assert shown.entries[0].body.nl == dutch
    assert shown.next_update_at is not None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"people": "4", "begin": "now"}, "Vanaf nu helpt 1 extra collega bij Mastodon. Stuurt u nu"),
        ({"people": "4", "begin": "now", "channel_id": "0"}, "Vanaf nu helpt 1 extra collega. Stuurt u nu een bericht? Dan"),
        ({"people": "3"}, "Stuurt u nu een bericht via Mastodon?"),
        ({"people": "2"}, "Stuurt u nu een bericht via Mastodon?"),
    ],
)
def test_only_help_that_there_is_is_told(
    staff_client: PageClient, services: Services, waiting: Case, values: dict[str, str], said: str
) -> None:
    calamity(services, channel_ids=[])
    chosen = {"channel_id": str(waiting.channel_id)} | values
    assert texts(plan(staff_client, int(chosen.pop("channel_id")), **chosen))[0].startswith(said)


def test_help_is_told_from_the_next_opening_because_nobody_helps_before(
    staff_client: PageClient, services: Services, waiting: Case
) -> None:
    now = services.clock.now()
    mornings = {day: [["09:00", "12:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    with services.database.transaction() as session:
        calendar = parse_calendar({"timezone": "Europe/Amsterdam", "weekly": mornings})
        save_schedule(session, waiting.channel_id, calendar, valid_from=now, now=now, actor_id=None)
    calamity(services, channel_ids=[])
    found = texts(plan(staff_client, waiting.channel_id, begin="now", end="", ends_at="2026-03-12T12:00"))
    assert found[0].startswith("Vanaf woensdag 11 maart, 9.00 uur helpen 7 extra collega's")
    assert "from Wednesday 11 March, 9:00" in found[1]


@pytest.mark.parametrize(
    ("title_nl", "title_en", "is_surge", "said"),
    [
        ("We krijgen veel meer vragen", "We get many more questions", True, ("De drukte is voorbij.", "The busy time is over.")),
        ("Storing bij betalen", "", True, ("De storing is voorbij.", "The outage is over.")),
        ("Er rijden geen trams", "No trams run", False, ("Het is voorbij.", "It is over.")),
    ],
)
def test_only_what_was_called_an_outage_is_called_so_when_it_is_over(
    title_nl: str, title_en: str, said: tuple[str, str], *, is_surge: bool
) -> None:
    found = what_is_over(Localized(title_nl, title_en), is_surge=is_surge)
    assert (found.nl, found.en) == said


def test_of_a_surge_the_text_says_that_the_busy_time_is_over(staff_client: PageClient, services: Services, waiting: Case) -> None:
    notice(services, waiting.channel_id)
    address = "/console/surges/1/calamity"
    staff_client.post(address, filled(staff_client.get(address)))
    assert texts(staff_client.get(OVER))[0].startswith("De drukte is voorbij. We werken de berichten af.")


def test_the_button_in_front_says_that_it_is_over(staff_client: PageClient, services: Services, waiting: Case) -> None:
    calamity(services, channel_ids=[])
    page = staff_client.get(OVER)
    buttons = page.all("button", name="state")
    assert [each.get("value") for each in buttons if each.get("data-kind") is None] == ["resolved"]
    assert buttons[0].get("value") == "resolved"
    assert "Nog steeds" not in page.words(buttons[0])
    assert "Nog steeds" in page.words(staff_client.get("/console/incidents/1").all("button", name="state")[0])


def test_without_an_open_calamity_on_the_channel_one_is_back_at_the_plans(
    staff_client: PageClient, services: Services, waiting: Case
) -> None:
    with services.database.transaction() as session:
        other = add_channel(session, slug="x", kind=ChannelKind.X, name="X", now=services.clock.now(), actor_id=None)
    calamity(services, channel_ids=[other.id])
    calamity(services, channel_ids=[waiting.channel_id], is_calamity=False)
    page = plan(staff_client, waiting.channel_id)
    assert page.all("textarea") == []
    assert "10 mensen waar er normaal 3 zijn" in page.text
    with services.database.transaction() as session:
        incidents.add_update(session, 1, body_nl="Over.", state=State.RESOLVED, now=services.clock.now(), actor_id=None)
    assert plan(staff_client, other.id).all("textarea") == []


def test_when_it_is_over_the_time_is_told_only_where_it_is_sooner_for_all_who_wait(
    staff_client: PageClient, services: Services, waiting: Case
) -> None:
    calamity(services, channel_ids=[waiting.channel_id])
    now = services.clock.now()
    assert texts(staff_client.get(OVER)) == (OVER_NL, OVER_EN)
    with services.database.transaction() as session:
        revise(session, waiting.id, now + timedelta(days=2), RevisionReason.OUTAGE, now=now, actor_id=1)
    page = staff_client.get(OVER)
    assert texts(page) == (
        f"{OVER_NL} U kunt ons antwoord nu eerder verwachten: vóór **dinsdag 10 maart, 18.00 uur**.",
        f"{OVER_EN} You can now expect our answer sooner: before **Tuesday 10 March, 18:00**.",
    )
    staff_client.post("/console/incidents/1/updates", {**filled(page), "state": "resolved"})
    assert situation(services).is_over
    staff_client.get(OVER, status=303)


def test_one_who_was_told_an_earlier_time_keeps_the_sentence_away(
    staff_client: PageClient, services: Services, waiting: Case
) -> None:
    calamity(services, channel_ids=[])
    now = services.clock.now()
    with services.database.transaction() as session:
        revise(session, waiting.id, now + timedelta(days=2), RevisionReason.OUTAGE, now=now, actor_id=1)
    take(services, now - timedelta(minutes=30), text="Deze hoorde een eerdere tijd")
    assert "eerder verwachten" not in texts(staff_client.get(OVER))[0]


def test_the_page_of_a_calamity_leads_to_who_helps_and_to_its_end(
    staff_client: PageClient, services: Services, waiting: Case
) -> None:
    calamity(services, channel_ids=[])
    page = staff_client.get("/console/incidents/1")
    assert page.all("a", href=OVER)
    assert page.all("a", href="/console/staffing?incident=1")
    calamity(services, channel_ids=[], is_calamity=False)
    assert staff_client.get("/console/incidents/2").all("a", href="/console/incidents/2/over") == []


def test_agents_fill_in_none_of_it(client: PageClient, signed_in: SignedIn, services: Services, waiting: Case) -> None:
    calamity(services, channel_ids=[])
    signed_in(client, Role.AGENT)
    client.get(OVER, status=403)
    client.get("/console/staffing/1/tell", status=403)
