"""`parley db backup` and `restore`: the account as it was, on files and on a server, or not at all."""

import asyncio
import json
import os
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from bot import cli
from bot.folder import DataFolder
from engine.adapters.sql_store import SqlStore, dumps
from engine.adapters.sql_store.connect import address
from engine.adapters.sql_store.copying import heads_of, schema_of
from engine.core.judge.exits import order_id
from engine.ports import Unavailable
from tests.builders import a_decision
from tests.engine.scenes import a_ground
from tests.journeys.house import People, copied, visit
from tests.servers import Postgres, programs


def db(folder: Path, *arguments: str) -> int:
    return cli.main(["--data", str(folder), "db", *arguments])


@pytest.fixture
def account(invested_files: Path, tmp_path: Path) -> Path:
    return copied(invested_files, tmp_path / "account")


@pytest.fixture
def server_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{programs()}{os.pathsep}{os.environ['PATH']}")


def test_a_backup_is_the_account_and_goes_where_there_is_none(
    account: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, new = tmp_path / "backup.zip", tmp_path / "new"
    assert db(account, "backup", str(file)) == 0
    assert "audit.key" in capsys.readouterr().out
    assert db(new, "restore", str(file)) == 0
    assert capsys.readouterr().out.endswith("sound\n")
    assert heads_of(new / "parley.sqlite") == heads_of(account / "parley.sqlite")
    with zipfile.ZipFile(file) as archive:
        assert sorted(archive.namelist()) == ["checkpoints.jsonl", "manifest.json", "paper.sqlite", "parley.sqlite"]
    assert file.stat().st_mode & 0o777 == 0o600


async def test_an_account_goes_on_from_its_backup(account: Path, tmp_path: Path) -> None:
    """What was done after the backup is gone, and nothing else; the engine was at work meanwhile."""
    file, new = tmp_path / "backup.zip", tmp_path / "new"
    async with visit(account, People()) as before:
        await before.say("add AMD to my watchlist")
        assert await asyncio.to_thread(db, account, "backup", str(file)) == 0
        await before.say("add INTC to my watchlist")
    assert await asyncio.to_thread(db, new, "restore", str(file)) == 0
    async with visit(new, People()) as after:
        assert "AMD" in after.state.preferences.trading.watchlist
        assert "INTC" not in after.state.preferences.trading.watchlist
        await after.days(1)
    assert await asyncio.to_thread(db, new, "verify") == 0


async def test_orders_of_a_restored_account_have_names_that_no_broker_knows(account: Path, tmp_path: Path) -> None:
    """A decision after the backup has the number of another in the account that goes on without it."""
    file, new = tmp_path / "backup.zip", tmp_path / "new"
    assert await asyncio.to_thread(db, account, "backup", str(file)) == 0
    assert await asyncio.to_thread(db, new, "restore", str(file)) == 0
    names = []
    for folder in (account, new):
        async with visit(folder, People()) as house:
            decision = a_decision(id=f"d{house.state.seq + 1}")
            names.append(order_id(a_ground(house.state), decision))
    assert names[0] != names[1]
    assert len(names[1]) <= 48


def test_what_is_there_is_moved_aside_and_only_when_told_to(
    account: Path, begun_files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, other = tmp_path / "backup.zip", copied(begun_files, tmp_path / "other")
    with DataFolder.open(other):
        pass
    before = heads_of(other / "parley.sqlite")
    assert db(account, "backup", str(file)) == 0
    assert db(other, "restore", str(file)) == 3
    assert "--over" in capsys.readouterr().err
    assert heads_of(other / "parley.sqlite") == before
    assert db(other, "restore", str(file), "--over") == 0
    assert heads_of(other / "parley.sqlite") == heads_of(account / "parley.sqlite")
    (aside,) = other.glob("before-restore-*")
    assert heads_of(aside / "parley.sqlite") == before
    assert not list(other.glob("parley-*")), "nothing is left of the unpacking"


def test_nothing_is_restored_under_a_running_parley(account: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    assert db(account, "backup", str(file)) == 0
    with DataFolder.open(account):
        assert db(account, "restore", str(file), "--over") == 3


@pytest.mark.parametrize("cut", [0, 100, -1])
def test_a_broken_file_changes_nothing(account: Path, tmp_path: Path, cut: int) -> None:
    file = tmp_path / "backup.zip"
    assert db(account, "backup", str(file)) == 0
    file.write_bytes(file.read_bytes()[:cut])
    assert db(tmp_path / "new", "restore", str(file)) == 1
    assert not (tmp_path / "new").exists()


def test_a_backup_is_written_over_only_when_told_to(
    account: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "backup.zip"
    file.write_text("something dear")
    assert db(account, "backup", str(file)) == 1
    assert "is there already: name another file, or say --over" in capsys.readouterr().err
    assert file.read_text() == "something dear"
    assert db(account, "backup", "--over", str(file)) == 0
    assert zipfile.is_zipfile(file)


async def test_without_its_key_a_restored_account_says_so_and_goes_on(
    account: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, new = tmp_path / "backup.zip", tmp_path / "new"
    async with visit(account, People()) as before:
        await before.say("add AMD to my watchlist")
    assert await asyncio.to_thread(db, account, "backup", str(file)) == 0
    assert await asyncio.to_thread(db, new, "restore", str(file)) == 0
    assert f"The signing key is not at {new / 'audit.key'}: put audit.key back there" in capsys.readouterr().out
    async with visit(new, People()) as after:
        assert any("I sign with a new one from now on" in news for news in await after.news())
    async with visit(new, People()) as again:
        assert not any("I sign with a new one" in news for news in await again.news())


async def test_a_command_that_upgrades_an_old_file_says_so_and_keeps_it(
    account: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (account / "lock").touch()
    with closing(sqlite3.connect(account / "parley.sqlite")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0003'")
        connection.execute("DROP TABLE fences")
        connection.execute("DROP TABLE heartbeats")
        connection.execute("DROP TABLE conversations")
        for table, column in OF_0004:
            connection.execute(f'ALTER TABLE {table} DROP COLUMN "{column}"')
        connection.commit()
    assert await asyncio.to_thread(db, account, "verify") == 3
    assert "parley db upgrade" in capsys.readouterr().err
    assert await asyncio.to_thread(db, account, "upgrade") == 0
    kept = account / "parley.sqlite.before-0005"
    assert capsys.readouterr().err == f"brought up to date: what parley.sqlite was before is {kept}\n"
    assert (schema_of(kept), schema_of(account / "parley.sqlite")) == ("0003", "0005")


OF_0004 = (
    *(("accounts", name) for name in ("sent", "differences", "fence", "restored")),
    *(("orders", name) for name in ("kind", "good", "limit", "stop_at")),
)


def test_a_changed_database_is_not_taken(account: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "backup.zip"
    assert db(account, "backup", str(file)) == 0
    changed(file, "UPDATE accounts SET cash = cash + 1", with_digest=False)
    assert db(tmp_path / "new", "restore", str(file)) == 1
    assert "parley.sqlite is not what was backed up" in capsys.readouterr().err


def test_journals_that_end_elsewhere_are_not_taken(
    account: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where the digests were made anew."""
    file = tmp_path / "backup.zip"
    assert db(account, "backup", str(file)) == 0
    changed(file, "UPDATE accounts SET head = 'ab'", with_digest=True)
    assert db(tmp_path / "new", "restore", str(file)) == 1
    assert "do not end where it says" in capsys.readouterr().err
    assert not (tmp_path / "new" / "parley.sqlite").exists()


def changed(file: Path, sql: str, *, with_digest: bool) -> None:
    """The same backup, but for a change to its database."""
    import hashlib

    inside = file.with_suffix("")
    with zipfile.ZipFile(file) as archive:
        archive.extractall(inside)
    with closing(sqlite3.connect(inside / "parley.sqlite")) as connection, connection:
        connection.execute(sql)
    if with_digest:
        manifest = json.loads((inside / "manifest.json").read_text())
        digest = hashlib.sha256((inside / "parley.sqlite").read_bytes()).hexdigest()
        manifest["files"]["parley.sqlite"] = digest
        (inside / "manifest.json").write_text(json.dumps(manifest))
    with zipfile.ZipFile(file, "w") as archive:
        for path in inside.iterdir():
            archive.write(path, path.name)


def test_a_file_that_is_no_backup_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strange = tmp_path / "strange.zip"
    strange.write_text("hello")
    assert db(tmp_path / "new", "restore", str(strange)) == 1
    assert "is no backup of Parley's" in capsys.readouterr().err
    assert db(tmp_path / "new", "restore", str(tmp_path / "missing")) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_a_backup_that_cannot_be_written_says_so(
    account: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert db(account, "backup", str(tmp_path / "no" / "folder.zip")) == 3
    assert "cannot be written" in capsys.readouterr().err
    assert db(tmp_path / "empty", "backup", str(tmp_path / "b.zip")) == 3
    assert "is not there" in capsys.readouterr().err


def test_upgrading_what_is_new_does_nothing(account: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with DataFolder.open(account):
        pass
    assert db(account, "upgrade") == 0
    assert capsys.readouterr().out.endswith("nothing to do\n")


def test_upgrading_no_account_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert db(tmp_path / "empty", "upgrade") == 3
    assert "no account in" in capsys.readouterr().err


# --- on a server


@pytest.fixture
async def on_server(account: Path, postgres_address: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An account whose database is on a server: it began there, and traded for two days."""
    monkeypatch.setenv("PARLEY_DATABASE_URL", postgres_address)
    folder = account.with_name("on-server")
    async with visit(folder, People(), server=postgres_address) as first:
        await first.agree("trade for me")
        await first.days(2)
    return folder


@pytest.mark.usefixtures("server_programs")
async def test_a_server_is_verified_backed_up_and_restored(
    on_server: Path,
    tmp_path: Path,
    postgres_server: Postgres,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file, new, address = tmp_path / "backup.zip", tmp_path / "new", postgres_server.new_database()
    assert await asyncio.to_thread(db, on_server, "verify") == 0
    assert capsys.readouterr().out.endswith("sound\n")
    assert await asyncio.to_thread(db, on_server, "backup", str(file)) == 0
    monkeypatch.setenv("PARLEY_DATABASE_URL", address)
    assert await asyncio.to_thread(db, new, "restore", str(file)) == 0
    assert capsys.readouterr().out.endswith("sound\n")
    async with visit(new, People(), server=address) as again:
        assert again.state.preferences.trading.autonomy == "auto"
        await again.days(1)
    assert await asyncio.to_thread(db, new, "restore", str(file), "--over") == 3
    assert "is not empty" in capsys.readouterr().err
    monkeypatch.delenv("PARLEY_DATABASE_URL")
    assert await asyncio.to_thread(db, tmp_path / "files", "restore", str(file)) == 1
    assert "set database_url" in capsys.readouterr().err


async def test_what_was_changed_by_hand_on_a_server_is_found(
    on_server: Path, postgres_server: Postgres, postgres_address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name = postgres_address.rpartition("/")[2]
    postgres_server.query("UPDATE accounts SET cash = cash + 10000", name)
    assert await asyncio.to_thread(db, on_server, "verify") == 1
    assert "cash" in capsys.readouterr().out


def test_a_program_of_another_version_is_named_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "pg_dump"
    said = "pg_dump: error: aborting because of server version mismatch"
    versions = "pg_dump: detail: server version: 16.3 (Debian 16.3-1); pg_dump version: 14.1"
    old.write_text(f"#!/bin/sh\necho '{said}' >&2\necho '{versions}' >&2\nexit 1\n")
    old.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(Unavailable) as caught:
        dumps.run(address("postgresql://me@h/x"), "pg_dump")
    assert str(caught.value) == (
        "pg_dump is of version 14.1, the server of 16.3: "
        "install the client programs of version 16 (postgresql-client-16), first on the PATH"
    )


async def test_without_the_servers_programs_it_says_which_is_missing(
    on_server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert await asyncio.to_thread(db, on_server, "backup", str(tmp_path / "b.zip")) == 3
    assert "pg_dump is not on the PATH" in capsys.readouterr().err


async def test_a_server_that_is_away_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PARLEY_DATABASE_URL", "postgresql://somebody:secret@127.0.0.1:1/nothing")
    for action in ("verify", "backup"):
        more = [str(tmp_path / "b.zip")] if action == "backup" else []
        assert await asyncio.to_thread(db, tmp_path, action, *more) == 3
        assert "secret" not in capsys.readouterr().err


async def test_a_server_has_the_same_rows_as_the_copy_that_is_checked(on_server: Path, postgres_address: str) -> None:
    from engine.adapters.sql_store.copying import copied as copied_rows

    copy = on_server / "copy.sqlite"
    await copied_rows(postgres_address, copy)
    here, there = await SqlStore.open(copy), await SqlStore.open(postgres_address)
    assert await here.load("paper") == await there.load("paper")
    assert await here.journal("paper") == await there.journal("paper")
    assert await here.counts("paper") == await there.counts("paper")
    for store in (here, there):
        await store.close()
