"""The tables' history: every database, of whatever age, ends up with the tables of this program, or is left alone."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from engine.adapters.sql_store import SqlStore, schema, tables
from engine.ports import Unavailable
from tests.builders import ACCOUNT, a_batch
from tests.engine.adapters.stores.conftest import a_file


def revisions() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    return ScriptDirectory.from_config(config)


def test_migrations_make_the_tables_of_the_models() -> None:
    with create_engine("sqlite://").begin() as connection:
        schema.upgrade(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, tables.CATALOGUE) == []


def test_the_code_knows_the_newest_revision() -> None:
    found = [each.revision for each in revisions().walk_revisions()]
    assert found[0] == schema.HEAD
    assert found == sorted(found, reverse=True)  # so that comparing texts tells older from newer


async def test_an_empty_file_gets_all_tables(tmp_path: Path) -> None:
    path = tmp_path / "parley.db"
    path.touch()
    store = await SqlStore.open(path)
    await store.save(a_batch())
    await store.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (schema.HEAD,)


async def test_a_database_without_revisions_is_migrated(tmp_path: Path) -> None:
    """As a start that was killed before its first migration leaves it."""
    path = tmp_path / "parley.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    store = await SqlStore.open(path)
    assert await store.load(ACCOUNT) is None
    await store.close()


async def test_a_migration_that_fails_leaves_the_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "parley.db"

    def broken(connection: Connection, revision: str = "head") -> None:
        whole(connection, revision)
        raise RuntimeError("power cut")

    whole = schema.upgrade
    monkeypatch.setattr(schema, "upgrade", broken)
    with pytest.raises(RuntimeError, match="power cut"):
        await SqlStore.open(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    monkeypatch.undo()
    await (await SqlStore.open(path)).close()


async def test_a_newer_database_is_named_and_left_alone(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9001'")
        connection.commit()
    with pytest.raises(Unavailable) as caught:
        await SqlStore.open(path)
    ours = schema.HEAD
    assert str(caught.value) == f"{path} was written by a newer version (schema 9001, here {ours}): update this program"


async def test_opening_an_existing_database_needs_no_alembic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes half a second to load, at every start."""
    assert not {"alembic", "command", "Config"} & vars(schema).keys()
    for name in ("alembic", "alembic.command", "alembic.config"):
        monkeypatch.setitem(sys.modules, name, None)
    await (await SqlStore.open(a_file(tmp_path))).close()
    with pytest.raises(ImportError):
        await SqlStore.open(tmp_path / "new.db")
