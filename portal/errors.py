"""What can go wrong, by kind. The class says the kind, the attributes carry the facts, the message helps its reader.

PortalError
├── NotFound       what was asked for does not exist, or must look as if it does not
├── Refused        known, but not allowed to this person
├── Conflict       someone else changed it in the meantime
├── Invalid        what was sent cannot be taken; `faults` names field, value and what would be right
└── Unavailable    a thing we depend on does not answer; trying again later may help
"""

from collections.abc import Iterable
from dataclasses import dataclass


class PortalError(Exception):
    """The root: catch it only at the edges."""

    @property
    def message(self) -> str:
        return str(self)


class NotFound(PortalError):
    pass


class Refused(PortalError):
    pass


class Conflict(PortalError):
    pass


class Unavailable(PortalError):
    pass


@dataclass(frozen=True)
class Fault:
    """One field that cannot be taken: its name, the value that was sent, and what would be right."""

    field: str
    value: object
    expected: str

    def __str__(self) -> str:
        shown = repr(self.value)
        return f"{self.field}: {shown if len(shown) <= 80 else shown[:77] + '...'} is not right; expected {self.expected}"  # noqa: PLR2004 - one line


class Invalid(PortalError):
    """What was sent cannot be taken. All faults are reported at once, each naming its field."""

    def __init__(self, field: str, value: object, expected: str) -> None:
        self.faults: tuple[Fault, ...] = (Fault(field, value, expected),)
        super().__init__(str(self.faults[0]))

    @classmethod
    def many(cls, faults: Iterable[Fault]) -> "Invalid":
        """One error for several faults; at least one is needed."""
        faults = tuple(faults)
        error = cls(faults[0].field, faults[0].value, faults[0].expected)
        error.faults = faults
        error.args = ("; ".join(map(str, faults)),)
        return error
