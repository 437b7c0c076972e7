"""What opens a customer's own case, and where it stands."""

from datetime import datetime

from sqlalchemy import select

from portal.cases import claims_store, store
from portal.cases.claims_store import Issued
from portal.cases.models import Case, CaseMessage
from portal.services import Services

ACTS = ("message", "solved", "withdraw", "after-all", "erasure", "forget")


def proof(services: Services, case: Case, now: datetime) -> Issued:
    with services.database.transaction() as session:
        return claims_store.issue(session, services.vault, case.id, now=now, actor_id=None)


def home(case: Case, act: str = "") -> str:
    return f"/track/mine/{case.reference}{act and '/'}{act}"


def answer(services: Services, case: Case, text: str, now: datetime) -> CaseMessage:
    with services.database.transaction() as session:
        store.answer(session, case.id, text=text, member_id=1, now=now, version=None)
        return session.scalars(select(CaseMessage).where(CaseMessage.text == text)).one()
