"""The stories that Lijnwaard's communication staff told, in Dutch and in English."""

from dataclasses import dataclass
from datetime import timedelta

from portal.incidents.rules import Severity, State


@dataclass(frozen=True)
class Step:
    """One update, so long after the first; `next_in` is when the following one was promised, so long after this one."""

    after: timedelta
    state: State
    nl: str
    en: str
    next_in: timedelta | None = None


@dataclass(frozen=True)
class Story:
    title_nl: str
    title_en: str
    severity: Severity
    services: tuple[str, ...]
    steps: tuple[Step, ...]
    channels: tuple[str, ...] = ()
    is_calamity: bool = False


def _minutes(minutes: int) -> timedelta:
    return timedelta(minutes=minutes)


_HALF_HOUR = _minutes(30)

POWER = Story(
    "Geen trams door een stroomstoring",
    "No trams because of a power failure",
    Severity.CRITICAL,
    ("tram", "tram-a", "tram-b"),
    (
        Step(
            _minutes(0),
            State.INVESTIGATING,
            "Sinds 7.35 uur staat er geen stroom op de bovenleiding. Er rijden **geen trams**. We zoeken de oorzaak.\n\nReist u nu? Neem lijn 4 of wacht op de vervangende bussen.",
            "There has been no power on the overhead line since 7:35. **No trams** are running. We are looking for the cause.\n\nTravelling now? Take line 4 or wait for the replacement buses.",
            _HALF_HOUR,
        ),
        Step(
            _minutes(28),
            State.IDENTIFIED,
            "Een kabel bij het onderstation Noorderkolk is kapotgetrokken bij graafwerk. De netbeheerder is er. Er rijden nu 14 bussen langs alle tramhaltes, elk kwartier. Uw tramkaartje is geldig.",
            "A cable at the Noorderkolk substation was torn by excavation work. The grid operator is on site. 14 buses now serve all tram stops, every quarter of an hour. Your tram ticket is valid.",
            _minutes(60),
        ),
        Step(
            _minutes(85),
            State.IDENTIFIED,
            "De reparatie duurt langer dan gehoopt: zeker tot 13.00 uur. Het is druk in de bussen. Kunt u later reizen? Dan helpt u anderen.\n\nOp social media krijgen we veel vragen. U krijgt antwoord, maar later dan u van ons gewend bent.",
            "The repair takes longer than we hoped: at least until 13:00. The buses are crowded. Can you travel later? That helps others.\n\nWe receive many questions on social media. You will get an answer, but later than usual.",
            _minutes(120),
        ),
        Step(
            _minutes(198),
            State.IDENTIFIED,
            "De nieuwe kabel ligt erin en wordt getest. Er rijden nog steeds bussen langs alle tramhaltes.",
            "The new cable is in place and is being tested. Buses still serve all tram stops.",
            _minutes(90),
        ),
        Step(
            _minutes(271),
            State.MONITORING,
            "Er staat weer stroom. **Tram A rijdt**, tram B volgt om 12.45 uur. De bussen rijden door tot 14.00 uur.",
            "The power is back. **Tram A is running**, tram B follows at 12:45. The buses continue until 14:00.",
            _minutes(90),
        ),
        Step(
            _minutes(352),
            State.RESOLVED,
            "Alle trams rijden weer volgens de dienstregeling. Had u meer dan een half uur vertraging? Dan krijgt u uw ritprijs terug. Het formulier staat op onze website.",
            "All trams run on schedule again. Were you delayed by more than half an hour? Then you get your fare back. You find the form on our website.",
        ),
    ),
    channels=("x", "facebook", "whatsapp", "telefoon"),
    is_calamity=True,
)

