"""Whatever is typed, sent or asked for: an answer that says what is wrong, and never a failure of ours (500).

The values are drawn with a fixed seed from what has broken other programs: NUL, half characters, numbers that no column
holds, days that no calendar has, names of other people's fields. Each form is sent as it stands in its page with one or two
values replaced, so that the rest of it is right and what is hostile gets as far as it can.
"""

import os
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.cases import claims_store
from portal.cases.rules import Change
from portal.cases.store import take_message
from portal.clock import FixedClock
from portal.config import Config
from portal.db import Database
from portal.incidents import store as incidents
from portal.incidents.service_store import add_service
from portal.organisation.store import save_organisation
from portal.promises import priorities
from portal.promises.rules import Impact
from portal.services import Services
from portal.staff.rules import Role
from portal.vault import Vault
from portal.web.limits import limiter
from tests.cases.builders import answered, asked
from tests.conftest import CHEAP_PHRASES, ROOT
from tests.connectors.builders import Sender, a_body
from tests.pages import Page, PageClient
from tests.staff.builders import SignedIn

_SEED = int(os.environ.get("PORTAL_TEST_SEED", "20261122"))
_ROUNDS = int(os.environ.get("PORTAL_TEST_ROUNDS", "1"))  # 20 rounds take some minutes and find what one may miss
NUL = "\x00"
TEXTS = (
    "",
    " ",
    NUL,
    f"een{NUL}twee",
    "\r\nSet-Cookie: a=b",
    "\u202egnp.exe\u202c",
    "z\u0361\u035f\u0338" * 60,
    "\ufeff\uffff\U0010ffff",
    "'; DROP TABLE cases; --",
    "%s %n {0} {{ 7*7 }} ${7*7}",
    "<script>alert(1)</script><!--]]>",
    "[x](javascript:alert(1)) ![](data:text/html,x)",
    "../../../../etc/passwd",
    "%2e%2e%2f%00",
    "x" * 70_000,
    "[" * 3_000,
    "*a " * 3_000,
    "\u0130\u00df\u1e9e\u0149",
    "http://[",
    "//evil.example",
)
NUMBERS = (
    "-1",
    "0",
    "1",
    "2147483647",
    "2147483648",
    "9223372036854775808",
    "1" + "0" * 400,
    "9" * 4_400,
    "1e309",
    "NaN",
    "\u0663",
    "\u00b2",
    "1_000",
    "0x10",
)
MOMENTS = (
    "0001-01-01",
    "0001-01-01T00:00",
    "9999-12-31",
    "9999-12-31T23:59",
    "0001-01-01T00:00:00+14:00~1",
    "9999-12-31T23:59:59-14:00~1",
    "2026-03-29T02:30",
    "2026-10-25T02:30",
    "2026-02-30T25:61",
    "0000-00",
    "9999-99",
    "9999-12",
    "24:00",
    "2026-W11-2",
    "+002026-01-01",
)
HOSTILE = TEXTS + NUMBERS + MOMENTS
IDS = ("0", "2147483648", "9223372036854775808", "1" + "0" * 400)
HEADERS = {
    "Accept": ("*/*;q=\u00b2", "text/html;q=nan", "application/json", "a/b," * 500),
    "Accept-Encoding": ("gzip;q=nan", "gzip;q=1e999", ",;,"),
    "Accept-Language": ("nl-" + "x" * 2_000, "*;q=\u0663", "\xff"),
    "Cookie": ("portal=\xff\xfe; track=.", "track=" + "a." * 300, "portal=eyJ9.x.y"),
    "Host": ("[", "evil.example", "a b", "portal.test:99999999", "\xff"),
    "HX-Current-URL": ("http://[", "\xff"),
    "HX-Request": ("true",),
    "If-Modified-Since": ("Sun, 99 Foo 0000 99:99:99 GMT", "Mon, 01 Jan 0001 00:00:00 +2359", "\xff"),
    "If-None-Match": ("W/", '"\xff', "*"),
    "Origin": ("http://[", "null", "//", "\xff"),
    "Range": ("bytes=" + "0-," * 500, "bytes=9-1", "bytes=-" + "9" * 4_400),
    "Referer": ("http://[", "\xff", "http://portal.test/console/\xff"),
    "Sec-Fetch-Site": ("cross-site", "\xff"),
    "User-Agent": ("\xff" * 5_000,),
    "X-Forwarded-For": ("\xff", "::ffff:999.1.1.1"),
}


