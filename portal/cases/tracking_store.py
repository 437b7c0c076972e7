"""What a customer sees of a case and may do with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases import kinship, store
from portal.cases.contesting import contest, is_contestable
from portal.cases.journey import Revision, Standing, Step, Told, standing, timeline
from portal.cases.models import Case, CaseMessage
from portal.cases.rules import (
    NOTICE,
    REOPEN_WITHIN,
    UNANSWERED,
    WRITTEN_HERE,
    AuthorKind,
    CaseState,
    Direction,
    Visibility,
    can_take_back,
)
from portal.cases.tracking_models import ErasureRequest, Opinion
from portal.db import insert_or_ignore
from portal.errors import Invalid, NotFound
from portal.events.models import Event
from portal.events.store import record
from portal.organisation.models import Channel
from portal.promises.models import Promise, PromiseRevision
from portal.promises.store import promises_of, promises_revised, revisions_of
from portal.web.numbers import number_in

LONGEST_TEXT = 10_000
_NOBODY = -1


@dataclass(frozen=True)
class PublicView:
    """What everybody may see of a case that was made in public: where, how it stands, and when what happened."""

    reference: str
    channel: str
    standing: Standing
    steps: list[Step]


@dataclass(frozen=True)
class OwnView:
    """What the one who proved a case to be theirs sees of it."""

    case: Case
    channel: Channel
    standing: Standing
    steps: list[Step]
    opinions: dict[int, Opinion]
    last_answer_id: int | None
    erasure_asked_at: datetime | None
    can_withdraw: bool
    take_back_until: datetime | None

    @property
    def is_closed(self) -> bool:
        """Whether it is closed or set aside now."""
        return self.case.is_over


def public_view(session: Session, reference: str | None, now: datetime) -> PublicView | None:
    """The public side of a case; None alike for references that do not exist and for cases that are private.

    Four queries whatever the outcome, so that the time tells nothing either.
    """
    query = select(Case, Channel).join(Channel, Channel.id == Case.channel_id)
    row = session.execute(query.where(Case.reference == (reference or ""), Case.is_public)).first()
    case_id = row[0].id if row else _NOBODY
    made, revisions = promises_of(session, [case_id]).get(case_id, []), revisions_of(session, case_id)
    parts = kinship.parts_of(session, case_id)
    if row is None:
        return None
    case, channel = row
    tellings = told(made, revisions)
    ends = ends_of(case)
    return PublicView(
        case.reference,
        channel.name,
        standing(tellings, **ends, now=now),
        timeline(tellings, splits=kinship.split_steps(case, parts), received_at=case.received_at, **ends, now=now),
    )


def own_view(session: Session, case_id: int, now: datetime) -> OwnView:
    """All of a case but what is internal, and what is told by its steps already. Thirteen queries at most. Raises NotFound."""
    case, channel = _case_and_channel(session, case_id)
    made, revisions = promises_of(session, [case_id]).get(case_id, []), revisions_of(session, case_id)
    tellings = told(made, revisions)
    messages = messages_for_customer(session, case)
    opinions = session.scalars(select(Opinion).where(Opinion.case_id == case_id)).all()
    wish = session.scalar(select(ErasureRequest).where(ErasureRequest.case_id == case_id, ErasureRequest.settled_at.is_(None)))
    ends = ends_of(case)
    answers = [each.id for each in messages if each.counts_as_answer]
    told_as_step = _notices_of(session, case_id, messages)
    return OwnView(
        case=case,
        channel=channel,
        standing=standing(tellings, **ends, now=now),
        steps=timeline(
            tellings,
            [(each.created_at, each) for each in messages if each.id not in told_as_step],
            kinship.own_split_steps(session, case),
            received_at=case.received_at,
            **ends,
            now=now,
        ),
        opinions={each.message_id: each for each in opinions},
        last_answer_id=answers[-1] if answers else None,
        erasure_asked_at=wish.asked_at if wish else None,
        can_withdraw=case.state in UNANSWERED,
        take_back_until=case.closed_at + REOPEN_WITHIN if case.closed_at and _can_take_back(case, messages, now) else None,
    )


def _notices_of(session: Session, case_id: int, messages: Sequence[CaseMessage]) -> set[int]:
    """Those of these messages that tell of another time for this very case, and not for one that became part of it."""
    return {message_id for message_id, of_case in _told_of(session, messages).items() if of_case == case_id}


def _told_of(session: Session, messages: Iterable[CaseMessage]) -> dict[int, int]:
    """Of which case each of these messages tells another time, by message; without those that tell of none. Two queries.

    That is the one that the promise is for by now, since it may have gone along with a split.
    """
    said = [each for each in messages if _is_by_the_portal(each) and each.message_id.startswith(NOTICE)]
    event_of = {each.id: number_in(each.message_id.removeprefix(NOTICE)) for each in said}
    known = select(Event).where(Event.id.in_(list(event_of.values())), Event.kind == "promise.revised")
    revision_of = {each.id: each.facts.get("revision", 0) for each in session.scalars(known)} if said else {}
    told = promises_revised(session, revision_of.values()) if revision_of else {}
    promise_of = {event_id: told[revision_id] for event_id, revision_id in revision_of.items() if revision_id in told}
    return {message_id: promise_of[event_id].case_id for message_id, event_id in event_of.items() if event_id in promise_of}


def _is_by_the_portal(message: CaseMessage) -> bool:
    is_ours = message.direction is Direction.OUTBOUND and message.author_kind is AuthorKind.AUTOMATIC
    return is_ours and message.message_id.startswith(WRITTEN_HERE)


def _case_and_channel(session: Session, case_id: int) -> tuple[Case, Channel]:
    row = session.execute(select(Case, Channel).join(Channel, Channel.id == Case.channel_id).where(Case.id == case_id)).first()
    if row is None:
        raise NotFound(f"There is no case {case_id}.")
    return row[0], row[1]


class Ends(TypedDict):
    closed_at: datetime | None
    withdrawn_at: datetime | None


def ends_of(case: Case) -> Ends:
    """When a case ended, and how. One that became part of another has not: it is answered with the other one.

    Nor has one that was taken up again.
    """
    closed_at = case.closed_at if case.is_over and case.state is not CaseState.MERGED else None
    return {"closed_at": closed_at, "withdrawn_at": closed_at if case.state is CaseState.WITHDRAWN else None}


def told(promises: Sequence[Promise], revisions: Iterable[PromiseRevision]) -> list[Told]:
    """The promises of one case with their revisions, as the customer was told them."""
    of_promise: dict[int, list[Revision]] = {}
    for each in revisions:
        revision = Revision(each.made_at, each.promised_at, each.reason, each.sentence, each.hear_by)
        of_promise.setdefault(each.promise_id, []).append(revision)
    return [
        Told(
            each.received_at,
            each.told_first,
            each.answered_at,
            each.set_aside,
            tuple(of_promise.get(each.id, ())),
            each.hear_by,
            each.made_at,
            each.is_norm,
        )
        for each in promises
    ]


def messages_for_customer(session: Session, case: Case) -> Sequence[CaseMessage]:
    """The conversation as the customer knows it, oldest first: no notes, nothing internal.

    Nor what the portal told another customer, whose question became part of this one. Two queries, or three after such a merger.
    """
    query = select(CaseMessage).where(
        CaseMessage.case_id == case.id,
        CaseMessage.direction != Direction.NOTE,
        CaseMessage.visibility != Visibility.INTERNAL,
    )
    found = session.scalars(query.order_by(CaseMessage.created_at, CaseMessage.id)).all()
    strangers = kinship.strangers_in(session, case)
    return _without_what_they_heard(session, found, strangers, case) if strangers else found


def _without_what_they_heard(
    session: Session, messages: Sequence[CaseMessage], strangers: Sequence[Case], case: Case
) -> Sequence[CaseMessage]:
    """What tells of their questions, and what stands in conversations of theirs alone."""
    told_of, theirs = _told_of(session, messages), {each.id for each in strangers}
    threads = {(each.channel_id, each.thread_ref) for each in strangers} - {(case.channel_id, case.thread_ref)}
    return [
        each
        for each in messages
        if told_of.get(each.id) not in theirs and not (_is_by_the_portal(each) and (each.channel_id, each.thread_ref) in threads)
    ]


def write(session: Session, case_id: int, text: str, now: datetime) -> Case:
    """Adds the customer's message to the case, by the same rules as a message from the channel.

    Raises Invalid for an empty text and for one of more than 10,000 characters.
    """
    text = text.strip()
    if not text or len(text) > LONGEST_TEXT:
        raise Invalid("text", f"{len(text)} characters", f"1 to {LONGEST_TEXT} characters")
    return store.add_customer_message(session, case_id, text=text, now=now)


def say_solved(session: Session, case_id: int, now: datetime) -> None:
    """The customer needs us no longer, which closes the case. Twice changes nothing."""
    if not store.the_case(session, case_id).is_over:
        store.close(session, case_id, member_id=None, now=now, version=None)


def withdraw(session: Session, case_id: int, now: datetime) -> bool:
    """The customer needs no answer any more; False, and nothing changes, when nobody waits for one."""
    if store.the_case(session, case_id).state not in UNANSWERED:
        return False
    store.withdraw(session, case_id, member_id=None, now=now, version=None)
    return True


def want_after_all(session: Session, case_id: int, now: datetime) -> bool:
    """The customer wants an answer after all, by the first promise; False, and nothing changes, when it is too late for that."""
    case = store.the_case(session, case_id)
    if not _can_take_back(case, messages_for_customer(session, case), now):
        return False
    store.reopen(session, case_id, member_id=None, now=now, version=None)
    return True


def _can_take_back(case: Case, messages: Iterable[CaseMessage], now: datetime) -> bool:
    """Not when the customer has deleted all that there was to answer."""
    if case.state is not CaseState.WITHDRAWN or case.closed_at is None or not can_take_back(case.closed_at, now):
        return False
    return any(each.author_kind is AuthorKind.CUSTOMER and each.deleted_at is None for each in messages)


def give_opinion(session: Session, case_id: int, message_id: int, *, helped: bool, text: str, now: datetime) -> None:
    """Whether an answer helped; said again, the last word counts.

    An automatic answer that did not help counts as none any more, when that is said within two weeks.
    Raises NotFound for what is no answer of this case.
    """
    if len(text) > LONGEST_TEXT:
        raise Invalid("text", f"{len(text)} characters", f"at most {LONGEST_TEXT} characters")
    answer = session.get(CaseMessage, message_id)
    if answer is None or answer.case_id != case_id or not answer.counts_as_answer:
        raise NotFound(f"Message {message_id} is no answer in case {case_id}.")
    values = {"case_id": case_id, "message_id": message_id, "helped": helped, "text": text.strip(), "given_at": now}
    if insert_or_ignore(session, Opinion, values, unique=["message_id"]) is None:
        opinion = session.scalars(select(Opinion).where(Opinion.message_id == message_id)).one()
        opinion.helped, opinion.text, opinion.given_at = helped, text.strip(), now
    if not helped and is_contestable(answer, now):
        contest(session, answer, now)
    record(session, at=now, kind="answer.judged", subject=f"case:{case_id}", facts={"message_id": message_id, "helped": helped})


def ask_erasure(session: Session, case_id: int, now: datetime) -> None:
    """Records the wish to have the case erased, for staff to settle. Asked again, the first time counts."""
    wish = session.scalar(select(ErasureRequest).where(ErasureRequest.case_id == case_id).with_for_update())
    if wish is None:
        session.add(ErasureRequest(case_id=case_id, asked_at=now))
    elif wish.settled_at is not None:
        wish.asked_at, wish.settled_at, wish.settled_by = now, None, None
    else:
        return
    record(session, at=now, kind="erasure.asked", subject=f"case:{case_id}")


def settle_erasure(session: Session, case_id: int, *, now: datetime, actor_id: int) -> None:
    """The wish was dealt with. Raises NotFound when there is none."""
    wish = session.scalar(select(ErasureRequest).where(ErasureRequest.case_id == case_id, ErasureRequest.settled_at.is_(None)))
    if wish is None:
        raise NotFound(f"Nobody asked to erase case {case_id}.")
    wish.settled_at, wish.settled_by = now, actor_id
    record(session, at=now, kind="erasure.settled", subject=f"case:{case_id}", actor_id=actor_id)
