from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from portal.cases import claims_store
from portal.cases.claims import read_code
from portal.cases.models import Case
from portal.cases.tracking_models import Claim
from portal.db import Database
from portal.errors import NotFound
from portal.events.models import Event
from portal.vault import Vault
from tests.cases.tracking_builders import a_case

VAULT = Vault("a secret key of the tests that is long enough")
DAY = timedelta(days=1)


def issued(database: Database, now: datetime, **facts: object) -> tuple[int, claims_store.Issued]:
    with database.transaction() as session:
        case = a_case(session, now, **facts)
        return case.id, claims_store.issue(session, VAULT, case.id, now=now, actor_id=None)


def case_of(database: Database, secret: claims_store.Issued, now: datetime) -> tuple[int | None, int | None]:
    """What the code and what the link open."""
    with database.reading() as session:
        by_code = claims_store.by_code(session, VAULT, read_code(secret.code) or "", now)
        by_link = claims_store.by_link(session, VAULT, secret.token, now)
    return by_code.case_id if by_code else None, by_link.case_id if by_link else None


def test_code_and_link_open_their_case_and_only_theirs(database: Database, now: datetime) -> None:
    (one, secret), (other, another) = issued(database, now), issued(database, now)
    assert case_of(database, secret, now) == (one, one)
    assert case_of(database, another, now) == (other, other)


def test_a_copy_of_the_database_opens_nothing(database: Database, now: datetime) -> None:
    _case, secret = issued(database, now)
    with database.reading() as session:
        kept = str(session.execute(text("SELECT * FROM claims")).all()) + str(
            session.execute(text("SELECT facts FROM events")).all()
        )
        assert secret.token not in kept
        assert secret.code not in kept
        assert secret.code.replace("-", "") not in kept
        stored = session.scalars(select(Claim)).one()
        assert claims_store.by_link(session, VAULT, stored.link_hash, now) is None
        assert claims_store.by_code(session, Vault("the key of another installation, also long"), secret.code, now) is None


def test_a_code_is_no_link_and_a_link_is_no_code(database: Database, now: datetime) -> None:
    _case, secret = issued(database, now)
    with database.reading() as session:
        assert claims_store.by_link(session, VAULT, read_code(secret.code) or "", now) is None
        assert claims_store.by_code(session, VAULT, secret.token, now) is None


def test_using_a_claim_burns_nothing_and_writes_nothing(database: Database, now: datetime) -> None:
    case_id, secret = issued(database, now)
    with database.reading() as session:
        before = session.execute(text("SELECT * FROM claims")).all()
    for _time in range(3):  # a link scanner, a preview, the customer
        assert case_of(database, secret, now) == (case_id, case_id)
    with database.reading() as session:
        assert session.execute(text("SELECT * FROM claims")).all() == before


def test_a_case_has_several_claims_and_revoking_one_leaves_the_others(database: Database, now: datetime) -> None:
    case_id, first = issued(database, now)
    with database.transaction() as session:
        second = claims_store.issue(session, VAULT, case_id, now=now, actor_id=7)
        claims_store.revoke(session, first.claim_id, case_id=case_id, now=now, actor_id=None)
    assert case_of(database, first, now) == (None, None)
    assert case_of(database, second, now) == (case_id, case_id)


def test_revoking_all_ends_all_of_these_cases_and_no_others(database: Database, now: datetime) -> None:
    (one, first), (_other, second) = issued(database, now), issued(database, now)
    with database.transaction() as session:
        claims_store.revoke_all(session, [one], now=now, actor_id=None)
        claims_store.revoke_all(session, [one], now=now, actor_id=None)
    assert case_of(database, first, now) == (None, None)
    assert case_of(database, second, now) != (None, None)
    with database.reading() as session:
        assert len(session.scalars(select(Event).where(Event.kind == "claim.revoked")).all()) == 1


def test_a_claim_cannot_be_revoked_by_way_of_another_case(database: Database, now: datetime) -> None:
    (one, first), (other, _second) = issued(database, now), issued(database, now)
    with database.transaction() as session, pytest.raises(NotFound):
        claims_store.revoke(session, first.claim_id, case_id=other, now=now, actor_id=None)
    assert case_of(database, first, now) == (one, one)


def test_a_claim_ends_ninety_days_after_closing_and_lives_again_with_the_case(database: Database, now: datetime) -> None:
    case_id, secret = issued(database, now, closed_at=now)
    assert case_of(database, secret, now + 90 * DAY - timedelta(seconds=1)) == (case_id, case_id)
    assert case_of(database, secret, now + 90 * DAY) == (None, None)
    with database.transaction() as session:
        session.execute(update(Case).where(Case.id == case_id).values(closed_at=None))
    assert case_of(database, secret, now + 90 * DAY) == (case_id, case_id)


def test_a_browser_opens_what_it_showed_until_it_is_signed_out(database: Database, now: datetime) -> None:
    (one, first), (_other, second) = issued(database, now), issued(database, now)
    with database.transaction() as session:
        assert claims_store.opened(session, VAULT, "mine", [first.claim_id], now) == {first.claim_id: one}
        claims_store.sign_out(session, VAULT, "mine", now)
        claims_store.sign_out(session, VAULT, "mine", now)
        assert claims_store.opened(session, VAULT, "mine", [first.claim_id, second.claim_id], now) == {}
        assert claims_store.opened(session, VAULT, "other", [first.claim_id], now) == {first.claim_id: one}


def test_a_browser_does_not_open_what_was_revoked_or_ended_meanwhile(database: Database, now: datetime) -> None:
    (one, first), (_other, second) = issued(database, now), issued(database, now, closed_at=now)
    with database.transaction() as session:
        claims_store.revoke(session, first.claim_id, case_id=one, now=now, actor_id=None)
        assert claims_store.opened(session, VAULT, "mine", [first.claim_id, second.claim_id, 10**6], now + 90 * DAY) == {}


def test_no_claim_is_made_on_what_is_no_case(database: Database, now: datetime) -> None:
    with database.transaction() as session, pytest.raises(NotFound):
        claims_store.issue(session, VAULT, 4711, now=now, actor_id=None)


def test_a_new_claim_that_is_printed_gives_nothing_away(database: Database, now: datetime) -> None:
    _case, secret = issued(database, now)
    assert secret.code not in repr(secret)
    assert secret.token not in repr(secret)