@pytest.fixture
def services(config: Config, clock: FixedClock, database: Database) -> Services:
    """As for every test, but on both databases: what one of them takes, the other may refuse."""
    return Services(config=config, clock=clock, database=database, vault=Vault(config.secret_key), phrases=CHEAP_PHRASES)


@pytest.fixture(autouse=True)
def _without_brakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "enabled", False)


@dataclass
class Ground:
    """A portal with one of everything, and what stands in its addresses."""

    app: Flask
    sender: Sender
    places: dict[str, str]
    token: str
    failures: list[str] = field(default_factory=list)

    def note(self, response: TestResponse, what: str) -> None:
        if response.status_code >= 500 and response.request.path != "/readyz":  # no worker runs here
            self.failures.append(f"{response.status_code} {what}"[:300])


@pytest.fixture
def ground(app: Flask, services: Services, now: datetime) -> Ground:
    sender = Sender(app, services)
    channel = sender.channel
    with services.database.transaction() as session:
        save_organisation(session, name="Vervoer & Zo", now=now, actor_id=None)
        service = add_service(session, name_nl="Trams", now=now, actor_id=None)
        incident = incidents.publish_incident(session, title_nl="Geen trams", body_nl="Wij zoeken.", now=now, actor_id=None)
        planned = incidents.plan_maintenance(
            session,
            title_nl="Werk aan de app",
            body_nl="De app is dicht.",
            window_start=now + timedelta(days=1),
            window_end=now + timedelta(days=2),
            now=now,
            actor_id=None,
        )
        rule = priorities.add_rule(session, words=["storing"], impact=Impact.HIGH, now=now, actor_id=None)
        case = take_message(session, channel, asked(), now).case
        take_message(session, channel, answered(5), now)
        assert case
        claim = claims_store.issue(session, services.vault, case.id, now=now, actor_id=None)
        session.flush()
        places = {
            "slug": channel.slug,
            "service": service.slug,
            "incident": incident.slug,
            "channel": channel.slug,
            "reference": case.reference,
            "token": claim.token,
            "month": "2026-03",
            "kind": "atom",
            "how": "forgotten",
            "name": "portal.css",
            "channel_id": str(channel.id),
            "incident_id": str(incident.id),
            "planned_id": str(planned.id),
            "service_id": str(service.id),
            "rule_id": str(rule.id),
            "claim_id": str(claim.claim_id),
        }
    return Ground(app, sender, places, claim.token)


def _rules(app: Flask) -> list[Rule]:
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ())))


def _value(ground: Ground, rule: Rule, name: str) -> str:
    if name == "slug" and rule.rule.startswith(("/services/", "/en/services/")):
        return ground.places["service"]
    if name == "slug" and rule.rule.startswith(("/incidents/", "/en/incidents/")):
        return ground.places["incident"]
    if name == "incident_id" and rule.endpoint.startswith("maintenance"):
        return ground.places["planned_id"]
    return ground.places.get(name, "1")


def _address(ground: Ground, rule: Rule, **changes: str) -> str:
    """The address of a rule with what stands there in this portal, but for what is changed."""
    path = rule.rule
    for written in re.findall(r"<[^>]+>", rule.rule):
        name = written.strip("<>").rpartition(":")[2]
        path = path.replace(written, quote(changes.get(name, _value(ground, rule, name)), safe="/"), 1)
    return path


