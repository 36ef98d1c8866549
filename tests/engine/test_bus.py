"""The one door: judged, stored whole or not at all, then told; one at a time."""

import asyncio
from typing import Any

import pytest

from engine.bus import Bus, Done
from engine.core import commands as c
from engine.core import events as e
from engine.core.journal import first_bad
from engine.core.refusals import Refusal, Refused
from engine.core.state import State
from engine.core.units import money
from engine.core.words import Autonomy, Harm
from engine.loops import alarm, recover
from engine.ports import Counts
from tests.builders import a_recommendation
from tests.engine.scenes import ACCOUNT, NOON, FrailStore, House, a_house, an_outside, opened
from tests.fakes import Fault


def reserve(percent: float, **changes: Any) -> c.ChangePreferences:
    return c.ChangePreferences(patch={"risk.reserve_pct": percent}, by="owner", channel="terminal", **changes)


def autonomy(level: str, **changes: Any) -> c.ChangePreferences:
    return c.ChangePreferences(patch={"trading.autonomy": level}, by="owner", channel="terminal", **changes)


async def counts(house: House) -> Counts:
    return await house.store.counts(ACCOUNT)


async def a_frail_house() -> tuple[House, FrailStore]:
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    house = await opened(clock, market, broker)
    frail = FrailStore(house.store)
    return await opened(clock, market, broker, house.store, kept=frail), frail


async def test_what_is_refused_leaves_nothing_behind() -> None:
    house = await a_house()
    before, rows = house.state, await counts(house)
    outcome = await house.do(reserve(999))
    assert isinstance(outcome, Refused)
    assert house.state is before
    assert await counts(house) == rows


async def test_what_is_done_is_stored_with_its_rows_and_known_at_once() -> None:
    house = await a_house()
    outcome = await house.do(reserve(30))
    assert isinstance(outcome, Done)
    assert outcome.new is house.state
    assert await house.store.load(ACCOUNT) == house.state
    row = (await house.store.journal(ACCOUNT))[-1]
    assert (row.actor, row.channel, row.kind) == ("owner", "terminal", "PreferencesChanged")
    assert (row.path, row.old, row.new) == ("risk.reserve_pct", "20.0", "30.0")
    assert (row.seq, row.hash) == (house.state.seq, house.state.head)
    assert house.state.market_at == NOON


async def test_the_same_key_is_done_once() -> None:
    house = await a_house()
    await house.do(reserve(30, key="k"))
    outcome = await house.do(reserve(40, key="k"))
    assert isinstance(outcome, Refused)
    assert outcome.code is Refusal.ALREADY_DONE
    assert house.state.preferences.risk.reserve_pct == 30


async def test_a_command_that_does_more_harm_by_now_than_was_agreed_is_refused() -> None:
    """From auto to ask is safer; but another person has set off before it came to the door."""
    house = await a_house()
    await house.do(autonomy("auto"))
    asked = autonomy("ask", agreed=Harm.SAFER)
    await house.do(autonomy("off"))
    rows = await counts(house)
    assert await house.do(asked) == Refused(Refusal.OVERTAKEN, {"field": None})
    assert house.state.preferences.trading.autonomy is Autonomy.OFF
    assert await counts(house) == rows
    assert isinstance(await house.do(autonomy("ask", agreed=Harm.RISKIER)), Done)


async def test_a_store_that_is_down_refuses_and_changes_nothing() -> None:
    house, frail = await a_frail_house()
    heard: list[Done] = []

    async def listener(done: Done) -> None:
        heard.append(done)

    house.bus.listen(listener)
    before = house.state
    frail.down = Fault.BEFORE
    outcome = await house.do(reserve(30))
    assert isinstance(outcome, Refused)
    assert outcome.code is Refusal.STORE_DOWN
    assert house.state is before
    assert heard == []
    assert not house.health.ok
    frail.down = None
    assert isinstance(await house.do(reserve(30)), Done)


