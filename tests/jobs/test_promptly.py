import json
import time
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from portal.cases.models import Case
from portal.connectors import understanding
from portal.connectors.intake import Delivery, store_raw
from portal.db import Database
from portal.jobs import promptly
from portal.jobs.promptly import reading_what_comes_in
from portal.services import Services
from tests.cases.builders import a_channel
from tests.connectors.builders import a_body


@pytest.fixture
def services(services: Services, database: Database) -> Services:
    return replace(services, database=database)


def wait_for_cases(services: Services, number: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        with services.database.reading() as session:
            if session.scalar(select(func.count(Case.id))) == number:
                return
        assert time.monotonic() < deadline
        time.sleep(0.02)


def store(services: Services, channel_id: int, name: str) -> None:
    body = json.dumps(a_body(at=services.clock.now().isoformat())).encode()
    with services.database.writing() as connection:
        store_raw(connection, [Delivery(channel_id, name, body, services.clock.now())])


def test_what_comes_in_is_understood_without_the_timetable(services: Services) -> None:
    with services.database.transaction() as session:
        channel_id = a_channel(session).id
    with reading_what_comes_in(services):
        for number in (1, 2):
            store(services, channel_id, str(number))
            wait_for_cases(services, number)


def test_a_database_in_trouble_does_not_end_the_reading(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    with services.database.transaction() as session:
        channel_id = a_channel(session).id
    troubles, real = [OSError("away"), OSError("still away")], understanding.understand_new

    def understand_later(*given: object, **more: object) -> object:
        if troubles:
            raise troubles.pop()
        return real(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(promptly, "understand_new", understand_later)
    monkeypatch.setattr(promptly, "_AFTER_TROUBLE_SECONDS", 0.0)
    with reading_what_comes_in(services):
        store(services, channel_id, "1")
        wait_for_cases(services, 1)
