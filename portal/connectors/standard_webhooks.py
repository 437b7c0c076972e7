"""Signatures by Standard Webhooks 1.0.0, symmetric kind (v1). Pure.

Signed is `id.timestamp.body`, byte for byte as it was sent, with HMAC-SHA256; the header holds one or more signatures.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

PREFIX = "whsec_"
SECRET_BYTES = 32
_FEWEST_BYTES, _MOST_BYTES = 24, 64
_MOST_SIGNATURES = 20


class Verdict(StrEnum):
    GOOD = "good"
    BAD_SIGNATURE = "bad_signature"
    STALE = "stale"


def secret_text(key: bytes) -> str:
    """The key as senders are given it."""
    return PREFIX + base64.b64encode(key).decode()


def secret_key(secret: str) -> bytes:
    """The key in a secret such as whsec_MfKQ...; raises ValueError for anything else."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("not the base64 text of a webhook secret") from error
    if not secret.startswith(PREFIX) or not _FEWEST_BYTES <= len(key) <= _MOST_BYTES:
        raise ValueError(f"not {PREFIX} and the base64 text of {_FEWEST_BYTES} to {_MOST_BYTES} bytes")
    return key


def signature(key: bytes, webhook_id: str, timestamp: str, body: bytes) -> str:
    """The signature as it stands in the header `webhook-signature`."""
    signed = b".".join((webhook_id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def verify(
    keys: Sequence[bytes],
    *,
    webhook_id: str,
    timestamp: str,
    signatures: str,
    body: bytes,
    now: datetime,
    tolerance: timedelta,
) -> Verdict:
    """Whether one of the signatures was made with one of the keys, not longer ago (nor ahead) than the tolerance.

    Every signature is compared with every key, in constant time, so that the time taken tells nothing. That a message is
    stale is said only to who could sign it.
    """
    given = [text.encode("utf-8", "replace") for text in signatures.split(" ")[:_MOST_SIGNATURES] if text.startswith("v1,")]
    is_signed = False
    for key in keys:
        expected = signature(key, webhook_id, timestamp, body).encode()
        for each in given:
            is_signed |= hmac.compare_digest(expected, each)
    if not is_signed or not webhook_id or not re.fullmatch(r"[0-9]{1,12}", timestamp):
        return Verdict.BAD_SIGNATURE
    return Verdict.GOOD if abs(now.timestamp() - int(timestamp)) <= tolerance.total_seconds() else Verdict.STALE
