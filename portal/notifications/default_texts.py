"""Our own texts of every message, in Dutch and English at B1: one message per line. Pure."""

from collections.abc import Mapping

from portal.notifications.rules import MessageKind
from portal.web.localized import Localized

DEFAULTS: Mapping[MessageKind, Localized] = {
    MessageKind.ACKNOWLEDGEMENT: Localized(
        """Dit is een automatisch bericht. Wij hebben uw bericht ontvangen.
U kunt ons antwoord verwachten vóór {before}.
{norm}
Uw nummer is {reference}.
Lukt het niet op tijd? Dan hoort u dat vóór die tijd, met de reden.
Hier ziet u hoe het met uw vraag staat: {link}""",
        """This is an automatic message. We have received your message.
You can expect our answer before {before}.
{norm}
Your number is {reference}.
If we cannot manage that, we tell you before then, and why.
Here you can see how your question stands: {link}""",
    ),
    MessageKind.NO_PROMISE: Localized(
        """Dit is een automatisch bericht. Wij hebben uw bericht ontvangen.
Wij weten nog niet wanneer wij u kunnen antwoorden.
Vóór {before} laten wij u weten wanneer wel.
Uw nummer is {reference}.
Hier ziet u hoe het met uw vraag staat: {link}""",
        """This is an automatic message. We have received your message.
We do not know yet when we can answer.
Before {before} we will tell you when.
Your number is {reference}.
Here you can see how your question stands: {link}""",
    ),
    MessageKind.DELAY: Localized(
        """Ons antwoord komt later.
Wij beloofden u een antwoord vóór {promised_before}. Dat lukt niet.
{reason}
Een collega schrijft daarbij: {sentence}
U kunt ons antwoord nu verwachten vóór {before}.
U hoeft niets te doen. Het spijt ons.
Uw nummer is {reference}.
Hier ziet u hoe het met uw vraag staat: {link}""",
        """Our answer will be late.
We promised an answer before {promised_before}. We cannot keep that.
{reason}
A colleague adds: {sentence}
You can now expect our answer before {before}.
You do not need to do anything. We are sorry.
Your number is {reference}.
Here you can see how your question stands: {link}""",
    ),
    MessageKind.NO_TIME_NOW: Localized(
        """Ons antwoord komt later.
Wij beloofden u een antwoord vóór {promised_before}. Dat lukt niet.
{reason}
Een collega schrijft daarbij: {sentence}
Wij weten nog niet wanneer wij u wel kunnen antwoorden.
Vóór {before} laten wij u weten wanneer wel.
U hoeft niets te doen. Het spijt ons.
Uw nummer is {reference}.
Hier ziet u hoe het met uw vraag staat: {link}""",
        """Our answer will be late.
We promised an answer before {promised_before}. We cannot keep that.
{reason}
A colleague adds: {sentence}
We do not know yet when we can answer.
Before {before} we will tell you when.
You do not need to do anything. We are sorry.
Your number is {reference}.
Here you can see how your question stands: {link}""",
    ),
    MessageKind.SOONER: Localized(
        """U kunt ons antwoord eerder verwachten.
Wij beloofden het vóór {promised_before}.
Nu is dat vóór {before}.
U hoeft niets te doen.
Uw nummer is {reference}.
Hier ziet u hoe het met uw vraag staat: {link}""",
        """You can expect our answer sooner.
We promised it before {promised_before}.
Now that is before {before}.
You do not need to do anything.
Your number is {reference}.
Here you can see how your question stands: {link}""",
    ),
    MessageKind.HEAR_MORE: Localized(
        """Wij weten nu wanneer wij u kunnen antwoorden.
U kunt ons antwoord verwachten vóór {before}.
U hoeft niets te doen.
Uw nummer is {reference}.
Hier ziet u hoe het met uw vraag staat: {link}""",
        """We now know when we can answer.
You can expect our answer before {before}.
You do not need to do anything.
Your number is {reference}.
Here you can see how your question stands: {link}""",
    ),
}

NORM = Localized("Dit is onze norm.", "This is our norm.")  # as the status page says it

# By the value of the reason, so that a reason which is new there is only missing here, and a test says so.
REASONS: Mapping[str, Localized] = {
    "illness": Localized("Er zijn collega's ziek.", "Colleagues are ill."),
    "outage": Localized("Er is een storing.", "There is an outage."),
    "many_questions": Localized("We krijgen veel vragen tegelijk.", "We get many questions at once."),
    "waiting_for_others": Localized("We wachten op een ander.", "We wait for somebody else."),
    "complicated": Localized("Uw vraag is ingewikkeld.", "Your question is complicated."),
    "our_mistake": Localized("Wij hebben een fout gemaakt.", "We made a mistake."),
    "not_reached": Localized("Wij zijn nog niet aan uw vraag toegekomen.", "We have not come to your question yet."),
}

SUBJECTS: Mapping[MessageKind, Localized] = {
    MessageKind.ACKNOWLEDGEMENT: Localized("Wij hebben uw bericht ontvangen", "We have received your message"),
    MessageKind.NO_PROMISE: Localized("Wij hebben uw bericht ontvangen", "We have received your message"),
    MessageKind.DELAY: Localized("Ons antwoord komt later", "Our answer will be late"),
    MessageKind.NO_TIME_NOW: Localized("Ons antwoord komt later", "Our answer will be late"),
    MessageKind.SOONER: Localized("U kunt ons antwoord eerder verwachten", "You can expect our answer sooner"),
    MessageKind.HEAR_MORE: Localized("U kunt ons antwoord verwachten", "You can expect our answer"),
}
