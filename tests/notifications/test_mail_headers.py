"""Headers of our mail that somebody else would write: by the id of a message, a subject or a name that hides an encoded word."""

from base64 import b64encode
from dataclasses import replace

import pytest

from portal.notifications import mail
from portal.notifications.default_texts import DEFAULTS
from portal.notifications.mail import Letter, MailServer, Undelivered, as_bytes
from portal.notifications.rules import DeliveryState, MessageKind
from portal.notifications.texts import save_text
from portal.organisation.store import save_organisation
from portal.web.localized import Localized
from tests.cases.builders import START
from tests.notifications.conftest import Desk, MailBox

SMUGGLED = b"a\r\nReply-To: dief@fout.example\r\nSubject: Gewonnen\r\n\r\nBetaal hier"
IN_BASE64 = f"=?utf-8?B?{b64encode(SMUGGLED).decode()}?="
IN_QUOTED = "=?utf-8?q?a=0D=0AReply-To:_dief=40fout.example=0D=0ASubject:_Gewonnen=0D=0A=0D=0ABetaal_hier?="
ENCODED = (
    IN_BASE64,
    IN_QUOTED,
    IN_BASE64.replace("utf-8?B", "UtF-8?b"),
    IN_QUOTED.replace("utf-8?q", "ISO-8859-1?Q"),
    IN_BASE64.replace("utf-8?", "utf-8*nl?"),
    f"={IN_BASE64}",
    f"{IN_BASE64}{IN_QUOTED}",
    f"a {IN_BASE64} {IN_QUOTED} b",
    f'"{IN_QUOTED}"',
    f"é {IN_BASE64}",
    "=\x1b?utf-8?" + IN_BASE64.removeprefix("=?utf-8?"),
    "=\u200b?utf-8?" + IN_BASE64.removeprefix("=?utf-8?"),
    "=\r\n ?utf-8?" + IN_BASE64.removeprefix("=?utf-8?"),
    "\uff1d\uff1f" + IN_BASE64.removeprefix("=?"),
    " ".join([IN_QUOTED] * 90),
)
NAMES = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Precedence",
    "Content-Language",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
]
ANSWERING = ["In-Reply-To", "References"]
LETTER = Letter(
    to="jan@example.nl",
    sender="klant@bedrijf.example",
    sender_name="Ringlijn",
    subject="Uw vraag",
    text="Wij antwoorden straks.",
    message_id="delivery-1.BR-1",
    answers="<1@example.nl>",
    is_reply=True,
    language="nl",
)


def sent(letter: Letter, mailbox: MailBox) -> None:
    with MailServer(mailbox.url) as server:
        server.offer(letter.sender, letter.to)
        server.hand_over(as_bytes(letter, START))


@pytest.mark.parametrize("hidden", [*ENCODED, IN_QUOTED + "x" * 10_000])
@pytest.mark.parametrize("shape", ["<{}@x>", "<a@{}>", "<{}>", "{}@x", "<a@{}.nl>"])
def test_a_customer_writes_no_headers_by_the_id_of_a_message(mailbox: MailBox, hidden: str, shape: str) -> None:
    sent(replace(LETTER, answers=shape.format(hidden)), mailbox)
    (found,) = mailbox.mails
    assert sorted(found.keys()) == sorted(NAMES)
    assert found.get_content().strip() == LETTER.text


@pytest.mark.parametrize("hidden", [IN_BASE64, IN_QUOTED])
def test_a_customers_message_has_its_acknowledgement_without_what_its_id_hides(
    mailing: Desk, mailbox: MailBox, hidden: str
) -> None:
    case = mailing.mail(message_id=f"<{hidden}@x>", language="nl")
    mailing.follow()
    assert mailing.send() == 1
    (found,) = mailbox.mails
    assert sorted(found.keys()) == sorted(NAMES)
    assert found["Subject"] == f"Wij hebben uw bericht ontvangen ({case.reference})"
    assert "Betaal" not in found.as_string()


NO_IDS = (
    "",
    "17",
    "<17>",
    "<a@b@c>",
    "<a@b",
    "a@b>",
    "<<a@b>>",
    "<a b@c>",
    "<a@b> <c@d>",
    "<a@b>\r\nX: y",
    "<a@b\x00>",
    "<é@b>",
    "<a\uff20b>",
    "<a＠b@c>",
    "<=?@b>",
    '<"a"@b>',
    f"<{'a' * 10_000}@b>",
    f"<{'a' * 201}@b>",
)


