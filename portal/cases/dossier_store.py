"""Reads all that staff see of one case."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases import claims_store, contacts, kinship, noticing, presence, splitting, store
from portal.cases.dossier import Dossier, Happening
from portal.cases.journey import standing
from portal.cases.models import Case, Contact
from portal.cases.rules import CaseState
from portal.cases.tracking_models import ErasureRequest, Opinion
from portal.cases.tracking_store import ends_of, told
from portal.events.models import Event
from portal.events.store import trail
from portal.organisation.models import Channel
from portal.promises.priorities import matrix_of
from portal.promises.store import only_an_answer_helps, promises_of, revisions_of
from portal.staff.store import members

_MOST_EVENTS = 100
_MOST_OTHERS = 20

# What the timeline shows as a message already, or what only this page's other parts say.
_SHOWN_OTHERWISE = {"case.answered", "case.message_added", "case.note_added", "case.told", "message.edited", "message.deleted"}


# What the promise says of an act on the case, at the same instant: one line is enough.
_SAID_BY_ACT = {"promise.set_aside": {"case.withdrawn", "case.marked_spam"}, "promise.taken_back": {"case.reopened"}}


def open_dossier(session: Session, reference: str, *, member_id: int, now: datetime) -> Dossier:
    """The case with this reference, or the one that it became part of. A fixed number of queries. Raises NotFound."""
    case = store.case_by_reference(session, reference)
    channel = session.get_one(Channel, case.channel_id)
    promises = promises_of(session, [case.id]).get(case.id, [])
    tellings = told(promises, revisions_of(session, case.id))
    messages = store.messages_of(session, case.id)
    events = _told_once(trail(session, subject=f"case:{case.id}", limit=_MOST_EVENTS))
    happenings = [Happening(each.created_at, message=each) for each in messages]
    happenings += [Happening(each.at, event=each) for each in events]
    return Dossier(
        case=case,
        channel=channel,
        contact=session.get(Contact, case.contact_id) if case.contact_id else None,
        identities=contacts.identities_of_contact(session, case.contact_id or 0),
        tellings=tellings,
        standing=standing(tellings, **ends_of(case), now=now),
        promise=promises[-1] if promises else None,
        matrix=matrix_of(session),
        happenings=sorted(happenings, key=lambda each: each.order),
        last_message_id=max((each.id for each in messages), default=0),
        opinions={each.message_id: each for each in session.scalars(select(Opinion).where(Opinion.case_id == case.id))},
        claims=claims_store.of_case(session, case.id),
        claimed_wholes=kinship.claimed_wholes(session, case),
        others=others_of(session, case),
        present=presence.others_present(session, [case.id], member_id, now).get(case.id, []),
        members={each.id: each for each in members(session)},
        erasure=session.scalar(
            select(ErasureRequest).where(ErasureRequest.case_id == case.id, ErasureRequest.settled_at.is_(None))
        ),
        ready=noticing.kept_ready(session, case.id),
        only_an_answer_helps=only_an_answer_helps(session, case.id),
        splittable=splitting.splittable(session, case, messages),
    )


def _told_once(events: Sequence[Event]) -> list[Event]:
    acts = {(each.kind, each.at) for each in events}
    shown = [each for each in events if each.kind not in _SHOWN_OTHERWISE]
    return [each for each in shown if acts.isdisjoint((act, each.at) for act in _SAID_BY_ACT.get(each.kind, ()))]


def others_of(session: Session, case: Case) -> Sequence[Case]:
    """The other cases of the same contact, the latest first, at most twenty. One query."""
    query = select(Case).where(
        Case.contact_id == case.contact_id, Case.id != case.id, Case.state != CaseState.MERGED, Case.contact_id.is_not(None)
    )
    return session.scalars(query.order_by(Case.received_at.desc()).limit(_MOST_OTHERS)).all()
