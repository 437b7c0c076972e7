from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.cases.claims import ALPHABET, CODE_LENGTH, Validity, code_of, in_groups, read_code, validity

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)


@given(st.binary(min_size=10, max_size=10))
def test_a_code_is_read_back_as_it_was_made(entropy: bytes) -> None:
    code = code_of(entropy)
    assert len(code) == CODE_LENGTH
    assert set(code) <= set(ALPHABET)
    assert read_code(in_groups(code)) == code


@given(st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_eighty_bits_are_eighty_bits(one: bytes, other: bytes) -> None:
    assert (code_of(one) == code_of(other)) == (one == other)


def test_the_alphabet_has_no_look_alikes() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)


@pytest.mark.parametrize(
    "typed",
    [
        "0123-4567-89AB-CDEF",
        "0123456789abcdef",
        " 0123 4567 89ab cdef ",
        "O123-4567-89AB-CDEF",
        "oi23–4567–89ab–cdef",
        "0L23.4567.89AB.CDEF",
        "0l23\u00a04567\u201189AB-CDEF\n",
    ],
)
def test_a_code_is_read_whatever_people_make_of_it(typed: str) -> None:
    assert read_code(typed) == "0123456789ABCDEF"


@pytest.mark.parametrize(
    "typed", ["", "0123", "0123-4567-89AB-CDE", "0123-4567-89AB-CDEFG", "0123-4567-89AB-CDE!", "é" * 16, "0" * 100_000]
)
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


@pytest.mark.parametrize("size", [0, 9, 11])
def test_a_code_is_made_of_ten_bytes_exactly(size: int) -> None:
    with pytest.raises(ValueError, match="10"):
        code_of(bytes(size))


@pytest.mark.parametrize(
    ("revoked_at", "closed_at", "expected"),
    [
        (None, None, Validity.VALID),
        (None, NOW, Validity.VALID),
        (None, NOW - timedelta(days=90) + timedelta(seconds=1), Validity.VALID),
        (None, NOW - timedelta(days=90), Validity.EXPIRED),
        (NOW, None, Validity.REVOKED),
        (NOW, NOW - timedelta(days=400), Validity.REVOKED),
    ],
)
def test_a_claim_opens_its_case_until_ninety_days_after_closing(
    revoked_at: datetime | None, closed_at: datetime | None, expected: Validity
) -> None:
    assert validity(revoked_at=revoked_at, closed_at=closed_at, now=NOW) is expected
