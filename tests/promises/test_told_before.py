"""What customers were told before it was counted: the migration counts it."""

import pytest
from sqlalchemy import text

from portal import migrating
from tests.promises.conftest import Ledger


@pytest.mark.parametrize("answered_at", [None, "2026-03-10 13:30"])
def test_revisions_of_earlier_releases_are_counted_when_migrating(ledger: Ledger, answered_at: str | None) -> None:
    promise = ledger.tell(ledger.receive("2026-03-10 09:00"), "2026-03-10 16:00", "2026-03-10 12:30")
    if answered_at:
        ledger.answer(promise, answered_at)
    ledger.tell(ledger.receive("2026-03-10 09:00"), "2026-03-10 17:00", "2026-03-10 13:30")
    migrating.downgrade(ledger.database, "0014")
    with ledger.database.transaction() as session:
        assert session.execute(text("SELECT reason FROM promise_revisions")).scalars().all() == ["many_questions"] * 2
    migrating.upgrade(ledger.database)
    assert ledger.look(promise).told_at == promise.told_at
    ledger.assert_counts_are_those_of_the_promises()
