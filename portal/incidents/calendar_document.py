"""Planned work as a calendar (RFC 5545, RFC 7986): the same situations give the same bytes.

No time of the clock is in it: an event is stamped with its own last change, and its times are in UTC.
"""

from collections.abc import Sequence
from datetime import timedelta

from flask_babel import gettext as _
from icalendar import Calendar, Event, vDuration, vText, vUri
from icalendar.enums import STATUS, TRANSP

from portal.incidents.display import state_name
from portal.incidents.feed_documents import AUTHORITY, Head, Item, changed_at, plain
from portal.incidents.rules import State
from portal.web.markdown import to_text

CALENDAR = "text/calendar"
_RENEW_AFTER = timedelta(hours=1)


def calendar(head: Head, items: Sequence[Item]) -> bytes:
    """Each window as an event, by its start; one that was called off stays and says so. `items` hold planned work only."""
    found = Calendar.new(
        prodid=f"-//Bereikbaar//{AUTHORITY}//{head.language.upper()}",
        uid=head.id,
        url=head.page,
        last_modified=max(changed_at(head, items), head.changed_at),
    )
    # The library knows these by name alone: it would leave a text unescaped, and a value without the type that it must name.
    found["NAME"] = found["X-WR-CALNAME"] = vText(plain(head.title))
    found["DESCRIPTION"] = found["X-WR-CALDESC"] = vText(plain(head.description))
    found["REFRESH-INTERVAL"] = found["X-PUBLISHED-TTL"] = vDuration(_RENEW_AFTER, params={"VALUE": "DURATION"})
    found["SOURCE"] = vUri(head.address, params={"VALUE": "URI"})
    for item in sorted(items, key=lambda each: (each.situation.started_at, each.situation.id)):
        found.add_component(_event(item, head))
    return bytes(found.to_ical())


def _event(item: Item, head: Head) -> Event:
    """`version` counts the changes by staff, from 1; the first edition of an event has number 0."""
    situation = item.situation
    is_off = situation.state is State.CANCELLED
    name = plain(situation.title.in_(head.language).text)
    event = Event.new(
        uid=f"{situation.guid}@{AUTHORITY}",
        sequence=situation.version - 1,
        stamp=situation.updated_at,
        created=situation.published_at,
        last_modified=situation.updated_at,
        start=situation.window.start if situation.window else situation.started_at,
        end=situation.window.end if situation.window else None,
        summary=f"{state_name(State.CANCELLED)}: {name}" if is_off else name,
        description=_description(item, head),
        url=item.page,
        status=STATUS.CANCELLED if is_off else STATUS.CONFIRMED,
        transparency=TRANSP.TRANSPARENT,
    )
    if situation.services:
        event.categories = [plain(service.name.in_(head.language).text) for service in situation.services]
    return event


def _description(item: Item, head: Head) -> str:
    """What staff said last, and what is touched."""
    situation, lines = item.situation, []
    if situation.latest:
        lines.append(to_text(situation.latest.body.in_(head.language).text))
    for said, mentions in ((_("Services"), situation.services), (_("Channels"), situation.channels)):
        if mentions:
            lines.append(f"{said}: {', '.join(plain(mention.name.in_(head.language).text) for mention in mentions)}")
    return "\n".join(lines)
