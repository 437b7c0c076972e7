import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.status.last_known import last_known

AT = datetime(2026, 3, 10, 13, 5, tzinfo=UTC)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def document(indicator: str) -> bytes:
    return json.dumps({"page": {"name": "Veer"}, "status": {"indicator": indicator, "description": "Alles goed"}}).encode()


def said(body: bytes, language: str = "nl") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(last_known(body, AT, AMSTERDAM, language))["status"]
    return found


@pytest.mark.parametrize(
    ("was", "becomes"), [("none", "minor"), ("minor", "minor"), ("major", "major"), ("critical", "critical")]
)
def test_what_cannot_be_checked_is_never_called_well(was: str, becomes: str) -> None:
    assert said(document(was)) == {
        "indicator": becomes,
        "description": "Laatst bekende stand van dinsdag 10 maart 2026, 14.05 uur; we kunnen het nu niet controleren",
    }


def test_it_is_said_in_english_too() -> None:
    assert said(document("none"), "en")["description"] == (
        "Last known state of Tuesday 10 March 2026, 14:05; we cannot check at the moment"
    )


def test_the_rest_stays_as_it_was_and_what_has_no_status_stays_whole() -> None:
    assert json.loads(last_known(document("none"), AT, AMSTERDAM, "nl"))["page"] == {"name": "Veer"}
    assert last_known(b'{"page": {}, "components": [] }', AT, AMSTERDAM, "nl") == b'{"page": {}, "components": [] }'
