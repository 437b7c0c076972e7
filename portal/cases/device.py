"""The cookie by which a browser shows that its owner proved a case to be theirs.

It names claims, not cases, and opens nothing by itself: each page asks the database whether the claim still stands. It is
signed, unreadable for scripts, gone when the browser closes, and holds nothing personal.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Request, Response
from itsdangerous import BadSignature, URLSafeSerializer

from portal.cases.claims import LONGEST_DEVICE
from portal.config import Config

_SALT = "portal.cases.device"
_MOST_CLAIMS = 8


@dataclass(frozen=True)
class Device:
    """A browser: its random name, and the claims that it showed in the last day with the instant of each, the latest first."""

    name: str
    shown: tuple[tuple[int, datetime], ...]

    @property
    def claim_ids(self) -> tuple[int, ...]:
        return tuple(claim_id for claim_id, _at in self.shown)


def cookie_name(config: Config) -> str:
    return "__Host-track" if config.is_secure else "track"


def device_of(request: Request, config: Config, now: datetime) -> Device | None:
    """The browser's cookie, read; None when there is none, when it was tampered with, or when all in it is over a day old."""
    try:
        name, pairs = _serializer(config).loads(request.cookies.get(cookie_name(config), ""))
        shown = tuple((int(claim_id), datetime.fromtimestamp(at, UTC)) for claim_id, at in pairs)
    except (BadSignature, ValueError, TypeError):
        return None
    fresh = tuple((claim_id, at) for claim_id, at in shown if at <= now < at + LONGEST_DEVICE)
    return Device(str(name), fresh) if fresh else None


def let_in(response: Response, config: Config, device: Device | None, claim_id: int, now: datetime) -> None:
    """Adds a claim to the cookie. The browser keeps its name, so that signing out ends every copy of the cookie."""
    name = device.name if device else secrets.token_urlsafe(16)
    others = [each for each in device.shown if each[0] != claim_id] if device else []
    shown = [(claim_id, now), *others][:_MOST_CLAIMS]
    value = _serializer(config).dumps([name, [[each, int(at.timestamp())] for each, at in shown]])
    assert isinstance(value, str)
    response.set_cookie(cookie_name(config), value, path="/", secure=config.is_secure, httponly=True, samesite="Lax")


def forget(response: Response, config: Config) -> None:
    response.delete_cookie(cookie_name(config), path="/", secure=config.is_secure, httponly=True, samesite="Lax")


def _serializer(config: Config) -> URLSafeSerializer:
    return URLSafeSerializer(config.secret_key, salt=_SALT)