async def test_a_save_whose_answer_was_lost_is_found_and_not_repeated() -> None:
    house, frail = await a_frail_house()
    frail.down = Fault.AFTER
    assert isinstance(await house.do(reserve(30, key="k")), Refused)
    frail.down = None
    # the next command finds the account further than it thought, and reads it again
    outcome = await house.do(reserve(40))
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.facts) == (Refusal.OVERTAKEN, {"field": "risk.reserve_pct"})
    assert house.state.preferences.risk.reserve_pct == 30
    again = await house.do(reserve(40, key="k"))
    assert isinstance(again, Refused)
    assert again.code is Refusal.ALREADY_DONE
    assert isinstance(await house.do(reserve(40)), Done)
    assert first_bad(await house.store.journal(ACCOUNT)) is None


async def test_what_may_have_been_stored_is_said_to_be_in_doubt() -> None:
    for fault, code in ((Fault.BEFORE, Refusal.STORE_DOWN), (Fault.AFTER, Refusal.MAYBE_STORED)):
        house, frail = await a_frail_house()
        frail.down = fault
        outcome = await house.do(reserve(30))
        assert isinstance(outcome, Refused)
        assert outcome.code is code


async def test_what_was_stored_after_all_is_told_once_and_before_anything_else_is_judged() -> None:
    house, frail = await a_frail_house()
    heard: list[str] = []

    async def listener(done: Done) -> None:
        heard.extend(type(event).__name__ for event in done.events)

    house.bus.listen(listener)
    frail.down = Fault.AFTER
    await house.do(reserve(30))
    assert heard == []
    frail.down = None
    assert await house.bus.find_out()
    assert (house.state.preferences.risk.reserve_pct, heard) == (30, ["PreferencesChanged"])
    assert await house.bus.find_out()
    assert heard == ["PreferencesChanged"]


@pytest.mark.parametrize("seconds", [recover, alarm], ids=["recover", "alarm"])
async def test_an_exit_whose_answer_was_lost_is_sent_as_soon_as_it_is_found(seconds: Any) -> None:
    house, frail = await a_frail_house()
    await house.do(c.ReceiveRecommendation(recommendation=a_recommendation()))
    await house.step.run()
    assert house.state.positions["KO"].shares > 0
    house.market.show(NOON, {"KO": money("50"), "PEP": money("150")})
    frail.down = Fault.AFTER
    await house.step.run()
    frail.down = None
    await seconds(house.crew)
    assert await house.bus.find_out()
    assert (dict(house.state.positions), dict(house.state.orders)) == ({}, {})
    assert [order.side.value for order in house.broker.sent].count("sell") == 1


async def test_money_whose_answer_was_lost_is_moved_once_in_both_books() -> None:
    house, frail = await a_frail_house()
    frail.down = Fault.AFTER
    outcome = await house.do(c.MoveCash(amount=money("5000"), by="owner", key="m:0"))
    assert isinstance(outcome, Refused)
    assert outcome.code is Refusal.MAYBE_STORED
    frail.down = None
    await recover(house.crew)
    assert (house.health.ok, house.state.cash, house.state.transfers) == (True, money("105000"), ())
    assert (await house.broker.holdings()).cash == money("105000")


async def test_a_fill_whose_answer_was_lost_is_booked_once_and_freezes_nothing() -> None:
    house, frail = await a_frail_house()
    house.broker.holds_back = True
    await house.do(c.ReceiveRecommendation(recommendation=a_recommendation()))
    await house.step.run()
    house.broker.holds_back = False
    frail.down = Fault.AFTER
    await house.execution.collect()
    frail.down = None
    assert await house.execution.collect()
    assert (len(house.state.positions), house.state.frozen) == (1, frozenset())


async def test_a_kill_switch_that_was_stored_after_all_is_owed_no_more() -> None:
    house, frail = await a_frail_house()
    frail.down = Fault.AFTER
    await house.do(c.StopEverything(by="owner"))
    owed = house.bus.owed
    frail.down = None
    await recover(house.crew)
    assert owed is not None
    assert house.bus.__dict__["owed"] is None
    assert (house.state.killed_at, house.health.ok) == (NOON, True)


