from datetime import datetime

from portal.db import Database
from portal.notifications.follower import Followed, follow
from portal.notifications.ways import Post


def follow_all(database: Database, post: Post, now: datetime) -> Followed:
    """Looks at everything that is new, a portion after the other."""
    events = messages = 0
    while (done := follow(database, post, now)).events:
        events, messages = events + done.events, messages + done.messages
    return Followed(events, messages)
