import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.status.stale import stale

AT = datetime(2026, 3, 10, 13, 5, tzinfo=UTC)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def document(indicator: str) -> bytes:
    return json.dumps({"page": {"name": "Veer"}, "status": {"indicator": indicator, "description": "Alles goed"}}).encode()


def said(body: bytes, language: str = "nl", **when: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stale(body, AT, AMSTERDAM, language, **when))["status"]
    return found


@pytest.mark.parametrize(
    ("was", "becomes"), [("none", "minor"), ("minor", "minor"), ("major", "major"), ("critical", "critical")]
)
def test_what_cannot_be_checked_is_never_called_well(was: str, becomes: str) -> None:
    assert said(document(was)) == {
        "indicator": becomes,
        "description": "Laatst bekende stand van 14.05 uur; we kunnen het nu niet controleren",
    }


def test_it_is_said_in_english_too() -> None:
    assert said(document("none"), "en")["description"] == "Last known state of 14:05; we cannot check at the moment"


def test_the_day_is_named_once_it_is_another_day() -> None:
    assert said(document("none"), now=AT + timedelta(hours=9))["description"].startswith("Laatst bekende stand van 14.05 uur;")
    assert said(document("none"), now=AT + timedelta(hours=10))["description"] == (
        "Laatst bekende stand van dinsdag 10 maart 2026, 14.05 uur; we kunnen het nu niet controleren"
    )


def test_the_rest_stays_as_it_was_and_what_has_no_status_stays_whole() -> None:
    assert json.loads(stale(document("none"), AT, AMSTERDAM, "nl"))["page"] == {"name": "Veer"}
    assert stale(b'{"page": {}, "components": [] }', AT, AMSTERDAM, "nl") == b'{"page": {}, "components": [] }'
