"""Changes to incidents: each is saved together with its event, or not at all. What is asked of them: `queries.py`."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.errors import Fault, Invalid, NotFound
from portal.incidents import rules
from portal.incidents.models import Incident, IncidentChannel, IncidentService, IncidentUpdate
from portal.incidents.rows import connect, incident_by_guid, locked, mark_changed, new_incident, note, window_facts, write_update
from portal.incidents.rules import FINAL, Draft, IncidentKind, Said, Severity, State, Window


def publish_incident(
    session: Session,
    *,
    title_nl: str,
    title_en: str = "",
    body_nl: str,
    body_en: str = "",
    state: State = State.INVESTIGATING,
    severity: Severity = Severity.MINOR,
    is_calamity: bool = False,
    service_ids: Iterable[int] = (),
    channel_ids: Iterable[int] = (),
    next_update_at: datetime | None = None,
    started_at: datetime | None = None,
    guid: str | None = None,
    now: datetime,
    actor_id: int | None,
) -> Incident:
    """A new incident with its first update, public as soon as the transaction commits.

    `started_at` says since when it is so, at `now` when it is left out. With a `guid` that is there already nothing is
    published again: the same form, sent twice. Raises Invalid with every field that cannot be taken.
    """
    title, draft = rules.title(title_nl, title_en), Draft.of(state, body_nl, body_en, next_update_at)
    faults = rules.title_faults(title) + rules.draft_faults(draft, now)
    if state not in rules.first_states(IncidentKind.INCIDENT):
        faults.append(Fault("state", state.value, _choices(rules.first_states(IncidentKind.INCIDENT))))
    if started_at is not None and started_at > now:
        faults.append(Fault("started_at", started_at.isoformat(), f"no later than now, {now.isoformat()}"))
    if faults:
        raise Invalid.many(faults)
    incident = new_incident(
        session,
        kind=IncidentKind.INCIDENT,
        title=title,
        draft=draft,
        severity=severity,
        is_calamity=is_calamity,
        started_at=started_at or now,
        window=None,
        guid=guid,
        now=now,
        actor_id=actor_id,
    )
    if incident is None:
        return _published_before(session, guid)
    connect(session, incident.id, service_ids, channel_ids)
    update = write_update(session, incident, draft, now=now, actor_id=actor_id)
    note(session, incident, "incident.published", now, actor_id, update=update.guid, severity=severity.value)
    return incident


def plan_maintenance(
    session: Session,
    *,
    title_nl: str,
    title_en: str = "",
    body_nl: str,
    body_en: str = "",
    window_start: datetime,
    window_end: datetime,
    severity: Severity = Severity.MINOR,
    service_ids: Iterable[int] = (),
    channel_ids: Iterable[int] = (),
    guid: str | None = None,
    now: datetime,
    actor_id: int | None,
) -> Incident:
    """Planned work with a window that has not ended yet, announced at `now`; `guid` as in `publish_incident`. Raises Invalid."""
    title, draft = rules.title(title_nl, title_en), Draft.of(State.SCHEDULED, body_nl, body_en)
    faults = rules.title_faults(title) + rules.draft_faults(draft, now) + rules.window_faults(window_start, window_end, now)
    if faults:
        raise Invalid.many(faults)
    incident = new_incident(
        session,
        kind=IncidentKind.MAINTENANCE,
        title=title,
        draft=draft,
        severity=severity,
        is_calamity=False,
        started_at=window_start,
        window=Window(window_start, window_end),
        guid=guid,
        now=now,
        actor_id=actor_id,
    )
    if incident is None:
        return _published_before(session, guid)
    connect(session, incident.id, service_ids, channel_ids)
    update = write_update(session, incident, draft, now=now, actor_id=actor_id)
    note(session, incident, "maintenance.planned", now, actor_id, update=update.guid, **window_facts(incident))
    return incident


def add_update(
    session: Session,
    incident_id: int,
    *,
    state: State,
    body_nl: str,
    body_en: str = "",
    next_update_at: datetime | None = None,
    severity: Severity | None = None,
    version: int | None = None,
    now: datetime,
    actor_id: int | None,
) -> IncidentUpdate:
    """One more text on the incident, which from now on has this state, this next update and, where given, this severity.

    Two people who post at once both leave their text; the state follows the last. With `version`, Conflict when the incident
    has changed since. Raises NotFound, and Invalid with every field that cannot be taken.
    """
    incident = locked(session, incident_id, version)
    before = state_of(session, incident, now)
    draft = Draft.of(state, body_nl, body_en, next_update_at)
    faults = rules.draft_faults(draft, now)
    if state not in rules.next_states(before):
        faults.append(Fault("state", state.value, _choices(rules.next_states(before))))
    if faults:
        raise Invalid.many(faults)
    incident.state, incident.next_update_at = state, next_update_at
    incident.severity = severity or incident.severity
    incident.resolved_at = _over_since(incident, before, now) if state in FINAL else None
    mark_changed(incident, now)
    update = write_update(session, incident, draft, now=now, actor_id=actor_id)
    kind = rules.kind_of_step(incident.kind, before, state)
    note(session, incident, kind, now, actor_id, update=update.guid, before=before.value, severity=incident.severity.value)
    return update


def edit_update(
    session: Session, update_id: int, *, body_nl: str, body_en: str, now: datetime, actor_id: int | None
) -> IncidentUpdate:
    """The update with other words. It says for ever that it was edited, and the event keeps what it said before.

    Words that are the same change nothing. Raises NotFound and Invalid.
    """
    update = session.get(IncidentUpdate, update_id)
    if update is None:
        raise NotFound(f"There is no update with number {update_id}.")
    incident = locked(session, update.incident_id, None)
    session.refresh(update)
    body_nl, body_en = rules.clean(body_nl), rules.clean(body_en)
    if faults := rules.text_faults("body", body_nl, body_en, longest=rules.LONGEST_BODY):
        raise Invalid.many(faults)
    if (body_nl, body_en) == (update.body_nl, update.body_en):
        return update
    was = {"nl": update.body_nl, "en": update.body_en}
    update.body_nl, update.body_en, update.edited_at = body_nl, body_en, now
    mark_changed(incident, now)
    note(session, incident, "incident.update_edited", now, actor_id, update=update.guid, was=was)
    return update


def change_incident(
    session: Session,
    incident_id: int,
    *,
    title_nl: str,
    title_en: str,
    severity: Severity,
    is_calamity: bool,
    service_ids: Iterable[int],
    channel_ids: Iterable[int],
    version: int | None = None,
    now: datetime,
    actor_id: int | None,
) -> Incident:
    """The incident with these facts; its address stays. Raises NotFound, Conflict and Invalid as `add_update` does."""
    incident = locked(session, incident_id, version)
    title = rules.title(title_nl, title_en)
    if faults := rules.title_faults(title):
        raise Invalid.many(faults)
    was = {"nl": incident.title_nl, "en": incident.title_en, "severity": incident.severity.value}
    incident.title_nl, incident.title_en = title.nl, title.en
    incident.severity, incident.is_calamity = severity, is_calamity and incident.kind is IncidentKind.INCIDENT
    session.execute(delete(IncidentService).where(IncidentService.incident_id == incident.id))
    session.execute(delete(IncidentChannel).where(IncidentChannel.incident_id == incident.id))
    connect(session, incident.id, service_ids, channel_ids)
    mark_changed(incident, now)
    note(session, incident, "incident.changed", now, actor_id, was=was, is_calamity=incident.is_calamity)
    return incident


def set_calamity(session: Session, incident_id: int, *, is_calamity: bool, now: datetime, actor_id: int | None) -> Incident:
    """The incident as a calamity, or no longer as one. Setting it to what it is changes nothing."""
    incident = locked(session, incident_id, None)
    if incident.kind is not IncidentKind.INCIDENT:
        raise Invalid("is_calamity", is_calamity, "an incident: planned work is no calamity")
    if incident.is_calamity is not is_calamity:
        incident.is_calamity = is_calamity
        mark_changed(incident, now)
        kind = "incident.calamity_declared" if is_calamity else "incident.calamity_ended"
        note(session, incident, kind, now, actor_id)
    return incident


def move_maintenance(
    session: Session,
    incident_id: int,
    *,
    window_start: datetime,
    window_end: datetime,
    body_nl: str,
    body_en: str = "",
    version: int | None = None,
    now: datetime,
    actor_id: int | None,
) -> IncidentUpdate:
    """The same work in another window, with a text that says so. Also plans again what was cancelled or over."""
    incident = locked(session, incident_id, version)
    draft = Draft.of(State.SCHEDULED, body_nl, body_en)
    faults = rules.draft_faults(draft, now)
    if incident.kind is not IncidentKind.MAINTENANCE:
        faults.append(Fault("window_start", window_start.isoformat(), "planned work: an incident has no window"))
    faults += rules.window_faults(window_start, window_end, now)
    if faults:
        raise Invalid.many(faults)
    was = window_facts(incident)
    incident.window_start, incident.window_end = window_start, window_end
    incident.started_at, incident.state, incident.resolved_at = window_start, State.SCHEDULED, None
    mark_changed(incident, now)
    update = write_update(session, incident, draft, now=now, actor_id=actor_id)
    note(session, incident, "maintenance.moved", now, actor_id, update=update.guid, was=was, **window_facts(incident))
    return update


def state_of(session: Session, incident: Incident, now: datetime) -> State:
    """The state at `now`, with what the clock makes of the window. One query for maintenance, none for an incident."""
    if incident.window is None:
        return incident.state
    last = (
        select(IncidentUpdate.published_at)
        .where(IncidentUpdate.incident_id == incident.id)
        .order_by(IncidentUpdate.published_at.desc(), IncidentUpdate.id.desc())
        .limit(1)
    )
    return rules.state_at(Said(incident.state, session.scalars(last).one()), incident.window, now)


def _published_before(session: Session, guid: str | None) -> Incident:
    found = incident_by_guid(session, guid or "")
    assert found is not None, "a row that was in the way is there"
    return found


def _over_since(incident: Incident, before: State, now: datetime) -> datetime:
    """A word after the end does not move the end, and planned work that ended by the clock was over at its window's end."""
    if before not in FINAL:
        return now
    return incident.resolved_at or incident.window_end or now


def _choices(states: Iterable[State]) -> str:
    return "one of " + ", ".join(state.value for state in states)
