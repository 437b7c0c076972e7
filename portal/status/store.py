"""The status page in seven queries: the organisation's (by every page), and six here, whatever the size.

Another one when desks have heard something since this process last looked, and one while staff plans count.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.errors import NotFound
from portal.hours.opening_time import ALWAYS, OpeningTimes
from portal.hours.store import opening_times_of, opening_times_of_all
from portal.incidents import queries as trouble
from portal.incidents.selection import Trouble
from portal.incidents.timeline import Situation
from portal.organisation.models import Channel
from portal.promises.announced import AnnouncedNow
from portal.promises.desks import announced_now
from portal.promises.display import Shown, shown
from portal.promises.figures import Period, ResponseFigures
from portal.promises.published import figures_of_all
from portal.status.card import Card, Way, card
from portal.status.glance import State, mark_of, state_of, subject_of
from portal.web.localized import Localized


@dataclass(frozen=True)
class Overview:
    """All that the status page says. `subject` is what the banner is about, when it is about one thing."""

    state: State
    subject: Situation | None
    mark: str
    trouble: Trouble
    cards: tuple[Card, ...]

    @property
    def scheduled_count(self) -> int:
        return sum(each.has_hours for each in self.cards)

    @property
    def open_count(self) -> int:
        return sum(each.is_open and each.has_hours for each in self.cards)


@dataclass(frozen=True)
class ChannelOverview:
    """All that the page of one channel says."""

    card: Card
    opening: OpeningTimes
    shown: Shown


@dataclass(frozen=True)
class Reach:
    """The public channels in the organisation's order, with what is needed to say how to reach the company at an instant."""

    ways: tuple[Way, ...]
    announced: dict[int, AnnouncedNow]
    openings: dict[int, OpeningTimes]
    figures: dict[int, ResponseFigures]

    def opening_of(self, channel_id: int) -> OpeningTimes:
        return self.openings.get(channel_id, ALWAYS)


def reach(session: Session, now: datetime, zone: ZoneInfo, *, figures: dict[int, ResponseFigures] | None = None) -> Reach:
    """Channels, hours, announced times and response times at `now`. Four queries, or three with the figures known."""
    openings = opening_times_of_all(session)
    if figures is None:
        figures = figures_of_all(session, now, zone=zone, openings=openings)
    return Reach(tuple(_ways(session)), announced_now(session, now, openings=openings), openings, figures)


def overview(session: Session, now: datetime, zone: ZoneInfo) -> Overview:
    """What customers see at `now`: what is wrong, and each public channel in the organisation's order. Six queries."""
    return overview_of(trouble.overview(session, now), reach(session, now, zone), now, zone)


def overview_of(known: Trouble, reached: Reach, now: datetime, zone: ZoneInfo) -> Overview:
    """The same of what is known already."""
    situations = (*known.incidents, *known.under_way)
    return Overview(
        state=state_of(known.banner),
        subject=subject_of(known.banner, situations),
        mark=mark_of(known.banner, (*situations, *known.coming)),
        trouble=known,
        cards=tuple(
            card(
                way,
                reached.opening_of(way.id),
                now,
                zone,
                announced=reached.announced[way.id],
                figures=reached.figures.get(way.id),
                incidents=situations,
            )
            for way in reached.ways
        ),
    )


def card_of(session: Session, slug: str, now: datetime, zone: ZoneInfo) -> Card:
    """One public channel as its card says it at `now`. Six queries, as `overview`. Raises NotFound."""
    found = next((each for each in overview(session, now, zone).cards if each.channel.slug == slug), None)
    if found is None:
        raise NotFound(f"There is no channel {slug!r}.")
    return found


def channel_overview(session: Session, slug: str, period: Period, now: datetime, zone: ZoneInfo) -> ChannelOverview:
    """One public channel at `now`, with its response times of a period. Raises NotFound."""
    way = next((each for each in _ways(session) if each.slug == slug), None)
    if way is None:
        raise NotFound(f"There is no channel {slug!r}.")
    known = trouble.overview(session, now)
    opening = opening_times_of(session, way.id)
    told = announced_now(session, now, [way.id], openings={way.id: opening})[way.id]
    situations = (*known.incidents, *known.under_way)
    return ChannelOverview(
        card(way, opening, now, zone, announced=told, incidents=situations),
        opening,
        shown(session, way.id, period, now),
    )


def _ways(session: Session) -> list[Way]:
    """The public channels. One query."""
    rows = session.execute(
        select(
            Channel.id,
            Channel.slug,
            Channel.kind,
            Channel.name,
            Channel.account,
            Channel.address,
            Channel.note_nl,
            Channel.note_en,
        )
        .where(Channel.is_public)
        .order_by(Channel.position, Channel.id)
    ).all()
    return [
        Way(row.id, row.slug, row.kind, row.name, row.account, row.address, Localized(row.note_nl, row.note_en)) for row in rows
    ]
