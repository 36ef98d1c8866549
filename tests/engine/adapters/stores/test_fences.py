"""One engine an account: whoever was replaced writes nothing any more, and takes nobody with him."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from engine.adapters.sql_store import SqlStore
from engine.adapters.sql_store.postgres import PostgresDatabase
from engine.core.state import State
from engine.ports import Checkpoint, Fenced, Heartbeat, Held
from tests.builders import ACCOUNT, NOON, a_batch, a_state, an_announcement
from tests.engine.adapters.stores.conftest import a_file

Open = Callable[[], Awaitable[SqlStore]]
GONE = "account paper is run by two (process 2) now"


@pytest.fixture
async def another(database_place: str | Path) -> AsyncIterator[Open]:
    """Opens one more store on the same database, as another process would."""
    async with AsyncExitStack() as stack:

        async def opened() -> SqlStore:
            store = await SqlStore.open(database_place)
            stack.push_async_callback(store.close)
            return store

        yield opened


async def replaced(another: Open) -> tuple[SqlStore, SqlStore]:
    """Two stores: the account of the first, whose session broke off, was taken over by the second."""
    first, second = await another(), await another()
    assert await first.take(ACCOUNT, "one (process 1)") == 1
    await let_go(first)
    assert await second.take(ACCOUNT, "two (process 2)") == 2
    return first, second


async def let_go(store: SqlStore) -> None:
    database = store._database
    if isinstance(database, PostgresDatabase):
        await database._lease.close()


def next_of(state: State, cash: int) -> State:
    return replace(state, cash=cash)


async def test_tokens_only_rise(another: Open) -> None:
    tokens = []
    for number in range(3):
        store = await another()
        tokens += [await store.take(ACCOUNT, f"process {number}"), await store.take("other", f"process {number}")]
        await let_go(store)
    assert tokens == [1, 1, 2, 2, 3, 3]


async def test_whoever_was_replaced_writes_nothing(another: Open) -> None:
    first, second = await replaced(another)
    begin = a_batch(new=a_state())
    with pytest.raises(Fenced, match="two"):
        await first.save(begin)
    assert await second.load(ACCOUNT) is None
    await second.save(begin)
    after = a_batch(begin.new, next_of(begin.new, 5))
    with pytest.raises(Fenced) as fenced:
        await first.save(after)
    assert str(fenced.value) == GONE
    await second.save(after)
    assert await first.load(ACCOUNT) == after.new


async def test_whoever_was_replaced_delivers_signs_and_lives_no_more(another: Open) -> None:
    first, second = await replaced(another)
    await second.save(a_batch(new=a_state(), announcements=(an_announcement(id="1.0"),)))
    beat = Heartbeat(account=ACCOUNT, at=NOON, market_at=None, healthy=True, why="", holder="one (process 1)", fence=1)
    refused = (
        first.delivered(ACCOUNT, "1.0", NOON),
        first.add_checkpoint(Checkpoint(at=NOON, heads={}, key="aa", signature="bb")),
        first.beat(beat),
    )
    for call in refused:
        with pytest.raises(Fenced):
            await call
    assert [one.id for one in await second.undelivered(ACCOUNT, 9)] == ["1.0"]
    assert (await second.checkpoints(), await second.heartbeats()) == ((), ())
    alive = replace(beat, holder="two (process 2)", fence=2)
    await second.beat(alive)
    assert await second.heartbeats() == (alive,)


async def test_who_takes_an_account_again_goes_on_with_it(another: Open) -> None:
    store = await another()
    begin = a_batch(new=a_state())
    await store.take(ACCOUNT, "one")
    await store.save(begin)
    assert await store.take(ACCOUNT, "one") == 2
    await store.confirm(ACCOUNT)
    await store.save(a_batch(begin.new, next_of(begin.new, 5)))


async def test_one_that_was_taken_over_takes_no_other_of_its_group_with_it(another: Open) -> None:
    first, second = await another(), await another()
    names = [f"a{number}" for number in range(12)]
    begun = {}
    for name in names:
        await first.take(name, "one")
        begun[name] = a_batch(new=a_state(account=name))
        await first.save(begun[name])
    await let_go(first)
    for name in ("a3", "a7"):
        await second.take(name, "two")
    batches = [a_batch(begun[name].new, next_of(begun[name].new, 5)) for name in names]
    stale = a_batch(begun["a5"].new, next_of(begun["a5"].new, 6))
    await first.save(stale)
    outcomes = await asyncio.gather(*(first.save(batch) for batch in batches), return_exceptions=True)
    assert [type(outcome).__name__ if outcome else "saved" for outcome in outcomes] == [
        *("saved", "saved", "saved", "Fenced", "saved", "Conflict"),
        *("saved", "Fenced", "saved", "saved", "saved", "saved"),
    ]
    found = [(await second.load(name) or a_state()).cash for name in names]
    assert [cash for cash in found if cash in (5, 6)] == [5, 5, 5, 5, 6, 5, 5, 5, 5, 5]


Moves = st.lists(st.tuples(st.sampled_from(["take", "save"]), st.integers(0, 2)), max_size=14)


def test_of_all_who_took_an_account_only_the_last_writes(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the order in which three processes take it and write."""

    @settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
    @given(Moves)
    def check(moves: list[tuple[str, int]]) -> None:
        asyncio.run(only_the_last_writes(a_file(tmp_path_factory.mktemp("store")), moves))

    check()


