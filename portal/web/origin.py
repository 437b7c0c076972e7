"""Refuses forms that another site sends in a visitor's name, for pages that must do without a cookie and so without a token."""

from urllib.parse import urlsplit

from flask import request

from portal import services
from portal.errors import Refused


def refuse_other_sites() -> None:
    """Raises Refused when the browser says that this request was started by a page of another site.

    Browsers since 2023 say so in Sec-Fetch-Site, older ones in Origin. A program that sends neither is nobody's browser and
    carries nobody's cookies.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in {"same-origin", "none"}:
            raise Refused("This form was sent from another website.")
        return
    origin = request.headers.get("Origin")
    if origin is not None and _host_in(origin) not in _own_hosts():
        raise Refused("This form was sent from another website.")


def _host_in(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # such as http://[ : no address at all
        return ""


def _own_hosts() -> set[str]:
    return {urlsplit(services.current().config.public_url).netloc, request.host}
