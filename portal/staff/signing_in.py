"""From a pass phrase to a sign-in: compared outside any transaction, because a comparison is slow on purpose."""

import secrets

import flask_login
from flask import Request
from flask import session as cookie

from portal import services
from portal.staff import sign_ins, store
from portal.staff.access import signed_in_as
from portal.staff.models import Member
from portal.web.edge import now, reading, transaction


def sign_in(email: str, phrase: str, request: Request) -> bool:
    """Whether these open an account; when they do, this browser is signed in.

    A wrong phrase, an unknown address, a disabled account and one that has no phrase yet take the same steps: one look-up,
    one comparison, one event.
    """
    with reading() as session:
        member = store.member_by_email(session, email)
    is_right = services.current().phrases.is_right(phrase, member.phrase_hash if member else None)
    if member is None or not is_right or not member.is_active:
        with transaction() as session:
            sign_ins.record_refusal(session, member.id if member else None, now=now())
        return False
    open_sign_in(member, request)
    return True


def open_sign_in(member: Member, request: Request) -> None:
    """Signs the member in, in this browser, with a token and a session that did not exist before."""
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        started = sign_ins.start(
            session,
            member.id,
            token_hash=services.current().vault.fingerprint(token),
            agent=request.user_agent.string,
            now=now(),
        )
    cookie.clear()
    flask_login.login_user(signed_in_as(member, started, token))


def close_sign_in() -> None:
    """Forgets in this browser what the server has ended."""
    flask_login.logout_user()
    cookie.clear()


def new_invitation() -> tuple[str, str]:
    """A one-time token for a link, and the fingerprint by which it is recognised."""
    token = secrets.token_urlsafe(32)
    return token, services.current().vault.fingerprint(token)
