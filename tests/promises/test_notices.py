"""When a notice is due, and what is said when nobody chose a reason."""

from datetime import timedelta

import pytest

from portal.promises.notices import NOTICE_AHEAD, honest_reason, notice_at
from portal.promises.rules import RevisionReason
from tests.promises.conftest import local

MADE = local("2026-03-10 09:00")


def test_a_notice_is_due_so_early_that_a_look_every_twenty_seconds_finds_it_half_an_hour_ahead() -> None:
    promised_at = local("2026-03-10 13:00")
    due = notice_at(promised_at, None, MADE)
    assert due is not None
    assert promised_at - (due + timedelta(seconds=40)) >= NOTICE_AHEAD
    assert promised_at - due <= NOTICE_AHEAD + timedelta(minutes=1)


def test_a_promise_made_within_the_last_half_hour_is_due_at_once_and_one_from_the_past_never() -> None:
    due = notice_at(MADE + timedelta(minutes=20), None, MADE)
    assert due is not None
    assert due < MADE
    assert notice_at(MADE - timedelta(seconds=1), None, MADE) is None


def test_who_was_promised_no_time_hears_more_before_the_time_they_were_told() -> None:
    hear_by = local("2026-03-10 17:00")
    due = notice_at(None, hear_by, MADE)
    assert due is not None
    assert timedelta(0) < hear_by - due <= timedelta(minutes=1)
    assert notice_at(None, None, MADE) is None


@pytest.mark.parametrize(
    ("is_outage", "is_busy", "reason"),
    [
        (True, True, RevisionReason.OUTAGE),
        (True, False, RevisionReason.OUTAGE),
        (False, True, RevisionReason.MANY_QUESTIONS),
        (False, False, RevisionReason.NOT_REACHED),
    ],
)
def test_the_portal_says_what_it_knows_and_no_more(is_outage: bool, is_busy: bool, reason: RevisionReason) -> None:  # noqa: FBT001 - named by the table
    assert honest_reason(is_outage=is_outage, is_busy=is_busy) is reason
