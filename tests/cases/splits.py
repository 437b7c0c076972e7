"""A customer who wrote of two subjects, and an agent who makes two questions of it."""

from sqlalchemy import func, select

from portal.cases import splitting, store
from portal.cases.models import Case, CaseMessage
from portal.db import Database, Model
from portal.promises.rules import Impact, Urgency
from tests.cases.builders import asked, at
from tests.cases.desk import Desk


def split(
    desk: Desk,
    case_id: int,
    *texts: str,
    minutes: float = 30,
    version: int | None = None,
    impact: Impact = Impact.NORMAL,
) -> Case:
    """Splits off the messages with these texts."""
    chosen = [row.id for row in rows(desk, case_id) if row.text in texts]
    with desk.database.transaction() as session:
        return splitting.split(
            session,
            case_id,
            chosen,
            impact=impact,
            urgency=Urgency.NORMAL,
            member_id=desk.member,
            now=at(minutes),
            version=version,
        )


def rows(desk: Desk, case_id: int) -> list[CaseMessage]:
    with desk.database.reading() as session:
        return list(store.messages_of(session, case_id))


def texts(desk: Desk, case_id: int) -> list[str]:
    return [row.text for row in rows(desk, case_id)]


def two_subjects(desk: Desk) -> int:
    return desk.take(asked(0, text="Bus?", message_id="bus"), asked(10, text="Geld terug?", message_id="geld"))


def count(database: Database, model: type[Model]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0
