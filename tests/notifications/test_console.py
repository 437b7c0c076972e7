"""The pages on which a company writes its texts, and on which staff see what did not arrive."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask_babel import force_locale

from portal.cases.store import answer
from portal.cases.words import reason_words
from portal.jobs.store import WORKER, beat
from portal.notifications.default_texts import REASONS
from portal.notifications.rules import DeliveryState, MessageKind
from portal.notifications.sending import Sender, post_of
from portal.notifications.texts import texts_in_use
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel, save_organisation
from portal.promises.rules import RevisionReason
from portal.promises.settings import save_settings
from portal.services import Services
from portal.staff.rules import Role
from tests.cases.console_builders import HTMX
from tests.cases.own_builders import proof
from tests.notifications.conftest import Desk, MailBox
from tests.notifications.following import follow_all
from tests.pages import PageClient
from tests.staff.builders import SignedIn

GOOD = {
    "subject_nl": "Uw vraag is binnen",
    "subject_en": "Your question came in",
    "text_nl": "Vóór {before}.\nNummer {reference}.",
    "text_en": "Before {before}.\nNumber {reference}.",
}


@pytest.fixture(autouse=True)
def x(services: Services) -> None:
    with services.database.transaction() as session:
        add_channel(session, slug="x", kind=ChannelKind.X, name="X", now=services.clock.now(), actor_id=None)


def own_text(services: Services) -> str | None:
    with services.database.reading() as session:
        words = texts_in_use(session)[MessageKind.ACKNOWLEDGEMENT]
        return words.text.nl if words.is_own else None


def test_a_text_is_changed_shown_and_taken_back(services: Services, console_in: Callable[[str], PageClient]) -> None:
    client = console_in("en")
    page = client.get("/console/messages")
    assert "Your question came in" in page.text
    page = client.get("/console/messages/acknowledgement")
    assert "of 280 characters" in page.text
    assert "must be in the text" in page.text
    page = client.follow(client.post("/console/messages/acknowledgement", GOOD))
    assert own_text(services) == GOOD["text_nl"]
    assert "Vóór dinsdag 10 maart, 16.30 uur. Nummer BR-7KQ4-M2XD." in page.text
    assert "Your own text" in client.get("/console/messages").text
    client.post("/console/messages/acknowledgement/ours")
    assert own_text(services) is None


def test_a_text_that_cannot_be_sent_comes_back_with_what_would_be_right(
    services: Services, console_in: Callable[[str], PageClient]
) -> None:
    client = console_in("en")
    wrong = {**GOOD, "text_nl": "Vóór {befor}. Nummer {reference}."}
    page = client.post("/console/messages/acknowledgement", wrong, status=422)
    assert "{befor}. Expected here: only placeholders from the list beside the text, such as {reference}." in page.text
    assert "a text with {before}, because that time is what the message is for" in page.text
    assert page.one("textarea", name="text_nl").text.strip() == wrong["text_nl"]
    long = {**GOOD, "text_en": "Before {before}, number {reference}, " + "very " * 60}
    page = client.post("/console/messages/acknowledgement", long, status=422)
    assert "X: 3" in page.text
    assert "> 280. Expected here: shorter lines around the placeholders that are needed" in page.text
    assert own_text(services) is None


def test_a_subject_is_changed_and_taken_back_with_its_text(services: Services, console_in: Callable[[str], PageClient]) -> None:
    client = console_in("nl")

    def subject() -> str:
        return client.get("/console/messages/acknowledgement").one("input", name="subject_nl").get("value") or ""

    assert subject() == "Wij hebben uw bericht ontvangen"
    client.post("/console/messages/acknowledgement", {**GOOD, "subject_nl": " Vraag {reference} is binnen "})
    assert subject() == "Vraag {reference} is binnen"
    client.post("/console/messages/acknowledgement/ours")
    assert subject() == "Wij hebben uw bericht ontvangen"


def test_a_subject_that_cannot_be_sent_comes_back_with_what_would_be_right(
    services: Services, console_in: Callable[[str], PageClient]
) -> None:
    client = console_in("nl")
    wrong = {**GOOD, "subject_nl": "Vóór {before}", "subject_en": ""}
    page = client.post("/console/messages/acknowledgement", wrong, status=422)
    assert "Hier mag alleen {reference} staan, niet {before}." in page.text
    assert "Hier hoort: één regel van hooguit 80 tekens." in page.text
    assert page.one("input", name="subject_nl").get("value") == "Vóór {before}"
    assert own_text(services) is None


def test_the_example_says_that_the_time_is_the_norm_where_that_is_announced(
    services: Services, console_in: Callable[[str], PageClient]
) -> None:
    client = console_in("en")
    assert "This is our norm." not in client.get("/console/messages/acknowledgement").text
    with services.database.transaction() as session:
        save_organisation(session, name="Ringlijn", now=services.clock.now(), actor_id=None)
        save_settings(session, announces_norm=True, shows_queue=False, now=services.clock.now(), actor_id=None)
    page = client.get("/console/messages/acknowledgement")
    assert "before Tuesday 10 March, 16:30. This is our norm. Your number is" in page.text
    assert "that this time is your norm" in page.text


def test_an_example_of_what_is_typed_changes_nothing(services: Services, console_in: Callable[[str], PageClient]) -> None:
    client = console_in("en")
    client.get("/console/messages/acknowledgement")
    typed = {**GOOD, "text_nl": GOOD["text_nl"] + "\n" + "Nog een heel lange regel. " * 12}
    page = client.post("/console/messages/acknowledgement/example", typed, status=200)
    assert "Too long for this channel, so left out:" in page.text
    part = client.post("/console/messages/acknowledgement/example", typed, status=200, headers=HTMX)
    assert part.all("section", id="examples")
    assert not part.all("textarea")
    assert own_text(services) is None


def test_what_is_saved_after_the_examples_were_asked_for_without_script_is_kept(
    services: Services, console_in: Callable[[str], PageClient]
) -> None:
    client = console_in("en")
    client.get("/console/messages/acknowledgement")
    page = client.post("/console/messages/acknowledgement/example", GOOD, status=200)
    (address,) = {form.get("action") for form in page.all("form") for each in form.iter() if each.get("name") == "text_nl"}
    client.post(address or "/console/messages/acknowledgement/example", GOOD)
    assert own_text(services) == GOOD["text_nl"]


def test_the_examples_show_the_subject_as_a_mail_has_it(console_in: Callable[[str], PageClient]) -> None:
    client = console_in("en")
    typed = {**GOOD, "subject_en": "Question {reference} came in"}
    client.get("/console/messages/acknowledgement")
    for headers in ({}, HTMX):
        page = client.post("/console/messages/acknowledgement/example", typed, status=200, headers=headers)
        examples = page.words(page.one("section", id="examples"))
        assert "Subject of the e-mail in Dutch Uw vraag is binnen (BR-7KQ4-M2XD)" in examples
        assert "Subject of the e-mail in English Question BR-7KQ4-M2XD came in" in examples


def test_what_could_not_be_saved_is_said_with_the_examples_too(
    services: Services, console_in: Callable[[str], PageClient]
) -> None:
    client = console_in("nl")
    client.get("/console/messages/acknowledgement")
    wrong = {**GOOD, "subject_nl": "Vóór {before}", "text_en": "Before {before}."}
    for headers in ({}, HTMX):
        page = client.post("/console/messages/acknowledgement/example", wrong, status=422, headers=headers)
        summary = page.words(page.one("div", class_="error-summary"))
        assert "Onderwerp van de e-mail in het Nederlands: Hier mag alleen {reference} staan, niet {before}." in summary
        assert "een tekst met {reference}" in summary
        assert page.all("section", id="examples")
    assert own_text(services) is None


def test_a_channel_can_be_made_silent(services: Services, staff_client: PageClient) -> None:
    page = staff_client.get("/console/messages")
    assert page.one("input", name="channel-1-acknowledges").get("checked") is not None
    assert page.one("input", name="channel-1-with_link").get("checked") is None
    staff_client.post("/console/messages/channels/1", {"channel-1-with_link": "y"})
    page = staff_client.get("/console/messages")
    assert page.one("input", name="channel-1-acknowledges").get("checked") is None
    assert page.one("input", name="channel-1-with_link").get("checked") is not None
    staff_client.post("/console/messages/channels/99", {}, status=404)
    staff_client.get("/console/messages/nonsense", status=404)


@pytest.mark.parametrize(("role", "status"), [(Role.AGENT, 403), (Role.COMMUNICATION, 200), (Role.MANAGER, 200)])
def test_who_writes_texts(client: PageClient, signed_in: SignedIn, role: Role, status: int) -> None:
    signed_in(client, role)
    client.get("/console/messages", status=status)
    client.get("/console/deliveries")


@pytest.fixture
def desk(services: Services) -> Desk:
    """The application's own database."""
    return Desk(services.database, services.config)


