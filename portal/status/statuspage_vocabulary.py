"""How what we know is said in the words of Statuspage's API. Pure."""

import base64
import hashlib
from datetime import UTC, datetime
from functools import lru_cache

from portal.incidents.rules import FINAL, IncidentKind, Level, State
from portal.incidents.timeline import Situation

COMPONENT_STATUS = {
    Level.NONE: "operational",
    Level.MAINTENANCE: "under_maintenance",
    Level.MINOR: "degraded_performance",
    Level.MAJOR: "partial_outage",
    Level.CRITICAL: "major_outage",
}
# Strict readers know these four only: planned work that is under way is told by the components and in the description.
INDICATOR = {
    Level.NONE: "none",
    Level.MAINTENANCE: "none",
    Level.MINOR: "minor",
    Level.MAJOR: "major",
    Level.CRITICAL: "critical",
}
_NAME_LENGTH = 12


@lru_cache(maxsize=4000)
def name_of(thing: str) -> str:
    """Twelve letters and digits, the same for the same thing for ever: sixty bits of a checksum."""
    return base64.b32hexencode(hashlib.sha256(thing.encode()).digest())[:_NAME_LENGTH].decode().lower()


@lru_cache(maxsize=4000)
def instant(at: datetime) -> str:
    """2026-03-10T13:00:00.000Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def status_of(state: State) -> str:
    """Readers know no cancelled work: it is over, and its name and text must say that it did not take place."""
    return State.COMPLETED.value if state is State.CANCELLED else state.value


def impact_of(situation: Situation) -> str:
    """How bad it is or was; a calamity is as bad as it gets."""
    if situation.kind is IncidentKind.MAINTENANCE:
        return "maintenance"
    return "critical" if situation.is_calamity else situation.severity.value


def level_in(situation: Situation, state: State) -> Level:
    """What the situation means for its services while it is in this state."""
    if state in FINAL or state is State.SCHEDULED:
        return Level.NONE
    return Level.MAINTENANCE if situation.kind is IncidentKind.MAINTENANCE else Level(situation.severity.value)
