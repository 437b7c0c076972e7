"""axe-core, the accessibility checker, inside the page that the browser shows."""

from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page

ROOT = Path(__file__).parent.parent.parent
_SOURCE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
WIDTHS = (320, 768, 1280)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA and its own good practice: the rule, and each element with the reason."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_SOURCE)
    found: list[dict[str, Any]] = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(r => r.violations)", _RULES
    )
    return [f"{rule['id']}: {node['html'][:200]} - {node['failureSummary']}" for rule in found for node in rule["nodes"]]


def is_wider_than_the_window(page: Page) -> bool:
    """Whether one has to scroll sideways to read the page."""
    return bool(page.evaluate("document.scrollingElement.scrollWidth > document.documentElement.clientWidth"))


def faults_of(page: Page) -> list[str]:
    """What keeps the page that is open from being read well: at each width, in light and in dark."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if is_wider_than_the_window(page):
            found.append(f"{width}: is wider than the window")
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found += [f"{width} {scheme}: {fault}" for fault in violations(page)]
    return found


def judge(page: Page) -> None:
    """Nothing to find for axe, and nothing beside the window."""
    assert violations(page) == [], page.url
    assert not is_wider_than_the_window(page), f"{page.url} is wider than the window"
