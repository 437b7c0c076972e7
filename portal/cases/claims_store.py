"""Claims: made, shown once, recognised by their fingerprint, revoked. What is kept here opens nothing by itself."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from portal.cases.claims import ENTROPY_BYTES, KEPT_AFTER_CLOSING, Validity, code_of, in_groups, validity
from portal.cases.models import Case
from portal.cases.tracking_models import Claim, SignedOutDevice
from portal.db import insert_or_ignore
from portal.errors import NotFound
from portal.events.store import record
from portal.vault import Vault

_LINK_BYTES = 32
_ONCE_MORE = timedelta(days=1)


@dataclass(frozen=True)
class Issued:
    """A new claim, in the only moment in which its code and token are known."""

    claim_id: int
    code: str
    token: str

    def __repr__(self) -> str:
        return f"Issued(claim_id={self.claim_id})"  # a value that is printed or logged gives nothing away


def issue(session: Session, vault: Vault, case_id: int, *, now: datetime, actor_id: int | None) -> Issued:
    """A new code and link for a case, beside those that there are. Raises NotFound without such a case."""
    if session.get(Case, case_id) is None:
        raise NotFound(f"There is no case {case_id}.")
    code, token = code_of(secrets.token_bytes(ENTROPY_BYTES)), secrets.token_urlsafe(_LINK_BYTES)
    claim = Claim(
        case_id=case_id,
        code_hash=_fingerprint_of_code(vault, code),
        link_hash=_fingerprint_of_link(vault, token),
        created_at=now,
        made_by=actor_id,
    )
    session.add(claim)
    session.flush()
    record(session, at=now, kind="claim.made", subject=f"case:{case_id}", actor_id=actor_id, facts={"claim_id": claim.id})
    return Issued(claim.id, in_groups(code), token)


def by_code(session: Session, vault: Vault, code: str, now: datetime) -> Claim | None:
    """The claim that a code opens now; None alike for unknown, revoked and expired ones. One query whatever the outcome."""
    return _standing(session, Claim.code_hash == _fingerprint_of_code(vault, code), now)


def by_link(session: Session, vault: Vault, token: str, now: datetime) -> Claim | None:
    """The claim that a link opens now; None alike for unknown, revoked and expired ones. One query whatever the outcome."""
    return _standing(session, Claim.link_hash == _fingerprint_of_link(vault, token), now)


def _standing(session: Session, wanted: ColumnElement[bool], now: datetime) -> Claim | None:
    row = session.execute(select(Claim, Case.closed_at).join(Case, Case.id == Claim.case_id).where(wanted)).first()
    if row is None:
        return None
    claim, closed_at = row
    return claim if validity(revoked_at=claim.revoked_at, closed_at=closed_at, now=now) is Validity.VALID else None


def opened(session: Session, vault: Vault, device_name: str, claim_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """Which case each of these claims opens now in this browser, by claim: none when the browser was signed out. Two queries."""
    ended = select(SignedOutDevice.id).where(SignedOutDevice.device_hash == vault.fingerprint(device_name))
    if session.scalar(ended) is not None:
        return {}
    query = select(Claim, Case.closed_at).join(Case, Case.id == Claim.case_id).where(Claim.id.in_(claim_ids))
    return {
        claim.id: claim.case_id
        for claim, closed_at in session.execute(query)
        if validity(revoked_at=claim.revoked_at, closed_at=closed_at, now=now) is Validity.VALID
    }


def of_case(session: Session, case_id: int) -> Sequence[Claim]:
    """The claims on a case, the latest first. One query."""
    return session.scalars(select(Claim).where(Claim.case_id == case_id).order_by(Claim.id.desc())).all()


def revoke(session: Session, claim_id: int, *, case_id: int, now: datetime, actor_id: int | None) -> None:
    """Ends one claim on this case: its code, its link and every browser that it let in. Twice changes nothing.

    Raises NotFound for a claim on another case.
    """
    claim = session.get(Claim, claim_id)
    if claim is None or claim.case_id != case_id:
        raise NotFound(f"There is no claim {claim_id} on case {case_id}.")
    if claim.revoked_at is None:
        claim.revoked_at = now
        record(session, at=now, kind="claim.revoked", subject=f"case:{case_id}", actor_id=actor_id, facts={"claim_id": claim_id})


def revoke_all(session: Session, case_ids: Iterable[int], *, now: datetime, actor_id: int | None) -> None:
    """Ends all claims on these cases, as when the conversation of one person became part of another's."""
    for case_id in case_ids:
        standing = (Claim.case_id == case_id, Claim.revoked_at.is_(None))
        ended = session.scalars(update(Claim).where(*standing).values(revoked_at=now).returning(Claim.id)).all()
        facts = {"claim_ids": sorted(ended)}
        if ended:
            record(session, at=now, kind="claim.revoked", subject=f"case:{case_id}", actor_id=actor_id, facts=facts)


def move(session: Session, case_id: int, to_case_id: int) -> None:
    """The claims on a case open another one from now on: the one that it became part of."""
    session.execute(update(Claim).where(Claim.case_id == case_id).values(case_id=to_case_id))


def forget_expired(session: Session, now: datetime, *, done_at: datetime | None = None) -> None:
    """Removes the claims on cases that were closed so long ago that they open nothing any more.

    `done_at` is when this was last done: what had expired a day before it is passed over, for it is gone.
    """
    expired = select(Case.id).where(Case.closed_at <= now - KEPT_AFTER_CLOSING)
    if done_at is not None:
        expired = expired.where(Case.closed_at > done_at - KEPT_AFTER_CLOSING - _ONCE_MORE)
    session.execute(delete(Claim).where(Claim.case_id.in_(expired)))


def sign_out(session: Session, vault: Vault, device_name: str, now: datetime) -> None:
    """Ends a browser's access, also for whoever copied its cookie. The claims themselves stay."""
    values = {"device_hash": vault.fingerprint(device_name), "signed_out_at": now}
    insert_or_ignore(session, SignedOutDevice, values, unique=["device_hash"])


def _fingerprint_of_code(vault: Vault, code: str) -> str:
    return vault.fingerprint(f"claim-code:{code}")


def _fingerprint_of_link(vault: Vault, token: str) -> str:
    return vault.fingerprint(f"claim-link:{token}")
