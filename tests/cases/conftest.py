"""A case that came in through the cases' own door, and the agent who looks at it."""

from datetime import datetime

import pytest

from portal.cases.claims_store import Issued
from portal.cases.models import Case
from portal.db import Database
from portal.services import Services
from portal.staff.models import Member
from portal.staff.rules import Role
from tests.cases.console_builders import take
from tests.cases.desk import Desk
from tests.cases.own_builders import proof
from tests.pages import PageClient
from tests.staff.builders import SignedIn


@pytest.fixture
def agent(client: PageClient, signed_in: SignedIn) -> Member:
    return signed_in(client, Role.AGENT)


@pytest.fixture
def case(services: Services, now: datetime) -> Case:
    return take(services, now)


@pytest.fixture
def secret(services: Services, case: Case, now: datetime) -> Issued:
    return proof(services, case, now)


@pytest.fixture
def customer(client: PageClient, secret: Issued) -> PageClient:
    """A browser that followed the link."""
    client.get(f"/track/claim/{secret.token}", status=303)
    return client


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)
