"""Splits and dividends in a whole engine: once each, before anything of their session, in both books alike."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.adapters.paper_broker import PaperBroker
from engine.core import commands as c
from engine.core.happenings import CorporateAction
from engine.core.units import Money, Ticker, money
from engine.core.words import ActionKind, BreakerKind, OrderStatus, Side
from engine.reconcile import our_book
from tests.builders import a_dividend, a_recommendation, a_split
from tests.engine.scenes import (
    ACCOUNT,
    NOON,
    TODAY,
    FrailStore,
    Hands,
    HonestMarket,
    House,
    a_house,
    an_outside,
    opened,
    session_of,
    the_calendar,
)
from tests.fakes import Fault

MONDAY = session_of(date(2026, 11, 23))
KO = a_recommendation(id="r1", confidence=0.8)
ON_MONDAY: dict[str, Any] = {"ex_date": MONDAY.date, "opens_at": MONDAY.opens_at}


async def with_ko(house: House) -> House:
    """42 shares of KO at $60, bought on Friday noon."""
    await house.do(c.ReceiveRecommendation(recommendation=KO))
    await house.do(c.Consider(recommendation_id="r1"))
    assert house.state.positions["KO"].shares == 42
    return house


async def on_monday(house: House, *actions: CorporateAction, **prices: str) -> House:
    """Monday's open with these splits and dividends, and with these prices; nobody has looked yet."""
    for action in actions:
        house.market.act(action)
    house.clock.stand_at(MONDAY.opens_at)
    house.market.show(MONDAY.opens_at, {ticker: money(price) for ticker, price in prices.items()})
    return house


async def told(house: House, key: str) -> int:
    return sum(1 for one in await house.store.undelivered(ACCOUNT, 999) if one.key == key)


async def agrees(house: House) -> bool:
    """Whether both books are the same to the unit, and nothing is frozen or stopped."""
    theirs = await house.broker.holdings()
    sound = await house.reconcile.run() and not house.state.frozen and not house.state.breakers
    return sound and our_book(house.state) == theirs


async def test_a_turn_books_a_split_before_it_looks_at_stops() -> None:
    """At $30.10 a share KO is where it was, and neither stopped nor lost."""
    house = await on_monday(await with_ko(await a_house()), a_split(**ON_MONDAY), KO="30.10", PEP="150")
    await house.step.run()
    assert (house.state.positions["KO"].shares, house.state.positions["KO"].cost) == (84, money("2520"))
    assert (house.state.orders, house.state.trades) == ({}, ())
    assert await agrees(house)
    assert await told(house, "push.split") == 1


async def test_a_reconciliation_books_it_too_and_a_second_look_nothing_more() -> None:
    house = await on_monday(await with_ko(await a_house()), a_split(**ON_MONDAY), KO="30.10", PEP="150")
    assert await house.reconcile.run()
    await house.step.run()
    assert await house.reconcile.run()
    assert house.state.positions["KO"].shares == 84
    assert house.state.actions == ("split-KO-2026-11-20",)
    assert await agrees(house)
    assert await told(house, "push.split") == 1


async def test_a_dividend_is_cash_in_both_books() -> None:
    house = await on_monday(await with_ko(await a_house()), a_dividend(**ON_MONDAY), KO="60", PEP="150")
    await house.step.run()
    assert house.state.dividends == money("20.37")
    assert await agrees(house)
    assert await told(house, "push.dividend") == 1


async def test_what_is_not_held_is_not_booked() -> None:
    house = await on_monday(await with_ko(await a_house()), a_split(ticker="PEP", **ON_MONDAY), KO="60", PEP="75")
    await house.step.run()
    assert house.state.actions == ()
    assert await agrees(house)


async def test_a_ticker_that_is_bought_after_its_split_is_left_alone() -> None:
    house = await on_monday(await a_house(), a_split(**ON_MONDAY), KO="30", PEP="150")
    await house.step.run()
    house.clock.stand_at(MONDAY.opens_at + timedelta(hours=1))
    await house.do(c.ReceiveRecommendation(recommendation=a_recommendation(id="r2", generated_at=NOON)))
    await house.do(c.Consider(recommendation_id="r2"))
    bought = house.state.positions["KO"].shares
    await house.step.run()
    assert house.state.positions["KO"].shares == bought
    assert house.state.actions == ()
    assert await agrees(house)


async def test_an_exit_that_waited_sells_the_new_shares() -> None:
    house = await with_ko(await a_house())
    house.clock.stand_at(TODAY.closes_at)
    await house.do(c.ClosePosition(tickers=("KO",)))
    await on_monday(house, a_split(**ON_MONDAY), KO="31", PEP="150")
    await house.step.run()
    assert house.state.positions == {}
    (trade,) = house.state.trades
    assert (trade.shares, trade.realised) == (84, money("84"))
    assert await agrees(house)


async def test_a_buy_that_waited_ends() -> None:
    house = await a_house()
    house.broker.holds_back = True
    await house.do(c.ReceiveRecommendation(recommendation=KO))
    await house.do(c.Consider(recommendation_id="r1"))
    house.broker.holds_back = False
    await on_monday(house, a_split(**ON_MONDAY), KO="30", PEP="150")
    await house.reconcile.run()
    assert (house.state.orders, house.state.positions) == ({}, {})
    assert await agrees(house)


