"""All that staff see of one case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases import claims_store, contacts, presence, store
from portal.cases.journey import Standing, Told, standing
from portal.cases.models import Case, CaseMessage, Contact, Identity
from portal.cases.rules import CaseState
from portal.cases.tracking_models import Claim, ErasureRequest, Opinion
from portal.cases.tracking_store import told
from portal.events.models import Event
from portal.events.store import trail
from portal.organisation.models import Channel
from portal.promises.models import Promise
from portal.promises.priorities import matrix_of
from portal.promises.rules import Matrix
from portal.promises.store import promises_of, revisions_of
from portal.staff.models import Member
from portal.staff.store import members

_MOST_EVENTS = 100
_MOST_OTHERS = 20


@dataclass(frozen=True)
class Entry:
    """One line of the timeline: a message or note, or something that was done."""

    at: datetime
    message: CaseMessage | None = None
    event: Event | None = None


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
    entries: list[Entry]
    last_message_id: int
    opinions: Mapping[int, Opinion]
    claims: Sequence[Claim]
    others: Sequence[Case]
    present: Sequence[str]
    members: Mapping[int, Member]
    erasure: ErasureRequest | None

    @property
    def original_address(self) -> str:
        """Where the conversation stands on the channel itself: its own address where the channel names it by one."""
        message_ids = [entry.message.message_id for entry in self.entries if entry.message is not None]
        addresses = [each for each in (self.case.thread_ref, *message_ids) if each.startswith(("https://", "http://"))]
        return addresses[0] if addresses else self.channel.address

    def name_of(self, member_id: int | None) -> str:
        found = self.members.get(member_id or 0)
        return found.name if found else ""


# What the timeline shows as a message already, or what only this page's other parts say.
_SHOWN_OTHERWISE = {"case.answered", "case.message_added", "case.note_added", "message.edited", "message.deleted"}


def open_dossier(session: Session, reference: str, *, member_id: int, now: datetime) -> Dossier:
    """The case with this reference, or the one that it became part of. A fixed number of queries. Raises NotFound."""
    case = store.case_by_reference(session, reference)
    channel = session.get_one(Channel, case.channel_id)
    promises = promises_of(session, [case.id]).get(case.id, [])
    tellings = told(promises, revisions_of(session, case.id))
    messages = store.messages_of(session, case.id)
    events = [each for each in trail(session, subject=f"case:{case.id}", limit=_MOST_EVENTS) if each.kind not in _SHOWN_OTHERWISE]
    entries = [Entry(each.created_at, message=each) for each in messages] + [Entry(each.at, event=each) for each in events]
    return Dossier(
        case=case,
        channel=channel,
        contact=session.get(Contact, case.contact_id) if case.contact_id else None,
        identities=contacts.identities_of_contact(session, case.contact_id or 0),
        tellings=tellings,
        standing=standing(tellings, closed_at=case.closed_at, now=now),
        promise=promises[-1] if promises else None,
        matrix=matrix_of(session),
        entries=sorted(entries, key=lambda entry: (entry.at, entry.event is not None, entry.event.id if entry.event else 0)),
        last_message_id=max((each.id for each in messages), default=0),
        opinions={each.message_id: each for each in session.scalars(select(Opinion).where(Opinion.case_id == case.id))},
        claims=claims_store.of_case(session, case.id),
        others=others_of(session, case),
        present=presence.others_present(session, [case.id], member_id, now).get(case.id, []),
        members={each.id: each for each in members(session)},
        erasure=session.scalar(
            select(ErasureRequest).where(ErasureRequest.case_id == case.id, ErasureRequest.settled_at.is_(None))
        ),
    )


def others_of(session: Session, case: Case) -> Sequence[Case]:
    """The other cases of the same contact, the latest first, at most twenty. One query."""
    query = select(Case).where(
        Case.contact_id == case.contact_id, Case.id != case.id, Case.state != CaseState.MERGED, Case.contact_id.is_not(None)
    )
    return session.scalars(query.order_by(Case.received_at.desc()).limit(_MOST_OTHERS)).all()


def came_in_since(dossier: Dossier, last_message_id: int) -> list[CaseMessage]:
    """The messages and notes that the one who was typing has not seen."""
    return [entry.message for entry in dossier.entries if entry.message is not None and entry.message.id > last_message_id]
