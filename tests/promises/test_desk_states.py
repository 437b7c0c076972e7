"""What a desk knows, however it came to know it: kept along the way, read back after a restart, made anew from the promises."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, func, select, update
from sqlalchemy.orm import Session

from portal.db import Database
from portal.hours.reading import parse_calendar
from portal.hours.store import save_schedule
from portal.promises import desk_upkeep, store
from portal.promises.batch import Course
from portal.promises.desk_log import locked_standing, standings
from portal.promises.desk_memory import forget, memory_of
from portal.promises.desk_models import DeskFact, DeskRow
from portal.promises.desk_rebuilding import rebuilt
from portal.promises.desk_upkeep import SAVE_AFTER, keep, rebuild, save
from portal.promises.estimator import Desk, Happening
from portal.promises.models import Promise
from portal.promises.rules import SetAside, Urgency
from tests.promises.conftest import LONG_AGO, NINE_TO_FIVE, Ledger, local

slowly = settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # making a failing stream shorter would take many minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


class Undone(Exception):
    """Makes a transaction roll back."""


@dataclass
class Stream:
    """What happens at one channel, heard by two programs that share a database and take turns."""

    ledger: Ledger
    channel_id: int
    programs: list[Database]
    at: datetime = field(default_factory=lambda: local("2026-03-02 09:00"))
    turn: int = 0
    waiting: list[int] = field(default_factory=list)

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.programs[self.turn].transaction() as session:
            yield session

    def course(self, case_id: int, urgent: bool = False) -> Course:  # noqa: FBT001, FBT002
        first = "spoed" if urgent else "vraag"
        return Course(case_id, self.channel_id, self.at, self.at, self.at, first=first)

    def receive(self, number: int) -> None:
        """So many messages in one batch, a second apart."""
        courses = []
        for _ in range(number):
            self.ledger.cases += 1
            self.at += timedelta(seconds=1)
            courses.append(self.course(self.ledger.cases))
            self.waiting.append(self.ledger.cases)
        with self.session() as session:
            store.follow(session, courses, self.at)

    def receive_urgent(self) -> None:
        self.ledger.cases += 1
        with self.session() as session:
            made = store.make_promise(
                session,
                case_id=self.ledger.cases,
                channel_id=self.channel_id,
                received_at=self.at,
                urgency=Urgency.HIGH,
                now=self.at,
            )
        self.waiting.append(made.case_id)

    def receive_late(self) -> None:
        """Two messages that a gateway kept for three hours."""
        sent_at = self.at - timedelta(hours=3)
        self.ledger.cases += 2
        courses = [
            Course(number, self.channel_id, sent_at, self.at, self.at, first="vraag")
            for number in (self.ledger.cases - 1, self.ledger.cases)
        ]
        with self.session() as session:
            store.follow(session, courses, self.at)
        self.waiting += [course.case_id for course in courses]

    def answer(self, place: int) -> None:
        if self.waiting:
            case_id = self.waiting.pop(place % len(self.waiting))
            with self.session() as session:
                store.record_answer(session, case_id, self.at, self.at)

    def set_aside(self, place: int) -> None:
        if self.waiting:
            case_id = self.waiting.pop(place % len(self.waiting))
            with self.session() as session:
                store.set_aside(session, case_id, SetAside.SPAM, now=self.at)

    def withdraw(self, place: int) -> None:
        """In time or not: the desk hears of both."""
        if self.waiting:
            case_id = self.waiting.pop(place % len(self.waiting))
            with self.session() as session:
                store.withdraw(session, [case_id], now=self.at)

    def merge(self, place: int) -> None:
        if len(self.waiting) > 1:
            case_id = self.waiting.pop(place % len(self.waiting))
            with self.session() as session:
                store.merge(session, case_id, self.waiting[0], now=self.at)

    def fail(self) -> None:
        """All of it is undone: a batch whose end is not reached."""
        with suppress(Undone), self.session() as session:
            store.follow(session, [self.course(10_000_000), self.course(10_000_001)], self.at)
            raise Undone

    def fail_in_part(self) -> None:
        """A savepoint is undone in the middle of a batch that goes on."""
        self.ledger.cases += 2
        first, last = self.course(self.ledger.cases - 1), self.course(self.ledger.cases)
        undone = [replace(self.course(number), received_at=self.at - timedelta(hours=1)) for number in (10_000_000, 10_000_001)]
        with self.session() as session:
            store.follow(session, [first], self.at)
            with suppress(Undone), session.begin_nested():
                store.follow(session, undone, self.at)
                raise Undone
            with session.begin_nested():
                store.follow(session, [last], self.at)
        self.waiting += [first.case_id, last.case_id]

    def restart(self) -> None:
        with self.programs[self.turn].reading() as session:
            forget(session)

    def save(self) -> None:
        with self.session() as session:
            there = locked_standing(session, self.channel_id)
            if there:
                save(session, there)

    def change_over(self) -> None:
        self.turn = 1 - self.turn

    def state(self, program: int) -> dict[str, Any]:
        return state_in(self.programs[program], self.channel_id)


def state_in(database: Database, channel_id: int) -> dict[str, Any]:
    """What this program knows of the desk once it has caught up."""
    with database.reading() as session:
        memory = memory_of(session)
        memory.catch_up(session, standings(session, [channel_id]))
        kept = memory.desks.get(channel_id)
        return kept.desk.as_json() if kept else Desk().as_json()


def handled_at_once(ledger: Ledger, number: int, channel_id: int, start: datetime) -> None:
    """So many requests twenty minutes apart, each answered after a quarter of an hour and heard of at its time."""
    for place in range(number):
        made = ledger.receive(start + timedelta(minutes=20 * place), channel_id=channel_id)
        at = made.received_at + timedelta(minutes=15)
        with ledger.session() as session:
            store.record_answer(session, made.case_id, at, at)


@contextmanager
def two_programs(database: Database) -> Iterator[list[Database]]:
    other = Database(database.engine.url.render_as_string(hide_password=False))
    try:
        yield [database, other]
    finally:
        other.close()


DEEDS = st.one_of(
    st.tuples(st.just("receive"), st.integers(1, 4)),
    st.tuples(st.just("receive"), st.just(1)),
    st.tuples(st.just("answer"), st.integers(0, 50)),
    st.tuples(st.just("answer"), st.integers(0, 50)),
    st.tuples(st.sampled_from(["set_aside", "withdraw", "merge"]), st.integers(0, 50)),
    st.tuples(st.sampled_from(["receive_urgent", "receive_late", "fail", "fail_in_part", "restart", "save", "change_over"])),
)
STREAMS = st.lists(st.tuples(st.integers(1, 600), DEEDS), min_size=5, max_size=60)


def play(ledger: Ledger, programs: list[Database], deeds: list[tuple[int, tuple[Any, ...]]]) -> Stream:
    stream = Stream(ledger, ledger.add_channel(f"kanaal-{ledger.cases}-{len(ledger.others)}", NINE_TO_FIVE), programs)
    for minutes, (what, *given_) in deeds:
        stream.at += timedelta(minutes=minutes)
        getattr(stream, what)(*given_)
    return stream


@slowly
@given(deeds=STREAMS)
def test_a_desk_knows_the_same_kept_read_back_and_made_anew(ledger: Ledger, deeds: list[tuple[int, tuple[Any, ...]]]) -> None:
    with two_programs(ledger.database) as programs:
        stream = play(ledger, programs, deeds)
        kept = stream.state(0)
        assert stream.state(1) == kept
        stream.turn = 0
        stream.restart()
        assert stream.state(0) == kept
        with ledger.database.reading() as session:
            if session.query(Promise).filter_by(channel_id=stream.channel_id).count():
                assert rebuilt(session, stream.channel_id, stream.at).desk.as_json() == kept


def test_what_a_savepoint_took_back_is_not_remembered(ledger: Ledger) -> None:
    with two_programs(ledger.database) as programs:
        stream = play(ledger, programs, [(1, ("receive", 1)), (5, ("fail_in_part",))])
        assert stream.state(1) == stream.state(0)


def test_what_was_rolled_back_leaves_no_trace(ledger: Ledger) -> None:
    with two_programs(ledger.database) as programs:
        stream = play(ledger, programs, [(1, ("receive", 3)), (5, ("answer", 0))])
        before = stream.state(0)
        stream.fail()
        assert stream.state(0) == stream.state(1) == before
        with ledger.database.reading() as session:
            assert session.scalar(select(func.count(DeskFact.number))) == 4


def die_before_the_commit(url: str, channel_id: int, at: datetime) -> None:
    """What a program does that is killed when all is written and nothing committed."""

    def die(session: Session) -> None:
        assert session.scalar(select(func.count(DeskFact.number))) == 4
        os.kill(os.getpid(), signal.SIGKILL)

    with Database(url).transaction() as session:
        event.listen(session, "before_commit", die)
        store.follow(session, [Course(number, channel_id, at, at, at, first="x") for number in (500, 501)], at)


def test_a_program_that_is_killed_before_its_commit_leaves_no_trace(ledger: Ledger) -> None:
    first, url = ledger.receive("2026-03-10 09:00"), ledger.database.engine.url.render_as_string(hide_password=False)
    ledger.receive("2026-03-10 09:10")
    before = state_in(ledger.database, ledger.channel_id)
    program = get_context("spawn").Process(target=die_before_the_commit, args=(url, ledger.channel_id, local("2026-03-10 09:20")))
    program.start()
    program.join()
    assert program.exitcode == -signal.SIGKILL
    with ledger.database.reading() as session:
        assert session.scalars(select(DeskFact.number).order_by(DeskFact.number)).all() == [1, 2]
        forget(session)
    assert state_in(ledger.database, ledger.channel_id) == before
    with ledger.session() as session:
        store.record_answer(session, first.case_id, local("2026-03-10 09:30"), local("2026-03-10 09:30"))
    with ledger.database.reading() as session:
        assert session.scalars(select(DeskFact.number).order_by(DeskFact.number)).all() == [1, 2, 3]


def test_facts_have_numbers_without_gaps_among_writers_at_the_same_time(ledger: Ledger) -> None:
    faults: list[Exception] = []

    def write(seed: int) -> None:
        try:
            for number in range(8):
                at = ledger.now + timedelta(minutes=number)
                courses = [Course(seed * 100 + number * 2 + each, ledger.channel_id, at, at, at, first="x") for each in (0, 1)]
                with ledger.database.transaction() as session:
                    store.follow(session, courses, at)
        except Exception as error:  # noqa: BLE001 - told below
            faults.append(error)

    threads = [threading.Thread(target=write, args=(seed,)) for seed in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    with ledger.database.reading() as session:
        facts = session.execute(select(DeskFact.number, DeskFact.clock).order_by(DeskFact.number)).all()
    assert [number for number, _clock in facts] == list(range(1, 49))
    assert [clock for _number, clock in facts] == sorted(clock for _number, clock in facts)
    before = state_in(ledger.database, ledger.channel_id)
    with ledger.database.reading() as session:
        forget(session)
    assert state_in(ledger.database, ledger.channel_id) == before


def test_a_snapshot_takes_the_place_of_the_facts_before_it(ledger: Ledger) -> None:
    handled_at_once(ledger, SAVE_AFTER // 2, ledger.channel_id, ledger.now - timedelta(days=20))
    before = state_in(ledger.database, ledger.channel_id)
    keep(ledger.database, ledger.now)
    with ledger.database.reading() as session:
        assert session.scalar(select(func.count(DeskFact.number))) == 0
        assert standings(session)[ledger.channel_id].snapshot_number == SAVE_AFTER
        forget(session)
    assert state_in(ledger.database, ledger.channel_id) == before


def test_a_desk_that_cannot_be_kept_keeps_no_other_from_being_saved(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    later = ledger.add_channel("later", NINE_TO_FIVE)
    for channel_id in (ledger.channel_id, later):
        handled_at_once(ledger, SAVE_AFTER // 2, channel_id, ledger.now - timedelta(days=20))
    well = Desk.as_json

    def as_json(desk: Desk) -> dict[str, Any]:
        if desk is broken:
            raise OverflowError("of secret figures")
        return well(desk)

    with ledger.database.reading() as session:
        memory = memory_of(session)
        memory.catch_up(session, standings(session))
        broken = memory.desks[ledger.channel_id].desk
    monkeypatch.setattr(Desk, "as_json", as_json)
    with pytest.raises(OverflowError):
        keep(ledger.database, ledger.now)
    with ledger.database.reading() as session:
        assert [standings(session)[each].snapshot_number for each in (ledger.channel_id, later)] == [0, SAVE_AFTER]
    assert f"channel {ledger.channel_id} cannot be kept (OverflowError)" in caplog.text
    assert "secret" not in caplog.text


def test_a_program_that_missed_facts_which_are_gone_reads_the_snapshot(ledger: Ledger) -> None:
    with two_programs(ledger.database) as programs:
        ledger.receive("2026-03-10 09:00")
        state_in(programs[1], ledger.channel_id)
        handled_at_once(ledger, SAVE_AFTER // 2, ledger.channel_id, ledger.now)
        keep(ledger.database, ledger.now + timedelta(days=3))
        with ledger.database.reading() as session:
            assert session.scalar(select(func.count(DeskFact.number))) == 0
        assert state_in(programs[1], ledger.channel_id) == state_in(programs[0], ledger.channel_id)


@pytest.mark.parametrize(
    "damage", [{"snapshot": "{"}, {"snapshot": "{}"}, {"snapshot_format": Desk.FORMAT - 1}], ids=["torn", "empty", "format"]
)
def test_a_desk_that_cannot_be_read_is_made_anew(ledger: Ledger, damage: dict[str, Any]) -> None:
    handled_at_once(ledger, 15, ledger.channel_id, ledger.now - timedelta(hours=5))
    rebuild(ledger.database, ledger.channel_id, ledger.now)
    before = state_in(ledger.database, ledger.channel_id)
    with ledger.session() as session:
        session.execute(update(DeskRow).values(damage))
        forget(session)
    makeshift = state_in(ledger.database, ledger.channel_id)
    assert makeshift != before
    keep(ledger.database, ledger.now)
    assert state_in(ledger.database, ledger.channel_id) == before


def test_what_comes_in_while_a_desk_is_made_anew_is_heard_by_the_clock_of_the_new_one(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first opening hours count for the past too: the desk had counted round the clock until then."""
    channel_id = ledger.add_channel("zonder-uren", None)
    handled_at_once(ledger, 15, channel_id, ledger.now - timedelta(days=3))
    hours = parse_calendar({"timezone": "Europe/Amsterdam", "weekly": NINE_TO_FIVE})
    with ledger.session() as session:
        save_schedule(session, channel_id, hours, valid_from=LONG_AGO, now=ledger.now, actor_id=None)
    at = ledger.now + timedelta(minutes=5)

    def made_anew(*arguments: Any) -> Any:
        found = rebuilt(*arguments)
        ledger.receive(at, channel_id=channel_id)
        return found

    monkeypatch.setattr(desk_upkeep, "rebuilt", made_anew)
    rebuild(ledger.database, channel_id, ledger.now)
    monkeypatch.undo()
    heard_meanwhile = state_in(ledger.database, channel_id)
    rebuild(ledger.database, channel_id, at)
    heard_before = state_in(ledger.database, channel_id)
    for state in (heard_meanwhile, heard_before):
        [waiting] = state["line"]["open"]
        assert waiting[2] == state["clock"]
    assert heard_meanwhile["clock"] == pytest.approx(heard_before["clock"])


