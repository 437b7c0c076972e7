from datetime import datetime, timedelta

from portal.db import Database
from portal.jobs.store import beat, last_beat


def test_the_last_beat_is_kept_and_earlier_ones_are_not(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        assert last_beat(session, "worker") is None
        beat(session, "worker", now)
    with database.transaction() as session:
        beat(session, "worker", now + timedelta(seconds=20))
        beat(session, "sweep", now)
    with database.reading() as session:
        assert last_beat(session, "worker") == now + timedelta(seconds=20)
        assert last_beat(session, "sweep") == now
