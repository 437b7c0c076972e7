"""All that is known of a case and belongs to its customer, for taking along."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.cases.journey import StepKind, Told
from portal.cases.tracking_store import messages_for_customer, own_view, told
from portal.promises.store import promises_of, revisions_of


def export(session: Session, case_id: int, now: datetime) -> dict[str, Any]:
    """The case as plain JSON values. Eighteen queries at most."""
    view = own_view(session, case_id, now)
    tellings = told(promises_of(session, [case_id]).get(case_id, []), revisions_of(session, case_id))
    splits = [each for each in view.steps if each.kind in {StepKind.SPLIT, StepKind.SPLIT_OFF}]
    return {
        "reference": view.case.reference,
        "channel": view.channel.name,
        "received_at": view.case.received_at.isoformat(),
        "closed_at": _iso(view.case.closed_at),
        "state": view.standing.state.value,
        "splits": [{"at": each.at.isoformat(), "what": each.kind.value, "other": each.reference} for each in splits],
        "promises": [_exported(each) for each in tellings],
        "messages": [
            {
                "at": each.created_at.isoformat(),
                "from": each.author_kind.value,
                "text": each.text,
                "edited_at": _iso(each.edited_at),
                "deleted_at": _iso(each.deleted_at),
                "attachments": each.attachments,
            }
            for each in messages_for_customer(session, view.case)
        ],
        "opinions": [
            {"at": each.given_at.isoformat(), "helped": each.helped, "text": each.text} for each in view.opinions.values()
        ],
        "erasure_asked_at": _iso(view.erasure_asked_at),
        "exported_at": now.isoformat(),
    }


def _exported(each: Told) -> dict[str, Any]:
    return {
        "received_at": each.received_at.isoformat(),
        "promised_at": _iso(each.promised_at),
        "hear_by": _iso(each.hear_by),
        "answered_at": _iso(each.answered_at),
        "revisions": [
            {
                "at": revision.made_at.isoformat(),
                "promised_at": _iso(revision.promised_at),
                "hear_by": _iso(revision.hear_by),
                "reason": revision.reason.value,
                "sentence_nl": revision.sentence.nl,
                "sentence_en": revision.sentence.en,
            }
            for revision in each.revisions
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
