"""Who writes when, and when an answer comes: customers arrive by the clock, and a few people answer while their channel is open.

Pure. Nothing here says how long an answer takes; it follows from the queue, so the figures of the demo have real causes.
"""

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from random import Random
from zoneinfo import ZoneInfo

from portal.demo import topics
from portal.demo.company import CHANNELS, DemoChannel
from portal.demo.people import Person, crowd
from portal.demo.words import Words
from portal.hours.opening_time import OpeningTimes

_MINUTE = timedelta(minutes=1)
_BY_HOUR = (0.3, 0.2, 0.1, 0.1, 0.2, 1, 3, 7, 9, 6, 4.5, 4, 4.5, 4.5, 4.5, 5.5, 7, 8, 6, 4, 3.5, 3, 2.5, 1.2)
_BY_WEEKDAY = (1.15, 1.0, 0.95, 1.0, 1.05, 0.55, 0.4)
_AGENTS_BY_HOUR = (0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 1, 1, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1, 0)
_MOST_AGENTS = 5


class Kind(StrEnum):
    ASK = "ask"
    ANSWER = "answer"
    ACKNOWLEDGE = "acknowledge"
    NOTE = "note"
    CLOSE = "close"
    SPAM = "spam"


@dataclass(frozen=True, order=True)
class Act:
    """One thing that somebody does in a conversation. `agent` counts the people who answer, from 0."""

    at: datetime
    thread: str
    number: int
    kind: Kind = field(compare=False)
    channel: DemoChannel = field(compare=False)
    person: Person = field(compare=False)
    text: str = field(compare=False, default="")
    agent: int = field(compare=False, default=0)
    is_public: bool = field(compare=False, default=False)
    is_about_calamity: bool = field(compare=False, default=False)
    language: str = field(compare=False, default="nl")


