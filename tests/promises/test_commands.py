from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select, update

from portal.promises.count_models import PromiseDay
from portal.promises.surge_models import InflowQuarter
from portal.promises.surges import forget_old
from portal.services import Services
from tests.promises.conftest import Ledger


def test_recomputing_says_which_counts_it_corrected(app: Flask, services: Services) -> None:
    ledger = Ledger(services.database, services.clock.now())
    ledger.channel_id = ledger.add_channel("kanaal", None)
    ledger.handled([10.0] * 3)
    run = app.test_cli_runner().invoke
    assert run(args=["portal", "figures", "recompute"]).output == "kanaal: 3 promises, counts as they were\n"
    with ledger.session() as session:
        session.execute(update(PromiseDay).values(kept=99))
    assert run(args=["portal", "figures", "recompute"]).output == "kanaal: 3 promises, counts corrected\n"
    ledger.assert_counts_are_those_of_the_promises()


def test_counts_that_were_forgotten_are_no_difference_and_stay_so(app: Flask, services: Services) -> None:
    ledger = Ledger(services.database, services.clock.now())
    ledger.channel_id = ledger.add_channel("kanaal", None)
    for days in (200, 1):
        ledger.handled([10.0], start=ledger.now - timedelta(days=days))
    with ledger.session() as session:
        forget_old(session, ledger.now)
    told = app.test_cli_runner().invoke(args=["portal", "figures", "recompute"]).output
    assert told == "kanaal: 2 promises, counts as they were\n"
    with ledger.session() as session:
        assert session.scalar(select(func.count(InflowQuarter.n))) == 1