def _browsers(ground: Ground, signed_in: SignedIn) -> Iterator[tuple[str, PageClient]]:
    yield "nobody", PageClient(ground.app)
    administrator = PageClient(ground.app)
    signed_in(administrator, Role.ADMINISTRATOR)
    administrator.http.get(f"/track/claim/{ground.token}")
    yield "administrator", administrator


def test_no_address_fails_whatever_stands_in_it(ground: Ground, signed_in: SignedIn) -> None:
    dice = random.Random(_SEED)
    for who, browser in _browsers(ground, signed_in):
        for rule in _rules(ground.app):
            for name in sorted(rule.arguments):
                for value in (dice.choice(IDS), f"een{NUL}twee", *dice.sample(HOSTILE, _ROUNDS)):
                    address = _address(ground, rule, **{name: value[:3_000]})
                    for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
                        data = {"csrf_token": browser.csrf_token} if method == "POST" else None
                        ground.note(browser.http.open(address, method=method, data=data), f"{who} {method} {address}")
    assert not ground.failures, "\n".join(ground.failures)


def test_no_question_in_an_address_fails(ground: Ground, signed_in: SignedIn) -> None:
    dice = random.Random(_SEED)
    sources = [path.read_text() for path in (ROOT / "portal").rglob("*.py")]
    asked_for = {name for source in sources for name in re.findall(r"args(?:\.get\(|\[)\"(\w+)\"", source)}
    assert {"from", "to", "after", "next"} <= asked_for
    for who, browser in _browsers(ground, signed_in):
        for rule in _rules(ground.app):
            if "GET" not in (rule.methods or ()):
                continue
            for value in dice.sample(HOSTILE, 2 * _ROUNDS):
                address = _address(ground, rule)
                query = dict.fromkeys(sorted(asked_for), value[:3_000])
                ground.note(browser.http.get(address, query_string=query), f"{who} {address} ?*={value[:40]!r}")
            one = dice.choice(sorted(asked_for))
            ground.note(browser.http.get(f"{_address(ground, rule)}?{one}=a&{one}=b&{one}[]=c&%00=%ff"), f"{who} {rule} {one}")
    assert not ground.failures, "\n".join(ground.failures)


def test_no_header_fails(ground: Ground, signed_in: SignedIn) -> None:
    dice = random.Random(_SEED)
    for who, browser in _browsers(ground, signed_in):
        for method, address in (
            ("GET", "/"),
            ("GET", "/feed.rss"),
            ("GET", "/static/portal.css"),
            ("GET", "/nowhere"),
            ("GET", "/track/mine"),
            ("POST", "/track"),
            ("GET", "/console/account"),
            ("POST", "/console/sign-in"),
            ("POST", "/console/account/language"),
            ("POST", f"/hooks/{ground.places['channel']}"),
        ):
            for name, values in HEADERS.items():
                for value in dice.sample(values, min(_ROUNDS, len(values))):
                    headers = {name: value, **({"HX-Request": "true"} if name.startswith("HX") else {})}
                    answer = browser.http.open(address, method=method, headers=headers, data={"csrf_token": browser.csrf_token})
                    ground.note(answer, f"{who} {method} {address} {name}: {value[:40]!r}")
    assert not ground.failures, "\n".join(ground.failures)


@dataclass(frozen=True)
class Sent:
    """A form as it stands in a page: where it goes, and its fields as they are."""

    action: str
    values: tuple[tuple[str, str], ...]


def _forms(page: Page, address: str) -> list[Sent]:
    found = []
    for form in page.all("form"):
        if (form.get("method") or "get").lower() != "post":
            continue
        values = []
        for control in form.iter():
            name = control.get("name") if isinstance(control.tag, str) else None
            if not name or name == "csrf_token":
                continue
            values.append((name, _standing(control)))
        found.append(Sent(form.get("action") or address, tuple(values)))
    return found


def _standing(control: Any) -> str:
    if control.tag.endswith("textarea"):
        return "".join(control.itertext()) or "Een tekst."
    if control.tag.endswith("select"):
        options = [option.get("value") or "" for option in control.iter() if str(option.tag).endswith("}option")]
        return options[-1] if options else ""
    return control.get("value") or "Een tekst."


