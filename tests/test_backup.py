"""A back-up is worth what its restore is worth: each test really restores."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from portal import backup
from portal.config import Config
from portal.db import Database
from portal.errors import Invalid, Unavailable
from portal.instance_lock import in_use
from portal.organisation.store import save_organisation, the_organisation
from portal.vault import Vault


def installation(config: Config, folder: Path, migrated: Path, name: str | None, now: datetime) -> Config:
    """An installation in this folder, with a company of this name or still empty."""
    folder.mkdir()
    config = replace(config, instance=folder, database_url=f"sqlite:///{folder}/portal.db", secret_key=f"key of {folder}")
    (folder / "secret_key").write_text(config.secret_key)
    shutil.copy(migrated, folder / "portal.db")
    if name:
        database = Database(config.database_url)
        with database.transaction() as session:
            save_organisation(session, name=name, now=now, actor_id=None)
        database.close()
    return config


@pytest.fixture
def here(config: Config, tmp_path: Path, migrated_sqlite: Path, now: datetime) -> Config:
    return installation(config, tmp_path / "here", migrated_sqlite, "Lijnwaard", now)


@pytest.fixture
def elsewhere(config: Config, tmp_path: Path, migrated_sqlite: Path, now: datetime) -> Config:
    return installation(config, tmp_path / "elsewhere", migrated_sqlite, None, now)


def name_in(config: Config) -> str | None:
    database = Database(config.database_url)
    with database.reading() as session:
        organisation = the_organisation(session)
    database.close()
    return organisation.name if organisation else None


def triggers_in(config: Config) -> set[str]:
    with closing(sqlite3.connect(config.instance / "portal.db")) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}


def test_what_was_backed_up_comes_back_elsewhere_with_what_is_sealed(here: Config, elsewhere: Config, tmp_path: Path) -> None:
    sealed = Vault(here.secret_key).encrypt("a webhook secret")
    archive = tmp_path / "backup.tar.gz"
    backup.back_up(here, archive)
    assert archive.stat().st_mode & 0o777 == 0o600
    backup.restore(elsewhere, archive)
    assert name_in(elsewhere) == "Lijnwaard"
    key = (elsewhere.instance / "secret_key").read_text()
    assert Vault(key).decrypt(sealed) == "a webhook secret"
    assert (elsewhere.instance / "secret_key").stat().st_mode & 0o777 == 0o600
    assert "promises_are_not_deleted" in triggers_in(elsewhere)
    assert triggers_in(elsewhere) == triggers_in(here)


def test_a_back_up_is_of_one_moment_while_others_write(here: Config, elsewhere: Config, tmp_path: Path, now: datetime) -> None:
    database = Database(here.database_url)
    with database.transaction() as session:
        save_organisation(session, name="Not yet committed", now=now, actor_id=None)
        backup.back_up(here, tmp_path / "backup.tar.gz")
    database.close()
    backup.restore(elsewhere, tmp_path / "backup.tar.gz")
    assert name_in(elsewhere) == "Lijnwaard"


def test_data_that_is_there_is_replaced_only_when_asked_and_kept_beside(
    config: Config, here: Config, tmp_path: Path, migrated_sqlite: Path, now: datetime
) -> None:
    other = installation(config, tmp_path / "other", migrated_sqlite, "Another company", now)
    backup.back_up(here, tmp_path / "backup.tar.gz")
    with pytest.raises(Unavailable, match="--replace"):
        backup.restore(other, tmp_path / "backup.tar.gz")
    assert name_in(other) == "Another company"
    backup.restore(other, tmp_path / "backup.tar.gz", replace=True)
    assert name_in(other) == "Lijnwaard"
    kept = other.instance / "portal.db.before-restore"
    assert name_in(replace(other, database_url=f"sqlite:///{kept}")) == "Another company"


def test_nothing_is_restored_under_a_running_portal(here: Config, elsewhere: Config, tmp_path: Path) -> None:
    backup.back_up(here, tmp_path / "backup.tar.gz")
    with in_use(elsewhere.instance), in_use(elsewhere.instance), pytest.raises(Unavailable, match="stop it first"):
        backup.restore(elsewhere, tmp_path / "backup.tar.gz")
    assert name_in(elsewhere) is None


@pytest.mark.parametrize("harm", ["truncated", "empty", "damaged"])
def test_a_file_that_is_no_whole_back_up_is_refused_and_harms_nothing(
    here: Config, elsewhere: Config, tmp_path: Path, harm: str
) -> None:
    archive = tmp_path / "backup.tar.gz"
    if harm == "damaged":
        with closing(sqlite3.connect(here.instance / "portal.db")) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        body = bytearray((here.instance / "portal.db").read_bytes())
        body[4096:8192] = b"x" * 4096
        (here.instance / "portal.db").write_bytes(body)
        with pytest.raises(Invalid):
            backup.back_up(here, archive)
        assert not archive.exists()
        return
    backup.back_up(here, archive)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2] if harm == "truncated" else b"")
    with pytest.raises(Invalid, match="a back-up made by flask portal backup"):
        backup.restore(elsewhere, archive)
    assert name_in(elsewhere) is None


def test_a_key_from_the_environment_that_is_not_the_archives_is_refused(here: Config, elsewhere: Config, tmp_path: Path) -> None:
    backup.back_up(here, tmp_path / "backup.tar.gz")
    with pytest.raises(Unavailable, match="PORTAL_SECRET_KEY"):
        backup.restore(replace(elsewhere, secret_key="set in the environment"), tmp_path / "backup.tar.gz")


def test_on_postgresql_it_says_what_to_use(here: Config, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="pg_dump"):
        backup.back_up(replace(here, database_url="postgresql+psycopg://localhost/portal"), tmp_path / "backup.tar.gz")
