"""The state of everything in one word, and a mark that changes when it does. Pure."""

import hashlib
from collections.abc import Iterable
from enum import StrEnum

from portal.incidents.rules import Banner, Level
from portal.incidents.timeline import Situation


class State(StrEnum):
    """What the page can say at one glance; each has its own shape, colour and words."""

    WELL = "well"
    MAINTENANCE = "maintenance"
    DISTURBED = "disturbed"
    CALAMITY = "calamity"


def state_of(banner: Banner) -> State:
    """The state at one glance that this banner stands for."""
    if banner.is_calamity or banner.level is Level.CRITICAL:
        return State.CALAMITY
    if banner.level in {Level.MINOR, Level.MAJOR}:
        return State.DISTURBED
    return State.MAINTENANCE if banner.level is Level.MAINTENANCE else State.WELL


def subject_of(banner: Banner, situations: Iterable[Situation]) -> Situation | None:
    """The one situation that the banner is about; None when there are several as bad, or none.

    `situations` come worst first. A calamity is named even when lesser things are wrong beside it.
    """
    about = [each for each in situations if each.level is not Level.NONE]
    if len(about) == 1:
        return about[0]
    calamities = [each for each in about if each.is_calamity]
    return calamities[0] if banner.is_calamity and len(calamities) == 1 else None


def mark_of(banner: Banner, situations: Iterable[Situation]) -> str:
    """Twelve characters that are another when what is wrong has changed, so that readers are told then and only then."""
    facts = [(each.guid, each.state.value, each.updated_at.isoformat()) for each in situations]
    return hashlib.sha256(repr((banner, facts)).encode()).hexdigest()[:12]
