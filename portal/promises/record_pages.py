"""The documents of the public record: a page in each language, two tables for spreadsheets, and all of it for programs.

They are made once a minute, whatever is answered meanwhile: nobody sees a count change twice in a minute.
"""

from collections.abc import Callable

from flask import Blueprint, Response

from portal.hours.store import opening_times_of_all
from portal.promises import record_files
from portal.promises.plot import plot
from portal.promises.record import Record
from portal.promises.recorded import record_of
from portal.web import edge
from portal.web.documents import Document, page_document, send
from portal.web.edge import now, reading
from portal.web.jinja import zone
from portal.web.minutes import end_of_minute, minute_of

public = Blueprint("record", __name__)
blueprint = Blueprint("record_files", __name__)
MOST_MONTHS_ON_A_PAGE = 24
_CSV = "text/csv; charset=utf-8; header=present"
_JSON = "application/json; charset=utf-8"


@public.get("/promises")
def shown() -> Response:
    return send(page(_record()))


@blueprint.get("/promises.csv")
def months() -> Response:
    return send(months_csv(_record()))


@blueprint.get("/promises/days.csv")
def days() -> Response:
    return send(days_csv(_record()))


@blueprint.get("/promises.json")
def everything() -> Response:
    return send(as_json(_record()))


def _record() -> Record:
    with reading() as session:
        return record_of(session, now(), zone=zone(), openings=opening_times_of_all(session))


def page(record: Record) -> Document:
    """The record as people read it, in the language of the request."""
    as_of = minute_of(now())
    steps = record.steps()
    with edge.noting_truth() as truth:
        document = page_document(
            "promises/record.html",
            as_of=as_of,
            record=record,
            months=record.months[: -MOST_MONTHS_ON_A_PAGE - 1 : -1],
            steps=steps,
            plot=plot([each.group for each in steps]),
        )
        edge.holds_until(end_of_minute(as_of))
    return document.holding_until(truth.until)


def months_csv(record: Record) -> Document:
    return _of_this_minute(record_files.months_csv(record), _CSV)


def days_csv(record: Record) -> Document:
    return _of_this_minute(record_files.days_csv(record), _CSV)


def as_json(record: Record) -> Document:
    return _of_this_minute(record_files.as_json(record, minute_of(now()), zone().key), _JSON)


FILES: dict[str, Callable[[Record], Document]] = {
    "/promises.csv": months_csv,
    "/promises/days.csv": days_csv,
    "/promises.json": as_json,
}


def _of_this_minute(body: bytes, content_type: str) -> Document:
    document = Document(body, content_type, max_age_seconds=60, is_open=True)
    return document.holding_until(end_of_minute(now()))
