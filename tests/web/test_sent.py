"""What nobody types and programs send all the same."""

from io import BytesIO

import pytest
from flask import Flask

from portal.staff.rules import Role
from tests.pages import PageClient
from tests.staff.builders import SignedIn

NUL = "\x00"


@pytest.mark.parametrize("path", ["/incidents/a%00b", "/track/%00", "/static/%00.css", "/console/channels/%00/webhook"])
def test_an_address_with_nul_leads_nowhere(client: PageClient, path: str) -> None:
    client.get(path, status=404)


def test_a_webhook_address_with_nul_leads_nowhere(app: Flask) -> None:
    assert app.test_client().post("/hooks/a%00b", data=b"{}", content_type="application/json").status_code == 404


def test_a_question_with_nul_is_refused_by_name(client: PageClient) -> None:
    assert "from" in client.get("/channels/x?from=a%00b", status=422).text


def test_a_form_with_nul_is_refused_with_its_field_named(staff_client: PageClient) -> None:
    page = staff_client.post("/console/organisation", {"about_nl": f"Wij{NUL}rijden"}, status=422)
    assert "about_nl" in page.text


@pytest.mark.parametrize("name", ["classes-\u00b2-code", "x" * 101, f"a{NUL}", "classes-" + "9" * 5_000 + "-code"])
def test_a_field_with_a_name_that_cannot_be_ours_is_refused(staff_client: PageClient, name: str) -> None:
    staff_client.post("/console/promises/matrix", {name: "1"}, status=422)


@pytest.mark.parametrize("value", [5, 1.5, True, None, [], ["a"], {"a": "b"}, "\ud800", f"{NUL}"])
def test_what_stands_in_json_is_no_form(app: Flask, client: PageClient, signed_in: SignedIn, value: object) -> None:
    assert app.test_client().post("/track", json={"reference": value}).status_code == 422
    assert app.test_client().post("/track", json=[value]).status_code == 422
    signed_in(client, Role.ADMINISTRATOR)
    answer = client.http.post("/console/organisation", json={"name": value}, headers={"X-CSRFToken": client.csrf_token or ""})
    assert answer.status_code == 422


def test_a_file_is_no_text(app: Flask) -> None:
    sent = {"reference": (BytesIO(b"BR-2222-2222"), "reference.txt")}
    assert app.test_client().post("/track", data=sent, content_type="multipart/form-data").status_code == 422


@pytest.mark.parametrize("digits", ["1" * 11, "9" * 400, "9" * 5_000, "-" + "9" * 400])
def test_a_number_that_libraries_choke_on_is_no_number(staff_client: PageClient, digits: str) -> None:
    sent = {"channel_id": "0", "words": "storing", "impact": "high", "contact_id": digits}
    page = staff_client.post("/console/promises/rules", sent, status=422)
    assert page.one("input", name="contact_id").get("aria-invalid") == "true"
    staff_client.get(f"/console/members/{digits}", status=404)


@pytest.mark.parametrize("origin", ["http://[", "null", "//", "http://portal.test.evil.example"])
def test_an_origin_that_is_no_address_of_ours_is_another_site(app: Flask, origin: str) -> None:
    answer = app.test_client().post("/track", data={"reference": "BR-2222-2222"}, headers={"Origin": origin})
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/en", "/en/", "/console", "/console/", "//console", "/en//feed.rss", "/console//cases"])
def test_nobody_is_led_to_the_host_that_a_request_names(app: Flask, path: str) -> None:
    answer = app.test_client().get(f"http://evil.example{path}")
    assert "evil.example" not in answer.headers.get("Location", "")
