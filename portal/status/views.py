"""The public front: what the state is, how to reach the company, and two pages about the portal itself."""

from flask import Blueprint, Response

from portal.web.documents import public_page

public = Blueprint("status", __name__)


@public.get("/accessibility")
def accessibility() -> Response:
    return public_page("status/accessibility.html")


@public.get("/privacy")
def privacy() -> Response:
    return public_page("status/privacy.html")
