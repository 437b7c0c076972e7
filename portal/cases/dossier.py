"""All that staff see of one case, as values; `dossier_store` reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.cases.journey import Standing, Told
from portal.cases.models import Case, CaseMessage, Contact, Identity
from portal.cases.tracking_models import Claim, ErasureRequest, Opinion
from portal.events.models import Event
from portal.organisation.models import Channel
from portal.promises.models import Promise, ReadyNotice
from portal.promises.rules import Matrix
from portal.staff.models import Member


@dataclass(frozen=True)
class Happening:
    """One line of the timeline: a message or note, or something that was done."""

    at: datetime
    message: CaseMessage | None = None
    event: Event | None = None

    @property
    def order(self) -> tuple[datetime, bool, int]:
        """By time; of what happened at one instant, messages come before events."""
        return self.at, self.event is not None, self.event.id if self.event else 0


@dataclass(frozen=True)
class Dossier:
    case: Case
    channel: Channel
    contact: Contact | None
    identities: Sequence[Identity]
    tellings: list[Told]
    standing: Standing
    promise: Promise | None
    matrix: Matrix
    happenings: list[Happening]
    last_message_id: int
    opinions: Mapping[int, Opinion]
    claims: Sequence[Claim]
    claimed_wholes: Sequence[Case]
    others: Sequence[Case]
    present: Sequence[str]
    members: Mapping[int, Member]
    erasure: ErasureRequest | None
    ready: ReadyNotice | None
    only_an_answer_helps: bool
    splittable: Sequence[CaseMessage]

    @property
    def original_address(self) -> str:
        """Where the conversation stands on the channel itself: its own address where the channel names it by one."""
        message_ids = [each.message.message_id for each in self.happenings if each.message is not None]
        addresses = [each for each in (self.case.thread_ref, *message_ids) if each.startswith(("https://", "http://"))]
        return addresses[0] if addresses else self.channel.address

    def name_of(self, member_id: int | None) -> str:
        found = self.members.get(member_id or 0)
        return found.name if found else ""


def came_in_since(dossier: Dossier, last_message_id: int) -> list[CaseMessage]:
    """The messages and notes that the one who was typing has not seen."""
    return [each.message for each in dossier.happenings if each.message is not None and each.message.id > last_message_id]
