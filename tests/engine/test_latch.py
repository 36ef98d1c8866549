"""The kill switch outside the account: it holds while the store is down, and is cleared only by what is stored."""

import asyncio
from datetime import timedelta
from typing import Any

from engine.bus import Done
from engine.core import commands as c
from engine.core import events as e
from engine.core.refusals import Refusal, Refused
from engine.core.units import DOLLAR, money
from engine.core.words import OrderStatus
from engine.latch import Latch
from engine.loops import heed, recover
from tests.builders import a_recommendation
from tests.engine.scenes import NOON, Fault, FrailStore, Hands, HonestMarket, House, an_outside, opened
from tests.engine.test_execution import Slowly
from tests.fakes import FakeBroker, FakeKillSwitch


def an_outside_now() -> tuple[Hands, HonestMarket, FakeBroker]:
    """Prices of twenty days, so that levels can be set."""
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    for day in range(20, 0, -1):
        market.close(NOON - timedelta(days=day), {"KO": money("60") + day % 2 * DOLLAR, "PEP": money("150")})
    return clock, market, broker


async def a_latched_house(switch: FakeKillSwitch, **kwargs: Any) -> House:
    house = await opened(*an_outside_now(), **kwargs)
    house.bus.latch = Latch(switch)
    return house


async def on_a_frail_store(switch: FakeKillSwitch) -> tuple[House, FrailStore]:
    """A house behind this switch, and its store, which can be made to fail."""
    outside = an_outside_now()
    house = await opened(*outside)
    frail = FrailStore(house.store)
    house = await opened(*outside, house.store, kept=frail)
    house.bus.latch = Latch(switch)
    return house, frail


async def buys(house: House, shares: int = 5) -> None:
    await house.do(c.Buy(ticker="KO", shares=shares, by="owner"))


async def test_stopping_by_word_throws_it_and_resuming_clears_it() -> None:
    switch = FakeKillSwitch()
    house = await a_latched_house(switch)

    await house.do(c.StopEverything(by="owner", channel="terminal"))
    assert switch.thrown() == "owner"

    await house.do(c.ResumeEntries(by="owner"))
    assert switch.thrown() is None
    assert house.state.killed_at is None


async def test_selling_everything_throws_it_too() -> None:
    switch = FakeKillSwitch()
    house = await a_latched_house(switch)

    await house.do(c.Flatten(by="owner", channel="terminal"))

    assert switch.thrown() == "owner"


async def test_an_entry_is_not_sent_while_it_is_thrown_and_is_recorded_as_cancelled() -> None:
    switch = FakeKillSwitch()
    house = await a_latched_house(switch)
    updates: list[e.OrderUpdated] = []

    async def note(done: Done) -> None:
        updates.extend(event for event in done.events if isinstance(event, e.OrderUpdated))

    house.bus.listen(note)
    switch.who = "SIGUSR1"

    await buys(house)

    assert [(one.order.status, one.order.why) for one in updates] == [(OrderStatus.CANCELLED, "killed")]
    assert house.broker.sent == []
    assert (house.state.positions, house.state.reserved) == ({}, 0)


async def test_an_exit_is_sent_while_it_is_thrown() -> None:
    switch = FakeKillSwitch()
    house = await a_latched_house(switch)
    await buys(house)
    assert house.state.positions["KO"].shares == 5
    switch.who = "SIGUSR1"

    await house.do(c.ClosePosition(tickers=("KO",), by="owner"))

    assert house.state.positions == {}


async def test_what_is_thrown_outside_becomes_the_accounts_own() -> None:
    switch = FakeKillSwitch()
    house = await a_latched_house(switch, autonomy="ask")
    await house.do(c.ReceiveRecommendation(recommendation=a_recommendation(ticker="KO")))
    switch.who = "SIGUSR1"

    await heed(house.crew)

    assert house.state.killed_at is not None
    (news,) = [one for one in await house.store.undelivered("paper", 99) if one.key == "push.engine_killed"]
    assert news.facts["who"] == "SIGUSR1"


async def test_heeding_it_again_says_nothing_more() -> None:
    switch = FakeKillSwitch()
    house = await a_latched_house(switch)
    switch.who = "SIGUSR1"
    for _ in range(3):
        await heed(house.crew)

    told = [one for one in await house.store.undelivered("paper", 99) if one.key == "push.engine_killed"]
    assert len(told) == 1


async def test_it_is_heeded_while_the_engine_is_degraded() -> None:
    switch = FakeKillSwitch()
    house = await a_latched_house(switch)
    house.health.fails("the broker did not answer")
    switch.who = "SIGUSR1"

    await heed(house.crew)

    assert house.state.killed_at is not None


async def test_it_holds_although_the_store_is_down_and_the_account_follows_later() -> None:
    switch = FakeKillSwitch()
    house, frail = await on_a_frail_store(switch)
    frail.down = Fault.BEFORE

    refused = await house.do(c.StopEverything(by="owner", channel="terminal"))
    await heed(house.crew)

    assert isinstance(refused, Refused)
    assert refused.code is Refusal.STOP_OWED
    assert refused.facts["unlatched"] is None
    assert switch.thrown() == "owner"
    frail.down = None
    await recover(house.crew)
    assert house.state.killed_at is not None


