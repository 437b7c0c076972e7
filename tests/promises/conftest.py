"""A channel that is open on working days from nine to five, and a ledger that speaks in local times."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from portal.cases import splitting
from portal.cases.models import Case
from portal.cases.rules import Message
from portal.cases.store import messages_of
from portal.cases.taking import take_message
from portal.db import Database
from portal.hours.reading import parse_calendar
from portal.hours.store import opening_times_of_all, save_schedule
from portal.organisation.models import Channel
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel, save_organisation
from portal.promises import store
from portal.promises.count_models import ResponseDay, ResponseRecent
from portal.promises.counting import amounts_of, counts_of
from portal.promises.figures import ResponseFigures
from portal.promises.models import Promise
from portal.promises.recent import recent_since
from portal.promises.record import Account, Record
from portal.promises.recorded import record_of
from portal.promises.rules import Impact, RevisionReason, Urgency
from portal.promises.settings import save_settings
from tests.cases.builders import answered, asked

ZONE = ZoneInfo("Europe/Amsterdam")
NINE_TO_FIVE = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
LONG_AGO = datetime(2020, 1, 1, tzinfo=ZONE)


def local(text: str) -> datetime:
    """An instant in Amsterdam: "2026-03-10 14:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@dataclass
class Ledger:
    """Promises on one channel, each change in a transaction of its own."""

    database: Database
    now: datetime
    channel_id: int = 0
    cases: int = 0
    others: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.database.transaction() as session:
            yield session

    def add_channel(self, slug: str, weekly: dict[str, list[list[str]]] | None) -> int:
        with self.session() as session:
            channel = add_channel(session, slug=slug, kind=ChannelKind.X, name=slug, now=LONG_AGO, actor_id=None)
            if weekly is not None:
                calendar = parse_calendar({"timezone": "Europe/Amsterdam", "weekly": weekly})
                save_schedule(session, channel.id, calendar, valid_from=LONG_AGO, now=LONG_AGO, actor_id=None)
            self.others[slug] = channel.id
            return channel.id

    def announce_norm(self) -> None:
        """From now on customers are told the lead time of the class, whatever the desk estimates."""
        with self.session() as session:
            save_settings(session, announces_norm=True, shows_queue=False, now=LONG_AGO, actor_id=None)

    def receive(self, at: str | datetime, *, channel_id: int | None = None, made_at: datetime | None = None) -> Promise:
        """A new request with the promise that it gets."""
        self.cases += 1
        received_at = local(at) if isinstance(at, str) else at
        with self.session() as session:
            return store.make_promise(
                session,
                case_id=self.cases,
                channel_id=channel_id or self.channel_id,
                received_at=received_at,
                now=made_at or received_at,
            )

    def answer(self, promise: Promise, at: str | datetime) -> Promise:
        answered_at = local(at) if isinstance(at, str) else at
        with self.session() as session:
            store.record_answer(session, promise.case_id, answered_at, max(self.now, answered_at), known_at=answered_at)
        return self.look(promise)

    def tell(self, promise: Promise, later: str, at: str, *, by: int | None = None) -> Promise:
        """The customer hears of a later time."""
        with self.session() as session:
            store.revise(session, promise.case_id, local(later), RevisionReason.NOT_REACHED, now=local(at), actor_id=by)
        return self.look(promise)

    def handled(self, waits_minutes: list[float], *, start: datetime | None = None) -> None:
        """Requests received a minute apart and answered after these numbers of minutes."""
        begin = start or self.now - timedelta(days=1)
        for number, minutes in enumerate(waits_minutes):
            received_at = begin + timedelta(minutes=number)
            self.answer(self.receive(received_at), received_at + timedelta(minutes=minutes))

    def look(self, promise: Promise) -> Promise:
        with self.database.reading() as session:
            return session.get_one(Promise, promise.id)

    def assert_counts_are_those_of_the_promises(self) -> None:
        """What was counted along the way is what would be counted now."""
        with self.database.transaction() as session:
            for channel_id in {self.channel_id, *self.others.values()}:
                kept = counts_of(session, channel_id)
                store.recompute(session, channel_id)
                assert kept == counts_of(session, channel_id)
                promises = session.query(Promise).filter_by(channel_id=channel_id)
                expected = sum((amounts_of(each) for each in promises), start=type(kept)())
                since = recent_since(session) or date.max
                for (model, key, _n), n in list(expected.items()):
                    if model is ResponseDay and key[1] >= since:
                        expected[ResponseRecent, (key[0], key[2]), "n"] += n
                assert kept == expected


