"""Lets eight weeks pass at Lijnwaard: through the stores, with a clock that steps, in one transaction."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from portal.demo.company import CHANNELS, TIMEZONE
from portal.demo.deeds import Progress, play
from portal.demo.founding import found
from portal.demo.happenings import happenings
from portal.demo.opening import calendar_of
from portal.demo.telling import told
from portal.services import Services

WEEKS = 8
SEED = "lijnwaard"


def fill(services: Services, progress: Progress = lambda _done, _all: None) -> None:
    """Fills an empty database with the demo company. An interrupted fill leaves nothing behind.

    The same instant gives the same company, but for references and ids that are random for everybody.
    """
    now = services.clock.now()
    zone = ZoneInfo(TIMEZONE)
    today = now.astimezone(zone).date()
    first_day = today - timedelta(weeks=WEEKS)
    start = datetime.combine(first_day, datetime.min.time(), zone).astimezone(UTC) - timedelta(days=1)
    calendars = {channel.slug: calendar_of(channel, first_day, today) for channel in CHANNELS}
    with services.database.transaction() as session:
        founded = found(session, calendars, services.phrases, start)
        stories = told(happenings(now, zone), founded, now)
        play(session, stories, progress)
