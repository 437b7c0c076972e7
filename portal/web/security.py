"""Puts the headers of the policy on every answer of the application."""

from flask import Flask, Response

from portal import services
from portal.web import policy


def init_app(app: Flask) -> None:
    app.after_request(_add_headers)


def _add_headers(response: Response) -> Response:
    for name, value in policy.headers(is_secure=services.current().config.is_secure).items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response
