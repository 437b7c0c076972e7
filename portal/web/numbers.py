"""Numbers that visitors send, as far as a column of the database can hold them."""

import re
from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter

LARGEST = 2**31 - 1  # of an INTEGER column; asked for more, a database says that it failed, not that there is no such row


class ColumnNumber(IntegerConverter):
    """`<int:...>` of a route: an address with a larger number leads nowhere, as one with letters does."""

    regex = r"[0-9]{1,10}"  # Python refuses to read thousands of digits with an error that is not about addresses

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max": LARGEST, **options})


def init_app(app: Flask) -> None:
    """Must come before any route is added."""
    app.url_map.converters["int"] = ColumnNumber


def number_in(text: str | None) -> int | None:
    """The whole number, from 0, that was sent; None for anything else, and for what no column holds."""
    if text is None or not re.fullmatch(r"[0-9]{1,10}", text):
        return None
    number = int(text)
    return number if number <= LARGEST else None
