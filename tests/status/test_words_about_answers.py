"""What page and card of a channel tell who is about to write: before when, what lies before it, how often it comes true."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from flask import Flask, current_app, g

from portal.hours.display import hours_of
from portal.hours.opening_time import OpeningTimes, Version
from portal.hours.schedule import Calendar, DatedException, Range
from portal.organisation.rules import ChannelKind
from portal.promises import store
from portal.promises.announced import AnnouncedNow
from portal.promises.estimator import Basis
from portal.promises.record import Account
from portal.promises.settings import save_settings
from portal.services import Services
from portal.staff.rules import Role
from portal.status.card import Card, Way, card
from portal.status.expecting import closed_days
from portal.web.localized import Localized
from tests.pages import PageClient
from tests.staff.builders import SignedIn
from tests.status.conftest import every_day
from tests.status.test_answers import ZONE, at

NOW = at("2026-03-10 14:00")
TOLD = AnnouncedNow(
    at("2026-03-10 16:30"),
    31,
    40.0,
    50.0,
    Basis.MEASURED,
    40,
    is_norm=False,
    is_queue_shown=False,
    hear_by=None,
)
WELL, POOR = Account(kept=195, broken=19), Account(kept=80, broken=20)


def a_card(announced: AnnouncedNow, calendar: Calendar, now: datetime = NOW) -> Card:
    opening = OpeningTimes((Version(at("2020-01-01"), calendar),))
    return card(Way(1, "x", ChannelKind.X, "X", "", "", Localized("")), opening, now, ZONE, announced=announced)


def said(app: Flask, path: str, told: Card, account: Account | None = None, now: datetime = NOW) -> str:
    """The words on the page of the channel, white space folded and marks taken out."""
    opening = OpeningTimes((Version(at("2020-01-01"), every_day((9, 18))),))
    with app.test_request_context(path):
        g.now = now
        hours = hours_of(opening, now, "nl", ZONE)
        answer_on = told.answer_at.astimezone(ZONE).date() if told.answer_at else None
        closed = closed_days(hours, now.astimezone(ZONE).date(), answer_on)
        template = current_app.jinja_env.get_template("status/_answer.html")
        words = template.render(card=told, account=account, closed_days=closed)
    return " ".join(re.sub(r"<[^>]*>", "", words).split())


OPEN = every_day((9, 18))


@pytest.mark.parametrize(
    ("told", "account", "dutch"),
    [
        (
            TOLD,
            WELL,
            (
                "U kunt ons antwoord verwachten vóór vandaag 16.30 uur. Dat lukt bij 9 van de 10 vragen. In de laatste 4 weken "
                "kwamen 195 van de 214 antwoorden vóór de beloofde tijd (91 %). "
                "Lukt het niet? Dan hoort u dat vóór die tijd, met de reden."
            ),
        ),
        (
            TOLD,
            POOR,
            (
                "U kunt ons antwoord verwachten vóór vandaag 16.30 uur. In de laatste 4 weken kwamen 80 van de 100 "
                "antwoorden vóór de beloofde tijd (80 %). Lukt het niet? Dan hoort u dat vóór die tijd, met de reden."
            ),
        ),
        (
            replace(TOLD, promised_at=at("2026-03-11 10:00"), is_queue_shown=True),
            None,
            (
                "U kunt ons antwoord verwachten vóór morgen, woensdag 11 maart, 10.00 uur. Voor u liggen 31 berichten. "
                "Die zijn over ongeveer 40 minuten openingstijd klaar."
            ),
        ),
        (
            replace(TOLD, ahead=1, queue_minutes=29.0, is_queue_shown=True),
            None,
            (
                "U kunt ons antwoord verwachten vóór vandaag 16.30 uur. Voor u ligt 1 bericht. "
                "Dat is over ongeveer 29 minuten openingstijd klaar."
            ),
        ),
        (
            replace(TOLD, is_norm=True, days=0),
            None,
            "U kunt ons antwoord verwachten vóór vandaag 16.30 uur. Dit is onze norm. Lukt het niet?",
        ),
        (
            replace(TOLD, is_norm=True, is_queue_shown=True),
            None,
            (
                "U kunt ons antwoord verwachten vóór vandaag 16.30 uur. Dit is onze norm. Voor u liggen 31 berichten. "
                "Lukt het niet?"
            ),
        ),
        (
            replace(TOLD, days=3, basis=Basis.BORROWED),
            None,
            "U kunt ons antwoord verwachten vóór vandaag 16.30 uur. We meten dit pas 3 dagen. Daarom rekenen we ruim. Lukt",
        ),
        (
            replace(TOLD, promised_at=None, hear_by=at("2026-03-10 17:00")),
            None,
            "We weten nog niet wanneer we u kunnen antwoorden. Vóór vandaag 17.00 uur laten we u weten wanneer wel.",
        ),
    ],
)
@pytest.mark.usefixtures("company")
def test_the_page_says_what_a_customer_may_expect(app: Flask, told: AnnouncedNow, account: Account | None, dutch: str) -> None:
    assert said(app, "/", a_card(told, OPEN), account).startswith(dutch)


@pytest.mark.usefixtures("company")
def test_outside_hours_one_can_write_all_the_same(app: Flask) -> None:
    night = at("2026-03-10 20:00")
    told = a_card(replace(TOLD, promised_at=at("2026-03-11 10:30")), OPEN, night)
    assert said(app, "/", told, now=night).startswith(
        "U kunt uw vraag nu al sturen. U kunt ons antwoord verwachten vóór morgen, woensdag 11 maart, 10.30 uur."
    )


def test_closed_days_on_the_way_to_the_answer_are_named() -> None:
    easter, works = Localized("Tweede paasdag", "Easter Monday"), Localized("Verbouwing", "Building works")
    exceptions = (
        DatedException(date(2026, 4, 6), date(2026, 4, 6), (), easter),
        DatedException(date(2026, 4, 7), date(2026, 4, 7), (Range(600, 720),), Localized("Korte dag")),
        DatedException(date(2026, 4, 8), date(2026, 4, 9), (), works),
    )
    calendar = Calendar("Europe/Amsterdam", every_day((9, 17)).weekly, exceptions)
    now = at("2026-04-05 12:00")
    hours = hours_of(OpeningTimes((Version(at("2020-01-01"), calendar),)), now, "nl", ZONE)
    found = closed_days(hours, date(2026, 4, 5), date(2026, 4, 8))
    assert [(each.when, str(each.reason), each.is_holiday) for each in found] == [
        ("Maandag 6 april", "Tweede paasdag", True),
        ("Woensdag 8 april tot en met donderdag 9 april", "Verbouwing", False),
    ]
    assert closed_days(hours, date(2026, 4, 5), None) == ()
    assert closed_days(hours, date(2026, 4, 6), date(2026, 4, 7)) == (), "that today is closed is said anyway"


@pytest.mark.usefixtures("company")
def test_the_board_says_how_often_it_comes_true_and_leads_to_the_record(
    client: PageClient, services: Services, company: dict[str, int], now: datetime
) -> None:
    facts = {"channel_id": company["x"]}
    with services.database.transaction() as session:
        save_settings(session, announces_norm=True, shows_queue=True, now=now, actor_id=None)
    for case_id in range(1, 13):
        received_at = now - timedelta(days=3) + timedelta(minutes=case_id)
        answered_at = received_at + (timedelta(minutes=20) if case_id > 1 else timedelta(hours=9))
        with services.database.transaction() as session:
            store.make_promise(session, case_id=case_id, received_at=received_at, now=received_at, **facts)
        with services.database.transaction() as session:
            store.record_answer(session, case_id, answered_at, answered_at)
    with services.database.transaction() as session:
        store.make_promise(session, case_id=99, received_at=now, now=now, **facts)
    page = client.get("/")
    (x,) = [each for each in page.all("li", class_="channel") if page.words(each).startswith("X ")]
    assert "Stuurt u het nu? Antwoord vóór vandaag 18.00 uur Dit is onze norm. Voor u ligt 1 bericht." in page.words(x)
    assert "Op tijd: 91 % van 12 beloftes." in page.words(x)
    assert "/promises" in [link.get("href") for link in page.all("a")]
    own = client.get("/channels/x")
    assert "Dit is onze norm. Voor u ligt 1 bericht. In de laatste 4 weken kwamen 11 van de 12 antwoorden" in own.text
    assert "kwamen 11 van de 12 antwoorden vóór de beloofde tijd (91 %)." in own.text
    assert "In de laatste 4 weken" not in client.get("/channels/x?from=2026-03-09&to=2026-03-10").text


@pytest.mark.usefixtures("company")
def test_staff_copy_the_line_for_their_contact_page_in_both_languages(client: PageClient, signed_in: SignedIn) -> None:
    signed_in(client, Role.ADMINISTRATOR)
    assert "Op uw contactpagina" in client.get("/console/channels").text
    page = client.get("/console/channels/x/answer")
    copied = [each.text for each in page.all("textarea")]
    assert len(copied) == 6
    assert any('<iframe src="http' in each and '/en/channels/x/answer.html"' in each for each in copied)
    assert "frame-src 'self'" in page.response.headers["Content-Security-Policy"]
    assert len(page.all("iframe")) == len(page.all("bereikbaar-answer")) == 2
    client.get("/console/channels/hidden/answer", status=404)
    client.get("/console/channels/nobody/answer", status=404)


@pytest.mark.usefixtures("company")
def test_others_may_not_open_it(client: PageClient, signed_in: SignedIn) -> None:
    signed_in(client, Role.AGENT)
    client.get("/console/channels/x/answer", status=403)
