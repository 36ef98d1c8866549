"""One turn of the engine: what is due is done until nothing is, and no fault stops the rest."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.core import commands as c
from engine.core.units import money
from engine.core.words import BreakerKind, Origin, Side, Skip
from tests.builders import a_recommendation
from tests.engine.scenes import ACCOUNT, DAY, NOON, TODAY, FrailStore, House, a_house, an_outside, opened
from tests.fakes import Fault

KO = a_recommendation(id="ko", confidence=0.8)
PEP = a_recommendation(id="pep", ticker="PEP", confidence=0.9)
NAMES = {"AAPL": "60", "JNJ": "60", "JPM": "60", "KO": "60", "XOM": "60"}


async def told(house: House) -> list[str]:
    return [one.event_type for one in await house.store.undelivered(ACCOUNT, 999)]


async def receive(house: House, *wanted: Any) -> None:
    for one in wanted:
        await house.do(c.ReceiveRecommendation(recommendation=one))


def show(house: House, **prices: str) -> None:
    house.clock.forward(timedelta(minutes=5))
    house.market.show(house.clock.market(), {ticker: money(price) for ticker, price in prices.items()})


async def test_a_turn_begins_the_session_and_decides_the_best_first() -> None:
    house = await a_house()
    await receive(house, KO, PEP)
    await house.step.run()
    assert house.state.tally.session == DAY
    assert [order.ticker for order in house.broker.sent] == ["PEP", "KO"]
    decisions = await house.store.decisions(ACCOUNT, 9)
    assert [decision.recommendation_id for decision in decisions] == ["ko", "pep"]


async def test_a_second_turn_at_the_same_moment_does_nothing() -> None:
    house = await a_house()
    await receive(house, KO, PEP)
    await house.step.run()
    before = house.state
    await house.step.run()
    assert house.state is before


async def test_one_turn_decides_however_many_wait() -> None:
    house = await a_house(autonomy="off")
    waiting = [a_recommendation(id=f"r{number}", confidence=0.9 - number / 10_000) for number in range(1_200)]
    house.bus.state = replace(house.state, pending={one.id: one for one in reversed(waiting)})
    await house.step.run()
    assert house.state.pending == {}
    assert house.state.tally.skips == ((Skip.AUTONOMY_OFF.code, 1_200),)
    assert [*house.state.decided] == [one.id for one in waiting], "best first"


async def test_a_breaker_that_trips_in_a_turn_stands_before_the_next_of_many_entries() -> None:
    """The second is decided on what the first left: the loss that it brings is known by then."""
    house = await a_house(prices=NAMES)
    await house.do(c.ChangePreferences(patch={"risk.daily_loss_limit_pct": 0.1}, by="owner"))
    await receive(house, *(a_recommendation(id=name, ticker=name) for name in NAMES))
    fallen = {ticker: money("57") for ticker in NAMES}
    house.bus.listen(lambda _: shown(house, fallen))
    await house.step.run()
    decisions = await house.store.decisions(ACCOUNT, 9)
    entries = [one.reason for one in reversed(decisions) if one.recommendation_id]
    assert entries == [Skip.NONE, *[Skip.BREAKER] * 4]


async def shown(house: House, prices: dict[str, int]) -> None:
    """Once something is held, these are the prices."""
    if house.state.positions:
        house.market.show(house.clock.market(), prices)


async def test_a_crossed_stop_is_sold_once_and_set_down() -> None:
    house = await a_house()
    await receive(house, KO)
    await house.step.run()
    show(house, KO="58")
    await house.step.run()
    assert house.state.positions == {}
    assert [order.origin for order in house.broker.sent] == [Origin.RECOMMENDED, Origin.STOP]
    (trade,) = await house.store.trades(ACCOUNT, 9)
    assert (trade.origin, trade.realised) == (Origin.STOP, -42 * money("2"))


async def test_a_fall_through_stop_and_loss_limit_is_one_sell_by_the_breakers_name() -> None:
    house = await a_house()
    await receive(house, KO)
    await house.step.run()
    show(house, KO="50")
    await house.step.run()
    assert [order.origin for order in house.broker.sent] == [Origin.RECOMMENDED, Origin.SINGLE_POSITION]
    assert (BreakerKind.SINGLE_POSITION, "KO") in house.state.breakers
    assert len(house.state.tally.stop_hits) == 1
    await receive(house, replace(KO, id="again"))
    await house.step.run()
    assert (await house.store.decisions(ACCOUNT, 1))[0].reason is Skip.TICKER_COOLDOWN


async def test_three_stops_at_once_stop_the_entries_of_the_same_turn() -> None:
    house = await a_house(prices=NAMES)
    names = ["AAPL", "JNJ", "JPM"]
    await receive(house, *(a_recommendation(id=name, ticker=name) for name in names))
    await house.step.run()
    assert set(house.state.positions) == set(names)
    show(house, AAPL="58", JNJ="58", JPM="58", KO="60")
    await receive(house, KO)
    await house.step.run()
    assert house.state.positions == {}
    assert (BreakerKind.VOLATILITY, None) in house.state.breakers
    assert (await house.store.decisions(ACCOUNT, 1))[0].reason is Skip.BREAKER


async def test_a_broker_that_refuses_a_sell_is_asked_once_a_turn() -> None:
    house = await a_house()
    await receive(house, KO)
    await house.step.run()
    show(house, KO="63", PEP="150")
    house.broker.refuses = "halted"
    await receive(house, PEP)
    await house.step.run()
    assert [order.side for order in house.broker.sent] == [Side.BUY, Side.SELL, Side.BUY]
    assert house.state.positions["KO"].shares == 42
    await house.step.run()
    assert [order.side for order in house.broker.sent][3:] == [Side.SELL]


async def test_p13_a_sell_that_is_refused_again_and_again_is_one_stop_hit() -> None:
    house = await a_house(interval_s=60)
    await receive(house, KO)
    await house.step.run()
    house.broker.refuses = "no_route"
    for _ in range(4):
        show(house, KO="58", PEP="150")
        await house.step.run()
    assert [order.side for order in house.broker.sent] == [Side.BUY, *[Side.SELL] * 4]
    assert len(house.state.tally.stop_hits) == 1
    assert house.state.breakers == {}


async def test_a_recommendation_that_raises_is_a_skip_and_the_others_are_decided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = await a_house()
    await receive(house, PEP, KO)
    from engine.core.evaluate import decision as sound

    def faulty(case: Any, identity: str) -> Any:
        if case.recommendation.ticker == "PEP":
            raise ZeroDivisionError
        return sound(case, identity)

    monkeypatch.setattr("engine.core.judge.entries.decision", faulty)
    await house.step.run()
    newest, older = await house.store.decisions(ACCOUNT, 9)
    assert (older.reason, older.trace[0].value) == (Skip.EVALUATION_ERROR, "ZeroDivisionError")
    assert (newest.ticker, newest.acts) == ("KO", True)
    assert house.state.pending == {}


async def test_a_fault_in_another_command_is_told_once_and_the_turn_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    house = await a_house()
    await receive(house, KO)
    await house.step.run()
    show(house, KO="63", PEP="150")
    await receive(house, PEP)
    from engine.core.judge import exits

    sound = exits.sold

    def faulty(*_args: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(exits, "sold", faulty)
    await house.step.run()
    await house.step.run()
    assert (await told(house)).count("loop_error") == 1
    assert "PEP" in house.state.positions
    monkeypatch.setattr(exits, "sold", sound)
    await house.step.run()
    assert "KO" not in house.state.positions
    await house.step.run()
    monkeypatch.setattr(exits, "sold", faulty)
    show(house, PEP="140")
    await house.step.run()
    assert (await told(house)).count("loop_error") == 2


async def test_while_the_engine_is_not_well_recommendations_wait_and_exits_go_on() -> None:
    house = await a_house()
    await receive(house, KO)
    await house.step.run()
    await receive(house, PEP)
    show(house, KO="58", PEP="150")
    house.health.fails("a test")
    await house.step.run()
    assert "KO" not in house.state.positions
    assert set(house.state.pending) == {"pep"}
    house.health.recovers()
    await house.step.run()
    assert house.state.pending == {}


async def test_a_store_that_is_down_makes_the_engine_unwell_and_loses_nothing() -> None:
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    first = await opened(clock, market, broker)
    await receive(first, KO)
    frail = FrailStore(first.store)
    house = await opened(clock, market, broker, first.store, kept=frail)
    frail.down = Fault.BEFORE
    await house.step.run()
    assert not house.health.ok
    assert broker.sent == []
    assert set(house.state.pending) == {"ko"}


async def test_in_ask_mode_a_yes_is_carried_out_and_silence_is_not() -> None:
    house = await a_house(autonomy="ask")
    await receive(house, KO, PEP)
    await house.step.run()
    assert house.broker.sent == []
    assert len(house.state.proposals) == 2
    await house.do(c.Approve(tickers=("PEP",), by="owner"))
    assert [order.ticker for order in house.broker.sent] == ["PEP"]
    house.clock.wait(minutes=5)
    await house.step.run()
    assert house.state.proposals == {}
    assert dict(house.state.tally.skips) == {"lapsed": 1}
    assert [order.ticker for order in house.broker.sent] == ["PEP"]


async def test_after_the_close_an_exit_waits_for_the_next_session() -> None:
    house = await a_house()
    await receive(house, KO)
    await house.step.run()
    house.clock.stand_at(TODAY.closes_at + timedelta(minutes=1))
    house.market.show(house.clock.market(), {"KO": money("58"), "PEP": money("150")})
    await house.step.run()
    (order,) = house.state.orders.values()
    assert order.side is Side.SELL
    (said,) = [one for one in await house.store.undelivered(ACCOUNT, 99) if one.key == "push.exit_queued"]
    monday = (await house.bus.scene()).upcoming[0]
    assert said.facts["opens_at"] == monday.opens_at.isoformat()
    house.clock.stand_at(monday.opens_at)
    house.market.show(house.clock.market(), {"KO": money("57"), "PEP": money("150")})
    await house.step.run()
    assert house.state.positions == {}
    (trade,) = await house.store.trades(ACCOUNT, 9)
    assert trade.exit == money("57")
