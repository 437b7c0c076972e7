"""What is made ahead of time, from one loaded value and without a session, is what a request is answered with."""

from datetime import timedelta

import pytest
from flask import Flask, g

from portal.clock import FixedClock
from portal.incidents import feed, queries, service_store, store
from portal.incidents.rules import banner
from portal.organisation.store import save_organisation
from portal.services import Services
from portal.status import programs
from portal.status.statuspage import NAMES
from portal.web.documents import Document
from tests.pages import PageClient


@pytest.fixture
def trouble(services: Services, clock: FixedClock) -> None:
    with services.database.transaction() as session:
        save_organisation(session, name="Veer Zuid", now=clock.now(), actor_id=None)
        line = service_store.add_service(session, name_nl="Lijn 1", now=clock.now(), actor_id=None)
        store.publish_incident(
            session, title_nl="Geen boot", body_nl="Wij zoeken.", service_ids=[line.id], now=clock.now(), actor_id=7
        )
        start = clock.now() + timedelta(hours=1)
        store.plan_maintenance(
            session,
            title_nl="Werk",
            body_nl="Even dicht.",
            window_start=start,
            window_end=start + timedelta(hours=1),
            now=clock.now(),
            actor_id=7,
        )


def made_ahead(app: Flask, services: Services, clock: FixedClock, root: str) -> dict[str, Document]:
    """Every document by its path, made after the session is closed."""
    with services.database.reading() as session:
        known = queries.known(session, clock.now())
        newest = queries.newest(session, clock.now())
    with app.test_request_context(f"{root}/"):
        app.preprocess_request()
        documents = programs.api_documents(g.organisation, known)
        documents[f"{root}/badge.svg"] = programs.badge_document(banner(known.situations))
        documents[f"{root}/maintenance.ics"] = feed.planned_work(known.situations)
        for kind in feed.KINDS:
            documents[f"{root}/feed.{kind}"] = feed.of_all(kind, newest)
            documents[f"{root}/services/lijn-1/feed.{kind}"] = feed.of_one_service(kind, known.nodes[0], newest[1:])
            for each in newest:
                documents[f"{root}/incidents/{each.slug}/feed.{kind}"] = feed.of_one_incident(kind, each)
    return documents


@pytest.mark.usefixtures("trouble")
@pytest.mark.parametrize("root", ["", "/en"])
def test_a_document_made_ahead_is_the_one_that_is_served(
    app: Flask, client: PageClient, services: Services, clock: FixedClock, root: str
) -> None:
    documents = made_ahead(app, services, clock, root)
    assert len(documents) == len(NAMES) + 2 + 3 * 4
    for path, document in documents.items():
        answer = client.http.get(path)
        assert (path, answer.status_code, answer.data) == (path, 200, document.body)
        assert answer.content_type == document.content_type
        assert answer.headers["ETag"] == f'"{document.etag}"'
        assert ("Access-Control-Allow-Origin" in answer.headers) is document.is_open
