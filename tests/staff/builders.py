"""Members for tests, and browsers in which they are signed in, without the cost of the sign-in page."""

import itertools
import secrets
from typing import Any, Protocol

from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from portal.services import Services
from portal.staff import sign_ins, store
from portal.staff.models import Member
from portal.staff.rules import Role
from tests.pages import PageClient

PHRASE = "paarse fietsbel om middernacht"


class MakeMember(Protocol):
    def __call__(self, role: Role = Role.ADMINISTRATOR, **facts: Any) -> Member: ...


class SignedIn(Protocol):
    def __call__(self, client: PageClient, role: Role = Role.ADMINISTRATOR, *, member: Member | None = None) -> Member: ...


def member_maker(services: Services) -> MakeMember:
    numbers = itertools.count(1)

    def make(role: Role = Role.ADMINISTRATOR, **facts: Any) -> Member:
        """A member with the pass phrase PHRASE, unless `phrase` is given; `is_active=False` makes a disabled one."""
        number = next(numbers)
        phrase, is_active = facts.pop("phrase", PHRASE), facts.pop("is_active", True)
        facts = {"email": f"{role}{number}@example.nl", "name": f"{role.capitalize()} {number}", **facts}
        with services.database.transaction() as session:
            hashed = services.phrases.hash(phrase) if phrase else ""
            made = store.add_member(session, role=role, phrase_hash=hashed, now=services.clock.now(), actor_id=None, **facts)
            made.is_active = is_active
        return made

    return make


def sign_in_maker(app: Flask, services: Services, make_member: MakeMember) -> SignedIn:
    def sign_in(client: PageClient, role: Role = Role.ADMINISTRATOR, *, member: Member | None = None) -> Member:
        member = member or make_member(role)
        token, csrf = secrets.token_urlsafe(), secrets.token_hex()
        with services.database.transaction() as session:
            fingerprint = services.vault.fingerprint(token)
            sign_ins.start(session, member.id, token_hash=fingerprint, agent="Test", now=services.clock.now())
        with client.http.session_transaction() as cookie:
            cookie["_user_id"], cookie["csrf_token"] = token, csrf
        assert app.secret_key
        client.csrf_token = str(URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token").dumps(csrf))
        return member

    return sign_in
