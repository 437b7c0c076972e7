"""Each rule is able to fail: a right document is broken in one place, and exactly that is found."""

import copy
import json
from typing import Any

import pytest

from tests.status.statuspage_rules import faults

AT, LATER = "2026-03-10T13:00:00.000Z", "2026-03-10T14:00:00.000Z"
PAGE_ID, GROUP, PART, INCIDENT, UPDATE = "page00000000", "group0000000", "part00000000", "incident0000", "update000000"


def component(**facts: Any) -> dict[str, Any]:
    return {
        "id": PART,
        "name": "Line",
        "status": "operational",
        "created_at": AT,
        "updated_at": AT,
        "position": 2,
        "description": None,
        "showcase": False,
        "start_date": None,
        "group_id": GROUP,
        "page_id": PAGE_ID,
        "group": False,
        "only_show_if_degraded": False,
        **facts,
    }


def update(**facts: Any) -> dict[str, Any]:
    change = {"code": PART, "name": "Line", "old_status": "operational", "new_status": "major_outage"}
    return {
        "id": UPDATE,
        "status": "identified",
        "body": "We know.",
        "incident_id": INCIDENT,
        "created_at": LATER,
        "updated_at": LATER,
        "display_at": LATER,
        "affected_components": [change],
        "deliver_notifications": True,
        "custom_tweet": None,
        "tweet_id": None,
        **facts,
    }


RIGHT: dict[str, Any] = {
    "page": {"id": PAGE_ID, "name": "Ferry", "url": "https://ferry.example", "time_zone": "Etc/UTC", "updated_at": LATER},
    "status": {"indicator": "major", "description": "Much trouble"},
    "components": [
        component(id=GROUP, position=1, group=True, group_id=None, components=[PART], name="Lines"),
        component(),
    ],
    "incidents": [
        {
            "id": INCIDENT,
            "name": "No ferry",
            "status": "identified",
            "created_at": AT,
            "updated_at": LATER,
            "monitoring_at": None,
            "resolved_at": None,
            "impact": "major",
            "shortlink": "https://ferry.example/incidents/1",
            "started_at": AT,
            "page_id": PAGE_ID,
            "incident_updates": [update(), update(id="update000001", status="investigating", display_at=AT)],
            "components": [component()],
        }
    ],
    "scheduled_maintenances": [],
}


def broken(path: str, value: Any) -> bytes:
    """The right document with another value there; without that key when the value is KeyError."""
    facts = copy.deepcopy(RIGHT)
    *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    place: Any = facts
    for step in way:
        place = place[step]
    if value is KeyError:
        del place[last]
    else:
        place[last] = value
    return json.dumps(facts).encode()


def test_the_unbroken_document_has_no_fault() -> None:
    assert faults("summary.json", json.dumps(RIGHT).encode()) == []


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("extra", 1, "the keys are"),
        ("page/id", "short", "page: id is"),
        ("page/url", "/relative", "page: url is"),
        ("page/updated_at", "2026-03-10T13:00:00Z", "page: updated_at is"),
        ("page/updated_at", "2026-13-10T13:00:00.000Z", "page: updated_at is"),
        ("status/indicator", "maintenance", "status: indicator is"),
        ("status/indicator", "none", "the worst incident is major"),
        ("status/description", "", "status: description is"),
        ("components/1/status", "broken", "component: status is"),
        ("components/1/position", True, "component: position is"),
        ("components/1/position", 0, "not in the order"),
        ("components/1/group", None, "component: group is"),
        ("components/1/group_id", "elsewhere000", "a group that is not there"),
        ("components/1/id", GROUP, "two components with one id"),
        ("components/1/page_id", "another00000", "another page"),
        ("components/1/showcase", KeyError, "showcase"),
        ("incidents/0/status", "resolved", "resolved in incidents"),
        ("incidents/0/impact", "maintenance", "impact is"),
        ("incidents/0/resolved_at", AT, "identified and resolved"),
        ("incidents/0/shortlink", "/incidents/1", "shortlink is"),
        ("incidents/0/page_id", "another00000", "another page"),
        ("incidents/0/incident_updates", [], "without a word"),
        ("incidents/0/incident_updates/0/body", "", "body is"),
        ("incidents/0/incident_updates/0/incident_id", "another00000", "another incident"),
        ("incidents/0/incident_updates/0/status", "monitoring", "the last update says"),
        ("incidents/0/incident_updates/1/display_at", "2026-03-10T15:00:00.000Z", "not newest first"),
        ("incidents/0/incident_updates/0/affected_components/0/new_status", "gone", "new_status is"),
        ("incidents", [RIGHT["incidents"][0]] * 51, "51 incidents"),
    ],
)
def test_a_fault_is_found(path: str, value: Any, fault: str) -> None:
    found = faults("summary.json", broken(path, value))
    assert any(fault in each for each in found), found
