"""Builders: an incident and planned work with only what the test says, the rest is ordinary."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.incidents import store
from portal.incidents.models import Incident
from portal.organisation.store import save_organisation
from portal.services import Services

Build = Callable[..., Incident]


@pytest.fixture
def publish(now: datetime) -> Build:
    def build(session: Session, **facts: Any) -> Incident:
        ordinary = {
            "title_nl": "Geen trams in Oost",
            "title_en": "No trams in Oost",
            "body_nl": "Wij zoeken.",
            "body_en": "We look.",
        }
        return store.publish_incident(session, **{**ordinary, "now": now, "actor_id": 7, **facts})

    return build


@pytest.fixture
def plan(now: datetime) -> Build:
    def build(session: Session, **facts: Any) -> Incident:
        start = now + timedelta(days=2)
        ordinary = {
            "title_nl": "Werk aan de app",
            "title_en": "Work on the app",
            "body_nl": "De app is een nacht dicht.",
            "body_en": "The app is closed for a night.",
            "window_start": start,
            "window_end": start + timedelta(hours=4),
        }
        return store.plan_maintenance(session, **{**ordinary, "now": now, "actor_id": 7, **facts})

    return build


@pytest.fixture
def company(services: Services, now: datetime) -> None:
    """A company that has been set up, in the application's own database."""
    with services.database.transaction() as session:
        save_organisation(session, name="Vervoer & Zo", now=now, actor_id=None)


@pytest.fixture
def incident(services: Services, publish: Build) -> Incident:
    with services.database.transaction() as session:
        return publish(session)
