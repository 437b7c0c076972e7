"""The status page in six queries: the organisation's (by every page), and five here, whatever the size."""

from dataclasses import dataclass
from datetime import datetime, timedelta
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
from portal.promises.display import Shown, shown
from portal.promises.figures import Period, ResponseFigures
from portal.promises.priorities import ordinary_lead_minutes
from portal.promises.published import figures_of_all
from portal.promises.rules import DEFAULT, Impact, Urgency
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
    lead: timedelta
    openings: dict[int, OpeningTimes]
    figures: dict[int, ResponseFigures]

    def opening_of(self, channel_id: int) -> OpeningTimes:
        return self.openings.get(channel_id, ALWAYS)


def reach(session: Session, now: datetime, zone: ZoneInfo, *, figures: dict[int, ResponseFigures] | None = None) -> Reach:
    """Channels, hours and response times at `now`. Three queries, or two when the figures are known already."""
    openings = opening_times_of_all(session)
    if figures is None:
        figures = figures_of_all(session, now, zone=zone, openings=openings)
    ways, lead = _ways(session)
    return Reach(tuple(ways), lead, openings, figures)


def overview(session: Session, now: datetime, zone: ZoneInfo) -> Overview:
    """What customers see at `now`: what is wrong, and each public channel in the organisation's order. Five queries."""
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
                lead=reached.lead,
                figures=reached.figures.get(way.id),
                incidents=situations,
            )
            for way in reached.ways
        ),
    )


def card_of(session: Session, slug: str, now: datetime, zone: ZoneInfo) -> Card:
    """One public channel as its card says it at `now`. Five queries. Raises NotFound."""
    found = next((each for each in overview(session, now, zone).cards if each.channel.slug == slug), None)
    if found is None:
        raise NotFound(f"There is no channel {slug!r}.")
    return found


def channel_overview(session: Session, slug: str, period: Period, now: datetime, zone: ZoneInfo) -> ChannelOverview:
    """One public channel at `now`, with its response times of a period. Raises NotFound."""
    ways, lead = _ways(session)
    way = next((each for each in ways if each.slug == slug), None)
    if way is None:
        raise NotFound(f"There is no channel {slug!r}.")
    known = trouble.overview(session, now)
    opening = opening_times_of(session, way.id)
    situations = (*known.incidents, *known.under_way)
    return ChannelOverview(
        card(way, opening, now, zone, lead=lead, incidents=situations),
        opening,
        shown(session, way.id, period, now),
    )


def _ways(session: Session) -> tuple[list[Way], timedelta]:
    """The public channels, and the lead time of an ordinary question, which rides along. One query."""
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
            ordinary_lead_minutes().label("minutes"),
        )
        .where(Channel.is_public)
        .order_by(Channel.position, Channel.id)
    ).all()
    lead = DEFAULT.class_of(Impact.NORMAL, Urgency.NORMAL).lead
    if rows and rows[0].minutes is not None:
        lead = timedelta(minutes=rows[0].minutes)
    ways = [
        Way(row.id, row.slug, row.kind, row.name, row.account, row.address, Localized(row.note_nl, row.note_en)) for row in rows
    ]
    return ways, lead
