"""The ledger of deliveries: each step on the way of a message, and what staff do with those that did not arrive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, select, text, update
from sqlalchemy.orm import Session

from portal.cases import claims_store
from portal.cases.customers import is_of_one_customer
from portal.cases.models import Case, CaseMessage, Identity
from portal.cases.rules import UNANSWERED
from portal.errors import Conflict, NotFound
from portal.events.models import Event
from portal.events.store import record
from portal.notifications import rules
from portal.notifications.composing import LINK
from portal.notifications.models import Delivery
from portal.notifications.rules import TROUBLED, DeliveryState
from portal.promises.models import Promise
from portal.promises.rules import SetAside
from portal.promises.store import promises_revised
from portal.vault import Vault

_LONGEST_ERROR = 500
_WAITING = text("deliveries.state IN ('owed', 'sending')")  # in the words of its index
_IS_TROUBLED = text("deliveries.state IN ('failed', 'given_up', 'uncertain')")
_SILENCE = "The program ended while the mail server was being given the message."


class NoLongerAwaited(Conflict):
    """A message is of no use any more: its question, by `reference`, waits for no answer, or the message was taken back."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"Nobody waits for the message about {reference} any more.")
        self.reference = reference


@dataclass(frozen=True)
class Claimed:
    """A delivery that is ours to send, until `rules.CLAIMED_FOR` has passed."""

    id: int
    tries: int
    kind: rules.MessageKind
    address: str
    language: str
    text: str
    reference: str
    case_id: int
    identity_id: int
    answers: str


def due(session: Session, now: datetime, most: int) -> tuple[list[int], list[int]]:
    """What is to be sent now, and what somebody was sending and never finished: by rank, then the longest waiting first.

    One query for each rank, which reads no more rows than are wanted, however many wait.
    """
    waiting = select(Delivery.id, Delivery.state).where(_WAITING, Delivery.next_try_at <= now)
    rows: list[Row[int, DeliveryState]] = []
    for rank in rules.RANKS:
        of_rank = waiting.where(Delivery.rank == rank).order_by(Delivery.next_try_at, Delivery.id)
        rows += session.execute(of_rank.limit(most - len(rows))).all()
    owed = [row.id for row in rows if row.state is DeliveryState.OWED]
    return owed, [row.id for row in rows if row.state is DeliveryState.SENDING]


