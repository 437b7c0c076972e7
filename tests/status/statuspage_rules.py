"""The rules of Statuspage's API, as strict readers probe them: every key, its type, its words, and what must agree."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NAME = re.compile(r"[0-9a-z]{12}")
KEYS = {
    "summary.json": {"page", "components", "incidents", "scheduled_maintenances", "status"},
    "status.json": {"page", "status"},
    "components.json": {"page", "components"},
    "incidents.json": {"page", "incidents"},
    "incidents/unresolved.json": {"page", "incidents"},
    "scheduled-maintenances.json": {"page", "scheduled_maintenances"},
    "scheduled-maintenances/upcoming.json": {"page", "scheduled_maintenances"},
    "scheduled-maintenances/active.json": {"page", "scheduled_maintenances"},
}
COMPONENT_STATUSES = ("operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance")
INDICATORS = ("none", "minor", "major", "critical")
UNRESOLVED = ("investigating", "identified", "monitoring")
INCIDENT_STATUSES = (*UNRESOLVED, "resolved", "postmortem")
ACTIVE = ("in_progress", "verifying")
MAINTENANCE_STATUSES = ("scheduled", *ACTIVE, "completed")
LISTED = {
    "summary.json": (UNRESOLVED, ("scheduled", *ACTIVE)),
    "incidents.json": (INCIDENT_STATUSES, ()),
    "incidents/unresolved.json": (UNRESOLVED, ()),
    "scheduled-maintenances.json": ((), MAINTENANCE_STATUSES),
    "scheduled-maintenances/upcoming.json": ((), ("scheduled",)),
    "scheduled-maintenances/active.json": ((), ACTIVE),
}
WORDS, FLAG, NUMBER = str, bool, int
PAGE = {"id": NAME, "name": WORDS, "url": "url", "time_zone": WORDS, "updated_at": INSTANT}
COMPONENT = {
    "id": NAME,
    "name": WORDS,
    "status": COMPONENT_STATUSES,
    "created_at": INSTANT,
    "updated_at": INSTANT,
    "position": NUMBER,
    "description": (WORDS, None),
    "showcase": FLAG,
    "start_date": (INSTANT, None),
    "group_id": (NAME, None),
    "page_id": NAME,
    "group": FLAG,
    "only_show_if_degraded": FLAG,
}
INCIDENT = {
    "id": NAME,
    "name": WORDS,
    "status": INCIDENT_STATUSES,
    "created_at": INSTANT,
    "updated_at": INSTANT,
    "monitoring_at": (INSTANT, None),
    "resolved_at": (INSTANT, None),
    "impact": INDICATORS,
    "shortlink": "url",
    "started_at": INSTANT,
    "page_id": NAME,
    "incident_updates": list,
    "components": list,
}
MAINTENANCE = {
    **INCIDENT,
    "status": MAINTENANCE_STATUSES,
    "impact": ("maintenance",),
    "scheduled_for": INSTANT,
    "scheduled_until": INSTANT,
}
UPDATE = {
    "id": NAME,
    "status": (*UNRESOLVED, "resolved", "postmortem", *MAINTENANCE_STATUSES),
    "body": WORDS,
    "incident_id": NAME,
    "created_at": INSTANT,
    "updated_at": INSTANT,
    "display_at": INSTANT,
    "affected_components": (list, None),
    "deliver_notifications": FLAG,
    "custom_tweet": (WORDS, None),
    "tweet_id": (WORDS, None),
}
AFFECTED = {"code": NAME, "name": WORDS, "old_status": COMPONENT_STATUSES, "new_status": COMPONENT_STATUSES}


def faults(name: str, body: bytes) -> list[str]:
    """What is wrong with the document of this name; nothing when it is right."""
    facts = json.loads(body)
    if set(facts) != KEYS[name]:
        return [f"the keys are {sorted(facts)}"]
    return list(_document(name, facts))


def _document(name: str, facts: dict[str, Any]) -> Iterator[str]:
    yield from _object(facts["page"], PAGE, "page")
    page_id = facts["page"].get("id")
    if "status" in facts:
        yield from _object(facts["status"], {"indicator": INDICATORS, "description": WORDS}, "status")
    yield from _components(facts.get("components", []), page_id, whole="components" in facts)
    incidents, planned = LISTED.get(name, ((), ()))
    for key, kind, statuses in (("incidents", INCIDENT, incidents), ("scheduled_maintenances", MAINTENANCE, planned)):
        found = facts.get(key, [])
        if len(found) > 50:
            yield f"{len(found)} {key}"
        for each in found:
            yield from _object(each, kind, key)
            yield from _story(each, page_id)
            if each.get("status") not in statuses:
                yield f"{each.get('status')} in {key} of {name}"
    if name == "summary.json":
        yield from _agrees(facts)


def _components(components: list[dict[str, Any]], page_id: str, *, whole: bool) -> Iterator[str]:
    groups = {each["id"] for each in components if each.get("group")}
    for each in components:
        optional = {"components": list} if each.get("group") else {}
        yield from _object(each, {**COMPONENT, **optional}, "component")
        if each.get("page_id") != page_id:
            yield "a component of another page"
        if whole and each.get("group_id") is not None and each["group_id"] not in groups:
            yield f"{each['name']} is in a group that is not there"
    ids = [each.get("id") for each in components]
    if len(ids) != len(set(ids)):
        yield "two components with one id"
    positions = [each.get("position") for each in components]
    if whole and positions != sorted(positions):
        yield "components are not in the order of their position"


def _story(incident: dict[str, Any], page_id: str) -> Iterator[str]:
    yield from _components(incident["components"], page_id, whole=False)
    if incident.get("page_id") != page_id:
        yield "an incident of another page"
    is_over = incident.get("status") in {"resolved", "postmortem", "completed"}
    if is_over != (incident.get("resolved_at") is not None):
        yield f"{incident.get('status')} and resolved at {incident.get('resolved_at')}"
    updates = incident["incident_updates"]
    if not updates:
        yield "an incident without a word"
        return
    for update in updates:
        yield from _object(update, UPDATE, "update")
        if update.get("incident_id") != incident.get("id"):
            yield "an update of another incident"
        for affected in update.get("affected_components") or []:
            yield from _object(affected, AFFECTED, "affected component")
    shown = [update.get("display_at") for update in updates]
    if shown != sorted(shown, reverse=True):
        yield "updates are not newest first"
    if updates[0].get("status") != incident.get("status"):
        yield f"{incident.get('status')}, but the last update says {updates[0].get('status')}"


def _agrees(facts: dict[str, Any]) -> Iterator[str]:
    impacts = {each["impact"] for each in facts["incidents"]}
    worst = next((indicator for indicator in reversed(INDICATORS) if indicator in impacts), "none")
    if worst != facts["status"]["indicator"]:
        yield f"the indicator is {facts['status']['indicator']}, the worst incident is {worst}"
    if facts["status"]["indicator"] == "none" and any("outage" in each["status"] for each in facts["components"]):
        yield "all is well, but not a component"


def _object(found: dict[str, Any], expected: dict[str, Any], what: str) -> Iterator[str]:
    if set(found) != set(expected):
        yield f"{what}: {sorted(set(found) ^ set(expected))} missing or unknown"
    yield from (
        f"{what}: {key} is {found[key]!r}" for key, form in expected.items() if key in found and not _fits(found[key], form)
    )


def _fits(value: Any, form: Any) -> bool:
    if isinstance(form, tuple):
        return any(_fits(value, each) for each in form)
    if isinstance(form, re.Pattern):
        return isinstance(value, str) and form.fullmatch(value) is not None and (form is not INSTANT or _is_instant(value))
    if form == "url":
        return isinstance(value, str) and urlsplit(value).scheme in {"http", "https"} and bool(urlsplit(value).netloc)
    if form is str:
        return isinstance(value, str) and bool(value)
    if isinstance(form, type):
        return type(value) is form
    return bool(value == form) and type(value) is type(form)


def _is_instant(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
