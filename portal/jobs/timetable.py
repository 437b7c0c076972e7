"""What is done in the background, and how often. A job finds its work in the tables, so a lost or double call does no harm."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from portal.cases import claims_store, noticing
from portal.connectors import understanding
from portal.jobs.rules import BEAT_EVERY
from portal.jobs.store import WORKER, last_beat
from portal.notifications import follower
from portal.notifications.sending import Sender, post_of
from portal.promises import desk_upkeep, surges
from portal.promises import store as promises
from portal.services import Services
from portal.staff import sign_ins

FORGET_ENDED = "forget_ended"


@dataclass(frozen=True)
class Job:
    """`is_due` is asked every 20 seconds with the time of the day in UTC, without a zone, as the queue tells it."""

    name: str
    run: Callable[[Services, datetime], None]
    is_due: Callable[[datetime], bool]


def always(_at: datetime) -> bool:
    """Every 20 seconds."""
    return True


def each_minute(at: datetime) -> bool:
    """In the first twenty seconds of each minute."""
    return at.second < BEAT_EVERY.seconds


def each_hour(at: datetime) -> bool:
    """Once, at the whole hour."""
    return at.minute == 0 and each_minute(at)


def nothing(_services: Services, _now: datetime) -> None:
    """The heartbeat itself: that it was done is all there is to it."""


def sweep_inbound(services: Services, now: datetime) -> None:
    """Tries again to understand what failed before; what is new is understood in between, by `portal.jobs.promptly`."""
    understanding.sweep(services.database, now)


def forget_ended(services: Services, now: datetime) -> None:
    """Removes what no longer opens anything: sign-ins that have ended, claims on cases closed long ago.

    And the counts of inflow of so long ago that nothing reads them.
    """
    with services.database.transaction() as session:
        sign_ins.forget_ended(session, now)
        claims_store.forget_expired(session, now, done_at=last_beat(session, FORGET_ENDED))
        surges.forget_old(session, now)


def move_recent(services: Services, now: datetime) -> None:
    """The figures of the last 28 days stay quick to read when a day ends; without this they would stay right, but slower."""
    with services.database.transaction() as session:
        promises.move_recent(session, now)


def tell_customers(services: Services, now: datetime) -> None:
    """Makes the messages that new events ask for, and sends what is owed; in between, `portal.jobs.promptly` does the same."""
    follower.follow(services.database, post_of(services.config), now)
    Sender(services.database, services.vault, services.config).send_due(now)


def tell_in_time(services: Services, now: datetime) -> None:
    """Who will not have an answer before the promised time hears so half an hour ahead; see `portal.promises.notices`."""
    noticing.tell_in_time(services.database, now)


def look_for_surges(services: Services, now: datetime) -> None:
    """Notices unusual inflow, and that it is usual again."""
    surges.look(services.database, now)


def keep_desks(services: Services, now: datetime) -> None:
    """What desks have learned is saved, and learned anew where history came in."""
    desk_upkeep.keep(services.database, now)


JOBS: tuple[Job, ...] = (
    Job(WORKER, nothing, always),
    Job("tell_customers", tell_customers, always),
    Job("sweep_inbound", sweep_inbound, each_minute),
    Job(FORGET_ENDED, forget_ended, each_hour),
    Job("move_recent", move_recent, each_minute),
    Job("tell_in_time", tell_in_time, always),
    Job("keep_desks", keep_desks, each_minute),
    Job("look_for_surges", look_for_surges, each_minute),
)