def test_staff_see_how_each_message_reached_its_customer(
    desk: Desk, services: Services, mailbox: MailBox, console_in: Callable[[str], PageClient]
) -> None:
    client, mailing = console_in("en"), desk.with_mail(mailbox)
    now = services.clock.now()
    seen, mailed = mailing.write(now=now, minutes=300), mailing.mail(now=now, minutes=300)
    follow_all(services.database, post_of(mailing.config), now)
    Sender(services.database, services.vault, mailing.config).send_due(now)
    page = client.get(f"/console/cases/{seen.reference}")
    assert "Automatic message" in page.text
    assert "shown on the customer's page only The portal cannot send by this channel yet." in page.text
    assert "sent by e-mail" in client.get(f"/console/cases/{mailed.reference}").text
    assert "No message has failed." in client.get("/console/deliveries").text


def test_what_did_not_arrive_is_listed_and_sent_again_or_left(
    desk: Desk, services: Services, mailbox: MailBox, console_in: Callable[[str], PageClient]
) -> None:
    client, mailing = console_in("en"), desk.with_mail(mailbox)
    now = services.clock.now()
    cases = [mailing.mail(now=now, minutes=300, thread_ref=f"t{n}", sender=f"jan{n}@example.nl") for n in range(2)]
    follow_all(services.database, post_of(mailing.config), now)
    mailbox.answers["RCPT"] = "550 no such person"
    Sender(services.database, services.vault, mailing.config).send_due(now)
    page = client.get("/console/deliveries")
    assert "550 no such person" in page.text
    first, second = (each.id for each in mailing.deliveries())
    page = client.follow(client.post(f"/console/deliveries/{first}/again"))
    assert f"The message about {cases[0].reference} is sent again." in page.text
    page = client.follow(client.post(f"/console/deliveries/{second}/leave"))
    assert "No message has failed." in page.text
    assert [each.state for each in mailing.deliveries()] == [DeliveryState.OWED, DeliveryState.NOT_NEEDED]
    client.post(f"/console/deliveries/{second}/leave", status=409)
    client.post("/console/deliveries/99/leave", status=404)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nl", "Het bericht over {} gaat niet opnieuw uit: niemand wacht er nog op."),
        ("en", "The message about {} is not sent again: nobody waits for it any more."),
    ],
)
def test_what_nobody_waits_for_any_more_is_not_sent_again_and_staff_read_why(
    desk: Desk, services: Services, mailbox: MailBox, console_in: Callable[[str], PageClient], *, language: str, said: str
) -> None:
    client, mailing = console_in(language), desk.with_mail(mailbox)
    now = services.clock.now()
    case = mailing.mail(now=now, minutes=300)
    follow_all(services.database, post_of(mailing.config), now)
    mailbox.answers["RCPT"] = "550 no such person"
    Sender(services.database, services.vault, mailing.config).send_due(now)
    with services.database.transaction() as session:
        answer(session, case.id, text="Ja.", member_id=1, now=now, version=None)
    page = client.follow(client.post(f"/console/deliveries/{mailing.the_delivery().id}/again"))
    assert said.format(case.reference) in page.text
    assert mailing.the_delivery().state is DeliveryState.FAILED


