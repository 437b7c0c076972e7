"""What every template can use: addresses, times in words, Markdown, the company and the language."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, g
from markupsafe import Markup, escape

from portal import services
from portal.web import edge, formats, markdown, pages


def init_app(app: Flask) -> None:
    environment = app.jinja_env
    environment.lstrip_blocks = True  # but no trim_blocks: it would glue two sentences of two blocks together
    environment.globals.update(
        is_served=pages.is_served,
        page_url=pages.page_url,
        public_address=pages.public_address,
        language=pages.language,
        LANGUAGES=pages.LANGUAGES,
    )
    environment.filters.update(
        moment=moment,
        clock_time=lambda at: formats.clock_time(at, zone(), pages.language()),
        day=day,
        duration=duration,
        time_tag=time_tag,
        markdown=markdown.to_html,
        plain=markdown.to_text,
    )
    app.context_processor(_shared)


def zone() -> ZoneInfo:
    """The organisation's time zone, as put in `g.organisation` at the start of the request; Amsterdam before the set-up."""
    organisation = g.get("organisation")
    return organisation.zone if organisation else formats.DEFAULT_ZONE


def day(on: date) -> str:
    today = edge.now().astimezone(zone()).date()
    edge.holds_until(datetime(today.year + 1, 1, 1, tzinfo=zone()))
    return formats.day(on, pages.language(), today=today)


def moment(at: datetime) -> str:
    edge.holds_until(formats.moment_until(at, zone(), edge.now()))
    return formats.moment(at, zone(), pages.language(), edge.now())


def duration(length: timedelta | float) -> str:
    return formats.duration(length, pages.language())


def time_tag(at: datetime) -> Markup:
    """The instant in words inside <time>, so that programs can read it too."""
    return Markup('<time datetime="{}">{}</time>').format(at.astimezone(zone()).isoformat(), escape(moment(at)))


def _shared() -> dict[str, Any]:
    return {
        "now": edge.now(),
        "organisation": g.get("organisation"),
        "public_url": services.current().config.public_url,
    }
