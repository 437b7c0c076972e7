"""A colleague sets opening hours, sees at once what customers will read, and customers read it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from portal.organisation.rules import ChannelKind
from tests.browser.axe import judge
from tests.browser.staff import open_published, portal_of_noor, sign_in_noor
from tests.running import Run

WEEK = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")


@pytest.fixture(scope="module")
def quiet_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A company with one colleague and three channels that have no hours yet."""
    channels = {"x": ChannelKind.X, "telefoon": ChannelKind.PHONE, "balie": ChannelKind.DESK}
    with portal_of_noor(tmp_path_factory.mktemp("quiet") / "instance", channels) as run:
        yield run


@pytest.mark.parametrize(("slug", "width"), [("telefoon", 320), ("x", 1280)])
def test_the_preview_follows_the_form_and_customers_read_the_same(
    open_window: Callable[..., Page], quiet_portal: Run, slug: str, width: int
) -> None:
    page = open_window(base_url=quiet_portal.address, viewport={"width": width, "height": 800})
    sign_in_noor(page, f"/console/hours/{slug}")
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
    open_published(page, f"/channels/{slug}", said)


def test_without_script_the_desk_is_closed_now_and_opened_again(open_window: Callable[..., Page], quiet_portal: Run) -> None:
    page = open_window(base_url=quiet_portal.address, java_script_enabled=False)
    sign_in_noor(page, "/console/hours")
    page.get_by_label("Balie").check()
    page.get_by_label("Gesloten tot").fill("2099-01-01T09:00")
    page.get_by_label("Reden in het Nederlands").fill("Storing in ons gebouw")
    page.get_by_role("button", name="Nu sluiten").click()
    expect(page.get_by_text("Klanten lezen nu dat u gesloten bent.")).to_be_visible()
    open_published(page, "/en/channels/balie", "We are closed now.")
    expect(page.get_by_text("Storing in ons gebouw").first).to_have_attribute("lang", "nl")
    page.goto("/console/hours")
    page.get_by_role("button", name="Nu weer open (Balie)").click()
    expect(page.get_by_text("De gewone tijden van Balie gelden weer.")).to_be_visible()
