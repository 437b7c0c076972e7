"""Everything that the public may know at an instant, read once for a whole publication."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from portal.incidents import queries, selection
from portal.incidents.timeline import Situation
from portal.incidents.tree import Node
from portal.organisation.models import Organisation
from portal.organisation.store import the_organisation
from portal.promises.display import Shown, shown
from portal.promises.figures import last_days
from portal.publication.making import basis
from portal.status import store as status
from portal.web.formats import DEFAULT_ZONE


@dataclass(frozen=True)
class State:
    """`situations` is all that ever was wrong or planned, oldest first, as it stands at `now`; `nodes` all services.

    `response_times` asks the database when it is called: those of a channel are wanted only when its page is made anew.
    """

    now: datetime
    zone: ZoneInfo
    organisation: Organisation | None
    situations: tuple[Situation, ...]
    nodes: tuple[Node, ...]
    reach: status.Reach
    response_times: Callable[[int], Shown]

    @cached_property
    def overview(self) -> status.Overview:
        known = selection.overview_of(self.situations, self.nodes, self.now)
        return status.overview_of(known, self.reach, self.now, self.zone)

    @cached_property
    def months(self) -> list[tuple[date, int]]:
        return selection.months_of(self.situations, self.zone, self.now)

    @cached_property
    def fingerprints(self) -> dict[int, str]:
        """A short name for each situation by its id; another one as soon as anything of it is different."""
        return {each.id: basis(each) for each in self.situations}

    @cached_property
    def company(self) -> str:
        """A short name for what every page says of the company."""
        row = self.organisation
        return basis(row and {column.name: getattr(row, column.name) for column in Organisation.__table__.columns})


def read_state(session: Session, now: datetime) -> State:
    """The state at `now`, of one moment of the database. Six queries; `session` must stay open while documents are made."""
    organisation = the_organisation(session)
    zone = organisation.zone if organisation else DEFAULT_ZONE
    situations, nodes = queries.everything(session, now)
    period = last_days(now.astimezone(zone).date())
    times: dict[int, Shown] = {}

    def response_times(channel_id: int) -> Shown:
        if channel_id not in times:
            times[channel_id] = shown(session, channel_id, period, now)
        return times[channel_id]

    return State(
        now=now,
        zone=zone,
        organisation=organisation,
        situations=tuple(situations),
        nodes=nodes,
        reach=status.reach(session, now, zone),
        response_times=response_times,
    )
