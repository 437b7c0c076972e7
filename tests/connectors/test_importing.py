"""Bringing history in: counts that add up, lines that cannot be taken, and runs that are cut off."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.cases.models import Case, CaseMessage
from portal.cases.rules import CaseState
from portal.clock import SystemClock
from portal.connectors import importing
from portal.connectors.importing import Import, Summary
from portal.connectors.rehearsal import Rehearsal
from portal.db import Database
from portal.events.models import Event
from portal.organisation.models import Channel
from portal.promises.counting import counts_of, recompute
from portal.promises.models import Promise
from portal.services import Services

ROOT = Path(__file__).parent.parent.parent
GOOD = {"channel": "x", "thread_ref": "t", "author_id": "jan", "text": "Waar blijft lijn 5?"}


def line(number: int, minute: int, **facts: Any) -> dict[str, Any]:
    """A message of the tenth of March, so many minutes after eight."""
    moment = f"2026-03-10T{8 + minute // 60:02}:{minute % 60:02}:00+00:00"
    return {**GOOD, "message_id": f"m{number}", "created_at": moment, **facts}


def reply(number: int, minute: int, **facts: Any) -> dict[str, Any]:
    return line(number, minute, direction="outbound", author_id=None, text="Die komt zo.", **facts)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "history.jsonl"


def write(file: Path, *lines: object) -> None:
    file.write_bytes(b"".join((each if isinstance(each, bytes) else json.dumps(each).encode()) + b"\n" for each in lines))


def write_more(file: Path, *lines: object) -> None:
    before = file.read_bytes()
    write(file, *lines)
    file.write_bytes(before + file.read_bytes())


def run(database: Database, file: Path, now: datetime, **options: Any) -> Summary:
    summary = Import(database, file, now=now, **{"create_channels": True, **options}).run()
    assert summary.read == summary.taken + summary.already_there + summary.ignored + summary.rejected
    return summary


def rejected(file: Path) -> list[tuple[int, str]]:
    path = file.with_name(file.name + ".rejected")
    if not path.exists():
        return []
    rows = [json.loads(row) for row in path.read_text().splitlines()]
    return [(row["line"], row["reason"]) for row in rows]


def state_of(database: Database) -> Sequence[object]:
    """Everything that must not depend on how often a file was read, nor on where a run was cut off."""
    with database.reading() as session:
        messages = session.execute(
            select(CaseMessage.message_id, Case.thread_ref).outerjoin(Case, Case.id == CaseMessage.case_id)
        )
        cases = session.scalars(select(Case).order_by(Case.channel_id, Case.thread_ref, Case.episode)).all()
        promises = session.execute(
            select(Case.thread_ref, Promise.sequence, Promise.received_at, Promise.answered_at, Promise.wait_seconds).join(
                Case, Case.id == Promise.case_id
            )
        )
        channels = session.scalars(select(Channel.slug)).all()
        counts = {
            str(key): n for channel in {case.channel_id for case in cases} for key, n in counts_of(session, channel).items()
        }
        return [
            sorted(map(tuple, messages), key=str),
            [(case.thread_ref, case.state, case.summary, case.received_at, case.first_answered_at) for case in cases],
            sorted(map(tuple, promises), key=str),
            sorted(channels),
            counts,
            session.scalar(select(func.count(Event.id))),
        ]


def test_a_file_is_taken_once_however_often_it_is_read(database: Database, file: Path, now: datetime) -> None:
    write(file, line(1, 0), reply(2, 30), line(3, 40, text="Bedankt!"), b"", line(1, 0))
    first = run(database, file, now)
    assert (first.read, first.taken, first.already_there, first.channels_made) == (4, 3, 1, 1)
    once = state_of(database)
    again = run(database, file, now)
    assert (again.taken, again.already_there) == (0, 4)
    assert state_of(database) == once


def test_figures_of_the_past_are_kept_as_they_are_recomputed(database: Database, file: Path, now: datetime) -> None:
    write(
        file,
        *(each for n in range(30) for each in (line(2 * n, n, thread_ref=f"t{n}"), reply(2 * n + 1, 2 * n, thread_ref=f"t{n}"))),
    )
    run(database, file, now, batch=7)
    with database.transaction() as session:
        (channel,) = session.scalars(select(Channel))
        kept = counts_of(session, channel.id)
        assert recompute(session, channel.id) == 30
        assert counts_of(session, channel.id) == kept


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_lines_may_come_in_any_order(database: Database, file: Path, now: datetime, batch: int) -> None:
    write(file, reply(4, 50), line(3, 40, text="En nu?"), reply(2, 30), line(1, 0))
    run(database, file, now, batch=batch)
    with database.reading() as session:
        case = session.scalars(select(Case)).one()
        promise = session.scalars(select(Promise).where(Promise.sequence == 0)).one()
    assert (case.state, case.summary) == (CaseState.ANSWERED, "Waar blijft lijn 5?")
    assert promise.wait_seconds == 30 * 60


def test_bad_lines_are_set_apart_with_number_and_reason_and_the_rest_goes_on(
    sqlite_database: Database, file: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LONGEST_LINE", 400)
    write(
        file,
        line(1, 0),
        b"{not json",
        line(2, 1, message_id=None),
        line(3, 2, created_at="yesterday", text=7),
        b"\xff\xfe",
        line(4, 3, text="x" * 1000),
        line(5, 4, channel="No Slug"),
        line(6, 5, type="reaction.added"),
        line(7, 6),
        line(8, 7, message_id="Portal:notice:1"),
        line(9, 8, edited_of="portal:notice:1"),
    )
    summary = run(sqlite_database, file, now)
    assert (summary.read, summary.taken, summary.ignored, summary.rejected) == (11, 2, 1, 8)
    found = rejected(file)
    assert [number for number, _reason in found] == [2, 3, 4, 5, 6, 7, 10, 11]
    wanted = ("body", "message_id", "text", "body", "line: longer than 400 bytes", "channel", "message_id", "edited_of")
    assert all(part in reason for part, (_number, reason) in zip(wanted, found, strict=True))
    write(file, line(1, 0))
    run(sqlite_database, file, now)
    assert rejected(file) == [], "a run without bad lines leaves no list of an earlier one"


def test_an_unknown_channel_is_made_only_when_asked(sqlite_database: Database, file: Path, now: datetime) -> None:
    write(file, line(1, 0))
    assert run(sqlite_database, file, now, create_channels=False).rejected == 1
    assert "--create-channels" in rejected(file)[0][1]
    assert run(sqlite_database, file, now).channels_made == 1


def test_edits_and_deletions_in_a_file(database: Database, file: Path, now: datetime) -> None:
    write(
        file,
        line(1, 0, thread_ref="a"),
        line(2, 1, edited_of="m1", text="Waar blijft lijn 6?"),
        line(3, 0, thread_ref="b"),
        line(3, 5, deleted=True, text=None),
    )
    summary = run(database, file, now)
    assert summary.taken == 4
    with database.reading() as session:
        cases = session.scalars(select(Case).order_by(Case.thread_ref)).all()
    assert [(case.state, case.summary) for case in cases] == [(CaseState.NEW, "Waar blijft lijn 6?"), (CaseState.WITHDRAWN, "")]
    assert run(database, file, now).already_there == 4


def test_a_rehearsal_counts_the_same_and_takes_nothing(sqlite_database: Database, file: Path, now: datetime) -> None:
    write(
        file,
        line(1, 0),
        reply(2, 1),
        line(1, 0),
        b"nothing",
        line(2, 9, edited_of="m1"),
        line(3, 2, channel="y"),
        line(4, 1, type="a.b"),
    )
    rehearsed = Rehearsal(sqlite_database, file, now=now, create_channels=True).run()
    assert state_of(sqlite_database) == [[], [], [], [], {}, 0]
    real = run(sqlite_database, file, now)
    names = ("read", "taken", "already_there", "ignored", "rejected", "channels_made")
    assert [getattr(rehearsed, name) for name in names] == [getattr(real, name) for name in names]
    after = Rehearsal(sqlite_database, file, now=now).run()
    assert (after.taken, after.already_there) == (0, 5)


def test_a_line_that_the_database_refuses_is_found_and_set_apart(sqlite_database: Database, file: Path, now: datetime) -> None:
    lines = [line(n, n, thread_ref=f"t{n}") for n in range(20)]
    write(file, *lines)
    with sqlite_database.transaction() as session:
        session.connection().exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE INSERT ON messages WHEN NEW.message_id = 'm13' BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    summary = run(sqlite_database, file, now)
    assert (summary.taken, summary.rejected) == (19, 1)
    assert rejected(file) == [(14, "the database refuses it: no")]


def test_the_command_tells_what_it_did(app: Flask, services: Services, file: Path) -> None:
    write(file, line(1, 0), reply(2, 30), b"?")
    runner = app.test_cli_runner()
    dry = runner.invoke(args=["portal", "import", str(file), "--create-channels", "--dry-run"])
    assert "3 lines read = 2 would be taken + 0 already there + 0 ignored + 1 rejected" in dry.output, dry.output
    done = runner.invoke(args=["portal", "import", str(file), "--create-channels"])
    assert "3 lines read = 2 taken + 0 already there + 0 ignored + 1 rejected" in done.output
    assert f"{file}.rejected" in done.output
    with services.database.reading() as session:
        assert session.scalar(select(func.count(Case.id))) == 1


def test_a_run_that_is_killed_and_started_again_gives_what_one_run_gives(
    sqlite_database: Database, file: Path, tmp_path: Path, migrated_sqlite: Path
) -> None:
    dice = Random(5)
    lines: list[object] = []
    for n in range(4000):
        thread = {"thread_ref": f"t{n}"}
        asked = line(10 * n, n % 300, author_id=f"a{n % 97}", **thread)
        story = [asked, reply(10 * n + 1, n % 300 + dice.randrange(200), **thread)]
        lines += story if n % 5 else story[::-1]
    lines.insert(17, b"bad")
    write(file, *lines)
    run(sqlite_database, file, SystemClock().now())

    instance = tmp_path / "killed"
    instance.mkdir()
    target = instance / "portal.db"
    target.write_bytes(migrated_sqlite.read_bytes())
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "portal", "import", str(file), "--create-channels"]
    environ = {**os.environ, "PORTAL_INSTANCE": str(instance), "PORTAL_DEMO": "0"}
    killed = Database(f"sqlite:///{target}")
    kills = 0
    for already in (0, 2500):
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while process.poll() is None and _messages(killed) <= already:
            time.sleep(0.02)  # until the middle of a run
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.communicate()
    assert 0 < _messages(killed) < 8000, "killed too late to prove anything"
    assert kills == 2
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    assert "1 rejected" in done.stdout
    assert state_of(killed) == state_of(sqlite_database)
    killed.close()


def _messages(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count(CaseMessage.id))) or 0
