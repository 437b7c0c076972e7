"""What a channel says about answers, for the company's own pages: as a picture, a part of a page and JSON, and the script.

They tell of one minute and say which. Caches keep them for half a minute, and do not go on with them when nobody answers.
"""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, json

from portal.errors import NotFound
from portal.promises.api import announced_facts
from portal.promises.figures import PERIOD_DAYS
from portal.promises.statistics import MINIMUM_COUNT
from portal.status import answer_picture
from portal.status.card import Card
from portal.status.saying import lines_of
from portal.status.store import card_of, overview
from portal.status.unchecked import Lines
from portal.web import assets, edge
from portal.web.documents import Document, page_document, send
from portal.web.edge import now, reading
from portal.web.jinja import zone
from portal.web.minutes import end_of_minute, minute_of
from portal.web.pages import language, page_url

public = Blueprint("answers", __name__)
blueprint = Blueprint("answers_once", __name__)
SCRIPT = "/bereikbaar-answer.js"
_JSON = "application/json; charset=utf-8"
_MAX_AGE_SECONDS = 30
_SCRIPT_SECONDS = 3600


@public.get("/channels/<slug>/answer.svg")
def picture(slug: str) -> Response:
    return send(picture_of(_card(slug)))


@public.get("/channels/<slug>/answer.html")
def part(slug: str) -> Response:
    return send(part_of(_card(slug)))


@public.get("/channels/<slug>/answer.json")
def facts(slug: str) -> Response:
    return send(facts_of(_card(slug)))


@blueprint.get("/channels.json")
def channels() -> Response:
    with reading() as session:
        cards = overview(session, now(), zone()).cards
    return send(all_of(cards))


@blueprint.get(SCRIPT)
def script() -> Response:
    return send(script_document())


def _card(slug: str) -> Card:
    with reading() as session:
        return card_of(session, slug, now(), zone())


def picture_of(card: Card) -> Document:
    body = answer_picture.picture(_lines(card), card.channel.name, language())
    return _of_this_minute(Document(body, answer_picture.CONTENT_TYPE, directives=answer_picture.DIRECTIVES))


def part_of(card: Card) -> Document:
    """The one page that other sites may show in a frame of theirs."""
    with edge.noting_truth():
        page = page_document("status/answer.html", card=card, lines=_lines(card), as_of=minute_of(now()), script=SCRIPT)
    return _of_this_minute(Document(page.body, page.content_type, directives={"frame_ancestors": "*"}))


def facts_of(card: Card) -> Document:
    lines = _lines(card)
    told = {
        "as_of": minute_of(now()).isoformat(),
        "is_current": True,
        "language": language(),
        "text": lines.text,
        "note": lines.note,
        "link": page_url("status.channel", slug=card.channel.slug, external=True),
        "channel": _channel(card),
    }
    return _of_this_minute(Document(_written(told), _JSON))


def all_of(cards: tuple[Card, ...]) -> Document:
    """Every public channel in the company's order, for programs; one address whatever the language."""
    told = {"as_of": minute_of(now()).isoformat(), "is_current": True, "channels": [_channel(each) for each in cards]}
    return _of_this_minute(Document(_written(told), _JSON))


def script_document() -> Document:
    """The element that keeps itself up to date, under an address that stays."""
    found: dict[str, assets.Asset] = current_app.extensions["portal.assets"]
    asset = found.get("js/bereikbaar-answer.js")
    if asset is None:
        raise NotFound("There is no such script.")
    return Document(asset.body, asset.content_type, max_age_seconds=_SCRIPT_SECONDS, is_open=True)


def _lines(card: Card) -> Lines:
    return lines_of(card, minute_of(now()), zone(), language())


def _of_this_minute(document: Document) -> Document:
    return Document(
        document.body,
        document.content_type,
        max_age_seconds=_MAX_AGE_SECONDS,
        is_open=True,
        is_kept_in_trouble=False,
        directives=document.directives,
        true_until=end_of_minute(now()),
    )


def _channel(card: Card) -> dict[str, Any]:
    way = card.channel
    return {
        "slug": way.slug,
        "name": way.name,
        "kind": way.kind.value,
        "url": page_url("status.channel", language="nl", slug=way.slug, external=True),
        "address": way.address or None,
        "is_open": card.is_open if card.has_hours else None,
        "changes_at": _instant(card.changes_at),
        "announced": announced_facts(card.announced) if card.announced else None,
        "kept": _kept(card),
    }


def _kept(card: Card) -> dict[str, Any]:
    account = card.account
    share = account.share if account else None
    return {
        "days": PERIOD_DAYS,
        "kept": account.kept if account else 0,
        "number": account.decided if account else 0,
        "share": round(float(share), 4) if share is not None else None,
        "minimum_number": MINIMUM_COUNT,
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _written(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, indent=1).encode()
