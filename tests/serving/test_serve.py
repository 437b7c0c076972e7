"""The real programs, started and ended as a person or systemd does it."""

import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import psutil
import pytest

from portal.db import Database
from portal.organisation.store import save_organisation, the_organisation
from tests.running import COMMAND, Run


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def start(**settings: str) -> Run:
        runs.append(Run(tmp_path / "instance", **settings))
        return runs[-1]

    yield start
    for run in runs:
        run.kill()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_with_a_living_worker_and_stops_without_leaving_anything(
    serve: Callable[..., Run], number: signal.Signals
) -> None:
    run = serve()
    run.wait_until_up()
    assert f"http://127.0.0.1:{run.port}/" in run.said
    assert run.answer("/healthz") == 200
    run.wait_for(lambda: run.answer("/readyz") == 200)
    run.wait_for(lambda: run.answer("/healthz", port=run.hook_port) == 200)
    readable = [path.name for path in run.instance.iterdir() if path.stat().st_mode & 0o077]
    assert readable == ["public"], "others may read what is public, and nothing else"
    family = run.family()
    assert len(family) >= 5, "granian with its worker process, for pages and for webhooks, and the portal's worker"
    assert run.stop(number) == 0
    assert [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE] == []
    assert "Traceback" not in run.said


@pytest.mark.slow
def test_a_worker_a_door_and_a_publisher_that_die_are_started_again(serve: Callable[..., Run]) -> None:
    run = serve()
    run.wait_until_up()
    run.wait_for(lambda: run.answer("/healthz", port=run.hook_port) == 200)
    for name, command in (
        ("worker", "portal worker"),
        ("webhook door", "portal.serving.door"),
        ("publisher", "portal publisher"),
    ):
        first = run.child(command)
        its_own = first.children(recursive=True)
        first.kill()
        said = f"The {name} was ended by SIGKILL; it is started again in 1 s."
        run.wait_for(lambda said=said: said in run.said)  # type: ignore[misc]
        assert psutil.wait_procs(its_own, timeout=20)[1] == [], "what it had started keeps no port"
        run.wait_for(
            lambda command=command, pid=first.pid: any(  # type: ignore[misc]
                command in " ".join(child.cmdline()) and child.pid != pid for child in run.family()
            )
        )
        _gone, left = psutil.wait_procs(its_own, timeout=10)
        assert [each for each in left if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []
    run.wait_for(lambda: run.answer("/healthz", port=run.hook_port) == 200)
    assert run.answer("/healthz") == 200
    assert run.stop(signal.SIGTERM) == 0


@pytest.mark.slow
def test_when_the_web_server_ends_all_ends_with_its_reason(serve: Callable[..., Run]) -> None:
    run = serve()
    run.wait_until_up()
    family = run.family()
    run.child("granian").kill()
    assert run.process.wait(30) == 1
    assert "The web server was ended by SIGKILL" in run.said
    psutil.wait_procs(family, timeout=10)
    assert [process for process in family if process.is_running()] == []


@pytest.mark.slow
def test_when_it_is_killed_outright_nothing_is_left_behind(serve: Callable[..., Run]) -> None:
    run = serve()
    run.wait_until_up()
    family = run.family()
    assert run.stop(signal.SIGKILL) == -signal.SIGKILL
    assert psutil.wait_procs(family, timeout=20)[1] == []


def test_a_port_in_use_is_said_in_one_line(serve: Callable[..., Run]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = serve(PORTAL_PORT=str(port))
        assert run.process.wait(30) == 1
        assert run.said == (
            f"Error: Port {port} on 127.0.0.1 is in use. "
            f"Stop what listens there, or choose another port: PORTAL_PORT={port + 1}\n"
        )


def test_the_port_of_the_door_is_looked_at_too(serve: Callable[..., Run]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = serve(PORTAL_HOOK_PORT=str(port))
        assert run.process.wait(30) == 1
        assert run.said.endswith(f"or choose another port: PORTAL_HOOK_PORT={port + 1}\n")


def test_a_first_start_without_its_database_is_refused_in_one_line(serve: Callable[..., Run]) -> None:
    run = serve(PORTAL_DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    assert run.process.wait(60) == 1
    assert run.said == ("Error: The database does not answer, and nothing has been published yet. Start again when it does.\n")


def test_settings_that_cannot_be_taken_are_said_all_at_once(serve: Callable[..., Run]) -> None:
    run = serve(PORTAL_THREADS="many", PORTAL_LIMITS_URL="file:///tmp")
    assert run.process.wait(30) == 2
    assert run.said == (
        "These settings cannot be taken:\n"
        "  PORTAL_THREADS: 'many' is not right; expected a whole number from 1 to 256\n"
        "  PORTAL_LIMITS_URL: 'file:///tmp' is not right; expected memory:// or redis://HOST:PORT\n"
    )


def test_a_production_start_on_demo_data_is_refused_in_one_line(
    serve: Callable[..., Run], migrated_sqlite: Path, tmp_path: Path, now: datetime
) -> None:
    (tmp_path / "instance").mkdir()
    shutil.copy(migrated_sqlite, tmp_path / "instance" / "portal.db")
    database = Database(f"sqlite:///{tmp_path}/instance/portal.db")
    with database.transaction() as session:
        save_organisation(session, name="Demo", is_demo=True, now=now, actor_id=None)
    database.close()
    run = serve(PORTAL_ENV="production", PORTAL_PUBLIC_URL="https://status.example.nl")
    assert run.process.wait(30) == 1
    assert run.said == (
        "Error: This database holds the demo company, which everybody knows."
        " Start production with an empty one: set PORTAL_DATABASE_URL or PORTAL_INSTANCE to another place.\n"
    )


@pytest.mark.slow
def test_it_runs_on_postgresql_too(serve: Callable[..., Run], migrated_postgresql: Database) -> None:
    run = serve(PORTAL_DATABASE_URL=migrated_postgresql.engine.url.set(drivername="postgresql").render_as_string(False))
    run.wait_until_up()
    run.wait_for(lambda: run.answer("/readyz") == 200)
    assert run.stop(signal.SIGTERM) == 0


@pytest.mark.slow
def test_a_demo_start_that_finds_a_company_leaves_it_as_it_is(
    serve: Callable[..., Run], migrated_sqlite: Path, tmp_path: Path, now: datetime
) -> None:
    (tmp_path / "instance").mkdir()
    shutil.copy(migrated_sqlite, tmp_path / "instance" / "portal.db")
    database = Database(f"sqlite:///{tmp_path}/instance/portal.db")
    with database.transaction() as session:
        save_organisation(session, name="De Dotterbloem", now=now, actor_id=None)
    run = serve(PORTAL_DEMO="1")
    run.wait_until_up()
    assert "first start" not in run.said
    with database.reading() as session:
        found = the_organisation(session)
        assert found
        assert found.name == "De Dotterbloem"
    database.close()


@pytest.mark.slow
def test_one_machine_may_run_the_web_server_alone(serve: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.running.COMMAND", [*COMMAND, "--no-worker"])
    run = serve()
    run.wait_until_up()
    assert run.answer("/healthz") == 200
    assert run.answer("/readyz") == 503, "no worker was heard of"
    assert not [child for child in run.family() if "portal worker" in " ".join(child.cmdline())]
    assert run.stop(signal.SIGTERM) == 0
