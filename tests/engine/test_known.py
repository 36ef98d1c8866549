"""Settings read from memory: as fresh as was promised, and honest about it when the store is down."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.adapters.memory_store import MemoryStore
from engine.core.preferences import Preferences
from engine.core.state import State
from engine.known import FRESH_S, RETRY_S, Known, KnownSettings
from engine.ports import Unavailable
from tests.builders import a_batch, a_state
from tests.engine.scenes import prefer


class ShakyStore(MemoryStore):
    """A store that counts who asks it, and falls silent when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.down = 0, False

    async def preferences(self, account: str) -> tuple[int, Preferences] | None:
        self.asked += 1
        if self.down:
            raise Unavailable("the disk is gone")
        return await super().preferences(account)


class Hand:
    """Seconds that stand still until a test moves them."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


async def stored(store: ShakyStore, account: str = "paper", **fields: Any) -> State:
    """An account at its next version with these settings, in the store."""
    old = await store.load(account)
    before = old or replace(a_state(), account=account, seq=0)
    new = replace(before, account=account, preferences=prefer(**fields), version=before.version + 1)
    batch = a_batch(old, new)
    await store.save(batch)
    return batch.new


@pytest.fixture
def store() -> ShakyStore:
    return ShakyStore()


@pytest.fixture
def hand() -> Hand:
    return Hand()


async def test_the_store_is_asked_once_in_a_while(store: ShakyStore, hand: Hand) -> None:
    state = await stored(store, risk__reserve_pct=30)
    known = KnownSettings(store, hand)
    for seconds, asked in ((0, 1), (FRESH_S - 0.1, 1), (FRESH_S, 2)):
        hand.at = seconds
        assert await known.get("paper") == Known(state.preferences, state.version)
        assert store.asked == asked


async def test_what_another_process_stored_is_found_when_its_version_is_heard_of(store: ShakyStore, hand: Hand) -> None:
    known = KnownSettings(store, hand)
    await stored(store, risk__reserve_pct=30)
    await known.get("paper")
    newer = await stored(store, risk__reserve_pct=40)
    assert (await known.get("paper")).preferences.risk.reserve_pct == 30
    known.outdated("paper", newer.version - 1)
    assert (await known.get("paper")).preferences.risk.reserve_pct == 30
    known.outdated("paper", newer.version)
    assert (await known.get("paper")).preferences.risk.reserve_pct == 40


async def test_a_store_that_is_down_leaves_the_last_known_marked_stale(store: ShakyStore, hand: Hand) -> None:
    known = KnownSettings(store, hand)
    state = await stored(store, risk__reserve_pct=30)
    await known.get("paper")
    store.down = True
    assert not (await known.get("paper")).stale
    known.doubt()
    assert await known.get("paper") == Known(state.preferences, state.version, stale=True)
    asked = store.asked
    await known.get("paper")
    assert store.asked == asked  # not hammered
    store.down = False
    hand.at += RETRY_S
    assert await known.get("paper") == Known(state.preferences, state.version, stale=False)


async def test_nothing_known_and_nobody_to_ask(store: ShakyStore, hand: Hand) -> None:
    store.down = True
    with pytest.raises(Unavailable, match="nothing is known of account paper"):
        await KnownSettings(store, hand).get("paper")


async def test_an_account_that_is_not_there(store: ShakyStore) -> None:
    with pytest.raises(KeyError):
        await KnownSettings(store).get("nobody's")


async def test_no_more_than_so_many_accounts_are_kept(store: ShakyStore, hand: Hand) -> None:
    known = KnownSettings(store, hand, most=2)
    for account in ("a", "b", "c"):
        await stored(store, account)
    for account in ("a", "b", "a", "c"):
        await known.get(account)
    asked = store.asked
    await known.get("a")
    assert store.asked == asked
    await known.get("b")  # read longest ago
    assert store.asked == asked + 1


@given(st.permutations([1, 2, 3, 4]))
def test_whatever_is_heard_in_whatever_order_the_newest_stands(versions: list[int]) -> None:
    known = KnownSettings(MemoryStore(), Hand())
    for version in versions:
        known.heard(replace(a_state(preferences=prefer(trading__max_daily_trades=version)), version=version))
    found = asyncio.run(known.get("paper"))
    assert (found.version, found.preferences.trading.max_daily_trades) == (4, 4)