async def only_the_last_writes(place: Path, moves: list[tuple[str, int]]) -> None:
    stores = [await SqlStore.open(place) for _ in range(3)]
    tokens, state, given = [0, 0, 0], None, 0
    try:
        for what, who in moves:
            if what == "take":
                given += 1
                tokens[who] = await stores[who].take(ACCOUNT, f"process {who}")
                assert tokens[who] == given
            elif tokens[who]:
                batch = a_batch(state, a_state() if state is None else next_of(state, state.cash + 1))
                if tokens[who] == given:
                    await stores[who].save(batch)
                    state = batch.new
                else:
                    with pytest.raises(Fenced):
                        await stores[who].save(batch)
                assert await stores[0].load(ACCOUNT) == state
    finally:
        for store in stores:
            await store.close()


# --- on a server


@pytest.fixture
async def server(postgres_address: str) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def opened() -> SqlStore:
            store = await SqlStore.open(postgres_address)
            stack.push_async_callback(store.close)
            return store

        yield opened


async def test_while_one_holds_an_account_on_a_server_no_other_gets_it(server: Open) -> None:
    first, second = await server(), await server()
    await first.take(ACCOUNT, "one (process 1)")
    with pytest.raises(Held) as held:
        await second.take(ACCOUNT, "two (process 2)")
    assert str(held.value) == "account paper is run by one (process 1) already: talk to that one"
    assert await second.take("other", "two (process 2)") == 1
    await first.confirm(ACCOUNT)
    await first.close()
    assert await second.take(ACCOUNT, "two (process 2)") == 2


async def test_a_lost_session_is_taken_again_and_the_token_stays(server: Open) -> None:
    store, eye = await server(), await server()
    assert await store.take(ACCOUNT, "one") == 1
    before = await sessions(eye)
    await eye._write(lambda connection: [connection.execute(text(ENDS), {"pid": pid}) for pid in before])
    for _ in range(200):
        after = await sessions(eye)
        if after and after != before:
            break
        await asyncio.sleep(0.02)
    assert len(after) == 1
    assert after != before
    await store.confirm(ACCOUNT)
    await store.save(a_batch(new=a_state()))


ENDS = "SELECT pg_terminate_backend(:pid)"
HOLDS = """
    SELECT pid FROM pg_locks JOIN pg_database AS d ON d.oid = database
    WHERE locktype = 'advisory' AND granted AND datname = current_database()
"""


async def sessions(store: SqlStore) -> list[int]:
    """Which sessions hold accounts."""
    return await store._read(lambda connection: list(connection.execute(text(HOLDS)).scalars()))


async def test_who_was_replaced_while_his_session_was_lost_learns_it(server: Open) -> None:
    first, second = await replaced(server)
    with pytest.raises(Fenced) as fenced:
        await first.confirm(ACCOUNT)
    assert str(fenced.value) == GONE
    await second.confirm(ACCOUNT)
