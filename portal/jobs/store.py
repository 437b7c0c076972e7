from datetime import datetime

from sqlalchemy.orm import Session

from portal.db import insert_or_replace
from portal.jobs.models import Heartbeat

WORKER = "worker"


def beat(session: Session, name: str, now: datetime) -> None:
    """Writes down that the job was done at `now`. Safe among many workers, the first time too."""
    insert_or_replace(session, Heartbeat, {"name": name, "at": now}, key=["name"])


def last_beat(session: Session, name: str) -> datetime | None:
    """When the job was last done; None when it never was. One query."""
    heartbeat = session.get(Heartbeat, name)
    return heartbeat.at if heartbeat else None