def test_what_is_split_off_after_days_waits_like_any_other_and_nothing_is_broken(ledger: Ledger) -> None:
    ledger.receive("2026-03-06 10:00")
    with ledger.session() as session:
        since = ledger.now - timedelta(days=3)
        store.make_promise(
            session, case_id=99, channel_id=ledger.channel_id, received_at=ledger.now, waits_since=since, now=ledger.now
        )
    kept = state_in(ledger.database, ledger.channel_id)
    waiting = {each[0]: each for each in kept["line"]["open"]}[2]
    assert (waiting[2], waiting[-1]) == (kept["clock"], False)
    with ledger.database.reading() as session:
        assert standings(session)[ledger.channel_id].asked == 0
        assert rebuilt(session, ledger.channel_id, ledger.now).desk.as_json() == kept


def test_history_that_comes_in_late_is_learnt_as_history(ledger: Ledger) -> None:
    """Imported a week later, it teaches what it would have taught at the time, and nothing of today."""
    start = ledger.now - timedelta(days=7)
    for number in range(30):
        at = start + timedelta(minutes=20 * number)
        ledger.answer(ledger.receive(at, made_at=ledger.now), at + timedelta(minutes=15))
    with ledger.database.reading() as session:
        assert session.scalar(select(func.count(DeskFact.number)).where(DeskFact.happening == Happening.RECEIVED)) == 0
    keep(ledger.database, ledger.now)
    with ledger.database.reading() as session:
        stand = standings(session)[ledger.channel_id]
        assert stand.asked == stand.rebuilt > 0
    learnt = state_in(ledger.database, ledger.channel_id)
    prompt = ledger.add_channel("op-tijd", NINE_TO_FIVE)
    handled_at_once(ledger, 30, prompt, start)
    heard = state_in(ledger.database, prompt)
    assert learnt["pace"] == heard["pace"]
    assert learnt["clock"] == heard["clock"]