@dataclass(frozen=True)
class Disturbance:
    """While it lasts so many times more people write to these channels, most of them about it; more colleagues come in."""

    starts_at: datetime
    ends_at: datetime
    topic: topics.Topic
    times: float
    more_agents: int
    channels: frozenset[str]

    def is_at(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at


@dataclass
class _Conversation:
    thread: str
    channel: DemoChannel
    person: Person
    topic: topics.Topic
    words: Words
    is_public: bool
    asked: int  # which of the topic's questions; its answer stands at the same place
    said: int = 0


@dataclass(order=True)
class _Waiting:
    due: datetime
    thread: str
    at: datetime
    not_before: datetime = field(compare=False)
    conversation: _Conversation = field(compare=False)
    is_first: bool = field(compare=False)


class Traffic:
    """All conversations from the first day up to an instant, in order of time; the same for the same seed and days."""

    def __init__(
        self,
        seed: str,
        first_day: date,
        zone: ZoneInfo,
        openings: Mapping[str, OpeningTimes],
        disturbances: Sequence[Disturbance],
    ) -> None:
        self._random = Random(seed)
        self._first_day, self._zone = first_day, zone
        self._openings, self._disturbances = openings, disturbances
        self._crowd = crowd(self._random)
        self._acts: list[Act] = []
        self._threads = 0
        self._later: list[tuple[datetime, int, _Conversation]] = []

    def until(self, end: datetime) -> list[Act]:
        start = datetime.combine(self._first_day, time(0), self._zone).astimezone(UTC)
        arrivals = self._arrivals(start, end)
        waiting: list[_Waiting] = []
        busy_until = [start] * _MOST_AGENTS
        minute = start
        while minute < end:
            while arrivals and arrivals[-1][0] <= minute:
                at, channel = arrivals.pop()
                self._begin(at, channel, waiting)
            while self._later and self._later[0][0] <= minute:
                at, _number, conversation = heapq.heappop(self._later)
                self._ask_more(at, conversation, waiting)
            if waiting:
                self._work(minute, waiting, busy_until)
            minute += _MINUTE
        return sorted(act for act in self._acts if act.at < end)

    def _arrivals(self, start: datetime, end: datetime) -> list[tuple[datetime, DemoChannel]]:
        """When somebody starts to write, and where; the last first, so that the next one is popped from the end."""
        found = []
        hour = start
        whole = sum(_BY_HOUR)
        while hour < end:
            local = hour.astimezone(self._zone)
            share = _BY_HOUR[local.hour] / whole * _BY_WEEKDAY[local.weekday()]
            for channel in CHANNELS:
                disturbance = self._disturbance_at(hour)
                is_crowded = disturbance is not None and channel.slug in disturbance.channels
                expected = channel.a_day * share * (disturbance.times if disturbance and is_crowded else 1)
                found += [
                    (hour + timedelta(seconds=self._random.randrange(3600)), channel) for _ in range(self._poisson(expected))
                ]
            hour += timedelta(hours=1)
        return sorted(found, key=lambda arrival: arrival[0], reverse=True)

    def _poisson(self, expected: float) -> int:
        count, product, floor = 0, self._random.random(), math.exp(-expected)
        while product > floor:
            count += 1
            product *= self._random.random()
        return count

    def _begin(self, at: datetime, channel: DemoChannel, waiting: list[_Waiting]) -> None:
        random = self._random
        disturbance = self._disturbance_at(at)
        is_about_it = disturbance is not None and channel.slug in disturbance.channels and random.random() < 0.8
        usual = random.choices(topics.TOPICS, [topic.weight for topic in topics.TOPICS])[0]
        topic = disturbance.topic if disturbance and is_about_it else usual
        self._threads += 1
        conversation = _Conversation(
            thread=f"{channel.slug}-{self._threads:05}",
            channel=channel,
            person=random.choice(self._crowd),
            topic=topic,
            words=Words(random, at.astimezone(self._zone)),
            is_public=channel.is_public_place and not topic.private and random.random() < 0.7,
            asked=random.randrange(len(topic.asks)),
        )
        if random.random() < 0.015:
            self._add(conversation, at, Kind.ASK, random.choice(topics.SPAM))
            self._add(conversation, at + timedelta(minutes=random.randrange(20, 300)), Kind.SPAM)
            return
        self._add(conversation, at, Kind.ASK, conversation.words.fill(topic.asks[conversation.asked]))
        if not self._openings[channel.slug].is_open(at):
            self._add(conversation, at + timedelta(seconds=random.randrange(4, 40)), Kind.ACKNOWLEDGE, topics.ACKNOWLEDGEMENT)
        patience = timedelta(minutes=15 if topic.urgent else channel.minutes_to_answer)
        if random.random() < 0.012:
            patience += timedelta(days=2)  # somebody looked at it, meant to come back to it, and did not
        self._wait(waiting, conversation, at, at + patience, is_first=True)

    def _ask_more(self, at: datetime, conversation: _Conversation, waiting: list[_Waiting]) -> None:
        conversation.asked = self._random.randrange(len(conversation.topic.more))
        self._add(conversation, at, Kind.ASK, conversation.topic.more[conversation.asked])
        due = at + timedelta(minutes=conversation.channel.minutes_to_answer)
        self._wait(waiting, conversation, at, due, is_first=False)

    def _wait(self, waiting: list[_Waiting], conversation: _Conversation, at: datetime, due: datetime, *, is_first: bool) -> None:
        looked_at = due if due - at > timedelta(days=2) else at + timedelta(minutes=conversation.channel.looked_at_after)
        waiting.append(_Waiting(due, conversation.thread, at, looked_at, conversation, is_first))

    def _work(self, minute: datetime, waiting: list[_Waiting], busy_until: list[datetime]) -> None:
        """Each colleague who is there and free takes the one that is due first, of the channels that are open."""
        at_work = _AGENTS_BY_HOUR[minute.astimezone(self._zone).hour]
        disturbance = self._disturbance_at(minute)
        if disturbance and at_work:
            at_work = min(at_work + disturbance.more_agents, _MOST_AGENTS)
        for agent in range(at_work):
            if busy_until[agent] > minute:
                continue
            ready = [one for one in waiting if one.not_before <= minute and self._is_open(one, minute)]
            if not ready:
                return
            taken = min(ready)
            waiting.remove(taken)
            seconds = min(self._random.lognormvariate(math.log(420), 0.7), 3600)
            busy_until[agent] = minute + timedelta(seconds=seconds)
            self._answer(busy_until[agent], taken, agent % 3)

    def _disturbance_at(self, at: datetime) -> Disturbance | None:
        return next((each for each in self._disturbances if each.is_at(at)), None)

    def _is_open(self, one: _Waiting, minute: datetime) -> bool:
        return self._openings[one.conversation.channel.slug].is_open(minute)

    def _answer(self, at: datetime, taken: _Waiting, agent: int) -> None:
        random, conversation = self._random, taken.conversation
        topic = conversation.topic
        if taken.is_first and at - taken.at > timedelta(hours=1) and random.random() < 0.3:
            self._add(conversation, taken.at + timedelta(minutes=random.randrange(15, 55)), Kind.ASK, random.choice(topics.AGAIN))
        if random.random() < 0.07:
            noted_at = max(at - timedelta(minutes=2), taken.at + timedelta(seconds=1))
            self._add(conversation, noted_at, Kind.NOTE, random.choice(topics.NOTES), agent)
        answers = topic.answers if taken.is_first else topic.more_answers or topic.answers
        answer = answers[conversation.asked % len(answers)]
        self._add(conversation, at, Kind.ANSWER, conversation.words.fill(answer), agent)
        chance = random.random()
        if chance < 0.22 and taken.is_first and topic.more and topic.more_answers:
            heapq.heappush(self._later, (at + timedelta(minutes=random.randrange(3, 90)), self._threads, conversation))
            self._threads += 1
            return
        if chance < 0.55:
            thanks = topics.THANKS_EN if topic.language == "en" else topics.THANKS
            at += timedelta(minutes=random.randrange(2, 60))
            self._add(conversation, at, Kind.ASK, random.choice(thanks))
        if chance < 0.9:
            self._add(conversation, at + timedelta(minutes=random.randrange(10, 120)), Kind.CLOSE, agent=agent)

    def _add(self, conversation: _Conversation, at: datetime, kind: Kind, text: str = "", agent: int = 0) -> None:
        conversation.said += 1
        self._acts.append(
            Act(
                at=at,
                thread=conversation.thread,
                number=conversation.said,
                kind=kind,
                channel=conversation.channel,
                person=conversation.person,
                text=text,
                agent=agent,
                is_public=conversation.is_public,
                is_about_calamity=conversation.topic is topics.CALAMITY,
                language=conversation.topic.language,
            )
        )
