"""Back-up and restore of an installation on SQLite: the database and the key that opens what is sealed in it, in one file."""

import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from portal import migrating
from portal.config import Config
from portal.db import Database
from portal.errors import Invalid, Unavailable
from portal.instance_lock import alone

_DATABASE, _KEY = "portal.db", "secret_key"


def back_up(config: Config, archive: Path) -> None:
    """Writes the archive (mode 0600) while the portal runs: SQLite's own online copy, of one moment, checked before it counts.

    The archive appears whole or not at all. Raises Unavailable on PostgreSQL, which has pg_dump.
    """
    source = _database_file(config)
    with tempfile.TemporaryDirectory(dir=archive.absolute().parent, prefix=".backup-") as folder:
        copy = Path(folder) / _DATABASE
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as live, closing(sqlite3.connect(copy)) as target:
            live.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
        _check(copy)
        key = Path(folder) / _KEY
        key.touch(mode=0o600)
        key.write_text(config.secret_key)
        draft = Path(folder) / "archive"
        draft.touch(mode=0o600)
        with tarfile.open(draft, "w:gz") as tar:
            tar.add(copy, _DATABASE)
            tar.add(key, _KEY)
        draft.replace(archive)


def restore(config: Config, archive: Path, *, replace: bool = False) -> str:
    """Puts the archive's database and key in their places and brings the database to this release; returns its revision.

    The portal must not be running (Unavailable). Data that is there already is kept, with Unavailable, unless `replace`;
    then it stays beside as portal.db.before-restore. Raises Invalid for a file that is not a whole back-up.
    """
    place = _database_file(config)
    with alone(config.instance), tempfile.TemporaryDirectory(dir=place.parent, prefix=".restore-") as folder:
        database, key = _unpacked(archive, Path(folder))
        _refuse_other_key(config, key.read_text().strip())
        if _holds_data(place):
            if not replace:
                raise Unavailable(f"{place} holds data already; to put the back-up in its place, add --replace.")
            shutil.move(place, place.with_name(f"{place.name}.before-restore"))
        for leftover in ("-wal", "-shm"):
            place.with_name(place.name + leftover).unlink(missing_ok=True)
        key.replace(config.instance / _KEY)
        database.replace(place)
        restored = Database(config.database_url)
        try:
            return migrating.upgrade(restored)
        finally:
            restored.close()


def _database_file(config: Config) -> Path:
    url = make_url(config.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise Unavailable("This portal keeps its data in PostgreSQL: use pg_dump and pg_restore, and copy the secret key.")
    return Path(url.database).absolute()


def _unpacked(archive: Path, folder: Path) -> tuple[Path, Path]:
    try:
        with tarfile.open(archive) as tar:
            for name in (_DATABASE, _KEY):
                _unpack(tar, name, folder / name)
    except (tarfile.TarError, KeyError, OSError, EOFError) as error:
        raise Invalid("archive", str(archive), f"a back-up made by flask portal backup ({error})") from error
    _check(folder / _DATABASE)
    for name in (_DATABASE, _KEY):
        (folder / name).chmod(0o600)
    return folder / _DATABASE, folder / _KEY


def _unpack(tar: tarfile.TarFile, name: str, place: Path) -> None:
    """Only the bytes: who owns it, its mode and its path are ours to say. Raises KeyError when it is not a file in there."""
    packed = tar.extractfile(name)
    if packed is None:
        raise KeyError(name)
    with packed, place.open("wb") as target:
        shutil.copyfileobj(packed, target)


def _refuse_other_key(config: Config, archived: str) -> None:
    """A key from the environment goes before the one in the folder; with another than the archive's nothing sealed would open."""
    kept = config.instance / _KEY
    is_set = not kept.exists() or kept.read_text().strip() != config.secret_key
    if is_set and archived != config.secret_key:
        raise Unavailable("PORTAL_SECRET_KEY is not the key of this back-up; unset it, or set it to the key of then.")


def _check(database: Path) -> None:
    """Raises Invalid when SQLite finds the file damaged."""
    with closing(sqlite3.connect(database)) as connection:
        try:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            verdict = str(error)
    if verdict != "ok":
        raise Invalid("archive", verdict, "a database without damage")


def _holds_data(place: Path) -> bool:
    if not place.exists():
        return False
    with closing(sqlite3.connect(place)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return "events" in tables and connection.execute("SELECT 1 FROM events LIMIT 1").fetchone() is not None
