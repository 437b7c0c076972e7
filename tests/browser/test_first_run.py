"""An empty portal: the first visitor with the code makes the first account and the company."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.staff import open_published
from tests.running import Run


@pytest.fixture
def empty_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    run = Run(tmp_path_factory.mktemp("empty") / "instance", PORTAL_DEMO="0")
    run.wait_until_up()
    yield run
    run.kill()


def test_the_first_visitor_sets_the_portal_up_with_the_code_of_the_terminal(
    open_window: Callable[..., Page], empty_portal: Run
) -> None:
    page = open_window(base_url=empty_portal.address)
    page.goto("/")
    assert violations(page) == [], "also a page without a company reads well"
    page.goto("/console/")
    page.wait_for_url("**/console/setup")
    assert violations(page) == []
    code = re.search(r"with this code: (\S+)", empty_portal.said)
    assert code
    fill(page, code="WRONG-CODE")
    expect(page.get_by_role("alert")).to_be_visible()
    fill(page, code=code[1])
    page.wait_for_url(lambda address: "/console/setup" not in address)
    customer = open_window(base_url=empty_portal.address)
    open_published(customer, "/", "Waterschap De Dotterbloem")
    page.goto("/console/setup")
    expect(page.locator("[name=code]")).to_have_count(0)


def fill(page: Page, code: str) -> None:
    values = {
        "code": code,
        "organisation": "Waterschap De Dotterbloem",
        "name": "Marit Hoekstra",
        "email": "marit@dotterbloem.example",
        "phrase": "vier natte otters zwemmen",
        "again": "vier natte otters zwemmen",
    }
    for name, value in values.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("main form button").last.click()
