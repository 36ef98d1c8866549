"""Several writers of one account: nothing is lost, and whoever was overtaken is told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from engine.adapters.memory_store import MemoryStore
from engine.adapters.sql_store import SqlStore
from engine.bus import TRIES, Bus, Done, Outcome
from engine.core import commands as c
from engine.core.journal import first_bad
from engine.core.policy import DEFAULT_POLICY
from engine.core.preferences import value_of
from engine.core.refusals import Refusal, Refused
from engine.core.state import State
from engine.core.units import money
from engine.look import Health, Lookout
from engine.ports import Batch, Conflict, Store
from tests.builders import a_recommendation
from tests.engine.scenes import ACCOUNT, INSTRUMENTS, NOON, an_outside, the_calendar


async def in_a_file(folder: Path) -> Store:
    return await SqlStore.open(folder / "parley.db")


async def in_memory(_folder: Path) -> Store:
    return MemoryStore()


STORES: dict[str, Callable[[Path], Awaitable[Store]]] = {"memory": in_memory, "file": in_a_file}


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    found = await STORES[request.param](tmp_path)
    yield found
    await found.close()


async def a_writer(store: Store) -> Bus:
    """A process of its own on the same account, as far as the account can tell."""
    clock, market, _ = an_outside(NOON, {"KO": "60"})
    state = await store.load(ACCOUNT) or State(account=ACCOUNT)
    bus = Bus(state, store, Lookout(clock, market, the_calendar(), INSTRUMENTS, Health()), DEFAULT_POLICY)
    if not state.seq:
        await bus.do(c.OpenAccount(cash=money(100_000)))
    return bus


def setting(path: str, value: object) -> c.ChangePreferences:
    return c.ChangePreferences(patch={path: value}, by="owner", channel="web")


FIELDS: dict[str, list[object]] = {
    "risk.reserve_pct": [5.0, 30.0],
    "risk.max_exposure_pct": [50.0, 60.0],
    "risk.daily_loss_limit_pct": [1.0, 2.0],
    "risk.max_drawdown_pct": [9.0, 11.0],
    "trading.max_open_positions": [3, 4],
    "trading.max_daily_trades": [7, 8],
    "strategy.min_sectors": [4, 5],
    "notifications.summary_time": ["17:00", "18:00"],
}


async def test_changes_of_different_fields_all_land(store: Store) -> None:
    one, other = await a_writer(store), await a_writer(store)
    for number in range(2):
        jobs = [
            (one if place % 2 else other).do(setting(path, values[number]))
            for place, (path, values) in enumerate(FIELDS.items())
        ]
        outcomes = await asyncio.gather(*jobs)
        assert all(isinstance(outcome, Done) for outcome in outcomes), outcomes
        saved = await store.load(ACCOUNT)
        assert saved
        assert {path: value_of(saved.preferences, path) for path in FIELDS} == {
            path: values[number] for path, values in FIELDS.items()
        }
    assert first_bad(await store.journal(ACCOUNT)) is None


async def test_of_changes_of_one_field_at_once_one_is_done_and_the_others_are_told(store: Store) -> None:
    writers = [await a_writer(store) for _ in range(4)]
    for turn in range(5):
        asked = [float(10 + 10 * turn + number) for number in range(len(writers))]
        jobs = [bus.do(setting("risk.reserve_pct", value)) for bus, value in zip(writers, asked, strict=True)]
        outcomes = await asyncio.gather(*jobs)
        won = [value for value, outcome in zip(asked, outcomes, strict=True) if isinstance(outcome, Done)]
        assert len(won) == 1
        assert [told(outcome) for outcome in outcomes if isinstance(outcome, Refused)] == 3 * [
            (Refusal.OVERTAKEN, "risk.reserve_pct")
        ]
        saved = await store.load(ACCOUNT)
        assert saved
        assert saved.preferences.risk.reserve_pct == won[0]
        for bus in writers:
            bus.state = saved
    assert first_bad(await store.journal(ACCOUNT)) is None


def told(outcome: Refused) -> tuple[Refusal, object]:
    return outcome.code, outcome.facts.get("field")


async def test_what_is_no_change_of_settings_is_done_on_the_account_as_it_is_now(store: Store) -> None:
    one, other = await a_writer(store), await a_writer(store)
    await one.do(setting("risk.reserve_pct", 30))
    wanted = c.ReceiveRecommendation(recommendation=a_recommendation(id="r"))
    assert isinstance(await other.do(wanted), Done)
    assert (other.state.preferences.risk.reserve_pct, set(other.state.pending)) == (30, {"r"})
    assert isinstance(await one.do(c.StopEverything(by="owner")), Done)
    assert one.state.pending.keys() == {"r"}
    assert first_bad(await store.journal(ACCOUNT)) is None


@pytest.mark.parametrize(
    ("between", "field"),
    [
        (setting("risk.reserve_pct", 40), "risk.reserve_pct"),
        (setting("risk.max_exposure_pct", 40), "risk.max_exposure_pct"),
        (c.PauseEntries(by="owner"), "engine.pause"),
    ],
)
async def test_an_undo_puts_back_what_was_seen_or_nothing(store: Store, between: c.Command, field: str) -> None:
    """Never a change of somebody else's that came in between."""
    one = await a_writer(store)
    await one.do(setting("risk.reserve_pct", 30))
    other = await a_writer(store)
    await other.do(between)
    outcome = await one.do(c.UndoChanges(by="owner"))
    assert isinstance(outcome, Refused)
    assert told(outcome) == (Refusal.OVERTAKEN, field)
    assert isinstance(await one.do(c.UndoChanges(by="owner")), Done)


async def test_an_undo_that_nothing_came_in_between_of_is_done(store: Store) -> None:
    one = await a_writer(store)
    await one.do(setting("risk.reserve_pct", 30))
    other = await a_writer(store)
    await other.do(c.ReceiveRecommendation(recommendation=a_recommendation(id="r")))
    assert isinstance(await one.do(c.UndoChanges(by="owner")), Done)
    assert one.state.preferences.risk.reserve_pct == 20


class Rivals:
    """A store into which somebody else always writes first."""

    def __init__(self, store: Store, rival: Bus) -> None:
        self._store, self._rival, self.tries = store, rival, 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def save(self, batch: Batch) -> None:
        self.tries += 1
        await self._rival.do(c.ReceiveRecommendation(recommendation=a_recommendation(id=f"r{self.tries}")))
        await self._store.save(batch)


async def test_after_five_tries_it_is_given_up_and_nothing_was_done() -> None:
    store = MemoryStore()
    rival = await a_writer(store)
    rivals = Rivals(store, rival)
    bus = Bus(rival.state, rivals, rival._look, DEFAULT_POLICY)  # type: ignore[arg-type]  # all of a store's by name
    outcome: Outcome = await bus.do(setting("risk.reserve_pct", 30))
    assert isinstance(outcome, Refused)
    assert (outcome.code, rivals.tries) == (Refusal.NOT_READY, TRIES)
    assert TRIES == 5
    saved = await store.load(ACCOUNT)
    assert saved
    assert saved.preferences.risk.reserve_pct == 20
    assert len(saved.pending) == 5
    with pytest.raises(Conflict):
        await store.save(Batch(key=None, old=None, new=saved, events=(), entries=(), announcements=()))
