"""When a customer hears that an answer comes later, how often, and why: the rule before anybody looks at a clock. Pure.

A request that is still open half an hour before its promised time gets a notice. Whoever looks for them looks every twenty
seconds and may be held up, so a notice is due a minute earlier: half an hour ahead is then kept. A promise that was made so
late that this instant has passed already gets its notice at the next look.
"""

from datetime import datetime, timedelta

from portal.promises.rules import RevisionReason, is_judged_afterwards

NOTICE_AHEAD = timedelta(minutes=30)
MOST_NOTICES = 2
_LOOK_EARLY = timedelta(minutes=1)


def notice_at(promised_at: datetime | None, hear_by: datetime | None, made_at: datetime) -> datetime | None:
    """When a notice is due if there is no answer by then; None for a time that had passed when it was worked out.

    Where no time could be promised the customer was told by when they hear more, and the notice is due a minute before.
    """
    if promised_at is None:
        return hear_by and hear_by - _LOOK_EARLY
    return None if is_judged_afterwards(promised_at, made_at) else before(promised_at)


def before(expected_at: datetime) -> datetime:
    """When a notice is due about an answer that is expected before this instant."""
    return expected_at - NOTICE_AHEAD - _LOOK_EARLY


def honest_reason(*, is_outage: bool, is_busy: bool) -> RevisionReason:
    """What the portal knows by itself of why an answer is late; never more than that."""
    if is_outage:
        return RevisionReason.OUTAGE
    return RevisionReason.MANY_QUESTIONS if is_busy else RevisionReason.NOT_REACHED
