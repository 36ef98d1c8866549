"""Signed checkpoints: when there is one, where it is put, and what happens when a place cannot take it."""

import asyncio
import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from nacl.signing import VerifyKey

from engine.adapters.audit import copies, keys, notary, seals
from engine.adapters.audit.notary import Notary, Places, seal_of
from engine.adapters.memory_store import MemoryStore
from engine.adapters.sql_store import SqlStore
from engine.core.chain import Link, read_seal
from engine.core.journal import canonical
from engine.core.state import State
from engine.ports import Unavailable
from tests.builders import a_batch, a_state
from tests.engine import audit_books
from tests.engine.audit_books import Wall


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(key=tmp_path / "audit.key", file=tmp_path / "checkpoints.jsonl")


@pytest.fixture
async def store() -> MemoryStore:
    found = MemoryStore()
    await moved(found, None)
    return found


async def moved(store: MemoryStore, state: State | None) -> State:
    """One more row in the journal."""
    batch = a_batch(state, state or a_state())
    await store.save(batch)
    return batch.new


async def one_more(store: MemoryStore) -> None:
    await moved(store, await store.load("paper"))


async def test_a_checkpoint_signs_all_heads_and_is_in_table_and_file(store: MemoryStore, places: Places) -> None:
    await store.save(a_batch(new=a_state(account="other")))
    await Notary(store, Wall(), places).sign()
    (found,) = await store.checkpoints()
    assert found.heads == await store.heads()
    assert set(found.heads) == {"other", "paper"}
    assert seals.read(places.file) == (seal_of(found).line,)
    text = canonical({"at": found.at, "heads": found.heads})
    VerifyKey(bytes.fromhex(found.key)).verify(text.encode(), bytes.fromhex(found.signature))
    assert keys.public_key(places.key) == found.key


async def test_without_a_move_nothing_is_signed_again(store: MemoryStore, places: Places) -> None:
    house = Notary(store, Wall(), places)
    await house.sign()
    await house.sign()
    assert len(await store.checkpoints()) == 1
    await one_more(store)
    await house.sign()
    assert [found.heads["paper"][0] for found in await store.checkpoints()] == [1, 2]


async def test_an_empty_store_is_not_signed_and_needs_no_key(places: Places) -> None:
    house = Notary(MemoryStore(), Wall(), places)
    await house.begin()
    await house.sign()
    assert not places.key.exists()
    assert not places.file.exists()


async def test_a_new_start_goes_on_where_the_last_one_ended(store: MemoryStore, places: Places) -> None:
    await Notary(store, Wall(), places).sign()
    again = Notary(store, Wall(), places)
    await again.begin()
    await again.sign()
    assert len(await store.checkpoints()) == 1


async def test_a_start_completes_the_file_of_one_killed_between_table_and_file(
    store: MemoryStore, places: Places
) -> None:
    first = Notary(store, Wall(), places)
    for _ in range(3):
        await one_more(store)
        await first.sign()
    whole = places.file.read_bytes()
    places.file.write_bytes(whole[:-20])  # the last line is torn
    again = Notary(store, Wall(), places)
    await again.begin()
    await again.sign()
    assert places.file.read_bytes() == whole


async def test_a_file_that_was_cut_by_more_stays_cut(store: MemoryStore, places: Places) -> None:
    first = Notary(store, Wall(), places)
    for _ in range(3):
        await one_more(store)
        await first.sign()
    left = places.file.read_text().splitlines(keepends=True)[0]
    places.file.write_text(left)
    again = Notary(store, Wall(), places)
    await again.begin()
    await again.sign()
    assert places.file.read_text() == left


async def test_a_foreign_checkpoint_at_the_end_is_not_put_into_the_file(store: MemoryStore, places: Places) -> None:
    await Notary(store, Wall(), places).sign()
    (found,) = await store.checkpoints()
    await store.add_checkpoint(replace(found, signature="00" * 64))
    before = places.file.read_bytes()
    again = Notary(store, Wall(), places)
    await again.begin()
    await again.sign()
    assert places.file.read_bytes() == before


async def test_a_file_that_cannot_be_written_gets_its_lines_later(store: MemoryStore, places: Places) -> None:
    places.file.mkdir()
    house = Notary(store, Wall(), places)
    await house.sign()
    await one_more(store)
    await house.sign()
    places.file.rmdir()
    await house.sign()
    assert seals.read(places.file) == tuple(seal_of(found).line for found in await store.checkpoints())


