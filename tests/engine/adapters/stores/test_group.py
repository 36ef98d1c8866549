"""Batches written together: each is kept or refused for itself, whatever stands beside it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.adapters.memory_store import MemoryStore
from engine.adapters.sql_store import SqlStore
from engine.adapters.sql_store.group import GroupCommit, write_group
from engine.core.state import State
from engine.ports import Batch, Conflict, Store
from tests.builders import a_batch, a_state
from tests.engine.adapters.stores.conftest import NEW, a_file
from tests.engine.adapters.stores.test_fences import let_go

ANSWERS = {
    "new": "saved",
    "new elsewhere": "Fenced",
    "there already": "Conflict",
    "sound": "saved",
    "untaken": "saved",
    "behind": "Conflict",
    "missing": "Conflict",
    "fenced": "Fenced",
}
"""What comes of an account's batch, by how the account stands."""
CASH = {"saved": 5, "Fenced": 0, "Conflict": 0}
GROUPS = st.lists(st.sampled_from(sorted(ANSWERS)), min_size=2, max_size=7)


@pytest.mark.parametrize("kind", ["file", "postgres"])
def test_whatever_stands_together_in_a_group_each_gets_its_own_answer(
    kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = a_file(tmp_path_factory.mktemp("store")) if kind == "file" else NEW[0]()
    marks = count()
    with asyncio.Runner() as runner:
        first, second = (runner.run(SqlStore.open(place)) for _ in range(2))

        @settings(max_examples=30 if kind == "file" else 10, suppress_health_check=[HealthCheck.too_slow])
        @example(["sound", "fenced", "sound", "new"])
        @example(["new", "behind", "untaken"])
        @example(["behind", "new elsewhere"])
        @given(GROUPS)
        def check(kinds: Sequence[str]) -> None:
            runner.run(answered(first, second, kinds, f"{next(marks)}-"))

        try:
            check()
        finally:
            runner.run(first.close())
            runner.run(second.close())


async def answered(first: SqlStore, second: SqlStore, kinds: Sequence[str], mark: str) -> None:
    """Accounts that stand like this are written by the first in one group, and go on at whoever has them."""
    held = {f"{mark}{place}": kind for place, kind in enumerate(kinds)}
    batches = {name: await prepared(first, name, kind) for name, kind in held.items()}
    await let_go(first)
    for name, kind in held.items():
        if kind in ("fenced", "new elsewhere"):
            await second.take(name, "two")
    outcomes = await first._write(write_group, list(batches.values()), first._group.fences)
    told = {name: type(fault).__name__ if fault else "saved" for name, fault in zip(held, outcomes, strict=True)}
    assert told == {name: ANSWERS[kind] for name, kind in held.items()}
    await all_stand(second, held, batches)


def with_cash(name: str, cash: int) -> State:
    """An account with so many ten-thousandths of a dollar."""
    return replace(a_state(account=name), cash=cash)


async def prepared(store: Store, name: str, kind: str) -> Batch:
    """A batch that leaves five ten-thousandths, of an account that stands like this."""
    if kind != "untaken":
        await store.take(name, "one")
    fresh = a_batch(new=with_cash(name, 0))
    if kind in ("new", "new elsewhere"):
        return a_batch(new=with_cash(name, 5))
    if kind != "missing":
        await store.save(fresh)
    if kind == "there already":
        return a_batch(new=with_cash(name, 5))
    if kind == "behind":
        await store.save(a_batch(fresh.new, fresh.new))
    return a_batch(fresh.new, replace(fresh.new, cash=5))


async def all_stand(store: SqlStore, kinds: Mapping[str, str], batches: Mapping[str, Batch]) -> None:
    """What was refused left no row behind: who has the account goes on where it stands."""
    for name, kind in kinds.items():
        state = await store.load(name)
        if kind in ("new elsewhere", "missing"):
            assert state is None
            continue
        assert state is not None
        assert state.cash == CASH[ANSWERS[kind]]
        assert [entry.seq for entry in await store.journal(name)] == list(range(1, state.seq + 1))
        if kind == "fenced":
            await store.save(batches[name])


@given(st.lists(st.sampled_from(["new", "there already", "sound", "behind", "missing"]), max_size=8))
def test_the_same_is_answered_in_memory(kinds: Sequence[str]) -> None:
    async def check() -> None:
        store = MemoryStore()
        for name, kind in enumerate(kinds):
            batch = await prepared(store, str(name), kind)
            try:
                await store.save(batch)
            except Conflict:
                assert ANSWERS[kind] == "Conflict"
            else:
                assert ANSWERS[kind] == "saved"

    asyncio.run(check())


@pytest.mark.parametrize("kind", ["file", "postgres"])
async def test_an_account_that_comes_twice_in_a_group_is_moved_once(kind: str, tmp_path: Path) -> None:
    store = await SqlStore.open(a_file(tmp_path) if kind == "file" else NEW[0]())
    begun = {name: a_batch(new=with_cash(name, 0)) for name in ("a", "b", "c")}
    for batch in begun.values():
        await store.save(batch)
    once = [a_batch(begun[name].new, replace(begun[name].new, cash=5)) for name in ("a", "b", "c")]
    again = a_batch(begun["b"].new, replace(begun["b"].new, cash=6))
    after = a_batch(once[2].new, replace(once[2].new, cash=7))
    outcomes = await store._write(write_group, [*once, again, after])
    assert [type(one) for one in outcomes] == [type(None), type(None), type(None), Conflict, type(None)]
    states = [await store.load(name) for name in ("a", "b", "c")]
    assert [state and state.cash for state in states] == [5, 5, 7]
    await store.close()


class Stalled:
    """A database that never answers."""

    async def write(self, *_call: object) -> Any:
        await asyncio.Event().wait()


async def test_who_waits_for_a_group_is_let_go_when_writing_is_cancelled() -> None:
    group = GroupCommit(Stalled())  # type: ignore[arg-type]  # it is only written to
    running = asyncio.create_task(group.save(a_batch()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting = asyncio.create_task(group.save(a_batch()))
    await asyncio.sleep(0)
    assert group._work is not None
    group._work.cancel()
    outcomes = await asyncio.wait_for(asyncio.gather(running, waiting, return_exceptions=True), 5)
    assert [type(one) for one in outcomes] == [asyncio.CancelledError, asyncio.CancelledError]
    assert group._work is None


async def test_who_asked_is_let_go_when_writing_is_cancelled_before_it_began() -> None:
    group = GroupCommit(Stalled())  # type: ignore[arg-type]
    asking = asyncio.create_task(group.save(a_batch()))
    await asyncio.sleep(0)
    assert group._work is not None
    group._work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asking, 5)
