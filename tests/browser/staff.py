"""Members of staff in journeys: how they sign in, and a portal where only one of them works."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from portal import wiring
from portal.config import Config
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel, save_organisation
from portal.staff.rules import DEMO_PHRASE, Role
from portal.staff.store import add_member
from tests.running import Run, wait_until

PHRASE = "zeven koperen ketels op zolder"


def sign_in(page: Page, who: str) -> None:
    """Through the sign-in page, as `who`@lijnwaard.example."""
    sign_in_as(page, f"{who}@lijnwaard.example", DEMO_PHRASE, "/console/")
    expect(page.get_by_role("button", name="Uitloggen")).to_be_visible()
    assert "/sign-in" not in page.url


def sign_in_as(page: Page, email: str, phrase: str, path: str) -> None:
    """Asks for a page of the console, and signs in on the way there."""
    page.goto(path)
    page.get_by_label("E-mailadres").fill(email)
    page.get_by_label("Wachtwoord").fill(phrase)  # as a password manager does
    page.get_by_role("button", name="Inloggen").click()


def sign_in_noor(page: Page, path: str) -> None:
    """The one colleague of `portal_of_noor`."""
    sign_in_as(page, "noor@ringlijn.nl", PHRASE, path)


def open_published(page: Page, path: str, words: str) -> None:
    """Opens a public page again and again until it says this: a change is public within a second, not at once."""

    def says_so() -> bool:
        page.goto(path)
        return words in page.locator("body").inner_text()

    wait_until(says_so, 20, why=lambda: page.locator("body").inner_text())


@contextmanager
def portal_of_noor(instance: Path, channels: dict[str, ChannelKind] | None = None) -> Iterator[Run]:
    """A company with one colleague, who publishes and keeps the hours, and with these channels by slug."""
    run = Run(instance)
    run.wait_until_up()
    services = wiring.build(Config.from_env({"PORTAL_INSTANCE": str(instance), "PORTAL_DEMO": "0"}))
    hashed, now = services.phrases.hash(PHRASE), services.clock.now()
    with services.database.transaction() as session:
        save_organisation(session, name="Ringlijn", now=now, actor_id=None)
        facts = {"email": "noor@ringlijn.nl", "name": "Noor", "language": "nl"}
        add_member(session, **facts, role=Role.COMMUNICATION, phrase_hash=hashed, now=now, actor_id=None)
        for slug, kind in (channels or {}).items():
            add_channel(session, slug=slug, kind=kind, name=slug.capitalize(), now=now, actor_id=None)
    services.database.close()
    yield run
    run.kill()