def test_no_form_fails_whatever_is_sent(ground: Ground, signed_in: SignedIn) -> None:
    dice = random.Random(_SEED)
    for rule in _rules(ground.app):
        if "GET" not in (rule.methods or ()) or rule.endpoint == "staff_console.invitation":
            continue
        browser = PageClient(ground.app)
        for sent in _forms(_opened(browser, ground, signed_in, rule), _address(ground, rule)):
            names = sorted({name for name, _value in sent.values})
            tries: list[dict[str, Any]] = [{}, {name: [NUL, "1", "2"] for name in names}]
            for name in names:
                tries += [dict(sent.values) | {name: value} for value in dice.sample(HOSTILE, _ROUNDS)]
            for values in tries:
                headers = {"HX-Request": "true"} if dice.random() < 0.3 else {}
                signed_in(browser, Role.ADMINISTRATOR)
                answer = browser.http.post(sent.action, data={**values, "csrf_token": browser.csrf_token}, headers=headers)
                hostile = {name: str(value)[:60] for name, value in values.items() if dict(sent.values).get(name) != value}
                ground.note(answer, f"POST {sent.action} {hostile}")
    assert not ground.failures, "\n".join(ground.failures)


def _opened(browser: PageClient, ground: Ground, signed_in: SignedIn, rule: Rule) -> Page:
    signed_in(browser, Role.ADMINISTRATOR)
    browser.http.get(f"/track/claim/{ground.token}")
    answer = browser.http.get(_address(ground, rule))
    ground.note(answer, f"GET {_address(ground, rule)} after what was sent before")
    return Page(answer)


SURROGATE = "\ud800"
VALUES: tuple[Any, ...] = (
    *HOSTILE,
    SURROGATE,
    10**400,
    -1,
    2**63,
    1e308,
    True,
    [],
    {},
    [[]],
    {"a": SURROGATE},
    "2026-03-10T13:00:00+23:59",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59Z",
    "x" * 10_000,
)


def test_no_webhook_fails_whatever_is_signed(ground: Ground) -> None:
    kinds = {"message.created": Change.CREATED, "message.edited": Change.EDITED, "message.deleted": Change.DELETED}
    dice = random.Random(_SEED)
    names: tuple[str, ...] = (
        "message_id",
        "thread_ref",
        "parent_ref",
        "author_id",
        "author_handle",
        "author_name",
        "text",
        "html",
        "language",
    )
    names += ("created_at", "edited_at", "edited_of", "visibility", "direction", "automatic", "full_answer", "attachments")
    names += ("auto_submitted", "precedence", "list_id")
    for kind in kinds:
        for name in names:
            for value in (SURROGATE, *dice.sample(VALUES, 2 * _ROUNDS)):
                body = a_body(kind, **{name: value, "edited_of": "m1"} if kind == "message.edited" else {name: value})
                ground.note(ground.sender.send(body), f"{kind} {name}={str(value)[:60]!r}")
    for value in VALUES:
        ground.note(ground.sender.send({"type": value, "timestamp": value, "data": value}), f"whole {str(value)[:60]!r}")
        ground.note(ground.sender.send(a_body(attachments=[{"url": value, "name": value}])), f"attachment {str(value)[:60]!r}")
    for depth in (500, 990, 40_000):
        for nested in (b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth):
            ground.note(ground.sender.send(nested), f"{depth} deep")
            ground.note(ground.sender.send(b'{"type":"message.created","data":{"text":' + nested + b"}}"), f"{depth} deep text")
            whole = b'{"type":"message.created","timestamp":"2026-03-10T13:59:30+01:00","data":{"message_id":"deep",'
            whole += b'"author_id":"a","attachments":[{"url":' + nested + b"}]}}"
            ground.note(ground.sender.send(whole), f"{depth} deep attachment")
    assert not ground.failures, "\n".join(ground.failures)
