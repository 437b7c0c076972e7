"""What a company and its channels may be called. Pure."""

import re
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from portal.errors import Fault
from portal.hidden import has_hidden
from portal.staff.rules import is_email, plain_email

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_SLUG = 60


class ChannelKind(StrEnum):
    X = "x"
    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"
    WHATSAPP = "whatsapp"
    MASTODON = "mastodon"
    BLUESKY = "bluesky"
    TELEGRAM = "telegram"
    EMAIL = "email"
    PHONE = "phone"
    CHAT = "chat"
    FORM = "form"
    DESK = "desk"
    OTHER = "other"

    @property
    def is_answered_at_once(self) -> bool:
        """Answered at once or not at all: no time is promised."""
        return self in (ChannelKind.PHONE, ChannelKind.DESK, ChannelKind.CHAT)


KIND_NAMES = {
    ChannelKind.X: "X",
    ChannelKind.FACEBOOK: "Facebook",
    ChannelKind.INSTAGRAM: "Instagram",
    ChannelKind.WHATSAPP: "WhatsApp",
    ChannelKind.MASTODON: "Mastodon",
    ChannelKind.BLUESKY: "Bluesky",
    ChannelKind.TELEGRAM: "Telegram",
}


def slug_of(name: str) -> str:
    """The name as it may stand in an address: "Ringlijn 5, Oost" becomes "ringlijn-5-oost". Empty when nothing is left."""
    plain = name.lower().translate(str.maketrans("àáâäèéêëìíîïòóôöùúûüçñ", "aaaaeeeeiiiioooouuuucn"))
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_SLUG].strip("-")


def channel_faults(*, slug: str, name: str, address: str) -> list[Fault]:
    """What keeps a channel with these facts from being saved; empty when nothing does."""
    faults = []
    if not _SLUG.fullmatch(slug) or len(slug) > _LONGEST_SLUG:
        faults.append(Fault("slug", slug, "small letters and digits with hyphens between, such as facebook-reizen"))
    if not name.strip():
        faults.append(Fault("name", name, "the name that customers read"))
    elif has_hidden(name.strip()):
        faults.append(Fault("name", name, "one line with only characters that can be seen"))
    if address and not re.match(r"(https?://|mailto:|tel:)\S+$", address):
        faults.append(Fault("address", address, "an address that starts with https://, mailto: or tel:"))
    return faults


def organisation_faults(*, name: str, timezone: str, accent: str, email: str, site_url: str = "") -> list[Fault]:
    """What keeps a company with these facts from being saved; empty when nothing does."""
    faults = []
    if not name.strip():
        faults.append(Fault("name", name, "the company's name"))
    if not is_zone(timezone):
        faults.append(Fault("timezone", timezone, "a name from the IANA list, such as Europe/Amsterdam"))
    if not is_colour(accent):
        faults.append(Fault("accent", accent, "a colour such as #0b5c7a"))
    if site_url and not is_address(site_url):
        faults.append(Fault("site_url", site_url, "an address that starts with https://"))
    if email and not is_email(plain_email(email)):
        faults.append(Fault("email", email, "an e-mail address such as klant@example.nl"))
    return faults


def is_colour(accent: str) -> bool:
    """Whether this is #rrggbb."""
    return bool(_COLOUR.fullmatch(accent))


def is_address(url: str) -> bool:
    """Whether this is an absolute http address."""
    return bool(re.fullmatch(r"https?://[^\s/?#]+[^\s]*", url))


def is_zone(name: str) -> bool:
    """Whether this machine knows a zone of this name in the IANA list."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return bool(name)
