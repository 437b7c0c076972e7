"""What is decided at a channel's door, whoever knocks through which program: 2xx only after the delivery is on disk."""

import json
import secrets
from dataclasses import dataclass
from http import HTTPStatus

from portal.cases.addresses import tracking_url
from portal.connectors.counts import Counts
from portal.connectors.gate import Gate
from portal.connectors.intake import LONGEST_ERROR, Delivery, Receipt
from portal.connectors.reading import read_delivery
from portal.connectors.register import Entrance, Register
from portal.connectors.rules import HookOutcome
from portal.connectors.standard_webhooks import SECRET_BYTES, Verdict, verify
from portal.connectors.store import NO_CHANNEL
from portal.errors import Invalid, Unavailable
from portal.services import Services
from portal.web.problems import MIMETYPE, named, problem_document

_NOBODY = secrets.token_bytes(SECRET_BYTES)  # an unknown channel takes as long as a known one
_LONGEST_DELIVERY_ID = 200
_RETRY_AFTER_SECONDS = "30"
_SPOOL = "spool"


@dataclass(frozen=True)
class Knock:
    """A delivery as it stands before the door. `body` is None when it is too large."""

    slug: str
    content_type: str
    webhook_id: str
    timestamp: str
    signatures: str
    body: bytes | None
    waits: bool = False


@dataclass(frozen=True)
class Answer:
    status: HTTPStatus
    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


class Door:
    """One for each process. With `watches` it looks twice a second whether the channels have changed, else at each knock."""

    def __init__(self, services: Services, *, watches: bool = False) -> None:
        folder = services.config.instance / _SPOOL
        self._config, self._clock = services.config, services.clock
        self._register = Register(services.database, services.vault, folder / "channels.json")
        self._counts = Counts(services.database)
        look = self._register.refresh if watches else None
        self._gate = Gate(services.database, services.clock, self._counts, folder, look)
        self._looks_each_time = not watches
        if watches:
            self._register.refresh()
            self._gate.begin()

    def look(self) -> None:
        """Looks at once whether the channels have changed."""
        self._register.refresh()

    def write_counts(self) -> None:
        """Writes at once what was counted, which else happens within a second."""
        self._counts.write()

    def close(self) -> None:
        """Lets what waits be written and ends."""
        self._gate.close()

    def take(self, knock: Knock) -> Answer:
        """Keeps the delivery and says so, or says with a problem document what is wrong with it."""
        if self._looks_each_time:
            self.look()
        try:
            return self._take(knock)
        except Unavailable as error:
            return unavailable(error.message)

    def _take(self, knock: Knock) -> Answer:
        now = self._clock.now()
        if not self._register.is_known:
            raise Unavailable("The database does not answer. Please try again in a moment.")
        entrance = self._register.entrance(knock.slug)
        refusal = self._refusal(entrance, knock)
        if refusal is not None or entrance is None or knock.body is None:
            return self._refused(entrance, refusal or HookOutcome.UNKNOWN_CHANNEL)
        try:
            read_delivery(knock.body)
        except Invalid as fault:
            error = fault.message[:LONGEST_ERROR]
            self._gate.bring(Delivery(entrance.channel_id, knock.webhook_id, knock.body, now, error))
            self._counts.add(entrance.channel_id, HookOutcome.MALFORMED, now)
            errors = named(fault.faults)
            return refused(HTTPStatus.UNPROCESSABLE_ENTITY, fault.message, reason=HookOutcome.MALFORMED.value, errors=errors)
        kept = self._gate.bring(Delivery(entrance.channel_id, knock.webhook_id, knock.body, now), understand=knock.waits)
        if kept.receipt is not None:
            told = json.dumps(self._told(kept.receipt)).encode()
            return Answer(HTTPStatus.OK, told, headers=(("Preference-Applied", "wait"),))
        if kept.is_new is False:
            self._counts.add(entrance.channel_id, HookOutcome.ALREADY_THERE, now)
            return _ALREADY_THERE
        return _STORED

    def _refusal(self, entrance: Entrance | None, knock: Knock) -> HookOutcome | None:
        """Why this delivery is not taken; None when it is. An unknown channel takes as long as a known one."""
        if knock.body is None:
            return HookOutcome.TOO_LARGE
        if knock.content_type.partition(";")[0].strip().lower() != "application/json":
            return HookOutcome.WRONG_TYPE
        verdict = verify(
            (entrance.keys if entrance else None) or [_NOBODY],
            webhook_id=knock.webhook_id if len(knock.webhook_id) <= _LONGEST_DELIVERY_ID else "",
            timestamp=knock.timestamp,
            signatures=knock.signatures,
            body=knock.body,
            now=self._clock.now(),
            tolerance=self._config.hook_tolerance,
        )
        if entrance is None:
            return HookOutcome.UNKNOWN_CHANNEL
        return None if verdict is Verdict.GOOD else HookOutcome(verdict.value)

    def _refused(self, entrance: Entrance | None, outcome: HookOutcome) -> Answer:
        """The refusal, counted for staff to see."""
        if entrance is None and not self._register.is_fresh:
            raise Unavailable("The database does not answer, and this channel was not there before. Please try again later.")
        self._counts.add(entrance.channel_id if entrance else NO_CHANNEL, outcome, self._clock.now())
        self._gate.begin()
        status, detail = _REFUSALS[outcome]
        members = {"max_bytes": self._config.hook_max_bytes} if outcome is HookOutcome.TOO_LARGE else {}
        return refused(status, detail, reason=outcome.value, **members)

    def _told(self, receipt: Receipt) -> dict[str, object]:
        told: dict[str, object] = {"result": receipt.outcome.value}
        case = receipt.case
        if case is not None:
            promised_at = receipt.promise.told_first if receipt.promise else None
            told["reference"] = case.reference
            told["promised_at"] = promised_at.isoformat() if promised_at else None
            public_url = self._config.public_url
            told["tracking_url"] = tracking_url(public_url, case.reference, case.language, is_public=case.is_public)
        return told


_STORED = Answer(HTTPStatus.OK, b'{"result": "stored"}')
_ALREADY_THERE = Answer(HTTPStatus.OK, b'{"result": "already_there"}')

_REFUSALS = {
    HookOutcome.TOO_LARGE: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is larger than this portal takes."),
    HookOutcome.WRONG_TYPE: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the message as application/json."),
    HookOutcome.UNKNOWN_CHANNEL: (HTTPStatus.NOT_FOUND, "There is no such channel."),
    HookOutcome.BAD_SIGNATURE: (HTTPStatus.UNAUTHORIZED, "No signature was made with a secret of this channel."),
    HookOutcome.STALE: (HTTPStatus.UNAUTHORIZED, "The webhook-timestamp is too far from the time here."),
}


def unavailable(detail: str) -> Answer:
    """Nothing was kept; the sender may try again."""
    return refused(HTTPStatus.SERVICE_UNAVAILABLE, detail, ("Retry-After", _RETRY_AFTER_SECONDS))


def refused(status: HTTPStatus, detail: str, *headers: tuple[str, str], **members: object) -> Answer:
    """A problem document as an answer."""
    return Answer(status, problem_document(status, detail, **members), MIMETYPE, headers)
