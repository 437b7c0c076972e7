"""A portal of real programs whose database and disk can be made to fail: a web process, a publisher, visitors and an editor."""

import hashlib
import sys
from pathlib import Path

import httpx
import lxml.html
from sqlalchemy import func, select, update

from portal.incidents.models import Incident, IncidentUpdate
from portal.incidents.rules import State
from portal.incidents.store import add_update, publish_incident
from portal.organisation.models import Organisation
from portal.staff.models import Member
from portal.staff.rules import Role
from portal.staff.store import add_member
from tests.publication.reading import whole_set
from tests.publication.standing import Program, a_company, portal_web, settings_in
from tests.running import free_port, wait_until
from tests.staff.builders import PHRASE

EMAIL = "noor@example.nl"
CODE = "AAAA-BBBB-CCCC-DDDD"
A_QUESTION = "/track/BR-7KQ4-M2XD"


class Alive:
    """The demo company in `folder`, published, with somebody in the console. `settings` are further ones of the portal."""

    def __init__(self, folder: Path, **settings: str) -> None:
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        own = {"PORTAL_PORT": str(port), "PORTAL_PUBLIC_URL": self.address, "PORTAL_TRUSTED_PROXIES": "0"}
        self.settings = settings_in(folder, **own, **settings)
        self.services = a_company(self.settings)
        self.public = self.services.config.public_folder
        now = self.services.clock.now()
        with self.services.database.transaction() as session:
            hashed = self.services.phrases.hash(PHRASE)
            noor = {"email": EMAIL, "name": "Noor", "phrase_hash": hashed}
            add_member(session, role=Role.ADMINISTRATOR, now=now, actor_id=None, **noor)
            for table in (Organisation, Member):
                session.execute(update(table).values(is_demo=False))  # production may begin on it too
            incident = publish_incident(session, title_nl="De pont ligt stil", body_nl="Motor.", now=now, actor_id=None)
            self.incident_id, self.page = incident.id, f"/incidents/{incident.slug}"
        self.web = portal_web(folder, port, **self.settings)
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "portal", "publisher"]
        self.publisher = Program(command, folder, lambda: True, **self.settings)
        self.visitor = httpx.Client(base_url=self.address, timeout=60)
        self.staff = httpx.Client(base_url=self.address, timeout=60)

    def start(self) -> None:
        """Returns when everything is published."""
        self.publisher.start()
        wait_until((self.public / "checked.json").exists, 60, why=lambda: self.publisher.said)
        self.web.start()
        self.wait_until_seen("Motor.")

    def end(self) -> None:
        self.visitor.close()
        self.staff.close()
        self.publisher.kill()
        self.web.kill()
        self.services.database.close()

    def pages(self) -> list[str]:
        """The addresses of all pages for people, but for the one that stands in for those that cannot be had."""
        found = whole_set(self.public)
        return [path for path in found if "." not in path and not path.endswith("/unavailable")]

    def sign_in(self) -> None:
        sent = fields_of(self.staff.get("/console/sign-in").text) | {"email": EMAIL, "phrase": PHRASE}
        assert self.staff.post("/console/sign-in", data=sent).status_code == httpx.codes.SEE_OTHER

    def update(self, text: str) -> None:
        """Tells more about the incident."""
        now = self.services.clock.now()
        with self.services.database.transaction() as session:
            add_update(session, self.incident_id, state=State.IDENTIFIED, body_nl=text, now=now, actor_id=None)

    def written(self) -> tuple[int, int]:
        """How many incidents and updates there are."""
        with self.services.database.reading() as session:
            count = [session.scalar(select(func.count()).select_from(table)) or 0 for table in (Incident, IncidentUpdate)]
        return count[0], count[1]

    def wait_until_seen(self, text: str) -> None:
        """Until a visitor of the incident's page reads this."""
        wait_until(lambda: text in self.visitor.get(self.page).text, 60, why=lambda: self.publisher.said + self.web.said)

    def assert_all_pages_are_served(self) -> None:
        """Whole, each of them."""
        for path in self.pages():
            assert_whole(self.visitor.get(path))

    def assert_the_rest_is_unavailable(self) -> None:
        """What needs the database says honestly that it cannot be had, and when to try again."""
        answers = [self.visitor.get(path) for path in (A_QUESTION, f"/en{A_QUESTION}")]
        answers += [self.visitor.post("/track", data={"reference": CODE}), self.staff.get("/console/incidents")]
        for answer in answers:
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.url
            assert int(answer.headers["Retry-After"]) > 0
            assert "<h1" in answer.text, "a page of the portal's own, not a bare line"
            assert answer.headers["Cache-Control"] == "no-store"


def is_whole(answer: httpx.Response) -> bool:
    """Whether all bytes are of one document, which is the one that its tag says, and not its last known state."""
    digest = hashlib.sha256(answer.content).hexdigest()[:32]
    return answer.status_code == httpx.codes.OK and answer.headers["ETag"].strip('"').partition("-")[0] == digest


def assert_whole(answer: httpx.Response) -> None:
    assert is_whole(answer), answer.url


def fields_of(page: str) -> dict[str, str]:
    """What the only form of a page holds as it was opened."""
    form = lxml.html.fromstring(page).xpath("//form[.//input[@name='csrf_token']]")[-1]
    return {name: value or "" for name, value in form.form_values()}
