"""A split that is made by two people at once, or by a program that dies, or beside an earlier release. On both databases."""

import threading

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.cases import splitting
from portal.cases.models import Case, CaseMessage
from portal.db import Database
from portal.errors import Conflict
from portal.events.models import Event
from portal.promises.models import Promise
from portal.promises.rules import Impact, SetAside, Urgency
from portal.promises.store import promises_of
from tests.cases.builders import asked, at
from tests.cases.desk import Desk
from tests.cases.dying import die_at, lines_of
from tests.cases.splits import count, split, two_subjects


def test_two_at_the_same_moment_make_one_case(desk: Desk) -> None:
    case_id = two_subjects(desk)
    desk.take(asked(11, text="Trein?"))
    seen, outcomes = desk.case(case_id).version, list[str]()
    ready = threading.Barrier(2)

    def act(said: str) -> None:
        ready.wait()
        try:
            split(desk, case_id, said, version=seen)
            outcomes.append("made")
        except Conflict:
            outcomes.append("refused")

    threads = [threading.Thread(target=act, args=(said,)) for said in ("Geld terug?", "Trein?")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "refused"]
    assert count(desk.database, Case) == 2


def state_of(database: Database) -> tuple[int, int, int, list[int | None]]:
    with database.reading() as session:
        of_cases = list(session.scalars(select(CaseMessage.case_id).order_by(CaseMessage.id)))
    return count(database, Case), count(database, Promise), count(database, Event), of_cases


def test_a_program_that_is_killed_between_any_two_steps_leaves_no_trace(desk: Desk) -> None:
    modules = {"portal.cases.splitting"}

    def work_on(case_id: int, session: Session) -> None:
        chosen = session.scalars(select(CaseMessage.id).where(CaseMessage.case_id == case_id, CaseMessage.text == "Geld terug?"))
        splitting.split(
            session,
            case_id,
            list(chosen),
            impact=Impact.NORMAL,
            urgency=Urgency.NORMAL,
            member_id=desk.member,
            now=at(30),
            version=None,
        )

    def work(case_id: int, database: Database) -> None:
        with database.transaction() as session:
            work_on(case_id, session)

    first = desk.take(asked(0, thread_ref="eerst"), asked(1, text="Geld terug?", thread_ref="eerst"))
    lines = lines_of(lambda: work(first, desk.database), modules)
    assert len(lines) > 30
    case_id = two_subjects(desk)
    before = state_of(desk.database)
    for line in lines[:: max(1, len(lines) // 12)]:
        die_at(line, desk.database, lambda database: work(case_id, database), modules)
        assert state_of(desk.database) == before, line
    work(case_id, desk.database)
    assert count(desk.database, Case) == before[0] + 1
    with desk.database.reading() as session:
        assert promises_of(session, [case_id])[case_id][0].set_aside is SetAside.NONE


def test_the_release_before_splits_still_opens_cases(desk: Desk) -> None:
    """It runs on while the tables are changed, and knows nothing of the new columns."""
    case_id = two_subjects(desk)
    columns = "channel_id, episode, state, is_public, language, summary, received_at, last_inbound_at, changed_at, version"
    with desk.database.transaction() as session:
        session.execute(
            text(f"INSERT INTO cases (reference, thread_ref, {columns}) SELECT 'BR-OUD1-OUD1', 'oud', {columns} FROM cases")  # noqa: S608
        )
    assert desk.take(asked(5, thread_ref="oud")) != case_id
