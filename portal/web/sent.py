"""What was sent, held against what can be kept at all, before any view reads it.

PostgreSQL takes no NUL in a text and SQLite does; nobody types one. So it is refused here, once, with its field named.
"""

from collections.abc import Iterable

from flask import Flask, request

from portal.errors import Invalid, NotFound

_NUL = "\x00"
_LONGEST_NAME = 100
_FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
_READS_FOR_ITSELF = "/hooks/"


def init_app(app: Flask) -> None:
    app.before_request(_refuse_what_cannot_be_kept)


def _refuse_what_cannot_be_kept() -> None:
    """Also names of fields that cannot be ours: libraries read numbers in them, and choke on digits of other scripts."""
    if _NUL in request.path:
        raise NotFound("No address of this portal holds a NUL.")
    _check(request.args.items(multi=True))
    if request.method == "POST" and request.mimetype in _FORMS and not request.path.startswith(_READS_FOR_ITSELF):
        _check(request.form.items(multi=True))


def _check(fields: Iterable[tuple[str, str]]) -> None:
    for name, value in fields:
        if not name.isascii() or not name.isprintable() or len(name) > _LONGEST_NAME:
            raise Invalid("the name of a field", name[:_LONGEST_NAME], f"at most {_LONGEST_NAME} plain characters")
        if _NUL in value:
            raise Invalid(name, value[:_LONGEST_NAME], "text without NUL characters")
