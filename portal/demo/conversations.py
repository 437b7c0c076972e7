"""Plays the conversations of `traffic` through the store of cases.

What is long ago and ordinary comes in as history does: messages in batches, read from the channels. The day of the calamity
and the last days are worked on in the portal itself, act by act.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from portal.cases import noticing
from portal.cases import store as cases
from portal.cases.rules import Direction, Message, Visibility
from portal.cases.taking import take_message, take_messages
from portal.demo.deeds import Deed, Timed
from portal.demo.founding import Founded
from portal.demo.traffic import Act, Kind
from portal.hours.opening_time import round_up
from portal.promises import store as promises
from portal.promises.models import Promise
from portal.promises.rules import RevisionReason, SetAside
from portal.promises.store import News

_TOLD_BEFORE = timedelta(minutes=40)  # by a person, before the portal does so by itself
_MOST_TOLD = 100
_HALF_HOUR = timedelta(minutes=30)
_READ_EVERY = timedelta(minutes=50)  # shorter than the shortest promise, so that none is made when it is over
_MESSAGES = {Kind.ASK, Kind.ANSWER, Kind.ACKNOWLEDGE}


class Conversations:
    """Remembers which conversation became which case."""

    def __init__(self, founded: Founded, acts: Sequence[Act], zone: ZoneInfo) -> None:
        self._founded, self._acts, self._zone = founded, acts, zone
        self._until = acts[-1].at
        self._cases: dict[str, int] = {}
        self._first_answer: dict[str, datetime] = {}
        for act in acts:
            if act.kind is Kind.ANSWER:
                self._first_answer.setdefault(act.thread, act.at)

    def deeds(self, is_history: Callable[[datetime], bool]) -> Iterator[Timed]:
        """Everything in order of time; `is_history` says which instants are long ago and ordinary."""
        batch: list[Act] = []
        for act in self._acts:
            old = is_history(act.at)
            if batch and (not old or act.kind is Kind.SPAM or act.at - batch[0].at > _READ_EVERY):
                yield Timed(batch[-1].at, partial(self._read_in, batch))
                batch = []
            if not old or act.kind is Kind.SPAM:
                yield Timed(act.at, self._deed(act))
            elif act.kind in _MESSAGES:
                batch.append(act)
        if batch:
            yield Timed(batch[-1].at, partial(self._read_in, batch))

    def _read_in(self, batch: list[Act], session: Session) -> list[Timed]:
        messages = [(self._founded.channels[act.channel.slug], self._message(act)) for act in batch]
        notices: list[Timed] = []
        for act, taken in zip(batch, take_messages(session, messages, batch[-1].at), strict=True):
            if taken.case is not None:
                self._cases[act.thread] = taken.case.id
            if taken.case is not None and taken.is_new_case:
                notices += self._told_in_history(promises.promise_of(session, taken.case.id), act)
        return notices

    def _told_in_history(self, promise: Promise, act: Act) -> list[Timed]:
        """As the portal's own job, of this question alone: the answers of others may have come and not been read yet."""
        answered_at = self._first_answer.get(act.thread, self._until)
        at = max(promise.notice_at or self._until, act.at)
        case_id = promise.case_id

        def tell(session: Session) -> list[Timed]:
            late = promises.promise_of(session, case_id)
            if late.answered_at is None and late.set_aside is SetAside.NONE and not late.notices:
                until = promises.new_time(session, late, at, late.promised_at)
                promises.tell(session, [News(late, until, RevisionReason.NOT_REACHED)], at)
            return []

        return [Timed(at, tell)] if at < answered_at else []

    def _deed(self, act: Act) -> Deed:
        return lambda session: self._do(session, act)

    def _do(self, session: Session, act: Act) -> list[Timed]:
        case_id = self._cases.get(act.thread, 0)
        agent = self._founded.agents[act.agent]
        match act.kind:
            case Kind.ASK | Kind.ACKNOWLEDGE:
                return self._write(session, act)
            case Kind.ANSWER:
                cases.answer(session, case_id, text=act.text, member_id=agent, now=act.at, version=None)
            case Kind.NOTE:
                cases.add_note(session, case_id, text=act.text, member_id=agent, now=act.at)
            case Kind.CLOSE:
                cases.close(session, case_id, member_id=agent, now=act.at, version=None)
            case Kind.SPAM:
                cases.mark_spam(session, case_id, member_id=agent, now=act.at, version=None)
        return []

    def _write(self, session: Session, act: Act) -> list[Timed]:
        channel = self._founded.channels[act.channel.slug]
        taken = take_message(session, channel, self._message(act), act.at)
        if taken.case is None or not taken.is_new_case:
            return []
        self._cases[act.thread] = taken.case.id
        return self._notices(session, taken.case.id, act)

    def _message(self, act: Act) -> Message:
        channel = self._founded.channels[act.channel.slug]
        is_customer = act.kind is Kind.ASK
        return Message(
            message_id=f"{act.thread}.{act.number}",
            direction=Direction.INBOUND if is_customer else Direction.OUTBOUND,
            created_at=act.at,
            text=act.text,
            thread_ref=act.thread,
            author_id=act.person.author_id if is_customer else channel.account,
            author_handle=act.person.handle if is_customer else "",
            author_name=act.person.name if is_customer else "",
            visibility=Visibility.PUBLIC if act.is_public else Visibility.DIRECT,
            is_automatic=act.kind is Kind.ACKNOWLEDGE,
            language=act.language,
        )

    def _notices(self, session: Session, case_id: int, act: Act) -> list[Timed]:
        """Who will wait longer than promised is told so before the promised time: in the calamity by a person."""
        promise, answered_at = promises.promise_of(session, case_id), self._first_answer.get(act.thread)
        by_itself = self._told_by_itself(promise.notice_at, answered_at, act)
        promised_at = promise.promised_at
        if not act.is_about_calamity or promised_at is None or answered_at is None or promised_at >= answered_at:
            return by_itself
        told_at = max(promised_at - _TOLD_BEFORE, act.at)

        def tell(session: Session) -> list[Timed]:
            new_time = round_up(answered_at, _HALF_HOUR, self._zone)
            agent = self._founded.agents[0]
            promises.revise(session, case_id, new_time, RevisionReason.OUTAGE, now=told_at, actor_id=agent)
            return []

        return [Timed(told_at, tell), *by_itself] if told_at < answered_at else by_itself

    def _told_by_itself(self, notice_at: datetime | None, answered_at: datetime | None, act: Act) -> list[Timed]:
        """The portal's own job, which comes by when a notice is due."""
        at = max(notice_at or self._until, act.at)
        if at >= (answered_at or self._until):
            return []

        def tell(session: Session) -> list[Timed]:
            noticing.tell_some(session, at, _MOST_TOLD)
            return []

        return [Timed(at, tell)]
