from flask import Flask
from sqlalchemy import update

from portal.promises.models import PromiseDay
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
