"""Times are Amsterdam's; the tests run on Tuesday 10 March 2026, 14:00."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from portal.db import add_up_all
from portal.errors import NotFound
from portal.events.models import Event
from portal.jobs.timetable import JOBS
from portal.promises import store, surges
from portal.promises.count_models import PromiseDay
from portal.promises.rules import SetAside
from portal.promises.surge_models import InflowQuarter, Surge
from tests.promises.conftest import Ledger


def quarter(at: datetime) -> int:
    return int(at.timestamp()) // 900


def usually(ledger: Ledger, an_hour: int, *, channel_id: int | None = None, weeks: int = 9) -> None:
    """So many requests shortly before each whole hour of the weeks before now, day and night."""
    channel, end = channel_id or ledger.channel_id, quarter(ledger.now)
    with ledger.session() as session:
        rows = [{"channel_id": channel, "received_quarter": end - back, "n": an_hour} for back in range(5, weeks * 672, 4)]
        session.execute(insert(InflowQuarter), rows)
        since = (ledger.now - timedelta(weeks=weeks)).date()
        session.execute(insert(PromiseDay), [{"channel_id": channel, "received_on": since, "received": an_hour}])


def come(ledger: Ledger, n: int, *, at: datetime | None = None, channel_id: int | None = None) -> None:
    """So many requests shortly before this instant."""
    before = (at or ledger.now) - timedelta(minutes=1)
    counted = {"channel_id": channel_id or ledger.channel_id, "received_quarter": quarter(before), "n": n}
    with ledger.session() as session:
        add_up_all(session, InflowQuarter, ["channel_id", "received_quarter"], [counted])
        day = {"channel_id": counted["channel_id"], "received_on": before.date(), "received": n}
        add_up_all(session, PromiseDay, ["channel_id", "received_on"], [day])


def look(ledger: Ledger, at: datetime | None = None) -> list[Surge]:
    surges.look(ledger.database, at or ledger.now)
    return told(ledger)


def told(ledger: Ledger) -> list[Surge]:
    with ledger.database.reading() as session:
        return list(session.scalars(select(Surge).order_by(Surge.id)))


def events(ledger: Ledger) -> list[tuple[str, str]]:
    with ledger.database.reading() as session:
        query = select(Event).where(Event.kind.startswith("surge.")).order_by(Event.id)
        return [(event.kind, event.subject) for event in session.scalars(query)]


def test_a_request_is_counted_in_its_quarter_of_receipt_and_spam_is_not(ledger: Ledger) -> None:
    first, second = ledger.receive("2026-03-10 09:14"), ledger.receive("2026-03-10 09:15")
    ledger.answer(second, "2026-03-10 09:20")
    with ledger.session() as session:
        store.set_aside(session, first.case_id, SetAside.SPAM, now=ledger.now)
    with ledger.session() as session:
        rows = session.execute(select(InflowQuarter.received_quarter, InflowQuarter.n).where(InflowQuarter.n > 0)).all()
        assert rows == [(quarter(second.received_at), 1)]
    ledger.assert_counts_are_those_of_the_promises()
    with ledger.session() as session:
        store.take_back_set_aside(session, first.case_id, now=ledger.now)
    ledger.assert_counts_are_those_of_the_promises()


def test_nothing_is_noticed_when_as_many_come_in_as_usual(ledger: Ledger) -> None:
    usually(ledger, 9)
    come(ledger, 9)
    assert look(ledger) == []


def test_unusual_inflow_is_noticed_once_and_told_with_its_figures(ledger: Ledger) -> None:
    usually(ledger, 9)
    come(ledger, 140)
    (surge,) = look(ledger)
    assert (surge.channel_id, surge.seen, surge.minutes) == (ledger.channel_id, 140 + 3 * 9, 240)
    assert surge.usual == pytest.approx(36, rel=0.1)
    assert (surge.hour_seen, round(surge.hour_usual)) == (140, 9)
    assert len(look(ledger)) == 1
    assert events(ledger) == [("surge.noticed", f"surge:{surge.id}")]


def test_two_workers_that_look_at_once_make_one_surge(ledger: Ledger) -> None:
    usually(ledger, 9)
    come(ledger, 140)
    with ledger.database.reading() as session:
        found = surges.find(session, ledger.now)
    for _ in range(2):
        with ledger.session() as session:
            surges.write(session, found, ledger.now)
    assert len(told(ledger)) == 1
    assert len(events(ledger)) == 1


def test_a_surge_goes_on_is_over_once_and_is_not_noticed_again(ledger: Ledger) -> None:
    usually(ledger, 9)
    come(ledger, 140)
    look(ledger)
    later = ledger.now + timedelta(minutes=30)
    come(ledger, 60, at=later)
    (surge,) = look(ledger, later)
    assert surge.hour_seen == 200
    assert surge.until is None
    usual_again = ledger.now + timedelta(hours=4)
    for hour in range(1, 5):
        come(ledger, 9, at=ledger.now + timedelta(hours=hour))
    assert look(ledger, usual_again)[0].until == usual_again
    assert len(look(ledger, usual_again + timedelta(minutes=1))) == 1
    assert [kind for kind, _ in events(ledger)] == ["surge.noticed", "surge.over"]


def test_what_is_unusual_for_two_weeks_is_how_it_is_now(ledger: Ledger) -> None:
    usually(ledger, 9)
    come(ledger, 140)
    look(ledger)
    later = ledger.now + timedelta(days=14)
    come(ledger, 140, at=later)
    assert look(ledger, later)[0].until == later


def test_staff_can_say_that_it_means_nothing_and_it_stays_in_the_record(ledger: Ledger) -> None:
    usually(ledger, 9)
    come(ledger, 140)
    (surge,) = look(ledger)
    with ledger.session() as session:
        surges.dismiss(session, surge.id, now=ledger.now, actor_id=7)
        surges.dismiss(session, surge.id, now=ledger.now + timedelta(hours=1), actor_id=8)
    with ledger.session() as session:
        assert surges.to_tell(session, ledger.now) == []
    (kept,) = look(ledger, ledger.now + timedelta(minutes=1))
    assert (kept.dismissed_at, kept.dismissed_by) == (ledger.now, 7)
    assert [kind for kind, _ in events(ledger)] == ["surge.noticed", "surge.dismissed"]


def test_the_first_incident_that_tells_of_it_is_kept_with_it(ledger: Ledger) -> None:
    usually(ledger, 9)
    come(ledger, 140)
    (surge,) = look(ledger)
    with ledger.session() as session:
        for incident in (3, 4):
            surges.declare(session, surge.id, incident, now=ledger.now, actor_id=7)
        surges.dismiss(session, surge.id, now=ledger.now, actor_id=7)
    (kept,) = told(ledger)
    assert (kept.incident_id, kept.dismissed_at) == (3, None)


def test_what_no_look_reads_any_more_is_forgotten_in_portions(ledger: Ledger) -> None:
    usually(ledger, 9, weeks=40)
    come(ledger, 140)
    with ledger.database.reading() as session:
        before = surges.find(session, ledger.now)
    oldest = []
    for _ in range(4):
        with ledger.session() as session:
            surges.forget_old(session, ledger.now, most=10 * 672)
            oldest.append((quarter(ledger.now) - session.scalars(select(func.min(InflowQuarter.received_quarter))).one()) // 672)
            assert surges.find(session, ledger.now) == before
    assert oldest == [29, 19, 12, 12]


def test_staff_are_told_for_a_while_that_it_is_over(ledger: Ledger) -> None:
    usually(ledger, 9)
    come(ledger, 140)
    look(ledger)
    over = ledger.now + timedelta(days=2)
    look(ledger, over)
    with ledger.session() as session:
        assert [each.until for each in surges.to_tell(session, over + timedelta(hours=3))] == [over]
        assert surges.to_tell(session, over + timedelta(hours=5)) == []


def test_many_on_all_channels_together_are_noticed_where_each_alone_is_not_much(ledger: Ledger) -> None:
    others = [ledger.add_channel(f"ander-{number}", None) for number in range(5)]
    for channel in [ledger.channel_id, *others]:
        usually(ledger, 9, channel_id=channel)
        come(ledger, 26, channel_id=channel)
    (surge,) = look(ledger)
    assert (surge.channel_id, surge.hour_seen, round(surge.hour_usual)) == (surges.ALL_TOGETHER, 6 * 26, 54)


def test_of_a_surge_on_one_channel_all_together_say_nothing_more(ledger: Ledger) -> None:
    other = ledger.add_channel("ander", None)
    usually(ledger, 9)
    usually(ledger, 9, channel_id=other)
    come(ledger, 300)
    assert [surge.channel_id for surge in look(ledger)] == [ledger.channel_id]


def test_a_new_company_has_no_surge_in_its_first_week(ledger: Ledger) -> None:
    for day in range(1, 6):
        come(ledger, 20, at=ledger.now - timedelta(days=day))
    come(ledger, 300)
    assert look(ledger) == []


def test_a_message_with_an_old_date_makes_no_silence_of_the_time_before_the_company(ledger: Ledger) -> None:
    for day in range(1, 6):
        come(ledger, 20, at=ledger.now - timedelta(days=day))
    with ledger.session() as session:
        old = {"channel_id": ledger.channel_id, "received_on": date(2001, 1, 1), "received": 2, "afterwards": 2}
        session.execute(insert(PromiseDay), [old])
    come(ledger, 300)
    assert look(ledger) == []


def test_history_that_is_imported_today_is_no_surge(ledger: Ledger) -> None:
    usually(ledger, 9)
    for day in range(1, 30):
        come(ledger, 20, at=ledger.now - timedelta(days=day))
    assert look(ledger) == []


def test_a_surge_that_is_not_there_is_told_so(ledger: Ledger) -> None:
    with ledger.session() as session:
        for act in (surges.surge, lambda *of: surges.dismiss(*of, now=ledger.now, actor_id=1)):
            with pytest.raises(NotFound, match="surge 99"):
                act(session, 99)


def test_the_worker_looks_each_minute() -> None:
    (job,) = [job for job in JOBS if job.name == "look_for_surges"]
    assert [job.is_due(datetime(2026, 3, 10, 13, 0, second, tzinfo=UTC)) for second in (0, 20, 40)] == [True, False, False]