async def test_an_execution_of_before_is_booked_before() -> None:
    """Filled on Friday, fetched on Monday: 42 old shares that become 84."""
    house = await a_house()
    house.broker.holds_back = True
    await house.do(c.ReceiveRecommendation(recommendation=KO))
    await house.do(c.Consider(recommendation_id="r1"))
    (identity,) = house.state.orders
    house.broker.execute(identity, 42, money("60"))
    house.broker.holds_back = False
    await on_monday(house, a_split(**ON_MONDAY), KO="30.10", PEP="150")
    await house.step.run()
    assert (house.state.positions["KO"].shares, house.state.positions["KO"].cost) == (84, money("2520"))
    assert await agrees(house)


async def test_a_death_before_it_was_booked_loses_nothing() -> None:
    """The session had begun, and its first commit stood; the broker had booked it."""
    house = await on_monday(await with_ko(await a_house()), a_split(**ON_MONDAY), KO="30.10", PEP="150")
    await house.broker.holdings()
    await house.do(c.BeginSession())
    again = await opened(house.clock, house.market, house.broker, house.store)
    await again.reconcile.run()
    await again.step.run()
    assert again.state.positions["KO"].shares == 84
    assert await agrees(again)


async def test_a_death_after_it_was_booked_repeats_nothing() -> None:
    house = await on_monday(await with_ko(await a_house()), a_split(**ON_MONDAY), KO="30.10", PEP="150")
    await house.step.run()
    again = await opened(house.clock, house.market, house.broker, house.store)
    await again.reconcile.run()
    await again.step.run()
    assert again.state.positions["KO"].shares == 84
    assert await told(again, "push.split") == 1
    assert await agrees(again)


@pytest.mark.parametrize("fault", Fault)
async def test_while_it_cannot_be_stored_nothing_is_sold_and_then_it_is_booked_once(fault: Fault) -> None:
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    first = await with_ko(await opened(clock, market, broker))
    frail = FrailStore(first.store)
    house = await opened(clock, market, broker, first.store, kept=frail)
    await on_monday(house, a_split(**ON_MONDAY), KO="30.10", PEP="150")
    frail.down = fault
    await house.step.run()
    assert [order.side for order in broker.sent] == [Side.BUY]
    frail.down = None
    await house.reconcile.run()
    await house.step.run()
    assert house.state.positions["KO"].shares == 84
    assert await agrees(house)
    assert await told(house, "push.split") == 1


async def test_while_the_broker_is_silent_a_split_stops_no_position_out() -> None:
    house = await on_monday(await with_ko(await a_house()), a_split(**ON_MONDAY), KO="30.10", PEP="150")
    house.broker.fault = Fault.BEFORE
    await house.step.run()
    assert house.state.orders == {}
    assert not house.health.ok
    house.broker.fault = None
    await house.step.run()
    assert house.state.positions["KO"].shares == 84


async def test_a_feed_that_does_not_say_makes_the_engine_unwell() -> None:
    house = await on_monday(await with_ko(await a_house()), a_split(**ON_MONDAY), KO="30.10", PEP="150")
    house.market.down = True
    assert not await house.reconcile.run()
    assert house.health.why == "no prices: the feed does not answer"
    house.market.down = False
    assert await house.reconcile.run()
    assert await agrees(house)


async def test_a_split_of_long_ago_is_booked_when_the_engine_comes_back() -> None:
    house = await with_ko(await a_house())
    house.market.act(a_split(**ON_MONDAY))
    house.clock.stand_at(NOON + timedelta(days=40))
    house.market.show(house.clock.market(), {"KO": money("30.10"), "PEP": money("150")})
    again = await opened(house.clock, house.market, house.broker, house.store)
    await again.reconcile.run()
    assert again.state.positions["KO"].shares == 84
    assert await agrees(again)


async def test_a_halted_ticker_is_sold_by_one_order_when_trading_goes_on() -> None:
    """Its stop is crossed while it is halted, and its price grows old: one exit, said, and no missing price."""
    house = await with_ko(await a_house())
    noon = NOON + timedelta(days=3)
    house.market.halt("KO", MONDAY.opens_at, noon)
    await on_monday(house, KO="57", PEP="150")
    for _ in range(2):
        await house.step.run()
    (order,) = house.state.orders.values()
    assert (order.origin.value, order.status) == ("stop", OrderStatus.ACCEPTED)
    assert await told(house, "push.exit_queued.halted") == 1
    house.clock.stand_at(noon)
    house.market.show(noon, {"KO": money("56"), "PEP": money("150")})
    await house.step.run()
    assert [trade.exit for trade in house.state.trades] == [money("56")]
    assert len(house.broker.sent) == 2
    assert await agrees(house)


