"""Killed between every two steps, from the event to the mail: one message, one delivery, and at most one mail."""

import os
import signal
import smtplib
import warnings
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import event

from portal.db import Database
from portal.notifications.rules import DeliveryState
from tests.faults import wait_until_let_go
from tests.notifications.conftest import Desk, MailBox

_STEPS_OF_SMTP = ("connect", "ehlo", "putcmd", "getreply", "send")
_STEPS_OF_DATABASE = ("before_cursor_execute", "commit", "begin")


def killed_after(steps: int, desk: Desk, work: Callable[[Desk], object]) -> bool:
    """Does the work in a process that is killed before the step that follows so many; whether it was."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        left = iter(range(steps))

        def step(*_given: object, **_options: object) -> None:
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)

        own = Database(desk.database.engine.url.render_as_string(hide_password=False))
        for name in _STEPS_OF_DATABASE:
            event.listen(own.engine, name, step)
        for name in _STEPS_OF_SMTP:
            setattr(smtplib.SMTP, name, _before(step, getattr(smtplib.SMTP, name)))
        status = 1
        try:
            work(replace(desk, database=own))
            status = 0
        finally:
            os._exit(status)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert ended in (0, -signal.SIGKILL)
    wait_until_let_go(desk.database)
    return ended != 0


def _before(step: Callable[[], None], do: Callable[..., object]) -> Callable[..., object]:
    def stepped(*given: object, **options: object) -> object:
        step()
        return do(*given, **options)

    return stepped


def work(desk: Desk) -> None:
    desk.follow()
    desk.send()


@pytest.mark.slow
def test_killed_between_every_two_steps_each_message_exists_once_and_is_sent_at_most_once(
    mailing: Desk, mailbox: MailBox
) -> None:
    steps, uncertain, sent = 0, 0, 0
    while True:
        sender, before = f"jan{steps}@example.nl", len(mailbox.mails)
        mailing.mail(sender=sender, thread_ref=f"t{steps}")
        was_killed = killed_after(steps, mailing, work)
        work(mailing)
        mailing.send(12)  # the claim of the one that was killed has run out
        mailing.send(13)
        deliveries, told = mailing.deliveries(), mailing.told()
        assert len(deliveries) == len(told) == steps + 1, f"killed at step {steps}"
        last, arrived = deliveries[-1], len(mailbox.mails) - before
        assert arrived <= 1, f"sent twice, killed at step {steps}"
        if last.state is DeliveryState.SENT:
            assert arrived == 1
            sent += 1
        else:
            assert last.state is DeliveryState.UNCERTAIN, f"killed at step {steps}"
            uncertain += 1
        if not was_killed:
            break
        steps += 1
    assert steps > 40, "there are so many steps between which it can be killed"
    assert 1 <= uncertain <= 10, "only from the hand-over to the note that it was sent"
    assert sent + uncertain == steps + 1
