"""What the console shows of messages: their names, examples on each channel, and how they reached their customers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from portal.cases.addresses import tracking_url
from portal.notifications import examples
from portal.notifications.lengths import Limit, limit_of
from portal.notifications.rules import DeliveryState, MessageKind, WhyNot
from portal.notifications.texts import Choice
from portal.notifications.wording import compose, subject_for
from portal.organisation.models import Channel
from portal.web.localized import Localized

NAMES = {
    MessageKind.ACKNOWLEDGEMENT: _l("Your question came in"),
    MessageKind.NO_PROMISE: _l("Your question came in, without a time"),
    MessageKind.DELAY: _l("The answer comes later"),
    MessageKind.NO_TIME_NOW: _l("The answer comes later, without a time"),
    MessageKind.SOONER: _l("The answer comes sooner"),
    MessageKind.HEAR_MORE: _l("Now there is a time"),
}
ABOUT = {
    MessageKind.ACKNOWLEDGEMENT: _l("Sent when a question comes in and we can say before when the answer comes."),
    MessageKind.NO_PROMISE: _l("Sent when a question comes in and no time can be said yet."),
    MessageKind.DELAY: _l("Sent when the answer comes later than the customer was told."),
    MessageKind.NO_TIME_NOW: _l("Sent when the answer comes later and no time can be said yet."),
    MessageKind.SOONER: _l("Sent when the answer comes sooner than the customer was told."),
    MessageKind.HEAR_MORE: _l("Sent when there is a time for a question that had none."),
}
STATES = {
    DeliveryState.OWED: _l("waits to be sent by e-mail"),
    DeliveryState.SENDING: _l("is being sent by e-mail"),
    DeliveryState.SENT: _l("sent by e-mail"),
    DeliveryState.SHOWN_ON_PAGE: _l("shown on the customer's page only"),
    DeliveryState.FAILED: _l("refused by the mail server"),
    DeliveryState.GIVEN_UP: _l("could not be sent for a day, and was given up"),
    DeliveryState.UNCERTAIN: _l("perhaps sent: nobody can tell"),
    DeliveryState.NOT_NEEDED: _l("not sent: no longer needed"),
}
TAGS = {
    DeliveryState.SENT: "well",
    DeliveryState.FAILED: "disturbed",
    DeliveryState.GIVEN_UP: "disturbed",
    DeliveryState.UNCERTAIN: "disturbed",
}
WHY_NOT = {
    WhyNot.NO_SENDER: _l("The portal cannot send by this channel yet."),
    WhyNot.WINDOW_OVER: _l("The customer last wrote more than 24 hours ago; this channel then takes registered templates only."),
    WhyNot.NO_MAIL_SERVER: _l("No mail server is set."),
    WhyNot.NOBODY_READS: _l("This question is from a program, a mailing list or ourselves: no automatic mail goes there."),
    WhyNot.TOO_MANY: _l("This address got too many messages from us today."),
}


_REFERENCE = "BR-7KQ4-M2XD"


@dataclass(frozen=True)
class Example:
    """A message as it would be on a channel, or on several that take it alike, with its length as they count."""

    channel: str
    language: str
    text: str
    length: int
    limit: Limit
    left_out: tuple[str, ...]


def examples_of(
    kind: MessageKind,
    text: Localized,
    channels: Iterable[Channel],
    choices: Mapping[int, Choice],
    public_url: str,
    *,
    is_norm: bool,
) -> list[Example]:
    """The message on each channel in both languages, as it would be in public; channels on which it is the same, together."""
    found: dict[tuple[str, Limit, str], Example] = {}
    for channel in channels:
        for language, written in (("nl", text.nl), ("en", text.en)):
            link = tracking_url(public_url, _REFERENCE, language, is_public=True) if choices[channel.id].with_link else ""
            limit = limit_of(channel.kind, is_public=True)
            made = compose(kind, written, examples.values(channel.name, language, link, is_public=True, is_norm=is_norm), limit)
            alike = found.get((language, limit, made.text))
            names = f"{alike.channel}, {channel.name}" if alike else channel.name
            length = limit.length(made.text)
            found[language, limit, made.text] = Example(names, language, made.text, length, limit, made.left_out)
    return list(found.values())


def subject_of(subject: Localized) -> Localized:
    """The subject as it would stand above a mail about the question of the examples."""
    return Localized(subject_for(subject.nl, _REFERENCE), subject_for(subject.en, _REFERENCE))