DIVERSION = Story(
    "Lijn 12 rijdt om bij Elzendijk",
    "Line 12 takes a detour at Elzendijk",
    Severity.MAJOR,
    ("lijn-12",),
    (
        Step(
            _minutes(0),
            State.INVESTIGATING,
            "De Kerkweg in Elzendijk is dicht door een ongeval met een vrachtwagen. Lijn 12 rijdt om over de Ringdijk. De haltes **Elzendijk Kerk** en **Molenpad** slaan we over.",
            "Kerkweg in Elzendijk is closed after an accident with a lorry. Line 12 takes a detour along Ringdijk. We do not serve the stops **Elzendijk Kerk** and **Molenpad**.",
            _minutes(45),
        ),
        Step(
            _minutes(41),
            State.IDENTIFIED,
            "De vrachtwagen wordt geborgen. Lijn 12 heeft 10 tot 15 minuten vertraging. Stap op bij de tijdelijke halte aan de Ringdijk, 300 meter van Elzendijk Kerk.",
            "The lorry is being removed. Line 12 is delayed by 10 to 15 minutes. Please use the temporary stop on Ringdijk, 300 metres from Elzendijk Kerk.",
            _minutes(75),
        ),
        Step(
            _minutes(108),
            State.IDENTIFIED,
            "De weg is vrij, maar het wegdek is beschadigd. De gemeente herstelt het. Tot die tijd rijdt lijn 12 om en geldt de tijdelijke halte aan de Ringdijk.",
            "The lorry is gone, but the road surface is damaged. The council is repairing it. Until then line 12 takes the detour, and the temporary stop on Ringdijk remains.",
            _minutes(240),
        ),
    ),
)

READERS = Story(
    "In- en uitchecken lukt niet overal",
    "Checking in and out fails at some stops",
    Severity.MAJOR,
    ("betalen",),
    (
        Step(
            _minutes(0),
            State.INVESTIGATING,
            "Op veel haltes geven de palen een rood kruis. Reis gewoon mee: de chauffeur weet ervan en u krijgt geen boete.",
            "At many stops the readers show a red cross. Please travel as usual: the driver knows, and you will not be fined.",
            _minutes(60),
        ),
        Step(
            _minutes(52),
            State.IDENTIFIED,
            "Een update van vannacht is de oorzaak. We draaien hem terug, halte voor halte. Dat duurt ongeveer twee uur.",
            "Last night's update is the cause. We are undoing it, stop by stop. That takes about two hours.",
            _minutes(120),
        ),
        Step(
            _minutes(165),
            State.RESOLVED,
            "Alle palen werken weer. Is er toch te veel afgeschreven? Dat storten we vanzelf terug, binnen vijf werkdagen. U hoeft niets te doen.",
            "All readers work again. Were you charged too much? We refund it within five working days. You need not do anything.",
        ),
    ),
)

LIFT = Story(
    "Lift op Station Waardstede buiten dienst",
    "Lift at Waardstede station out of order",
    Severity.MINOR,
    ("tram", "bus"),
    (
        Step(
            _minutes(0),
            State.IDENTIFIED,
            "De lift naar perron 2 is stuk. Kunt u de trap niet nemen? Bel 088 000 00 00, dan staat er binnen een kwartier iemand die u helpt.",
            "The lift to platform 2 is out of order. Cannot use the stairs? Call 088 000 00 00 and someone will be there to help you within a quarter of an hour.",
            _minutes(60 * 24),
        ),
        Step(
            _minutes(60 * 23),
            State.IDENTIFIED,
            "Het onderdeel is besteld en komt overmorgen. Tot die tijd staat er van 7.00 tot 21.00 uur een collega op het perron.",
            "The part has been ordered and arrives the day after tomorrow. Until then a colleague is on the platform from 7:00 to 21:00.",
            _minutes(60 * 48),
        ),
        Step(_minutes(60 * 70), State.RESOLVED, "De lift werkt weer.", "The lift works again."),
    ),
)

