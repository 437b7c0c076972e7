from datetime import UTC, datetime, timedelta

from portal.demo.company import CHANNELS, TIMEZONE
from portal.demo.fill import conversations
from portal.demo.opening import calendar_of
from portal.demo.traffic import Act, Kind
from portal.hours.opening_time import OpeningTimes, Version, opening_times


def openings(now: datetime) -> dict[str, OpeningTimes]:
    begin = datetime(2025, 1, 1, tzinfo=UTC)
    return {
        channel.slug: opening_times((Version(begin, calendar_of(channel, begin.date(), now.date())),), TIMEZONE)
        for channel in CHANNELS
    }


def acts_until(now: datetime) -> list[Act]:
    return conversations(now, openings(now))


def test_the_same_day_gives_the_same_conversations(now: datetime) -> None:
    assert acts_until(now) == acts_until(now)
    assert [act.text for act in acts_until(now)] == [act.text for act in acts_until(now)]


def test_nobody_answers_before_the_question_and_nothing_is_said_after_now(now: datetime) -> None:
    asked: set[str] = set()
    for act in acts_until(now):
        assert act.at < now
        if act.kind is Kind.ASK:
            asked.add(act.thread)
        assert act.thread in asked


def test_people_answer_only_while_their_channel_is_open_or_has_just_closed(now: datetime) -> None:
    opening = openings(now)
    for act in acts_until(now):
        if act.kind is Kind.ANSWER:
            assert opening[act.channel.slug].between(act.at - timedelta(minutes=65), act.at) > timedelta(0)