def test_mail_has_the_subject_of_the_company_also_when_it_was_made_before(
    desk: Desk, services: Services, mailbox: MailBox, staff_client: PageClient
) -> None:
    mailing, now = desk.with_mail(mailbox), services.clock.now()
    case = mailing.mail(now=now, minutes=300, language="en")
    follow_all(services.database, post_of(mailing.config), now)
    staff_client.post("/console/messages/acknowledgement", {**GOOD, "subject_en": "Question {reference}: it came in"})
    assert Sender(services.database, services.vault, mailing.config).send_due(now) == 1
    assert mailbox.mails[0]["Subject"] == f"Question {case.reference}: it came in"


def test_the_customer_reads_the_message_on_the_page_of_the_case(desk: Desk, services: Services, client: PageClient) -> None:
    now = services.clock.now()
    case = desk.write(now=now, minutes=300)
    follow_all(services.database, post_of(desk.config), now)
    client.get(f"/track/claim/{proof(services, case, now).token}", status=303)
    page = client.get(f"/track/mine/{case.reference}")
    assert "Automatisch bericht" in page.text
    assert f"Uw nummer is {case.reference}." in page.text
    assert "Wij hebben uw bericht ontvangen" not in client.get(f"/track/{case.reference}").text


def test_a_light_is_on_while_customers_are_not_told(
    desk: Desk, services: Services, console_in: Callable[[str], PageClient]
) -> None:
    now = services.clock.now()
    follow_all(services.database, post_of(desk.config), now)
    desk.write(now=now - timedelta(minutes=5), minutes=295)
    with services.database.transaction() as session:
        beat(session, WORKER, now)
    client = console_in("en")
    assert "Messages to customers are late" in client.get("/console/messages").text
    follow_all(services.database, post_of(desk.config), now)
    assert "Messages to customers are late" not in client.get("/console/messages").text


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_message_gives_the_reason_in_the_words_of_the_page(app: Flask, language: str) -> None:
    with app.test_request_context(), force_locale(language):
        assert {each.value: reason_words(each) for each in RevisionReason} == {
            value: str(words.in_(language).text) for value, words in REASONS.items()
        }