def claim(session: Session, delivery_id: int, now: datetime) -> Claimed | None:
    """Makes a delivery ours to send for ten minutes; None when it is not due, not needed or not possible any more.

    It is still needed where its question waits in another case by now, after a merger or a split; `case_id` is that one then.
    Who dies before the text is handed over has sent nothing: the delivery is tried again.
    """
    row = session.get(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    if row is None or row.state is not DeliveryState.OWED or row.next_try_at is None or row.next_try_at > now:
        return None
    case, message = session.get_one(Case, row.case_id), session.get_one(CaseMessage, row.message_id)
    identity = session.get(Identity, int(row.recipient.partition(":")[2]))
    home = _home_of(session, row)
    is_awaited = _is_awaited(session, row, home, message)
    if identity is None or not is_awaited or (row.tries and _is_overtaken(session, row, home.id)):
        row.state, row.next_try_at = DeliveryState.NOT_NEEDED, None
        return None
    row.tries += 1
    row.next_try_at = now + rules.CLAIMED_FOR
    return Claimed(
        id=row.id,
        tries=row.tries,
        kind=row.kind,
        address=identity.author_id.strip(),
        language=row.language,
        text=row.text,
        reference=case.reference,
        case_id=home.id,
        identity_id=identity.id,
        answers=message.parent_ref if identity.channel_id == case.channel_id else "",
    )


def _promise_of(session: Session, row: Delivery) -> Promise | None:
    """The promise of which a delivery tells another time, None where it confirms a receipt. Two queries at most."""
    event = session.get_one(Event, row.event_id)
    revision_id = event.facts.get("revision", 0)
    return promises_revised(session, [revision_id]).get(revision_id) if revision_id else None


def _question_of(session: Session, row: Delivery) -> int:
    """The case of what it is about: the one that its promise is for by now, since that may have gone along with a split."""
    promise = _promise_of(session, row)
    return promise.case_id if promise else row.case_id


def _home_of(session: Session, row: Delivery) -> Case:
    """The case where this question waits: the one that it became part of, or its own."""
    case = session.get_one(Case, _question_of(session, row))
    return session.get_one(Case, case.merged_into_id) if case.merged_into_id else case


def _is_awaited(session: Session, row: Delivery, home: Case, message: CaseMessage) -> bool:
    """Whether what is said of an answer to come is still of use there: not of a promise for which none will come."""
    promise = _promise_of(session, row)
    is_owed = promise is None or (promise.answered_at is None and promise.set_aside is SetAside.NONE)
    return is_owed and home.state in UNANSWERED and message.deleted_at is None


def _is_overtaken(session: Session, row: Delivery, home_id: int) -> bool:
    """Whether a later notice tells the same customer more of the same question: an earlier time would be wrong after that.

    After a merger that one may stand in the case that the question became part of, among those about other questions.
    """
    question = _question_of(session, row)
    later = select(Event).join(Delivery, Event.id == Delivery.event_id)
    among = (Delivery.case_id.in_({row.case_id, question, home_id}), Delivery.recipient == row.recipient)
    events = session.scalars(later.where(*among, Delivery.id > row.id).order_by(Event.id)).all()
    told = promises_revised(session, [event.facts["revision"] for event in events if "revision" in event.facts])
    return any(promise.case_id == question for promise in told.values())


def begin_handing_over(
    session: Session, vault: Vault, claimed: Claimed, public_url: str, now: datetime
) -> tuple[str, int | None]:
    """Notes that from here on the message may have been sent; returns its text and the claim that its link is.

    Without a link while somebody else's messages are in the case, for it would open those too.
    Raises Conflict when somebody else has it in hand.
    """
    mine = (Delivery.id == claimed.id, Delivery.state == DeliveryState.OWED, Delivery.tries == claimed.tries)
    change = update(Delivery).where(*mine).values(state=DeliveryState.SENDING, next_try_at=now + rules.CLAIMED_FOR)
    if session.scalar(change.returning(Delivery.id)) is None:
        raise Conflict(f"Delivery {claimed.id} is in other hands.")
    if LINK not in claimed.text:
        return claimed.text, None
    if _holds_anothers(session, claimed):
        return _without_link(claimed.text), None
    issued = claims_store.issue(session, vault, claimed.case_id, now=now, actor_id=None)
    language = "/en" if claimed.language == "en" else ""
    return claimed.text.replace(LINK, f"{public_url}{language}/track/claim/{issued.token}"), issued.claim_id


def _holds_anothers(session: Session, claimed: Claimed) -> bool:
    """Whether the case is not its recipient's alone: cases of several people became one. Nobody makes one of it meanwhile."""
    case = session.get_one(Case, claimed.case_id, with_for_update=True, populate_existing=True)
    recipient = session.get(Identity, claimed.identity_id, populate_existing=True)
    if recipient is None or case.merged_into_id is not None or case.contact_id != recipient.contact_id:
        return True
    return not is_of_one_customer(session, case)


def _without_link(said: str) -> str:
    """The text without the lines that a link stands in, as for a channel that has none."""
    return "\n".join(line for line in said.splitlines() if LINK not in line) or said.replace(LINK, "").strip()


def was_sent(session: Session, delivery_id: int, now: datetime) -> None:
    """The mail server took it; also when this was thought uncertain meanwhile."""
    known = (DeliveryState.SENDING, DeliveryState.UNCERTAIN)
    values = {"state": DeliveryState.SENT, "sent_at": now, "next_try_at": None, "error": ""}
    session.execute(update(Delivery).where(Delivery.id == delivery_id, Delivery.state.in_(known)).values(**values))


def was_refused(session: Session, claimed: Claimed, said: str, *, permanent: bool, claim_id: int | None, now: datetime) -> None:
    """The mail server did not take it: never, or not now. A link that was made for it opens nothing."""
    row = session.get(Delivery, claimed.id, with_for_update=True, populate_existing=True)
    if row is None or row.tries != claimed.tries or row.state not in rules.WAITING:
        return
    if claim_id is not None:
        claims_store.revoke(session, claim_id, case_id=claimed.case_id, now=now, actor_id=None)
    again = rules.next_try(row.tries, now)
    row.error = said[:_LONGEST_ERROR]
    row.next_try_at = None if permanent else again
    row.state = DeliveryState.OWED if row.next_try_at else DeliveryState.FAILED if permanent else DeliveryState.GIVEN_UP


def became_uncertain(session: Session, delivery_ids: Sequence[int], said: str = _SILENCE) -> None:
    """Whether these were sent, nobody can tell: they are not sent again by themselves, and staff see them."""
    mine = (Delivery.id.in_(delivery_ids), Delivery.state == DeliveryState.SENDING)
    values = {"state": DeliveryState.UNCERTAIN, "next_try_at": None, "error": said[:_LONGEST_ERROR]}
    session.execute(update(Delivery).where(*mine).values(**values))


def postpone(session: Session, delivery_ids: Sequence[int], said: str, now: datetime, *, counts: bool) -> None:
    """The mail server itself is in trouble: each of these is tried later.

    `counts` when it was tried for all of them. Where the trouble came with one of them, which has its own pause by then, the
    others are soon tried without that one.
    """
    mine = select(Delivery).where(Delivery.id.in_(delivery_ids), Delivery.state == DeliveryState.OWED).order_by(Delivery.id)
    for row in session.scalars(mine.with_for_update(), execution_options={"populate_existing": True}):
        if row.next_try_at is not None and row.next_try_at <= now:
            row.tries += counts
            row.next_try_at, row.error = rules.next_try(row.tries if counts else 0, now), said[:_LONGEST_ERROR]
            row.state = DeliveryState.OWED if row.next_try_at else DeliveryState.GIVEN_UP


def show_on_page(session: Session, delivery_ids: Sequence[int]) -> None:
    """There is no mail server any more: the page of the case shows them, and that is all."""
    mine = (Delivery.id.in_(delivery_ids), Delivery.state == DeliveryState.OWED)
    values = {"state": DeliveryState.SHOWN_ON_PAGE, "why_not": rules.WhyNot.NO_MAIL_SERVER, "next_try_at": None}
    session.execute(update(Delivery).where(*mine).values(**values))


def of_case(session: Session, case_id: int) -> dict[int, Delivery]:
    """How each message of the portal itself that stands in a case reached its customer, by message. One query."""
    mine = select(Delivery).join(CaseMessage, CaseMessage.id == Delivery.message_id).where(CaseMessage.case_id == case_id)
    return {row.message_id: row for row in session.scalars(mine.order_by(Delivery.id.desc()).limit(200))}


def troubled(session: Session, *, before: int | None = None, limit: int = 50) -> Sequence[tuple[Delivery, Case]]:
    """What did not arrive, or perhaps did not, the newest first. Two queries."""
    found = select(Delivery).where(_IS_TROUBLED)
    if before is not None:
        found = found.where(Delivery.id < before)
    rows = session.scalars(found.order_by(Delivery.id.desc()).limit(limit)).all()
    cases = {case.id: case for case in session.scalars(select(Case).where(Case.id.in_({row.case_id for row in rows})))}
    return [(row, cases[row.case_id]) for row in rows]


def send_again(session: Session, delivery_id: int, *, now: datetime, actor_id: int) -> Case:
    """Staff decide that a message goes out once more, whatever became of it before.

    Raises NotFound, NoLongerAwaited where it would be dropped when its turn comes, and Conflict.
    """
    row = _in_trouble(session, delivery_id)
    case, message = session.get_one(Case, row.case_id), session.get_one(CaseMessage, row.message_id)
    if not _is_awaited(session, row, _home_of(session, row), message):
        raise NoLongerAwaited(case.reference)
    row.state, row.next_try_at, row.tries, row.error = DeliveryState.OWED, now, 0, ""
    return _decided(session, row, "delivery.sent_again", now, actor_id)


def leave(session: Session, delivery_id: int, *, now: datetime, actor_id: int) -> Case:
    """Staff decide that nothing more is done: the customer knows, or need not. Raises NotFound and Conflict."""
    row = _in_trouble(session, delivery_id)
    row.state, row.next_try_at = DeliveryState.NOT_NEEDED, None
    return _decided(session, row, "delivery.left", now, actor_id)


def _in_trouble(session: Session, delivery_id: int) -> Delivery:
    row = session.get(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("There is no such message.")
    if row.state not in TROUBLED:
        raise Conflict("This message has been dealt with already.")
    return row


def _decided(session: Session, row: Delivery, kind: str, now: datetime, actor_id: int) -> Case:
    record(session, at=now, kind=kind, subject=f"case:{row.case_id}", actor_id=actor_id, facts={"delivery": row.id})
    return session.get_one(Case, row.case_id)


def is_stuck(session: Session, now: datetime, by: timedelta) -> bool:
    """Whether something that was to be sent longer ago than `by` still waits for somebody to try it. One query."""
    late = select(Delivery.id).where(_WAITING, Delivery.rank.in_(rules.RANKS), Delivery.next_try_at < now - by)
    return session.scalar(late.limit(1)) is not None