@pytest.mark.parametrize("answers", NO_IDS)
def test_what_is_no_id_of_a_mail_is_not_answered_by_it(mailbox: MailBox, answers: str) -> None:
    sent(replace(LETTER, answers=answers), mailbox)
    assert sorted(mailbox.mails[0].keys()) == sorted(NAMES)


IDS = (
    "<vraag-17@example.nl>",
    "<CAF+x_y=z~1$!#%&'*/^`{|}@mail.example.nl>",
    "<a?=b@c>",
    "<a@[192.0.2.1]>",
    f"<{'a' * 200}@{'b' * 200}>",
)


@pytest.mark.parametrize("answers", IDS)
def test_an_id_of_a_mail_is_answered_by_it_as_it_stands(mailbox: MailBox, answers: str) -> None:
    sent(replace(LETTER, answers=answers), mailbox)
    (found,) = mailbox.mails
    assert found["In-Reply-To"] == found["References"] == answers
    assert sorted(found.keys()) == sorted(NAMES + ANSWERING)
    assert f"References: {answers}".encode() in as_bytes(replace(LETTER, answers=answers), START).replace(b"\r\n ", b" ")


@pytest.mark.parametrize("hidden", ENCODED)
@pytest.mark.parametrize("field", ["subject", "sender_name"])
def test_a_subject_and_a_name_are_never_decoded_once_more(mailbox: MailBox, hidden: str, field: str) -> None:
    sent(replace(LETTER, **{field: hidden}), mailbox)
    (found,) = mailbox.mails
    assert sorted(found.keys()) == sorted(NAMES + ANSWERING)
    assert found.get_content().strip() == LETTER.text
    assert [each.addr_spec for each in found["From"].addresses] == ["klant@bedrijf.example"]
    shown = found["Subject"] if field == "subject" else found["From"].addresses[0].display_name
    assert "Betaal hier" not in shown


def test_what_the_company_and_its_subject_are_called_reaches_the_customer_as_it_was_typed(
    mailing: Desk, mailbox: MailBox
) -> None:
    subject, kind = Localized("Wat =?= kost het?", "What =?= is it?"), MessageKind.ACKNOWLEDGEMENT
    with mailing.database.transaction() as session:
        save_organisation(session, name=f"Ringlijn {IN_QUOTED}", now=START, actor_id=None)
        save_text(session, kind, DEFAULTS[kind], now=START, actor_id=None, subject=subject)
    case = mailing.mail(message_id="<1@example.nl>", language="nl")
    mailing.follow()
    assert mailing.send() == 1
    (found,) = mailbox.mails
    assert sorted(found.keys()) == sorted(NAMES + ANSWERING)
    assert found["Subject"] == f"Wat = ?= kost het? ({case.reference})"
    assert found["From"].addresses[0].addr_spec == "klant@bedrijf.example"


@pytest.mark.parametrize(
    "name", ["Jansen & Zn., Utrecht: klant@fout.example, (nu) " * 4, "Ringlijn; a@b.nl,", '"Ring" <a@b.nl>', "Spårväg", ""]
)
def test_whatever_a_company_is_called_the_mail_has_one_sender(mailbox: MailBox, name: str) -> None:
    sent(replace(LETTER, sender_name=name), mailbox)
    (address,) = mailbox.mails[0]["From"].addresses
    assert address.addr_spec == "klant@bedrijf.example"
    assert _letters(address.display_name) == _letters(name)


def _letters(text: str) -> str:
    """Without spaces: between two encoded words Python reads one that is not there."""
    return "".join(text.split())


@pytest.mark.parametrize("language", [IN_BASE64, IN_QUOTED, "=?utf-8?q?nl=0AX:_y?=", "=?utf-8?q?nl=0DX:_y?=", "nl\r\nX: y"])
def test_a_mail_with_other_headers_than_were_set_is_not_written(language: str) -> None:
    with pytest.raises(Undelivered) as refused:
        as_bytes(replace(LETTER, language=language), START)
    assert refused.value.permanent
    assert not refused.value.is_server


def test_a_mail_that_is_not_written_takes_no_other_one_along(
    mailing: Desk, mailbox: MailBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing.mail(sender="eerste@example.nl")
    mailing.mail(sender="tweede@example.nl", thread_ref="t2")
    mailing.follow()
    written = mail._written
    monkeypatch.setattr(
        mail,
        "_written",
        lambda letter, now: written(replace(letter, language=IN_QUOTED) if "eerste" in letter.to else letter, now),
    )
    assert mailing.send() == 1
    assert [each["To"] for each in mailbox.mails] == ["tweede@example.nl"]
    assert [each.state for each in mailing.deliveries()] == [DeliveryState.FAILED, DeliveryState.SENT]
    assert mailing.send(600) == 0
