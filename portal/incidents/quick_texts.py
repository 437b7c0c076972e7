"""Texts to start from when there is no time to write: one message per sentence, no guess at a cause, no empty phrase. Pure."""

from collections.abc import Mapping

from portal.incidents.rules import State
from portal.web.localized import Localized

FOR_STATE = {
    State.INVESTIGATING: Localized(
        "We zien dat er iets mis is. We zoeken de oorzaak. U hoeft niets te doen.",
        "We see that something is wrong. We are looking for the cause. You do not need to do anything.",
    ),
    State.IDENTIFIED: Localized(
        "We weten wat er mis is. We werken aan een oplossing.",
        "We know what is wrong. We are working on a solution.",
    ),
    State.MONITORING: Localized(
        "Het werkt weer. We houden het in de gaten.",
        "It works again. We keep watching it.",
    ),
    State.RESOLVED: Localized(
        "De storing is voorbij. Alles werkt weer. Het spijt ons dat u er last van had.",
        "The trouble is over. Everything works again. We are sorry for the trouble it gave you.",
    ),
    State.SCHEDULED: Localized(
        "We gaan werken aan dit onderdeel. In die tijd kunt u het niet gebruiken.",
        "We are going to work on this. During that time you cannot use it.",
    ),
    State.IN_PROGRESS: Localized(
        "Het werk is nog bezig. Het duurt langer dan we dachten. Het spijt ons.",
        "The work is still going on. It takes longer than we thought. We are sorry.",
    ),
    State.VERIFYING: Localized(
        "Het werk is gedaan. We controleren of alles goed gaat.",
        "The work is done. We are checking that all is well.",
    ),
    State.COMPLETED: Localized(
        "Het werk is klaar. Alles werkt weer.",
        "The work is done. Everything works again.",
    ),
    State.CANCELLED: Localized(
        "Dit werk gaat niet door. U hoeft niets te doen.",
        "This work does not go on. You do not need to do anything.",
    ),
}
NO_NEWS = Localized(
    "We weten nog niet meer. We werken er nog aan.",
    "We do not know more yet. We are still working on it.",
)
MANY_MESSAGES = Localized(
    "We krijgen hierdoor veel berichten. Gaat uw vraag hierover? Lees dan eerst wat we al weten.",
    "Because of this we get many messages. Is your question about it? Then first read what we know.",
)
MOVED = Localized(
    "Dit werk is verplaatst. De nieuwe tijd staat hierboven.",
    "This work has been moved. The new time is shown above.",
)


def quick_texts(states: tuple[State, ...]) -> dict[str, Localized]:
    """The texts to offer where an update may give these states, each with a name that a form can send back."""
    offered = {state.value: FOR_STATE[state] for state in states}
    if not {State.SCHEDULED, State.IN_PROGRESS, State.COMPLETED} & set(states):
        offered |= {"no_news": NO_NEWS, "many_messages": MANY_MESSAGES}
    return offered


def many_questions(seen: int, usual: int) -> tuple[Localized, Localized]:
    """Title and text for a calamity that shows in what customers write: so many in an hour, usually so many.

    No time is written into it: the announced times stand beside each channel, and follow the minute.
    """
    usually = Localized(f"Normaal zijn dat er {usual}.", f"Usually that is {usual}.")
    if not usual:
        usually = Localized("Normaal krijgen we er bijna geen.", "Usually we get nearly none.")
    dutch = [
        f"We krijgen nu {seen} vragen per uur.",
        usually.nl,
        "Stuurt u nu een bericht? Bij elk kanaal ziet u vóór wanneer u antwoord krijgt.",
        "Gaat uw vraag over hetzelfde als die van anderen? Lees dan eerst wat we al weten.",
    ]
    english = [
        f"We get {seen} questions an hour now.",
        usually.en,
        "Do you write now? Beside each channel you see before when you get an answer.",
        "Is your question about the same thing as that of others? Then first read what we know.",
    ]
    title = Localized("We krijgen veel meer vragen dan normaal", "We get many more questions than usual")
    return title, Localized(" ".join(dutch), " ".join(english))


def extra_help(people: int, since: Mapping[str, str] | None, before: Mapping[str, str] | None, channel: str = "") -> Localized:
    """How many more colleagues help than usual, from now or from when, and before when who writes now gets an answer.

    The times are as they are said in each language. What is not known, or is no help, is not said. `channel` is the name of
    the one that it is about, empty where it is about all.
    """
    dutch, english = [], []
    if people > 0:
        help_nl, help_en = ("helpt 1 extra collega", "1 extra colleague helps")
        if people > 1:
            help_nl, help_en = f"helpen {people} extra collega's", f"{people} extra colleagues help"
        at_nl, at_en = (f" bij {channel}", f" with {channel}") if channel else ("", "")
        dutch.append(f"Vanaf {since['nl'] if since else 'nu'} {help_nl}{at_nl}.")
        english.append(f"{help_en}{at_en} from {since['en'] if since else 'now on'}.")
    if before:
        via_nl, via_en = (f" via {channel}", f" through {channel}") if channel else ("", "")
        dutch += [f"Stuurt u nu een bericht{via_nl}?", f"Dan kunt u antwoord verwachten vóór **{before['nl']}**."]
        english.append(f"If you write{via_en} now, you can expect an answer before **{before['en']}**.")
    return Localized(" ".join(dutch), " ".join(english))


def what_is_over(title: Localized, *, is_surge: bool) -> Localized:
    """What to call a calamity that is over: an outage only where its title says so, else the many questions that it came from."""
    if "storing" in title.nl.lower() or "outage" in title.en.lower():
        return Localized("De storing is voorbij.", "The outage is over.")
    if is_surge:
        return Localized("De drukte is voorbij.", "The busy time is over.")
    return Localized("Het is voorbij.", "It is over.")


def calamity_over(what: Localized, before: Mapping[str, str] | None) -> Localized:
    """That it is over; with the time before which answers come now, only where that is sooner than was told."""
    dutch = [what.nl, "We werken de berichten af."]
    english = [what.en, "We are working through the messages."]
    if before:
        dutch.append(f"U kunt ons antwoord nu eerder verwachten: vóór **{before['nl']}**.")
        english.append(f"You can now expect our answer sooner: before **{before['en']}**.")
    return Localized(" ".join(dutch), " ".join(english))


ALL = {
    **{state.value: text for state, text in FOR_STATE.items()},
    "no_news": NO_NEWS,
    "many_messages": MANY_MESSAGES,
    "moved": MOVED,
}


def with_quick_text(written: str, text: str) -> str:
    """What stands in the field after this text was chosen. Words that somebody typed are never lost."""
    ours = {each for known in ALL.values() for each in (known.nl, known.en)}
    kept = "" if written.strip() in ours else written.strip()
    return f"{kept}\n\n{text}" if kept else text
