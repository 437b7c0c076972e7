"""The queue of the background work: Huey on a file, in PostgreSQL or in Redis, as PORTAL_QUEUE_URL says.

A task says only "look what there is to do". What must not be lost stands in the tables; the queue may be thrown away. It is
named after the installation's key, so that two installations on one server never take each other's tasks.
"""

from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import urlsplit

import psycopg
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey
from huey.serializer import SignedSerializer
from redis import ConnectionPool, RedisError
from sqlalchemy.engine.url import make_url

from portal.errors import Unavailable
from portal.jobs.rules import BEAT_EVERY
from portal.jobs.store import beat
from portal.jobs.timetable import JOBS, Job
from portal.services import Services

_FORGET_AFTER = BEAT_EVERY.seconds * 3  # seconds; a task that waited longer is followed by a fresh one anyhow
_PATIENCE_SECONDS = 5  # with a server that does not answer; its own waiting for a task takes one second
_TABLES = "portal_queue"


def queue(services: Services, jobs: Sequence[Job] = JOBS) -> Huey:
    """The queue of this installation, which knows all jobs. What lies in it is signed: nobody else can put work in.

    Raises Unavailable when the queue is kept on a server that does not answer.
    """
    url = services.config.queue_url
    common = {
        "name": f"portal-{services.vault.fingerprint('queue')[:12]}",
        "results": False,
        "utc": True,
        "serializer": SignedSerializer(services.config.secret_key, salt="portal.jobs"),
    }
    try:
        huey = _kept_in(url)(**common)
        huey.storage.queue_size()
    except (psycopg.Error, RedisError) as error:
        raise Unavailable(f"The queue at {_shown(url)} does not answer: {_without_secrets(error, url)}") from error
    for job in jobs:
        huey.periodic_task(job.is_due, name=job.name, expires=_FORGET_AFTER)(_task(services, job))
    return huey


def do(services: Services, job: Job) -> None:
    """Does the job and writes down that it was done; the clock is read once."""
    now = services.clock.now()
    job.run(services, now)
    with services.database.transaction() as session:
        beat(session, job.name, now)


def _kept_in(url: str) -> Callable[..., Huey]:
    match urlsplit(url).scheme:
        case "sqlite":
            return partial(SqliteHuey, filename=make_url(url).database)
        case "postgresql":
            return partial(_on_postgresql, url)
        case _:
            # Without a limit, a server that vanished without a word would be waited for until the kernel gives up.
            patience = {"socket_timeout": _PATIENCE_SECONDS, "socket_connect_timeout": _PATIENCE_SECONDS}
            return partial(RedisHuey, connection_pool=ConnectionPool.from_url(url, **patience))


def _on_postgresql(url: str, **common: object) -> Huey:
    """Its tables are made one worker at a time: two at once trip over each other, IF NOT EXISTS or not."""
    huey = PostgresHuey(dsn=url, table_prefix=_TABLES, create_tables=False, connect_timeout=_PATIENCE_SECONDS, **common)
    with psycopg.connect(url, connect_timeout=_PATIENCE_SECONDS) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (_TABLES,))
        if connection.execute("SELECT to_regclass(%s)", (f"{_TABLES}_counter",)).fetchone() == (None,):
            for statement in huey.storage.ddl:
                connection.execute(statement)
    return huey


def _without_secrets(error: Exception, url: str) -> str:
    """What the library says; of an address that it cannot read it repeats the part in question, which may be the password."""
    said, secret = str(error).strip(), urlsplit(url).password
    return said.replace(secret, "...") if secret else said


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _task(services: Services, job: Job) -> Callable[[], None]:
    def task() -> None:
        do(services, job)

    return task
