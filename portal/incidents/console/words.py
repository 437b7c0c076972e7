"""What helps with writing: texts of ours to start from, and a look at the text as customers will see it.

Both are buttons of the form itself, so that they keep all that was typed, with htmx and without.
"""

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from portal.incidents.quick_texts import ALL
from portal.web.answers import shown
from portal.web.localized import Localized


def is_help() -> bool:
    """Whether the form was sent for help, and not to be published."""
    return bool(request.form.get("help"))


def helped(form: Any) -> bool:
    """Gives the help that was asked for; says whether it was a look at the text."""
    asked = request.form.get("help", "")
    if asked in ALL:
        form.fill(ALL[asked])
    return asked == "preview"


def words_part(form: Any, texts: Mapping[str, Localized]) -> Response:
    """The part of the form with the two texts, after the help."""
    preview = helped(form)
    return shown("incidents/console/_words.html", form=form, texts=texts, preview=preview)