async def test_a_store_that_is_down_stops_nobody(
    store: MemoryStore, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(_checkpoint: object) -> None:
        raise Unavailable("the disk is full")

    house = Notary(store, Wall(), places)
    with monkeypatch.context() as patch:
        patch.setattr(store, "add_checkpoint", down)
        await house.sign()
    assert seals.read(places.file) is None
    await house.sign()
    assert len(await store.checkpoints()) == 1


@pytest.mark.parametrize("heads", ["", "{", "[]", '{"paper":7}'])
async def test_a_table_that_somebody_spoilt_does_not_keep_the_engine_from_starting(heads: str, tmp_path: Path) -> None:
    book = await audit_books.write(tmp_path, 4, 2)
    with audit_books.edited(book) as connection:
        connection.execute("UPDATE checkpoints SET heads = ? WHERE number = 2", (heads,))
    found = await SqlStore.open(book.database)
    house = Notary(found, Wall(), book.places)
    await house.begin()
    await house.sign()
    await found.close()
    assert len(book.lines) == 3


# --- copies elsewhere


@pytest.fixture
def elsewhere(tmp_path: Path) -> str:
    return f"memory://{tmp_path.name}/checkpoints"


async def test_each_checkpoint_is_copied_into_a_file_of_its_own(
    store: MemoryStore, places: Places, elsewhere: str
) -> None:
    house = Notary(store, Wall(), replace(places, copies=elsewhere))
    await house.sign()
    await one_more(store)
    await house.sign()
    assert tuple(copies.read_lines(elsewhere)) == seals.read(places.file)


async def test_a_copy_that_failed_goes_with_the_next(
    store: MemoryStore, places: Places, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> None:
        raise Unavailable("no such bucket")

    house = Notary(store, Wall(), replace(places, copies=elsewhere))
    with monkeypatch.context() as patch:
        patch.setattr(copies, "put", refuses)
        await house.sign()
    assert len(seals.read(places.file) or ()) == 1
    await one_more(store)
    await house.sign()
    assert tuple(copies.read_lines(elsewhere)) == seals.read(places.file)


async def test_a_place_that_hangs_holds_nobody_up(
    store: MemoryStore, places: Places, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    let_go = threading.Event()
    monkeypatch.setattr(notary, "COPY_S", 0.05)
    put = copies.put
    monkeypatch.setattr(copies, "put", lambda *asked: (let_go.wait(10), put(*asked)))
    house = Notary(store, Wall(), replace(places, copies=elsewhere))
    for _ in range(3):
        await one_more(store)
        await asyncio.wait_for(house.sign(), 5)
    assert len(seals.read(places.file) or ()) == 3
    let_go.set()
    assert house._copying is not None
    await asyncio.to_thread(house._copying.join, 5)
    assert tuple(copies.read_lines(elsewhere)) == seals.read(places.file)


# --- the key


def test_the_key_is_made_once_and_only_its_owner_reads_it(places: Places) -> None:
    pen = keys.pen(places.key)
    assert stat.S_IMODE(places.key.stat().st_mode) == 0o600
    assert keys.pen(places.key).public == pen.public == keys.public_key(places.key)
    assert [path.name for path in places.key.parent.iterdir()] == ["audit.key"]


def test_a_public_key_in_a_file_is_taken_as_it_is(tmp_path: Path, places: Places) -> None:
    public = keys.pen(places.key).public
    (tmp_path / "public").write_text(f"{public.upper()}\n")
    assert keys.public_key(tmp_path / "public") == public


@pytest.mark.parametrize("text", ["", "hello", f"{keys.MARK}12", keys.MARK + "x" * 64])
def test_a_file_that_is_no_key_is_refused_at_the_start(text: str, places: Places) -> None:
    places.key.write_text(text)
    with pytest.raises(Unavailable, match="holds no key of checkpoints: restore it"):
        keys.check(places.key)


async def test_a_start_with_a_key_nowhere_is_refused(store: MemoryStore, places: Places, tmp_path: Path) -> None:
    nowhere = replace(places, key=tmp_path / "gone" / "audit.key")
    with pytest.raises(Unavailable, match="make its folder, or name another place"):
        await Notary(store, Wall(), nowhere).begin()


async def test_the_secret_is_nowhere_but_in_its_file(
    store: MemoryStore, places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    await Notary(store, Wall(), places).sign()
    secret = places.key.read_text().removeprefix(keys.MARK).strip()
    assert len(secret) == 64
    assert secret not in places.file.read_text()
    assert secret not in "".join(capsys.readouterr())


# --- the text of a seal


async def test_a_seal_is_read_as_it_was_written_and_no_other_text_is(store: MemoryStore, places: Places) -> None:
    await Notary(store, Wall(), places).sign()
    (line,) = seals.read(places.file) or ()
    seal = read_seal(line)
    assert seal is not None
    assert seal.links() == {"paper": Link(*(await store.heads())["paper"])}
    assert keys.signed(seal)
    for other in (
        line + " ",
        line.replace(":", ": ", 1),
        "{}",
        "",
        "[1]",
        "7",
        line[:-1],
        json.dumps(json.loads(line)),
    ):
        assert read_seal(other) is None, other
    for forged in (
        seal._replace(at="2026-11-20T17:00:00+00:00"),
        seal._replace(heads='{"paper":[2,""]}'),
        seal._replace(signature=seal.signature.upper()),
        seal._replace(signature="x"),
        seal._replace(key=keys.Pen(bytes(32)).public),
        seal._replace(key=""),
    ):
        assert not keys.signed(forged), forged
