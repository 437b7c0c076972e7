"""Signatures, with the `standardwebhooks` package as an independent judge."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from portal.connectors.standard_webhooks import Verdict, secret_key, secret_text, signature, verify

KEY, OTHER = b"k" * 32, b"o" * 32
AT = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
STAMP = str(int(AT.timestamp()))


def judged(
    signatures: str, *keys: bytes, body: bytes = b"{}", now: datetime = AT, stamp: str = STAMP, webhook_id: str = "msg_1"
) -> Verdict:
    return verify(
        keys or (KEY,),
        webhook_id=webhook_id,
        timestamp=stamp,
        signatures=signatures,
        body=body,
        now=now,
        tolerance=timedelta(minutes=5),
    )


def test_the_documented_example_is_recognised() -> None:
    key = secret_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body) == expected


@given(body=st.binary(max_size=300).filter(lambda body: body.isascii()), key=st.binary(min_size=24, max_size=64))
def test_what_another_implementation_signs_is_good_and_the_other_way_round(body: bytes, key: bytes) -> None:
    theirs = Webhook(base64.b64encode(key).decode())
    made = theirs.sign("msg_1", AT, body.decode())
    assert judged(made, key, body=body) is Verdict.GOOD
    assert signature(key, "msg_1", STAMP, body) == made


def test_one_of_several_signatures_or_keys_is_enough() -> None:
    good, bad = signature(KEY, "msg_1", STAMP, b"{}"), signature(OTHER, "msg_1", STAMP, b"{}")
    assert judged(f"v1a,whatever {bad} {good}") is Verdict.GOOD
    assert judged(good, OTHER, KEY) is Verdict.GOOD
    assert judged(bad) is Verdict.BAD_SIGNATURE


@pytest.mark.parametrize(
    "signatures",
    [
        "",
        "v1,",
        "v1",
        "v2," + signature(KEY, "msg_1", STAMP, b"{}")[3:],
        signature(KEY, "msg_1", STAMP, b"{}")[3:],
        "v1,é",
        "v1,\udce9",
    ],
)
def test_anything_else_is_bad(signatures: str) -> None:
    assert judged(signatures) is Verdict.BAD_SIGNATURE


@pytest.mark.parametrize(("part", "value"), [("body", b"{} "), ("webhook_id", "msg_2"), ("stamp", str(int(STAMP) + 1))])
def test_every_part_is_signed(part: str, value: object) -> None:
    assert judged(signature(KEY, "msg_1", STAMP, b"{}"), **{part: value}) is Verdict.BAD_SIGNATURE  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "verdict"), [(300, Verdict.GOOD), (301, Verdict.STALE), (-300, Verdict.GOOD), (-301, Verdict.STALE)]
)
def test_five_minutes_old_or_ahead_is_the_limit(seconds: int, verdict: Verdict) -> None:
    assert judged(signature(KEY, "msg_1", STAMP, b"{}"), now=AT + timedelta(seconds=seconds)) is verdict


@pytest.mark.parametrize("stamp", ["", "now", "1e9", "-5", "٣", "9" * 13])
def test_a_time_that_is_none_is_bad_even_when_signed(stamp: str) -> None:
    assert judged(signature(KEY, "msg_1", stamp, b"{}"), stamp=stamp) is Verdict.BAD_SIGNATURE


def test_secrets_are_written_and_read_back() -> None:
    assert secret_key(secret_text(KEY)) == KEY
    for wrong in ("", "whsec_", "whsec_***", secret_text(b"short"), secret_text(KEY)[6:]):
        with pytest.raises(ValueError, match=r"webhook secret|bytes"):
            secret_key(wrong)
