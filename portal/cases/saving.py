"""Writes what conversations have come to: cases, messages, promises and events, in few statements."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.cases.conversation import Entry, Upshot, Weight, state_after, state_anew, upshot_of, weight_of
from portal.cases.drafts import Conversation, Draft, Kept, Row
from portal.cases.models import Case, CaseMessage
from portal.cases.reference import new_reference
from portal.cases.rules import UNANSWERED, CaseState, Outcome, is_made_in_public, summary_of
from portal.events.store import record_all
from portal.inserting import insert_all, insert_returning_ids, put_in_session
from portal.promises import store as promises

_KINDS = {Outcome.OPENED: "case.opened", Outcome.JOINED: "case.message_added", Outcome.ANSWERED: "case.answered"}

Step = tuple[Kept, Outcome, Draft | None]


def save(session: Session, conversations: Iterable[Conversation], steps: Sequence[Step], now: datetime) -> None:
    """Saves every case that was added to, the new messages, their promises and events. New drafts get their `saved` case."""
    drafts = _touched(conversations)
    before = {id(draft): (Draft.of(draft.saved) if draft.saved else None) for draft in drafts}
    _insert_cases(session, [draft for draft in drafts if draft.saved is None], now)
    for draft in drafts:
        if before[id(draft)] is not None:
            _change_case(draft, now)
    session.flush()
    _write_messages(session, drafts, [kept for kept, _outcome, _draft in steps])
    for draft in drafts:
        was = before[id(draft)]
        if was is not None:
            _correct_promises(session, draft, was, now)
    promises.follow(session, [_course(draft, before[id(draft)], now) for draft in drafts], now)
    record_all(session, _events(steps, drafts, before, now))


def _touched(conversations: Iterable[Conversation]) -> list[Draft]:
    found: dict[int, Draft] = {}
    for conversation in conversations:
        for case in conversation.cases:
            if case.target.added:
                found[id(case.target)] = case.target
    return list(found.values())


def _insert_cases(session: Session, drafts: Sequence[Draft], now: datetime) -> None:
    if not drafts:
        return
    rows = [
        {
            "reference": reference,
            "channel_id": draft.first.row["channel_id"],
            "thread_ref": draft.first.row["thread_ref"],
            "episode": draft.episode,
            "assigned_to": None,
            "merged_into_id": None,
            "split_from_id": None,
            "split_at": None,
            "changed_at": now,
            "changed_by": None,
            "version": 1,
            **_opening(draft.first),
            **_upshot(draft),
        }
        for draft, reference in zip(drafts, references(session, len(drafts)), strict=True)
        if draft.first
    ]
    for draft, row, case_id in zip(drafts, rows, insert_returning_ids(session, Case, rows), strict=True):
        draft.saved = put_in_session(session, Case, {"id": case_id, **row})


def references(session: Session, number: int) -> list[str]:
    """New references that no case has."""
    drawn: set[str] = set()
    while len(drawn) < number:
        fresh = {new_reference() for _ in range(number - len(drawn))}
        drawn |= fresh - set(session.scalars(select(Case.reference).where(Case.reference.in_(fresh))))
    return list(drawn)


def _opening(first: Kept) -> Row:
    """What a case says about its first message."""
    return {
        "contact_id": first.contact_id,
        "is_public": is_made_in_public(first.row["visibility"]),
        "language": first.language,
        "summary": summary_of(first.row["text"]),
    }


def _upshot(draft: Draft) -> Row:
    assert draft.upshot
    now = draft.upshot
    return {
        "state": draft.state,
        "received_at": now.received_at,
        "last_inbound_at": now.last_inbound_at,
        "first_answered_at": now.first_answered_at,
        "last_answered_at": now.last_answered_at,
        "oldest_unanswered_at": now.oldest_unanswered_at,
        "closed_at": now.closed_at,
    }


def _change_case(draft: Draft, now: datetime) -> None:
    assert draft.saved
    values = _upshot(draft) | (_opening(draft.first) if draft.first else {})
    for name, value in values.items():
        if getattr(draft.saved, name) != value:
            setattr(draft.saved, name, value)
    touch(draft.saved, now)


def touch(case: Case, now: datetime, member_id: int | None = None) -> None:
    """Notes that the case has changed, and by whom."""
    case.version += 1
    case.changed_at, case.changed_by = now, member_id


def _write_messages(session: Session, drafts: Sequence[Draft], new: Sequence[Kept]) -> None:
    adopted: list[Row] = []
    for draft in drafts:
        assert draft.saved
        for kept in draft.added:
            if kept.stored_id is None:
                kept.row["case_id"] = draft.saved.id
            else:
                adopted.append({"id": kept.stored_id, "case_id": draft.saved.id})
    insert_all(session, CaseMessage, [kept.row for kept in new])
    if adopted:
        session.execute(update(CaseMessage), adopted)


def _correct_promises(session: Session, draft: Draft, was: Draft, now: datetime) -> None:
    """What seldom happens to a case that was there: an earlier message turns up, or one that was over is open again."""
    assert draft.saved
    assert draft.upshot
    assert was.upshot
    if draft.upshot.received_at < was.upshot.received_at:
        promises.correct_receipt(session, draft.saved.id, draft.upshot.received_at)
    if _is_open_again(draft, was):
        promises.take_back_withdrawal(session, draft.saved.id, now=now)


def _is_open_again(draft: Draft, was: Draft) -> bool:
    return was.state in (CaseState.CLOSED, CaseState.WITHDRAWN) and draft.state is CaseState.OPEN


def _course(draft: Draft, was: Draft | None, now: datetime) -> promises.Course:
    """What the promises of this case must follow."""
    case, after = draft.saved, draft.upshot
    assert case
    assert after
    first = draft.first.row["text"] if was is None and draft.first else None
    known = was.upshot if was else None
    before = (known.first_answered_at, known.last_answered_at) if known else ()
    answers = {at for at in (after.first_answered_at, after.last_answered_at) if at is not None and at not in before}
    asked_again = after.oldest_unanswered_at if after.first_answered_at else None
    return promises.Course(
        case_id=case.id,
        channel_id=case.channel_id,
        received_at=after.received_at,
        contact_id=case.contact_id,
        first=first,
        made_at=draft.first.row["received_at"] if first is not None and draft.first else now,
        made_again_at=max((kept.row["received_at"] for kept in draft.added if kept.stored_id is None), default=now),
        answers=tuple(promises.Answer(at, _known_at(draft, at, now)) for at in sorted(answers)),
        asked_again_at=None if known and asked_again == known.oldest_unanswered_at else asked_again,
    )


def _known_at(draft: Draft, at: datetime, now: datetime) -> datetime:
    """When the answer that was given at this instant came in; one whose instant was moved by a skewed clock, with the last."""
    came_in = [(kept.entry.at, kept.row["received_at"]) for kept in draft.added if kept.entry.weight is Weight.ANSWERS]
    then = [received_at for given_at, received_at in came_in if given_at == at]
    return min(then) if then else max((received_at for _at, received_at in came_in), default=now)


def _events(
    steps: Sequence[Step], drafts: Sequence[Draft], before: dict[int, Draft | None], now: datetime
) -> list[dict[str, Any]]:
    events = [
        {"at": now, "kind": _KINDS[outcome], "subject": f"case:{draft.target.saved.id}"}
        for _kept, outcome, draft in steps
        if draft is not None and draft.target.saved is not None and outcome in _KINDS
    ]
    for draft in drafts:
        was = before[id(draft)]
        if was and _is_open_again(draft, was):
            assert draft.saved
            facts = {"from": was.state.value}
            events.append({"at": now, "kind": "case.reopened", "subject": f"case:{draft.saved.id}", "facts": facts})
    return events


def rows_of(session: Session, case_id: int) -> Sequence[CaseMessage]:
    """The messages and notes of a case, oldest first. One query."""
    mine = select(CaseMessage).where(CaseMessage.case_id == case_id)
    return session.scalars(mine.order_by(CaseMessage.created_at, CaseMessage.id)).all()


def entry_of(row: CaseMessage) -> Entry:
    weight = weight_of(row.direction, row.author_kind, row.text, counts_as_answer=row.counts_as_answer)
    return Entry(row.message_id, weight, row.created_at, row.id, row.parent_ref)


def entries_of(session: Session, case_id: int) -> list[Entry]:
    return [entry_of(row) for row in rows_of(session, case_id)]


def state_with(case: Case, upshot: Upshot, row: CaseMessage) -> CaseState:
    """The state of a case in which this message has been counted."""
    return state_after(case.state, upshot, entry_of(row))


def stand(session: Session, case: Case, draft: Draft, was: Draft, now: datetime) -> None:
    """Lets a saved case stand as the draft does, its promises with it."""
    assert was.upshot
    assert draft.upshot
    for name, value in _upshot(draft).items():
        setattr(case, name, value)
    if _is_open_again(draft, was):
        promises.take_back_withdrawal(session, case.id, now=now)
    promises.follow(session, [_course(draft, was, now)], now)


def restand(session: Session, case: Case, now: datetime) -> None:
    """Judges a case anew after a text in it has changed: a thank-you may have become a question."""
    was = Draft.of(case)
    upshot = upshot_of(entries_of(session, case.id), case.closed_at)
    if upshot is None or upshot == was.upshot or case.state in (CaseState.SPAM, CaseState.MERGED):
        return
    stand_anew(session, case, upshot, was, now, waited=case.state in UNANSWERED)


def stand_anew(session: Session, case: Case, upshot: Upshot, was: Draft, now: datetime, *, waited: bool) -> None:
    """Lets a case stand as its messages say that have become others. Thanks after an answer keep no promise waiting.

    `waited` says whether anything in it waited for an answer before; what was closed without one stays broken.
    """
    stand(session, case, Draft(state_anew(case.state, upshot), upshot, case.episode, case), was, now)
    if waited and upshot.oldest_unanswered_at is None and upshot.last_answered_at is not None:
        promises.need_no_answer(session, case.id, after=upshot.last_answered_at, now=now)