def ask_again(session: Session, case_id: int, at: datetime, made_at: datetime | None = None) -> Promise:
    """The customer writes again; returns the last promise of the case."""
    last = store.promise_of(session, case_id)
    known = {"channel_id": last.channel_id, "received_at": last.received_at, "made_at": last.made_at}
    store.follow(session, [store.Course(case_id, **known, made_again_at=made_at or at, asked_again_at=at)], made_at or at)
    return store.promise_of(session, case_id)


@dataclass
class Door:
    """Messages come in at the time that they say, unless another is given; each in a transaction of its own."""

    ledger: Ledger

    def take(self, message: Message, *, channel_id: int | None = None, now: datetime | None = None) -> Case | None:
        with self.ledger.session() as session:
            channel = session.get_one(Channel, channel_id or self.ledger.channel_id)
            return take_message(session, channel, message, now or message.created_at).case

    def ask(self, minutes: float = 0, thread: str = "t1", *, channel_id: int | None = None, **facts: str) -> Case:
        case = self.take(asked(minutes, thread_ref=thread, author_id=thread, **facts), channel_id=channel_id)
        assert case
        return case

    def reply(self, minutes: float, thread: str = "t1", *, channel_id: int | None = None, **facts: bool) -> None:
        self.take(answered(minutes, thread_ref=thread, **facts), channel_id=channel_id)

    def promises(self, case: Case) -> list[Promise]:
        with self.ledger.database.reading() as session:
            return store.promises_of(session, [case.id])[case.id]

    def case(self, case: Case) -> Case:
        with self.ledger.database.reading() as session:
            return session.get_one(Case, case.id)

    def figures(self, now: datetime, channel_id: int | None = None) -> ResponseFigures:
        self.ledger.now = now
        self.ledger.assert_counts_are_those_of_the_promises()
        return figures(self.ledger, channel_id)

    def record(self, now: datetime) -> Account:
        """What the public record says of all channels over the last four weeks."""
        self.ledger.assert_counts_are_those_of_the_promises()
        return self.whole_record(now).account

    def whole_record(self, now: datetime) -> Record:
        with self.ledger.database.reading() as session:
            return record_of(session, now, zone=ZONE, openings=opening_times_of_all(session))

    def split(self, case: Case, text: str, now: datetime) -> Case:
        with self.ledger.session() as session:
            chosen = [each.id for each in messages_of(session, case.id) if each.text == text]
            usual = {"impact": Impact.NORMAL, "urgency": Urgency.NORMAL}
            return splitting.split(session, case.id, chosen, **usual, member_id=3, now=now, version=None)

    def handled(self, number: int, *, minutes: float = 0) -> None:
        """Questions a minute apart that were answered within ten."""
        for each in range(number):
            self.ask(minutes + each, f"handled-{minutes}-{each}")
            self.reply(minutes + each + 10, f"handled-{minutes}-{each}")


@pytest.fixture
def ledger(database: Database, now: datetime) -> Ledger:
    made = Ledger(database, now)
    with made.session() as session:
        save_organisation(session, name="Proef", now=LONG_AGO, actor_id=None)
    made.channel_id = made.add_channel("kanaal", NINE_TO_FIVE)
    return made


@pytest.fixture
def door(ledger: Ledger) -> Door:
    ledger.announce_norm()
    return Door(ledger)


def figures(ledger: Ledger, channel_id: int | None = None, period: tuple[str, str] | None = None) -> ResponseFigures:
    since, until = (date.fromisoformat(each) for each in period) if period else (None, None)
    with ledger.database.reading() as session:
        return store.figures_of(session, channel_id or ledger.channel_id, since, until, ledger.now)
