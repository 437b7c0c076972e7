"""Who is here, and whether they may: the one guard of every page under /console."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import ParamSpec
from urllib.parse import urlencode

import flask_login
from flask import Flask, Response, current_app, g, request

from portal import services
from portal.errors import Refused
from portal.staff import sign_ins
from portal.staff.display import device
from portal.staff.models import Member, SignIn
from portal.staff.rules import PERMISSIONS, Permission, Role, safe_next
from portal.web.answers import htmx, see_other
from portal.web.edge import now, reading, transaction

P = ParamSpec("P")
ANY_MEMBER = "any member"
SIGN_IN = "/console/sign-in"

_TOUCH_AFTER = timedelta(minutes=5)  # not at each request: reading a page need not wait for a writer


@dataclass(frozen=True)
class CurrentMember:
    """The member of this request, read once. Flask-Login asks for the last four properties."""

    id: int
    name: str
    email: str
    role: Role
    language: str
    sign_in_id: int
    token: str

    def may(self, permission: Permission | str) -> bool:
        return permission in PERMISSIONS[self.role]

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return self.token


def current_member() -> CurrentMember:
    """Who is signed in, in a view that `requires` a permission. Elsewhere ask `flask_login.current_user`."""
    member = flask_login.current_user._get_current_object()  # noqa: SLF001 - Flask-Login's own way to the value
    assert isinstance(member, CurrentMember), "a view that asks for the current member must require a permission"
    return member


def requires(permission: Permission) -> Callable[[Callable[P, Response]], Callable[P, Response]]:
    """Lets only members with this permission through; others are refused, visitors are led to the sign-in page."""
    return _guard(permission)


def members_only(view: Callable[P, Response]) -> Callable[P, Response]:
    """Lets every member through, whatever their role: for their own account."""
    return _guard(ANY_MEMBER)(view)


def _guard(permission: Permission | str) -> Callable[[Callable[P, Response]], Callable[P, Response]]:
    def decorate(view: Callable[P, Response]) -> Callable[P, Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
            if not flask_login.current_user.is_authenticated:
                return to_sign_in()
            if permission != ANY_MEMBER and not current_member().may(permission):
                current_app.logger.warning("Refused: member %d at %s", current_member().id, request.endpoint)
                raise Refused("This page is for colleagues with another role.")
            return view(*args, **kwargs)

        guarded.required_permission = permission  # type: ignore[attr-defined] # what the architecture test looks for
        return guarded

    return decorate


def to_sign_in() -> Response:
    """Leads a visitor to the sign-in page, and back to the page that was asked for afterwards.

    After a POST there is no page to come back to, so the way back is the page that the form stood on.
    """
    place = request.full_path.rstrip("?") if request.method == "GET" else _path_of_referrer()
    wanted = safe_next(place)
    address = SIGN_IN + (f"?{urlencode({'next': wanted})}" if wanted else "")
    if htmx:
        return Response(status=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": address})
    return see_other(address)


def _path_of_referrer() -> str:
    origin, found, path = (request.referrer or "").partition(request.host_url)
    return f"/{path}" if found and not origin else ""


def init_app(app: Flask) -> None:
    """Wires Flask-Login: the session holds a random token, and the database knows whether it still stands for anybody."""
    manager = flask_login.LoginManager()
    manager.session_protection = None  # sign-ins are kept and ended at the server; a mobile address changes often
    manager.user_loader(_load)
    # Not manager.init_app(): its hook for a "remember me" cookie would read the session of every public page.
    app.login_manager = manager  # type: ignore[attr-defined] # where Flask-Login looks for it
    app.jinja_env.globals["current_user"] = flask_login.current_user
    app.jinja_env.filters["device"] = device
    app.before_request(_speak_the_members_language)


def signed_in_as(member: Member, sign_in: SignIn, token: str) -> CurrentMember:
    return CurrentMember(
        id=member.id,
        name=member.name,
        email=member.email,
        role=member.role,
        language=member.language,
        sign_in_id=sign_in.id,
        token=token,
    )


def _load(token: str) -> CurrentMember | None:
    fingerprint = services.current().vault.fingerprint(token)
    with reading() as session:
        found = sign_ins.find(session, fingerprint, now())
    if found is None:
        return None
    member, sign_in = found
    if now() - sign_in.last_seen_at >= _TOUCH_AFTER:
        with transaction() as session:
            sign_ins.touch(session, sign_in.id, now())
    return signed_in_as(member, sign_in, token)


def _speak_the_members_language() -> None:
    if request.path.startswith("/console") and flask_login.current_user.is_authenticated:
        g.language = flask_login.current_user.language
