"""Several workers at once: each message exists once and goes out once, and nobody waits for a mail server."""

import time
from collections.abc import Iterator
from dataclasses import replace
from threading import Thread

import pytest
from sqlalchemy import func, select

from portal.db import Database
from portal.jobs.promptly import reading_what_comes_in
from portal.notifications.models import Delivery
from portal.notifications.rules import DeliveryState
from portal.notifications.sending import Sender
from portal.services import Services
from tests.cases.builders import at
from tests.notifications.conftest import VAULT, Desk, MailBox

_CUSTOMERS = 30


@pytest.fixture
def workers(mailing: Desk) -> Iterator[list[Desk]]:
    """Three, each with a connection of its own."""
    url = mailing.database.engine.url.render_as_string(hide_password=False)
    found = [replace(mailing, database=Database(url)) for _ in range(3)]
    yield found
    for worker in found:
        worker.database.close()


def test_three_workers_tell_each_customer_once(mailing: Desk, mailbox: MailBox, workers: list[Desk]) -> None:
    faults: list[Exception] = []

    def work(desk: Desk) -> None:
        try:
            for _ in range(40):
                desk.follow()
                Sender(desk.database, VAULT, desk.config)._send_due(at(1), 5)  # as in a process of its own
        except Exception as error:  # noqa: BLE001 - it is shown below
            faults.append(error)

    threads = [Thread(target=work, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for number in range(_CUSTOMERS):
        mailing.mail(sender=f"jan{number}@example.nl", thread_ref=f"t{number}")
    for thread in threads:
        thread.join()
    mailing.follow()
    while mailing.send():
        pass
    assert faults == []
    assert len(mailing.told()) == len(mailing.deliveries()) == _CUSTOMERS
    assert sorted(mail["To"] for mail in mailbox.mails) == sorted(f"jan{number}@example.nl" for number in range(_CUSTOMERS))


def test_customers_are_told_without_the_timetable(mailing: Desk, mailbox: MailBox, services: Services) -> None:
    there = replace(services, database=mailing.database, config=mailing.config)
    services.clock.set(at(1))  # type: ignore[attr-defined] # the clock of the tests
    with reading_what_comes_in(there):
        mailing.mail()
        deadline = time.monotonic() + 30
        sent = select(func.count(Delivery.id)).where(Delivery.state == DeliveryState.SENT)
        while True:
            with mailing.database.reading() as session:
                if session.scalar(sent) == 1:
                    break
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert len(mailbox.mails) == 1