STORM = Story(
    "Veer Sint-Aldert vaart niet door storm",
    "No Sint-Aldert ferry because of a storm",
    Severity.MAJOR,
    ("veer",),
    (
        Step(
            _minutes(0),
            State.IDENTIFIED,
            "Het waait te hard om veilig aan te leggen: windkracht 9. Het veer vaart vanavond niet meer. Lijn 12 rijdt extra, om de brug heen; reken op 35 minuten meer.",
            "The wind is too strong to moor safely: force 9. The ferry does not sail again tonight. Line 12 runs extra buses around by the bridge; allow 35 minutes more.",
            _minutes(60 * 12),
        ),
        Step(
            _minutes(60 * 11 + 20),
            State.MONITORING,
            "De wind neemt af. De eerste afvaart is om 7.15 uur. Kijk voor vertrek nog even op deze pagina.",
            "The wind is easing. The first crossing is at 7:15. Please check this page before you leave.",
            _minutes(120),
        ),
        Step(_minutes(60 * 13), State.RESOLVED, "Het veer vaart weer elk half uur.", "The ferry sails every half hour again."),
    ),
)

CODES = Story(
    "Inlogcodes van de app komen laat aan",
    "Sign-in codes of the app arrive late",
    Severity.MINOR,
    ("reisplanner",),
    (
        Step(
            _minutes(0),
            State.INVESTIGATING,
            "De code om in te loggen in de app komt soms pas na een half uur. Bent u al ingelogd? Dan merkt u niets.",
            "The code for signing in to the app sometimes takes half an hour. Already signed in? Then nothing changes for you.",
            _minutes(120),
        ),
        Step(
            _minutes(95),
            State.RESOLVED,
            "De codes komen weer meteen. De oorzaak lag bij het bedrijf dat onze berichten verstuurt.",
            "The codes arrive at once again. The cause lay with the company that sends our messages.",
        ),
    ),
)

BURST_PIPE = Story(
    "Lijn 4 rijdt om door een gesprongen waterleiding",
    "Line 4 takes a detour because of a burst water main",
    Severity.MINOR,
    ("lijn-4",),
    (
        Step(
            _minutes(0),
            State.IDENTIFIED,
            "De Molenstraat staat onder water. Lijn 4 rijdt om en slaat de halte Oude Sluis over. Loop naar de Markt; dat is vier minuten.",
            "Molenstraat is flooded. Line 4 takes a detour and does not serve Oude Sluis. Please walk to Markt; it takes four minutes.",
            _minutes(180),
        ),
        Step(
            _minutes(170),
            State.RESOLVED,
            "De straat is weer open en lijn 4 stopt weer bij de Oude Sluis.",
            "The street is open again, and line 4 serves Oude Sluis again.",
        ),
    ),
)

TRACK = Story(
    "Nieuwe wissels bij Meerkapelle: 's nachts geen tram A",
    "New switches at Meerkapelle: no tram A at night",
    Severity.MINOR,
    ("tram-a",),
    (
        Step(
            _minutes(0),
            State.SCHEDULED,
            "We vervangen twee wissels bij Meerkapelle. Na middernacht rijdt er geen tram A. Bus N3 stopt die nacht bij alle tramhaltes. De eerste tram vertrekt om 5.20 uur.",
            "We are replacing two switches at Meerkapelle. After midnight there is no tram A. Bus N3 serves all tram stops that night. The first tram leaves at 5:20.",
        ),
    ),
)

TRACK_DONE = Story(
    "Slijpen van de rails: 's nachts geen tram B",
    "Rail grinding: no tram B at night",
    Severity.MINOR,
    ("tram-b",),
    (
        Step(
            _minutes(0),
            State.SCHEDULED,
            "We slijpen de rails tussen het station en Noorderkolk. Dat maakt geluid; de buurt heeft een brief gekregen. Tram B rijdt die nacht niet. Bus N3 rijdt wel.",
            "We are grinding the rails between the station and Noorderkolk. This is noisy; the neighbours had a letter. Tram B does not run that night. Bus N3 does.",
        ),
    ),
)