async def test_a_halted_ticker_without_a_crossed_level_is_kept_however_old_its_price() -> None:
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"}, interval_s=60)
    house = await with_ko(await opened(clock, market, broker))
    market.halt("KO", NOON)
    clock.forward(timedelta(hours=1))
    market.show(clock.market(), {"PEP": money("150")})
    await house.step.run()
    assert (house.state.orders, house.state.positions["KO"].shares) == ({}, 42)


TICKERS: tuple[Ticker, ...] = ("KO", "PEP")
SESSIONS = the_calendar().sessions(date(2026, 11, 23), date(2026, 12, 4))
"""Thanksgiving and its half day among them."""

ratios = st.sampled_from([(2, 1), (3, 2), (1, 10), (7, 3), (1, 1000), (20, 1)])
happenings = st.one_of(
    st.builds(lambda ticker, ratio: ("split", ticker, *ratio), st.sampled_from(TICKERS), ratios),
    st.builds(lambda ticker, cents: ("dividend", ticker, cents, 0), st.sampled_from(TICKERS), st.integers(1, 400)),
)
deeds = st.one_of(
    st.builds(lambda ticker: ("buy", ticker), st.sampled_from(TICKERS)),
    st.builds(lambda ticker: ("sell", ticker), st.sampled_from(TICKERS)),
    st.builds(lambda ticker: ("sell late", ticker), st.sampled_from(TICKERS)),
    st.builds(lambda ticker: ("halt", ticker), st.sampled_from(TICKERS)),
    st.just(("die", "")),
)
stretch = st.lists(st.tuples(st.lists(happenings, max_size=2), st.lists(deeds, max_size=3)), min_size=2, max_size=9)


@contextmanager
def a_door(kind: str, clock: Hands, market: HonestMarket) -> Iterator[PaperBroker | None]:
    """The paper broker's own door to this market; None leaves the fake one."""
    if kind == "fake":
        yield None
        return
    with (
        TemporaryDirectory() as folder,
        closing(PaperBroker.open(Path(folder) / "paper.db", market, clock, the_calendar(), money("100000"))) as paper,
    ):
        yield paper


async def deal(house: House, deed: tuple[str, str], number: int) -> None:
    kind, ticker = deed
    match kind:
        case "buy":
            wanted = a_recommendation(id=f"r{number}", ticker=ticker, generated_at=house.clock.market())
            await house.do(c.ReceiveRecommendation(recommendation=wanted))
            await house.do(c.Consider(recommendation_id=wanted.id))
        case "halt":
            now = house.clock.market()
            house.market.halt(ticker, now, now + timedelta(hours=20))
        case "sell" | "sell late":
            await house.do(c.ClosePosition(tickers=(ticker,), fraction=0.7))


def of(happening: tuple[Any, ...], number: int, place: int) -> CorporateAction:
    kind, ticker, one, other = happening
    session = SESSIONS[place]
    when: dict[str, Any] = {"ticker": ticker, "ex_date": session.date, "opens_at": session.opens_at}
    if kind == "split":
        return a_split(one, other, id=f"s{place}-{number}", **when)
    return a_dividend(f"{one / 100:.2f}", id=f"d{place}-{number}", **when)


def moved(prices: dict[Ticker, Money], actions: list[CorporateAction]) -> dict[Ticker, Money]:
    """Tomorrow's prices: where a split puts them, and a little further."""
    for action in actions:
        if action.kind is ActionKind.SPLIT:
            prices[action.ticker] = min(10**9, max(100, prices[action.ticker] * action.old // action.new))
    return {ticker: price + price // 200 for ticker, price in prices.items()}


@pytest.mark.parametrize("kind", ["fake", "paper"])
@settings(max_examples=25)
@given(days=stretch)
async def test_p38_both_books_agree_to_the_unit_after_any_splits_and_dividends(kind: str, days: list[Any]) -> None:
    """Whatever is bought, sold, halted and split meanwhile, and however often the engine dies: nothing is frozen."""
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    prices = {"KO": money("60"), "PEP": money("150")}
    with a_door(kind, clock, market) as door:
        house = await opened(clock, market, broker, door=door)
        await with_ko(house)
        for place, (coming, doings) in enumerate(days):
            actions = [of(happening, number, place) for number, happening in enumerate(coming)]
            for action in actions:
                market.act(action)
            prices = moved(prices, actions)
            clock.stand_at(SESSIONS[place].opens_at)
            market.show(clock.market(), prices)
            await house.step.run()
            clock.stand_at(SESSIONS[place].opens_at + timedelta(hours=1))
            for number, deed in enumerate(doings):
                if deed[0] == "sell late":
                    clock.stand_at(SESSIONS[place].closes_at)
                if deed[0] == "die":
                    house = await opened(clock, market, broker, house.store, door=door)
                await deal(house, deed, 10 * place + number)
            assert await house.reconcile.run()
            theirs = await (door or broker).holdings()
            assert our_book(house.state) == theirs
            assert (house.state.frozen, house.state.breakers.get((BreakerKind.MANUAL, None))) == (frozenset(), None)
            cost = sum(position.cost for position in house.state.positions.values())
            state = house.state
            assert state.cash + cost == state.contributed + state.realised + state.dividends - state.fees