def test_who_was_answered_long_ago_is_before_nobody_from_the_moment_that_it_is_known(ledger: Ledger) -> None:
    """Also before the desk is made anew: until then everybody would be told of a queue that is not there."""
    then = ledger.now - timedelta(days=3)
    with ledger.session() as session:
        for number in range(12):
            at = then + timedelta(minutes=number)
            ledger.cases += 1
            store.make_promise(session, case_id=ledger.cases, channel_id=ledger.channel_id, received_at=at, now=at)
            store.record_answer(session, ledger.cases, at + timedelta(minutes=5), ledger.now)
        last = store.make_promise(session, case_id=100, channel_id=ledger.channel_id, received_at=ledger.now, now=ledger.now)
    assert last.ahead == 0
    keep(ledger.database, ledger.now)
    assert ledger.receive(ledger.now).ahead == 1


def test_imported_history_that_waits_again_is_in_the_queue(ledger: Ledger) -> None:
    old = ledger.receive(ledger.now - timedelta(days=7), made_at=ledger.now)
    keep(ledger.database, ledger.now)
    for change in (store.set_aside, store.take_back_set_aside):
        with ledger.session() as session:
            change(session, old.case_id, **({"why": SetAside.SPAM} if change is store.set_aside else {}), now=ledger.now)
    keep(ledger.database, ledger.now)
    assert ledger.receive(ledger.now).ahead == 1


def test_a_desk_is_made_anew_only_when_that_was_asked_for(ledger: Ledger) -> None:
    ledger.receive("2026-03-10 09:00")
    with ledger.database.reading() as session:
        mark = standings(session)[ledger.channel_id].mark
    keep(ledger.database, ledger.now)
    with ledger.database.reading() as session:
        assert standings(session)[ledger.channel_id].mark == mark


def test_a_clock_that_ran_far_ahead_is_put_right(ledger: Ledger) -> None:
    ledger.receive(ledger.now + timedelta(days=300))
    keep(ledger.database, ledger.now)
    with ledger.database.reading() as session:
        assert standings(session)[ledger.channel_id].reading.at <= ledger.now


def test_the_log_is_emptied_with_its_desk(ledger: Ledger) -> None:
    """Without its facts a desk starts from what its snapshot says, and goes on counting."""
    ledger.receive("2026-03-10 09:00")
    rebuild(ledger.database, ledger.channel_id, ledger.now)
    with ledger.session() as session:
        session.execute(delete(DeskFact))
    ledger.receive("2026-03-10 10:00")
    with ledger.database.reading() as session:
        assert session.scalars(select(DeskFact.number)).all() == [2]
