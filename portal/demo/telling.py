"""Tells the stories of `happenings` through the store of incidents, each update at its time."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from portal.demo.company import TIMEZONE
from portal.demo.deeds import Deed, Timed
from portal.demo.founding import Founded
from portal.demo.happenings import Happening
from portal.demo.incident_texts import Step
from portal.hours.opening_time import round_up
from portal.incidents import store as incidents
from portal.incidents.models import Incident

_QUARTER = timedelta(minutes=15)


def told(found: Iterable[Happening], founded: Founded, now: datetime) -> Iterator[Timed]:
    """Each update of each story as a deed; what would come after `now` is left out."""
    for happening in found:
        ids: list[int] = []
        yield Timed(happening.at, _published(happening, founded, ids))
        for step in range(1, len(happening.story.steps)):
            at = happening.at + happening.story.steps[step].after
            if at < now:
                yield Timed(at, _updated(happening, step, founded, ids))


def _published(happening: Happening, founded: Founded, ids: list[int]) -> Deed:

    def publish(session: Session) -> list[Timed]:
        service_ids = [founded.services[slug] for slug in happening.story.services]
        incident = (_plan if happening.window else _announce)(session, happening, service_ids, founded)
        ids.append(incident.id)
        return []

    return publish


def _plan(session: Session, happening: Happening, service_ids: list[int], founded: Founded) -> Incident:
    story, first = happening.story, happening.story.steps[0]
    assert happening.window is not None
    return incidents.plan_maintenance(
        session,
        title_nl=story.title_nl,
        title_en=story.title_en,
        body_nl=first.nl,
        body_en=first.en,
        window_start=happening.window[0],
        window_end=happening.window[1],
        severity=story.severity,
        service_ids=service_ids,
        now=happening.at,
        actor_id=founded.communication,
    )


def _announce(session: Session, happening: Happening, service_ids: list[int], founded: Founded) -> Incident:
    story, first = happening.story, happening.story.steps[0]
    return incidents.publish_incident(
        session,
        title_nl=story.title_nl,
        title_en=story.title_en,
        body_nl=first.nl,
        body_en=first.en,
        state=first.state,
        severity=story.severity,
        is_calamity=story.is_calamity,
        service_ids=service_ids,
        channel_ids=[founded.channels[slug].id for slug in story.channels],
        next_update_at=_next(happening.at, first),
        now=happening.at,
        actor_id=founded.communication,
    )


def _next(at: datetime, step: Step) -> datetime | None:
    """When the next update is promised: at a quarter of an hour, because nobody promises 16.43."""
    return round_up(at + step.next_in, _QUARTER, ZoneInfo(TIMEZONE)) if step.next_in else None


def _updated(happening: Happening, number: int, founded: Founded, ids: list[int]) -> Deed:
    step = happening.story.steps[number]
    at = happening.at + step.after

    def update(session: Session) -> list[Timed]:
        incidents.add_update(
            session,
            ids[0],
            state=step.state,
            body_nl=step.nl,
            body_en=step.en,
            next_update_at=_next(at, step),
            now=at,
            actor_id=founded.communication,
        )
        return []

    return update
