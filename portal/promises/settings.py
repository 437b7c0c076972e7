"""What the company has chosen to tell its customers about promises, for all channels alike."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.errors import NotFound
from portal.events.store import record
from portal.organisation.store import the_organisation


def save_settings(session: Session, *, announces_norm: bool, shows_queue: bool, now: datetime, actor_id: int | None) -> None:
    """From now on customers are told the norm or the estimate, and how many messages are before theirs or not.

    Promises made before stay as they are. Raises NotFound before the set-up.
    """
    organisation = the_organisation(session)
    if organisation is None:
        raise NotFound("The portal has not been set up yet.")
    organisation.announces_norm, organisation.shows_queue = announces_norm, shows_queue
    organisation.changed_at = now
    facts = {"announces_norm": announces_norm, "shows_queue": shows_queue}
    record(session, at=now, kind="promise_settings.changed", subject="organisation:1", actor_id=actor_id, facts=facts)
