"""A colleague sets opening hours, sees at once what customers will read, and customers read it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from portal import wiring
from portal.config import Config
from portal.organisation.rules import ChannelKind
from portal.organisation.store import add_channel, save_organisation
from portal.staff.rules import Role
from portal.staff.store import add_member
from tests.browser.axe import is_wider_than_the_window, violations
from tests.running import Run

PHRASE = "zeven koperen ketels op zolder"
WEEK = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")


@pytest.fixture(scope="module")
def quiet_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A company with one colleague and three channels that have no hours yet."""
    instance = tmp_path_factory.mktemp("quiet") / "instance"
    run = Run(instance)
    run.wait_until_up()
    services = wiring.build(Config.from_env({"PORTAL_INSTANCE": str(instance), "PORTAL_DEMO": "0"}))
    hashed, now = services.phrases.hash(PHRASE), services.clock.now()
    with services.database.transaction() as session:
        save_organisation(session, name="Ringlijn", now=now, actor_id=None)
        facts = {"email": "noor@ringlijn.nl", "name": "Noor", "language": "nl"}
        add_member(session, **facts, role=Role.COMMUNICATION, phrase_hash=hashed, now=now, actor_id=None)
        add_channel(session, slug="x", kind=ChannelKind.X, name="X", now=now, actor_id=None)
        add_channel(session, slug="telefoon", kind=ChannelKind.PHONE, name="Telefoon", now=now, actor_id=None)
        add_channel(session, slug="balie", kind=ChannelKind.DESK, name="Balie", now=now, actor_id=None)
    services.database.close()
    yield run
    run.kill()


def sign_in(page: Page, path: str) -> None:
    page.goto(path)
    page.get_by_label("E-mailadres").fill("noor@ringlijn.nl")
    page.get_by_label("Wachtwoord").fill(PHRASE)
    page.get_by_role("button", name="Inloggen").click()


def judge(page: Page) -> None:
    assert violations(page) == []
    assert not is_wider_than_the_window(page)


@pytest.mark.parametrize(("slug", "width"), [("telefoon", 320), ("x", 1280)])
def test_the_preview_follows_the_form_and_customers_read_the_same(
    open_window: Callable[..., Page], quiet_portal: Run, slug: str, width: int
) -> None:
    page = open_window(base_url=quiet_portal.address, viewport={"width": width, "height": 800})
    sign_in(page, f"/console/hours/{slug}")
    preview = page.locator("#schedule-preview")
    for day in WEEK:
        page.get_by_label(day, exact=True).fill("de hele dag")
    page.get_by_label("zondag", exact=True).blur()
    expect(preview.get_by_text("We zijn dag en nacht open.")).to_be_visible()
    page.get_by_label("zondag", exact=True).fill("laat")
    page.get_by_label("zondag", exact=True).blur()
    expect(preview.get_by_text("Er moet nog iets verbeterd worden.")).to_be_visible()
    page.get_by_label("zondag", exact=True).fill("0-24")
    page.get_by_text("Kies uit de feestdagen").click()
    page.get_by_label("Tweede kerstdag").first.check()
    page.get_by_role("button", name="Aangevinkte dagen toevoegen").click()
    expect(page.get_by_label("Reden in het Nederlands").first).to_have_value("Tweede kerstdag")
    judge(page)
    page.get_by_role("button", name="Openingstijden opslaan").click()
    expect(page.get_by_text("De openingstijden zijn opgeslagen.")).to_be_visible()
    judge(page)
    said = preview.locator(".open-now").first.inner_text()
    page.goto(f"/channels/{slug}")
    expect(page.locator(".open-now")).to_have_text(said)


def test_without_script_the_desk_is_closed_now_and_opened_again(open_window: Callable[..., Page], quiet_portal: Run) -> None:
    page = open_window(base_url=quiet_portal.address, java_script_enabled=False)
    sign_in(page, "/console/hours")
    page.get_by_label("Balie").check()
    page.get_by_label("Gesloten tot").fill("2099-01-01T09:00")
    page.get_by_label("Reden in het Nederlands").fill("Storing in ons gebouw")
    page.get_by_role("button", name="Nu sluiten").click()
    expect(page.get_by_text("Klanten lezen nu dat u gesloten bent.")).to_be_visible()
    page.goto("/en/channels/balie")
    expect(page.get_by_text("We are closed now.")).to_be_visible()
    expect(page.get_by_text("Storing in ons gebouw").first).to_have_attribute("lang", "nl")
    page.goto("/console/hours")
    page.get_by_role("button", name="Nu weer open (Balie)").click()
    expect(page.get_by_text("De gewone tijden van Balie gelden weer.")).to_be_visible()
