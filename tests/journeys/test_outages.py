"""Disk and database go away in the middle of trading: it is said, nothing is half done, and all goes on by itself."""

import asyncio
import os
import random
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.adapters.sql_store import connect
from engine.verify import verify_files
from tests.journeys.house import People, Visit, copied, visit
from tests.journeys.test_kill import Home, at_hand, rows, what_happened
from tests.servers import postgres

SESSIONS = 3


@pytest.fixture(scope="module")
def whole(begun_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An account that traded some sessions undisturbed."""
    folder = copied(begun_files, tmp_path_factory.mktemp("whole"))

    async def undisturbed() -> None:
        async with visit(folder, People()) as account:
            await begun(account)
            await account.days(SESSIONS)

    asyncio.run(undisturbed())
    return folder


async def begun(account: Visit) -> None:
    await account.news()
    await account.agree("trade for me")


def over(account: Visit) -> bool:
    """Whether as many sessions were told as the undisturbed account traded."""
    last = account.state.last
    return last is not None and str(last.session) == "2020-02-05" and account.state.tally.summarised


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", place], check=False).returncode
    ):
        pytest.skip("a small disk can only be mounted by root")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill_up(disk: Path) -> Path:
    """A file that takes all the room there is."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue
    return ballast


async def test_a_disk_that_is_really_full_stops_it_and_room_lets_it_go_on(
    small_disk: Path, begun_files: Path, whole: Path, people: People
) -> None:
    """The account's database, the broker's book and the checkpoints all lie on it."""
    chance, unwell = random.Random(4), 0
    async with visit(copied(begun_files, small_disk / "account"), people) as account:
        await begun(account)
        while not over(account):
            ballast = fill_up(small_disk) if chance.random() < 0.4 else None
            if ballast and not unwell:
                assert "no room to write" in await account.say("watch apple")
                assert "AAPL" not in str(account.state.preferences)
            await account.replay.beat()
            if not account.well():
                unwell += 1
                await account.recovers()
                assert not account.well(), "there is still no room"
            if ballast:
                ballast.unlink()
            await account.recovers()
        assert unwell > 1
    files = small_disk / "account"
    assert verify_files(files / "parley.sqlite", files / "paper.sqlite").sound
    assert what_happened(files) == what_happened(whole)


@pytest.mark.parametrize("kept", [True, False])
async def test_a_disk_that_fails_to_keep_what_it_was_told_to(
    begun_files: Path,
    whole: Path,
    tmp_path: Path,
    people: People,
    monkeypatch: pytest.MonkeyPatch,
    *,
    kept: bool,
) -> None:
    """The last word of a transaction fails on the disk; it may have been kept all the same."""
    committing, transactions, failures = connect.committing, 0, 0

    @contextmanager
    def failing() -> Iterator[None]:
        nonlocal transactions, failures
        transactions += 1
        fails = transactions % 9 == 0
        failures += fails
        with committing():
            if fails and not kept:
                raise broken_disk()
            yield
            if fails:
                raise broken_disk()

    folder = copied(begun_files, tmp_path / "account")
    async with visit(folder, people) as account:
        await begun(account)
        monkeypatch.setattr(connect, "committing", failing)
        while not over(account):
            await account.replay.beat()
            await account.recovers()
        monkeypatch.undo()
    assert failures > 3
    assert verify_files(folder / "parley.sqlite", folder / "paper.sqlite").sound
    if kept:  # entries whose storing was in doubt are given up, as the engine is not well when they are found
        ends = set(rows(folder, "SELECT side, status, why FROM orders WHERE status <> 'filled'"))
        assert ends <= {("buy", "cancelled", why) for why in ("degraded", "not_sent", "tranche_stopped")}
        return
    one, other = what_happened(folder), what_happened(whole)
    told = sorted(one.pop("news")), sorted(other.pop("news"))  # of one moment, in the order in which they were kept
    assert {name: (one[name], other[name]) for name in one if one[name] != other[name]} == {}
    assert told[0] == told[1]


def broken_disk() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
    return error


async def test_a_server_that_dies_and_comes_back_loses_nothing(whole: Path, tmp_path: Path, people: People) -> None:
    """Its processes are killed in the middle of a life, again and again; each time it is away for a while."""
    with postgres() as server:
        home = Home(tmp_path / "account", server.new_database())
        async with visit(home.folder, people, server=home.server) as account:
            await begun(account)
            deaths = 0
            while not over(account):
                await account.replay.beat()
                if account.state.seq % 5 or deaths == 2:
                    continue
                server.kill()
                deaths += 1
                assert "Nothing was changed: it could not be stored" in await account.say("watch apple")
                at = account.house.engine.clock.market()
                await account.replay.beat()
                await account.seconds_pass(60)
                assert account.house.engine.clock.market() == at
                assert any("The engine is not well" in text for text in account.wall.pushed)
                server.start()
                await account.recovers()
                assert account.well(), account.house.engine.health.why
            assert deaths == 2
        await asyncio.to_thread(did_the_same, home, whole)


def did_the_same(home: Home, whole: Path) -> None:
    with at_hand(home) as files:
        assert verify_files(files / "parley.sqlite", files / "paper.sqlite").sound
        assert what_happened(files) == what_happened(whole)
