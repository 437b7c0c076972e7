"""A way into one question of the demo company, so that a visitor sees what its customer sees."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases import claims_store
from portal.cases.models import Case
from portal.cases.rules import CaseState
from portal.vault import Vault

_SHOWN = (CaseState.NEW, CaseState.OPEN, CaseState.ANSWERED, CaseState.WAITING)


def new_demo_claim(session: Session, vault: Vault, now: datetime) -> claims_store.Issued | None:
    """A code and link for the newest question asked in private, in the place of all earlier ones; None without a question."""
    newest = select(Case.id).where(Case.state.in_(_SHOWN), Case.is_public.is_(False)).order_by(Case.received_at.desc(), Case.id)
    case_id = session.scalar(newest.limit(1))
    if case_id is None:
        return None
    claims_store.revoke_all(session, [case_id], now=now, actor_id=None)
    return claims_store.issue(session, vault, case_id, now=now, actor_id=None)
