"""What is asked of the database before the first page is served."""

from flask import Flask, request
from sqlalchemy import exists, inspect, select
from sqlalchemy.exc import DBAPIError

from portal.config import Environment
from portal.db import Database, is_passing
from portal.errors import Unavailable
from portal.organisation.models import Organisation
from portal.organisation.setup_code import setup_code
from portal.services import Services
from portal.staff.models import Member
from portal.staff.store import has_members

_ALIVE = "health.alive"  # asks the database for nothing


def refuse_demo(app: Flask, services: Services) -> None:
    """Refuses as below: at once, or, when the database does not answer yet, at the first request at which it does."""
    try:
        refuse_demo_in_production(services)
    except DBAPIError as error:
        if not is_passing(error):
            raise
        app.before_request(_Later(services).refuse)


class _Later:
    def __init__(self, services: Services) -> None:
        self._services, self._is_known = services, False

    def refuse(self) -> None:
        if not self._is_known and request.endpoint != _ALIVE:
            refuse_demo_in_production(self._services)
            self._is_known = True


def refuse_demo_in_production(services: Services) -> None:
    """Raises Unavailable when an installation for production holds the demo company, or an account with a public pass phrase.

    A database that has not been migrated yet holds neither.
    """
    if services.config.environment is not Environment.PRODUCTION or not _has_tables(services.database):
        return
    with services.database.reading() as session:
        organisation = session.get(Organisation, 1)
        phrases = session.scalar(select(exists().where(Member.is_demo, Member.is_active)))
    found = ["the demo company"] * bool(organisation and organisation.is_demo) + ["accounts with demo pass phrases"] * bool(
        phrases
    )
    if found:
        raise Unavailable(
            f"This database holds {' and '.join(found)}, which everybody knows."
            " Start production with an empty one: set PORTAL_DATABASE_URL or PORTAL_INSTANCE to another place."
        )


def pending_setup_code(services: Services) -> str | None:
    """The code with which the first visitor of the console sets the portal up; None once there is a member."""
    if not _has_tables(services.database):
        return setup_code(services.config.instance)
    with services.database.reading() as session:
        return None if has_members(session) else setup_code(services.config.instance)


def _has_tables(database: Database) -> bool:
    return inspect(database.engine).has_table(Member.__tablename__)
