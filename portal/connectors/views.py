"""POST /hooks/<channel>: the generic signed webhook. What is answered is true: 2xx only after the message is on disk."""

import secrets
from functools import lru_cache
from http import HTTPStatus

from flask import Blueprint, Response, current_app, json, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import RequestEntityTooLarge

from portal import services
from portal.connectors import store
from portal.connectors.gate import Gate
from portal.connectors.intake import Delivery, Receipt
from portal.connectors.rules import HookOutcome
from portal.connectors.standard_webhooks import SECRET_BYTES, Verdict, secret_key, verify
from portal.organisation.models import Channel
from portal.vault import Vault
from portal.web.edge import now, reading, transaction
from portal.web.errors import named, problem
from portal.web.limits import limiter
from portal.web.pages import page_url

hooks = Blueprint("hooks", __name__)

_NOBODY = secrets.token_bytes(SECRET_BYTES)  # an unknown channel takes as long as a known one
_LONGEST_DELIVERY_ID = 200


@hooks.record
def _open_gate(state: BlueprintSetupState) -> None:
    state.app.extensions["portal_gate"] = Gate(state.app.extensions["portal"].database)


@hooks.post("/hooks/<channel>")
@limiter.exempt
def take(channel: str) -> Response:
    """Answers with the case's reference and promised time, or with a problem document that says what is wrong."""
    with reading() as session:
        found, sealed = store.door_of(session, channel)
    vault = services.current().vault
    body = _body()
    refusal = _refusal(found, [_opened(vault, each) for each in sealed], body)
    if found is None or body is None or refusal is not None:
        return _refused(found, refusal or HookOutcome.UNKNOWN_CHANNEL)
    gate: Gate = current_app.extensions["portal_gate"]
    receipt = gate.receive(Delivery(found.id, request.headers["webhook-id"], body), now())
    if receipt.fault is not None:
        reason, errors = HookOutcome.MALFORMED.value, named(receipt.fault.faults)
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, receipt.fault.message, reason=reason, errors=errors)
    return Response(json.dumps(_told(receipt)), HTTPStatus.OK, content_type="application/json")


def _body() -> bytes | None:
    """The raw body; None when it is too large, which is known before it is read or as soon as it is too much."""
    request.max_content_length = services.current().config.hook_max_bytes
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        return None


def _refusal(found: Channel | None, keys: list[bytes], body: bytes | None) -> HookOutcome | None:
    """Why this request is not taken; None when it is. An unknown channel takes as long as a known one."""
    if body is None:
        return HookOutcome.TOO_LARGE
    if request.mimetype != "application/json":
        return HookOutcome.WRONG_TYPE
    delivery_id = request.headers.get("webhook-id", "")
    verdict = verify(
        keys or [_NOBODY],
        webhook_id=delivery_id if len(delivery_id) <= _LONGEST_DELIVERY_ID else "",
        timestamp=request.headers.get("webhook-timestamp", ""),
        signatures=request.headers.get("webhook-signature", ""),
        body=body,
        now=now(),
        tolerance=services.current().config.hook_tolerance,
    )
    if found is None:
        return HookOutcome.UNKNOWN_CHANNEL
    return None if verdict is Verdict.GOOD else HookOutcome(verdict.value)


_REFUSALS = {
    HookOutcome.TOO_LARGE: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is larger than this portal takes."),
    HookOutcome.WRONG_TYPE: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the message as application/json."),
    HookOutcome.UNKNOWN_CHANNEL: (HTTPStatus.NOT_FOUND, "There is no such channel."),
    HookOutcome.BAD_SIGNATURE: (HTTPStatus.UNAUTHORIZED, "No signature was made with a secret of this channel."),
    HookOutcome.STALE: (HTTPStatus.UNAUTHORIZED, "The webhook-timestamp is too far from the time here."),
}


def _refused(channel: Channel | None, outcome: HookOutcome) -> Response:
    """The refusal, counted for staff to see."""
    with transaction() as session:
        store.count(session, channel.id if channel else store.NO_CHANNEL, outcome, now())
    status, detail = _REFUSALS[outcome]
    members = {"max_bytes": services.current().config.hook_max_bytes} if outcome is HookOutcome.TOO_LARGE else {}
    return problem(status, detail, reason=outcome.value, **members)


def _told(receipt: Receipt) -> dict[str, object]:
    told: dict[str, object] = {"result": receipt.outcome.value}
    if receipt.case is not None:
        promised_at = receipt.promise.promised_at if receipt.promise else None
        told["reference"] = receipt.case.reference
        told["promised_at"] = promised_at.isoformat() if promised_at else None
        told["tracking_url"] = _tracking_url(receipt.case.reference, receipt.case.language, is_public=receipt.case.is_public)
    return told


def _tracking_url(reference: str, language: str, *, is_public: bool) -> str:
    """The public page of the case; of a private one the page where its customer types the code."""
    spoken = "en" if language == "en" else "nl"
    if is_public:
        return page_url("tracking.public_case", reference=reference, language=spoken, external=True)
    return page_url("tracking.start", language=spoken, external=True)


@lru_cache(maxsize=256)
def _opened(vault: Vault, sealed: str) -> bytes:
    """Unsealing costs more than checking a signature, so the key is kept in memory for as long as the process lives."""
    return secret_key(vault.decrypt(sealed))
