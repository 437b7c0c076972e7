import re

import pytest
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound

from portal.web.numbers import LARGEST, number_in
from tests.pages import PageClient

TOO_LARGE = str(LARGEST + 1)


@pytest.mark.parametrize("text", [None, "", "-1", "1.0", "abc", "²", " 1", TOO_LARGE, "9" * 5000])
def test_what_no_column_can_hold_is_no_number(text: str | None) -> None:
    assert number_in(text) is None


def test_what_a_column_can_hold_is_a_number() -> None:
    assert [number_in("0"), number_in("007"), number_in(str(LARGEST))] == [0, 7, LARGEST]


def test_no_address_takes_a_number_that_no_column_can_hold(app: Flask) -> None:
    numbered = [rule for rule in app.url_map.iter_rules() if "<int:" in rule.rule]
    assert len(numbered) > 10
    for rule in numbered:
        path = re.sub(r"<[^>]+>", "x", re.sub(r"<int:[^>]+>", TOO_LARGE, rule.rule))
        for method in rule.methods or ():
            with pytest.raises((NotFound, MethodNotAllowed)):
                app.url_map.bind("").match(path, method)


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/console/promises/rules", {"channel_id": "0", "words": "storing", "impact": "high", "contact_id": TOO_LARGE}),
        ("/console/incidents/services", {"name_nl": "Trams", "parent_id": "0", "position": TOO_LARGE}),
    ],
)
def test_a_form_refuses_a_number_that_no_column_can_hold(staff_client: PageClient, path: str, sent: dict[str, str]) -> None:
    page = staff_client.post(path, sent, status=422)
    assert page.all("input", value=TOO_LARGE)[0].get("aria-invalid") == "true"


def test_a_page_of_the_journal_after_no_event_is_the_first_one(staff_client: PageClient) -> None:
    staff_client.get(f"/console/audit?before={TOO_LARGE}")