async def test_a_listener_that_raises_undoes_nothing_and_stops_no_other() -> None:
    house = await a_house()
    heard: list[str] = []

    async def broken(_done: Done) -> None:
        raise ValueError("a fault of its own")

    async def good(done: Done) -> None:
        heard.extend(type(event).__name__ for event in done.events)

    house.bus.listen(broken)
    house.bus.listen(good)
    assert isinstance(await house.do(reserve(30)), Done)
    assert heard == ["PreferencesChanged"]
    assert house.state.preferences.risk.reserve_pct == 30


async def test_listeners_are_told_after_it_is_stored() -> None:
    house = await a_house()
    seen: list[float] = []

    async def listener(done: Done) -> None:
        saved = await house.store.load(ACCOUNT)
        assert saved == done.new
        seen.append(saved.preferences.risk.reserve_pct if saved else -1)

    house.bus.listen(listener)
    await house.do(reserve(30))
    assert seen == [30]


async def test_many_at_once_are_done_one_after_the_other() -> None:
    """Each of twenty fields' changes survives, and the chain holds."""
    house = await a_house()
    wanted = [a_recommendation(id=f"r{number}") for number in range(20)]
    outcomes = await asyncio.gather(*(house.do(c.ReceiveRecommendation(recommendation=one)) for one in wanted))
    assert all(isinstance(outcome, Done) for outcome in outcomes)
    assert set(house.state.pending) == {one.id for one in wanted}
    rows = await house.store.journal(ACCOUNT)
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert first_bad(rows) is None


async def test_the_same_at_once_is_done_once() -> None:
    house = await a_house()
    wanted = c.ReceiveRecommendation(recommendation=a_recommendation(id="r"))
    outcomes = await asyncio.gather(*(house.do(wanted) for _ in range(5)))
    assert sum(isinstance(outcome, Done) for outcome in outcomes) == 1


async def test_a_caller_that_goes_away_does_not_take_its_command_with_it() -> None:
    house = await a_house()
    task = asyncio.create_task(house.bus.do(reserve(30)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for _ in range(20):
        await asyncio.sleep(0)
    assert house.state.preferences.risk.reserve_pct == 30
    assert isinstance(await house.do(reserve(31)), Done)


async def test_a_kill_switch_that_cannot_be_stored_is_owed_until_it_can() -> None:
    house, frail = await a_frail_house()
    frail.down = Fault.BEFORE
    outcome = await house.do(c.StopEverything(by="owner"))
    assert isinstance(outcome, Refused)
    assert outcome.code is Refusal.STOP_OWED
    assert house.bus.owed is not None
    assert not house.health.ok
    frail.down = None
    assert isinstance(await house.do(house.bus.owed), Done)
    assert house.bus.owed is None


async def test_the_kill_switch_works_while_the_feed_is_down() -> None:
    house = await a_house()
    house.market.down = True
    assert isinstance(await house.do(c.StopEverything(by="owner")), Done)
    assert house.state.killed_at == NOON


async def test_a_preview_says_what_would_come_of_it_and_changes_nothing() -> None:
    house = await a_house()
    before, rows = house.state, await counts(house)
    scene = await house.bus.scene()
    after = house.bus.preview(reserve(30), before, scene)
    assert isinstance(after, State)
    assert after.preferences.risk.reserve_pct == 30
    no = house.bus.preview(reserve(300), before, scene)
    assert isinstance(no, Refused)
    assert no.code is Refusal.BAD_VALUE
    assert house.state is before
    assert await counts(house) == rows


async def test_announcements_are_stored_with_the_fact_they_tell() -> None:
    house = await a_house()
    rows = await counts(house)
    await house.do(c.ChangePreferences(patch={"risk.max_exposure_pct": 95}, by="owner"))
    (told,) = [one for one in await house.store.undelivered(ACCOUNT, 99) if one.facts.get("rows")][-1:]
    assert (told.event_type, told.id) == ("limits_loosened", f"{house.state.seq:08d}")
    assert (await counts(house)).notifications == rows.notifications + 1


def test_a_bus_has_no_other_way_in() -> None:
    """What can be called on it from outside: do, whole or in its two steps; all else only looks."""
    public = {name for name in vars(Bus) if not name.startswith("_")}
    assert public == {"do", "find_out", "holds", "keep", "last_scene", "listen", "order", "preview", "scene", "tell"}
    assert e.Event.__subclasses__()
