"""What a message may look like: an ordinary example for the preview, and the longest that may come up, for the check. Pure."""

from collections.abc import Iterable, Mapping

from portal.notifications.default_texts import NORM, REASONS
from portal.notifications.lengths import Limit, limit_of
from portal.organisation.rules import ChannelKind

_ORDINARY = {
    "nl": {
        "reference": "BR-7KQ4-M2XD",
        "before": "dinsdag 10 maart, 16.30 uur",
        "promised_before": "dinsdag 10 maart, 14.00 uur",
        "reason": "Er is een storing.",
        "sentence": "De telefoons doen het niet.",
        "name": "Noor de Vries",
    },
    "en": {
        "reference": "BR-7KQ4-M2XD",
        "before": "Tuesday 10 March, 16:30",
        "promised_before": "Tuesday 10 March, 14:00",
        "reason": "There is an outage.",
        "sentence": "The phones do not work.",
        "name": "Noor de Vries",
    },
}
_LONGEST_TIME = {"nl": "donderdag 30 september 2027, 10.30 uur", "en": "Wednesday 30 September 2027, 10:30"}


def values(channel: str, language: str, link: str, *, is_public: bool, is_norm: bool = False) -> Mapping[str, str]:
    """The values of an example on this channel; in public nobody's name is said. `is_norm`: the norm is what is announced."""
    norm = NORM.in_(language).text if is_norm else ""
    found = {**_ORDINARY[language], "channel": channel, "link": link, "norm": norm}
    return found | {"name": ""} if is_public else found


def tightest(channels: Iterable[tuple[str, ChannelKind]], language: str) -> list[tuple[str, Limit, Mapping[str, str]]]:
    """For each of these channels its name, its limit in public, and the longest values of what can never be left out."""
    longest = max((reason.in_(language).text for reason in REASONS.values()), key=len)
    fixed = {"before": _LONGEST_TIME[language], "promised_before": _LONGEST_TIME[language], "reason": longest}
    return [
        (name, limit_of(kind, is_public=True), {"reference": "BR-7KQ4-M2XD", **fixed, "channel": name}) for name, kind in channels
    ]
