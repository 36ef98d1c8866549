"""A whole house: fills outside a turn lead to a look at what protects, and a session's close moves the tier."""

from dataclasses import replace
from datetime import timedelta

from engine.bus import Done
from engine.core import commands as c
from engine.core.nouns import Order
from engine.core.units import money
from engine.core.words import BreakerKind, Origin, Side, Tier
from engine.loops import move_tier, reconcile, review, snapshot, turn
from tests.builders import a_recommendation
from tests.engine.scenes import ACCOUNT, TODAY, House, a_house, opened


async def holding_ko(**limits: float) -> House:
    """It bought KO at $60, and nothing has moved since."""
    house = await a_house()
    patch = {name.replace("__", "."): value for name, value in limits.items()}
    await house.do(c.ChangePreferences(patch={"trading.gradual_entry": False, **patch}, by="owner"))
    await house.do(c.ReceiveRecommendation(recommendation=a_recommendation(ticker="KO", confidence=0.95)))
    await house.step.run()
    assert house.state.positions["KO"].shares > 0
    return house


def sold(house: House) -> list[Order]:
    return [order for order in house.broker.sent if order.side is Side.SELL]


async def test_a_fill_that_reconciling_found_trips_the_breaker_that_it_should() -> None:
    """The sell waited at the broker, and was filled far under the mark."""
    house = await holding_ko(risk__daily_loss_limit_pct=0.5)
    house.broker.holds_back = True
    await house.do(c.ClosePosition(tickers=("KO",), by="owner"))
    (order,) = sold(house)
    assert house.state.breakers == {}
    house.clock.forward(timedelta(minutes=1))
    house.broker.execute(order.client_order_id, order.shares, money("40"))
    await reconcile(house.crew)
    assert "KO" not in house.state.positions
    assert (BreakerKind.DAILY_LOSS, None) in house.state.breakers


async def test_a_fill_at_the_owners_word_trips_the_breaker_before_he_has_his_answer() -> None:
    house = await holding_ko(risk__daily_loss_limit_pct=0.5)
    house.clock.forward(timedelta(minutes=1))
    house.market.show(house.clock.market(), {"KO": money("40"), "PEP": money("150")})
    assert house.state.breakers == {}
    assert isinstance(await house.do(c.ClosePosition(tickers=("KO",), by="owner")), Done)
    assert (BreakerKind.DAILY_LOSS, None) in house.state.breakers


async def test_everything_is_sold_and_what_is_filled_late_too() -> None:
    house = await holding_ko()
    house.broker.holds_back = True
    await house.do(c.ReceiveRecommendation(recommendation=a_recommendation(id="p", ticker="PEP", confidence=0.9)))
    await house.step.run()
    late = house.broker.sent[-1]
    assert (late.ticker, late.side) == ("PEP", Side.BUY)
    house.broker.execute(late.client_order_id, 1, money("150"))
    house.broker.holds_back = False
    assert isinstance(await house.do(c.Flatten(by="owner")), Done)
    await reconcile(house.crew)
    await house.step.run()
    assert (house.state.positions, house.state.orders) == ({}, {})
    assert {(order.ticker, order.origin) for order in sold(house)} == {
        ("KO", Origin.FLATTEN),
        ("PEP", Origin.FLATTEN),
    }
    again = await opened(house.clock, house.market, house.broker, house.store)
    assert again.state.flatten_at == house.state.flatten_at is not None


async def test_a_session_that_lost_much_lowers_the_tier_at_its_close_and_the_owner_takes_it_back() -> None:
    house = await a_house()
    moderate = c.ChangePreferences(patch={"trading.risk_tolerance": "moderate"}, by="owner")
    await house.do(moderate)
    house.bus.state = replace(house.state, peak=money("120000"))
    house.clock.forward(TODAY.closes_at - house.clock.market())
    for _ in range(2):
        for loop in (turn, snapshot, move_tier, review):
            await loop(house.crew, TODAY)
        assert (house.state.tier, house.state.ceiling) == (Tier.CONSERVATIVE, Tier.CONSERVATIVE)
    assert isinstance(await house.do(moderate), Done)
    assert (house.state.tier, house.state.ceiling) == (Tier.MODERATE, None)
    told = [(one.source.value, one.new.value) for one in await house.store.tier_changes(ACCOUNT, 5)]
    assert told == [("owner", "moderate"), ("auto", "conservative"), ("owner", "moderate")]
    again = await opened(house.clock, house.market, house.broker, house.store)
    assert again.state == house.state
