"""Who Lijnwaard is: the company, its channels with their hours, its services and the people who work there."""

from dataclasses import dataclass

from portal.organisation.rules import ChannelKind
from portal.staff.rules import Role

NAME = "Lijnwaard"
ACCENT = "#0a5f5c"
TIMEZONE = "Europe/Amsterdam"
EMAIL = "klantenservice@lijnwaard.example"
SITE_URL = "https://www.lijnwaard.example"
ABOUT_NL = (
    "Lijnwaard rijdt de bussen, de trams en de veerboot in de Kromme Waard. "
    "Elke dag reizen 48.000 mensen met ons, van Oldermeer tot Sint-Aldert."
)
ABOUT_EN = (
    "Lijnwaard runs the buses, the trams and the ferry in the Kromme Waard. "
    "Every day 48,000 people travel with us, from Oldermeer to Sint-Aldert."
)

Hours = dict[str, list[list[str]]]


@dataclass(frozen=True)
class DemoChannel:
    """A channel and what goes on there.

    `a_day` is how many requests come in on an ordinary working day, `minutes_to_answer` what its customers put up with, and
    `looked_at_after` how many minutes it takes until somebody looks: some channels are open on a screen the whole day.
    """

    slug: str
    kind: ChannelKind
    name: str
    account: str
    address: str
    hours: Hours
    a_day: float
    minutes_to_answer: int
    looked_at_after: int = 0
    is_public_place: bool = False
    note_nl: str = ""
    note_en: str = ""


def _week(weekdays: list[list[str]], saturday: list[list[str]], sunday: list[list[str]]) -> Hours:
    days = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), weekdays)
    return {**days, "sat": saturday, "sun": sunday}


_OFFICE = _week([["09:00", "17:00"]], [], [])
_LONG = _week([["06:30", "23:00"]], [["08:00", "23:00"]], [["09:00", "23:00"]])

CHANNELS = (
    DemoChannel(
        "whatsapp",
        ChannelKind.WHATSAPP,
        "WhatsApp",
        "088 000 00 10",
        "https://chat.lijnwaard.example/whatsapp",
        _LONG,
        13,
        60,
        note_nl="Stuur uw lijn en uw halte mee. Dan helpen we u sneller.",
        note_en="Please send us your line and your stop. That helps us to help you.",
    ),
    DemoChannel(
        "x",
        ChannelKind.X,
        "X",
        "@lijnwaard",
        "https://social.lijnwaard.example/x",
        _LONG,
        7,
        60,
        is_public_place=True,
        note_nl="Zet geen persoonlijke gegevens in een openbaar bericht. Stuur ons dan een privébericht.",
        note_en="Never put personal details in a public post. Send us a direct message instead.",
    ),
    DemoChannel(
        "facebook",
        ChannelKind.FACEBOOK,
        "Facebook",
        "Lijnwaard",
        "https://social.lijnwaard.example/facebook",
        _week([["08:00", "20:00"]], [["09:00", "17:00"]], []),
        5,
        120,
        looked_at_after=18,
        is_public_place=True,
    ),
    DemoChannel(
        "instagram",
        ChannelKind.INSTAGRAM,
        "Instagram",
        "lijnwaard",
        "https://social.lijnwaard.example/instagram",
        _OFFICE,
        2.2,
        240,
        looked_at_after=40,
        is_public_place=True,
    ),
    DemoChannel(
        "mastodon",
        ChannelKind.MASTODON,
        "Mastodon",
        "@lijnwaard@social.lijnwaard.example",
        "https://social.lijnwaard.example/@lijnwaard",
        _OFFICE,
        0.2,
        240,
        looked_at_after=60,
        is_public_place=True,
    ),
    DemoChannel(
        "chat",
        ChannelKind.CHAT,
        "Chat",
        "lijnwaard.example",
        "https://www.lijnwaard.example/chat",
        _week([["08:00", "20:00"]], [["10:00", "16:00"]], []),
        6,
        15,
    ),
    DemoChannel(
        "e-mail",
        ChannelKind.EMAIL,
        "E-mail",
        EMAIL,
        f"mailto:{EMAIL}",
        _week([["08:30", "12:30"], ["13:00", "17:00"]], [], []),
        8,
        480,
        looked_at_after=170,
        note_nl="Voor een klacht of een verzoek om geld terug is e-mail de beste weg.",
        note_en="For a complaint or a refund, e-mail is the best way.",
    ),
    DemoChannel(
        "telefoon",
        ChannelKind.PHONE,
        "Telefoon",
        "088 000 00 00",
        "tel:+31880000000",
        {
            **_week([["06:00", "24:00"]], [["07:00", "02:00"]], [["08:00", "24:00"]]),
            "fri": [["06:00", "02:00"]],
        },
        1.2,
        240,
        looked_at_after=25,
        note_nl="Belt u buiten deze tijden? Spreek uw nummer in, dan bellen we terug. Op vrijdag en zaterdag rijden de nachtbussen.",
        note_en="Calling outside these hours? Leave your number and we call back. Night buses run on Friday and Saturday.",
    ),
)


@dataclass(frozen=True)
class DemoService:
    slug: str
    parent: str | None
    name_nl: str
    name_en: str


SERVICES = (
    DemoService("bus", None, "Bus", "Bus"),
    DemoService("lijn-1", "bus", "Lijn 1: Oldermeer - Waardstede", "Line 1: Oldermeer - Waardstede"),
    DemoService("lijn-4", "bus", "Lijn 4: Waardstede - Vogelrijt", "Line 4: Waardstede - Vogelrijt"),
    DemoService("lijn-12", "bus", "Lijn 12: Elzendijk - Sint-Aldert", "Line 12: Elzendijk - Sint-Aldert"),
    DemoService("nachtbus", "bus", "Nachtbus N3", "Night bus N3"),
    DemoService("tram", None, "Tram", "Tram"),
    DemoService("tram-a", "tram", "Tram A: Station - Meerkapelle", "Tram A: Station - Meerkapelle"),
    DemoService("tram-b", "tram", "Tram B: Station - Noorderkolk", "Tram B: Station - Noorderkolk"),
    DemoService("veer", None, "Veer Sint-Aldert", "Sint-Aldert ferry"),
    DemoService("betalen", None, "In- en uitchecken", "Check in and out"),
    DemoService("reisplanner", None, "App en reisplanner", "App and journey planner"),
    DemoService("klantenservice", None, "Klantenservice", "Customer service"),
)


@dataclass(frozen=True)
class DemoMember:
    email: str
    name: str
    role: Role


MEMBERS = (
    DemoMember("beheer@lijnwaard.example", "Anouk Verhage", Role.ADMINISTRATOR),
    DemoMember("manager@lijnwaard.example", "Ruben Ooms", Role.MANAGER),
    DemoMember("communicatie@lijnwaard.example", "Fatima el Idrissi", Role.COMMUNICATION),
    DemoMember("noor@lijnwaard.example", "Noor Zandstra", Role.AGENT),
    DemoMember("daan@lijnwaard.example", "Daan Pieters", Role.AGENT),
    DemoMember("samira@lijnwaard.example", "Samira Bouzidi", Role.AGENT),
)
