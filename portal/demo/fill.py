"""Lets eight weeks pass at Lijnwaard: through the stores, with a clock that steps, in one transaction."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from portal.demo import topics
from portal.demo.company import CHANNELS, TIMEZONE
from portal.demo.conversations import Conversations
from portal.demo.deeds import Progress, play
from portal.demo.founding import found
from portal.demo.happenings import calamity_day, happenings
from portal.demo.opening import calendar_of
from portal.demo.telling import told
from portal.demo.traffic import Act, Disturbance, Traffic
from portal.hours.opening_time import OpeningTimes, Version, opening_times
from portal.notifications.follower import begin_at_the_end
from portal.promises.desk_upkeep import rebuild
from portal.services import Services

WEEKS = 8
SEED = "lijnwaard"
_WORKED_ON_FOR = timedelta(days=3)
_AFTERMATH = timedelta(hours=16)


def fill(services: Services, progress: Progress = lambda _done, _all: None) -> None:
    """Fills an empty database with the demo company. An interrupted fill leaves nothing behind.

    The same instant gives the same company, but for references and ids that are random for everybody.
    """
    now = services.clock.now()
    zone = ZoneInfo(TIMEZONE)
    today = now.astimezone(zone).date()
    first_day = today - timedelta(weeks=WEEKS)
    start = datetime.combine(first_day, datetime.min.time(), zone).astimezone(UTC) - timedelta(days=1)
    calamity_at = calamity_day(now, zone)

    def is_history(at: datetime) -> bool:
        return at < now - _WORKED_ON_FOR and not calamity_at <= at < calamity_at + _AFTERMATH

    calendars = {channel.slug: calendar_of(channel, first_day, today) for channel in CHANNELS}
    openings = {slug: opening_times((Version(start, calendar),), TIMEZONE) for slug, calendar in calendars.items()}
    acts = conversations(now, openings)
    with services.database.transaction() as session:
        founded = found(session, calendars, services.phrases, start)
        stories = told(happenings(now, zone), founded, now)
        play(session, [*stories, *Conversations(founded, acts, zone).deeds(is_history)], progress)
        begin_at_the_end(session, now)  # those customers were told already
    for channel in founded.channels.values():
        rebuild(services.database, channel.id, now)


def conversations(now: datetime, openings: dict[str, OpeningTimes]) -> list[Act]:
    """All that was written to and by the company up to `now`."""
    zone = ZoneInfo(TIMEZONE)
    first_day = now.astimezone(zone).date() - timedelta(weeks=WEEKS)
    began = calamity_day(now, zone)
    disturbances = (
        Disturbance(
            starts_at=began,
            ends_at=began + timedelta(hours=6),
            topic=topics.CALAMITY,
            times=20,
            more_agents=2,
            channels=frozenset({"x", "facebook", "whatsapp", "telefoon"}),
        ),
        Disturbance(
            starts_at=now - timedelta(minutes=125),
            ends_at=now,
            topic=topics.DIVERSION,
            times=5,
            more_agents=0,
            channels=frozenset({"x", "facebook", "whatsapp"}),
        ),
    )
    return Traffic(SEED, first_day, zone, openings, disturbances).until(now)