async def test_a_stop_that_stands_nowhere_says_why_a_restart_would_forget_it() -> None:
    switch = FakeKillSwitch()
    house, frail = await on_a_frail_store(switch)
    switch.stuck, frail.down = True, Fault.BEFORE

    refused = await house.do(c.StopEverything(by="owner", channel="terminal"))

    assert refused.facts["unlatched"] == "Read-only file system"


async def test_a_resuming_that_is_not_stored_does_not_clear_it() -> None:
    switch = FakeKillSwitch()
    house, frail = await on_a_frail_store(switch)
    await house.do(c.StopEverything(by="owner"))
    frail.down = Fault.BEFORE

    await house.do(c.ResumeEntries(by="owner"))

    assert switch.thrown() is not None


async def test_a_resuming_that_was_stored_although_its_answer_was_lost_clears_it_once_that_is_known() -> None:
    switch = FakeKillSwitch()
    house, frail = await on_a_frail_store(switch)
    await house.do(c.StopEverything(by="owner"))
    frail.down = Fault.AFTER
    await house.do(c.ResumeEntries(by="owner"))
    assert switch.thrown() is not None

    frail.down = None
    assert await house.bus.find_out()

    assert switch.thrown() is None
    assert house.state.killed_at is None


async def test_a_start_with_it_thrown_is_stopped_before_anything_is_sent() -> None:
    """As after kill -9 between throwing it and storing that, or between storing a resuming and clearing it."""
    switch, outside = FakeKillSwitch(), an_outside_now()
    house = await opened(*outside)
    house.bus.latch = Latch(switch)
    switch.who = "SIGUSR1"

    again = await opened(*outside, house.store)
    again.bus.latch = Latch(switch)
    await heed(again.crew)

    assert again.state.killed_at is not None
    refused = await again.do(c.Buy(ticker="KO", shares=5, by="owner"))
    assert isinstance(refused, Refused)
    assert refused.facts["reason"] == "killed"


async def test_an_account_that_is_stopped_throws_it_again_where_it_is_gone() -> None:
    switch = FakeKillSwitch()
    house = await a_latched_house(switch)
    await house.do(c.StopEverything(by="owner"))
    switch.who = None

    await house.do(c.Note(topic="engine_started", facts={"begins": None, "resumed": None}))

    assert switch.thrown() == "the account, in which it stands"


async def test_a_pause_that_ends_does_not_clear_it() -> None:
    switch = FakeKillSwitch()
    house = await a_latched_house(switch)
    await house.do(c.PauseEntries(by="owner"))
    await house.do(c.StopEverything(by="owner"))

    await house.do(c.UndoChanges(by="owner"))

    assert switch.thrown() is not None


async def test_resuming_from_a_mere_pause_does_not_clear_one_that_was_not_heeded_yet() -> None:
    switch = FakeKillSwitch()
    house = await a_latched_house(switch)
    await house.do(c.PauseEntries(by="owner"))
    switch.who = "watchdog"

    await house.do(c.ResumeEntries(by="owner"))
    assert switch.thrown() == "watchdog"
    await heed(house.crew)

    assert house.state.killed_at is not None


async def test_an_entry_is_not_sent_once_everything_is_stopped_although_it_cannot_be_thrown() -> None:
    switch = FakeKillSwitch()
    switch.stuck = True
    outside = an_outside_now()
    first = await opened(*outside)
    slowly = Slowly(first.store)
    house = await opened(*outside, first.store, kept=slowly)
    house.bus.latch = Latch(switch)
    slowly.meanwhile = lambda: house.do(c.StopEverything(by="owner"))

    await buys(house)

    assert (house.broker.sent, house.state.orders) == ([], {})


async def test_where_it_cannot_be_thrown_the_accounts_own_stands() -> None:
    switch = FakeKillSwitch()
    switch.stuck = True
    house = await a_latched_house(switch)

    await house.do(c.StopEverything(by="owner"))

    assert house.state.killed_at is not None


async def test_where_it_cannot_be_cleared_the_account_is_stopped_again() -> None:
    switch = FakeKillSwitch()
    house = await a_latched_house(switch)
    await house.do(c.StopEverything(by="owner"))
    switch.stuck = True

    await house.do(c.ResumeEntries(by="owner"))
    await heed(house.crew)

    assert house.state.killed_at is not None


async def test_stopping_while_a_resuming_is_being_stored_leaves_it_thrown() -> None:
    switch = FakeKillSwitch()
    house = await a_latched_house(switch)
    await house.do(c.StopEverything(by="owner"))

    await asyncio.gather(house.do(c.ResumeEntries(by="owner")), house.do(c.StopEverything(by="owner", key="again")))

    assert house.state.killed_at is not None
    assert switch.thrown() is not None
