"""What docs/api.md says can be read can be read, and it leaves nothing out."""

import re

from flask import Flask

from portal.status.statuspage import NAMES
from tests.conftest import ROOT

PAGE = (ROOT / "docs/api.md").read_text()
ADDRESSES = re.findall(r"`(/[\w/.-]+\.\w+)`", PAGE)


def test_every_address_that_is_listed_exists(app: Flask) -> None:
    assert len(ADDRESSES) > 15
    served = app.url_map.bind("portal.test")
    for address in ADDRESSES:
        assert served.test(address.replace("NAME", "naam"), "GET"), address


def test_every_document_of_the_api_and_every_feed_is_listed(app: Flask) -> None:
    assert {f"/api/v2/{name}" for name in NAMES} <= set(ADDRESSES)
    for rule in app.url_map.iter_rules():
        if "feed" in rule.endpoint and not rule.rule.startswith("/en/"):
            start = rule.rule.partition("<any")[0].replace("<slug>", "NAME")
            assert any(address.startswith(start) for address in ADDRESSES), rule.rule
