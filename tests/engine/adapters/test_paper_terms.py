"""What paper trading costs, how much one price fills, and that no order is filled at a price nobody saw."""

from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.adapters.paper_broker import PaperBroker, Terms, read_book
from engine.core.abilities import Ability
from engine.core.happenings import CorporateAction
from engine.core.nouns import Fill, Order
from engine.core.rules.splits import split_level
from engine.core.units import Money, money
from engine.core.words import ActionKind, OrderStatus, OrderType, Side, TimeInForce
from engine.ports import Holdings, Receipt, Rejected
from tests.engine.adapters.floor import CALENDAR, Floor, a_buy, a_sell, an_order, limited, stopped

CASH = money("10000")
MINUTE = timedelta(minutes=1)


def a_paper(path: Path, floor: Floor, **terms: object) -> PaperBroker:
    return floor.paper(path / "paper.db", CASH, Terms(**terms))  # type: ignore[arg-type]  # each test names a few


def later(floor: Floor, price: str) -> None:
    floor.clock.forward(MINUTE)
    floor.show(KO=price)


@pytest.mark.parametrize(
    ("spread", "slippage", "bought", "sold"),
    [
        (0.0, 0.0, "50", "50"),
        (0.0010, 0.0, "50.025", "49.975"),
        (0.0, 0.0005, "50.025", "49.975"),
        (0.0010, 0.0005, "50.05", "49.95"),
        (0.000001, 0.0, "50.0001", "49.9999"),
    ],
)
async def test_half_the_spread_and_the_slippage_are_paid_each_way(
    tmp_path: Path, spread: float, slippage: float, bought: str, sold: str
) -> None:
    with closing(a_paper(tmp_path, Floor(), spread=spread, slippage=slippage)) as broker:
        await broker.submit(a_buy("one", 10))
        await broker.submit(a_sell("two", 10))
        assert [fill.price for fill in await broker.fills(None)] == [money(bought), money(sold)]


async def test_a_limit_is_kept_with_spread_and_slippage(tmp_path: Path) -> None:
    """At a spread of 20 hundredths of a percent, $50 is bought at $50.05."""
    floor = Floor()
    with closing(a_paper(tmp_path, floor, spread=0.002)) as broker:
        assert (await broker.submit(a_buy("one", 1, **limited("50.0499")))).status is OrderStatus.ACCEPTED
        assert (await broker.submit(a_buy("two", 1, **limited("50.05")))).status is OrderStatus.FILLED
        later(floor, "49.99")
        assert [fill.price for fill in await broker.fills(None)] == [money("50.05"), money("50.04")]


@pytest.mark.parametrize(
    ("terms", "fees"),
    [
        ({"fee_per_order": money("1")}, ["1", "1"]),
        ({"fee_per_share": money("0.005")}, ["0.5", "0.05"]),
        ({"fee_rate": 0.001}, ["5", "0.5"]),
        ({"fee_rate": 0.001, "fee_minimum": money("2")}, ["5", "2"]),
        ({"fee_minimum": money("2")}, ["2", "2"]),
        ({"fee_per_order": money("1"), "fee_per_share": money("0.005"), "fee_rate": 0.001}, ["6.5", "1.55"]),
    ],
)
async def test_fees_are_of_the_order_the_share_and_the_value(
    tmp_path: Path, terms: dict[str, Money | float], fees: list[str]
) -> None:
    """Of 100 shares at $50, and of 10."""
    with closing(a_paper(tmp_path, Floor(), **terms)) as broker:
        await broker.submit(a_buy("one", 100))
        await broker.submit(a_sell("two", 10))
        assert [fill.fee for fill in await broker.fills(None)] == [money(fee) for fee in fees]
        paid = sum(money(fee) for fee in fees)
        assert (await broker.holdings()).cash == money("5500") - paid


async def test_one_price_fills_a_part_and_the_next_one_more(tmp_path: Path) -> None:
    """40 % of ten shares are four; the order's own fee is charged once."""
    floor = Floor()
    with closing(a_paper(tmp_path, floor, fill_share=0.4, fee_per_order=money("1"))) as broker:
        part = Receipt(client_order_id="one", status=OrderStatus.ACCEPTED, filled_shares=4)
        assert await broker.submit(a_buy("one", 10)) == part
        for _ in range(2):
            assert await broker.find("one") == part
        later(floor, "51")
        assert await broker.find("one") == Receipt(client_order_id="one", status=OrderStatus.ACCEPTED, filled_shares=8)
        later(floor, "52")
        assert await broker.find("one") == Receipt(client_order_id="one", status=OrderStatus.FILLED, filled_shares=10)
        assert await broker.submit(a_buy("one", 10)) == part
        fills = [(fill.shares, fill.price, fill.fee) for fill in await broker.fills(None)]
        assert fills == [(4, money("50"), money("1")), (4, money("51"), 0), (2, money("52"), 0)]


async def test_what_was_filled_stays_when_the_rest_is_cancelled(tmp_path: Path) -> None:
    floor = Floor()
    with closing(a_paper(tmp_path, floor, fill_share=0.5)) as broker:
        await broker.submit(a_buy("one", 10))
        cancelled = Receipt(client_order_id="one", status=OrderStatus.CANCELLED, filled_shares=5)
        assert await broker.cancel("one") == cancelled
        later(floor, "51")
        assert await broker.find("one") == cancelled
        assert await broker.holdings() == Holdings(cash=money("9750"), shares={"KO": 5})


async def test_the_rest_of_a_day_order_ends_with_the_day(tmp_path: Path) -> None:
    floor = Floor()
    with closing(a_paper(tmp_path, floor, fill_share=0.5)) as broker:
        await broker.submit(a_buy("one", 10, good=TimeInForce.DAY))
        floor.close()
        assert await broker.find("one") == Receipt(
            client_order_id="one", status=OrderStatus.CANCELLED, filled_shares=5, why="day_over"
        )


async def test_the_rest_that_cannot_be_paid_ends(tmp_path: Path) -> None:
    floor = Floor()
    with closing(a_paper(tmp_path, floor, fill_share=0.5)) as broker:
        await broker.submit(a_buy("one", 200))
        later(floor, "50.01")
        assert await broker.find("one") == Receipt(
            client_order_id="one", status=OrderStatus.CANCELLED, filled_shares=100, why="no_cash"
        )


async def test_the_rest_of_a_sell_counts_in_new_shares_after_a_split(tmp_path: Path) -> None:
    """Five of ten are sold; the other five become ten at half the limit."""
    floor = Floor()
    with closing(a_paper(tmp_path, floor, fill_share=0.5)) as broker:
        await broker.submit(a_buy("held", 10))
        later(floor, "50")
        await broker.submit(a_sell("one", 10, **limited("50")))
        floor.market.act(a_split(floor))
        floor.open(KO="24.99")
        assert await broker.find("one") == Receipt(client_order_id="one", status=OrderStatus.ACCEPTED, filled_shares=10)
        later(floor, "25")
        assert await broker.find("one") == Receipt(client_order_id="one", status=OrderStatus.FILLED, filled_shares=20)
        assert await broker.holdings() == Holdings(cash=money("10000"), shares={})


@pytest.mark.parametrize(("limit", "taken"), [("55", True), ("55.01", False), ("45", True), ("44.99", False)])
async def test_a_limit_far_from_the_last_price_is_refused(tmp_path: Path, limit: str, taken: bool) -> None:  # noqa: FBT001
    with closing(a_paper(tmp_path, Floor(), collar=0.1)) as broker:
        if taken:
            await broker.submit(a_buy("one", 1, **limited(limit)))
            return
        with pytest.raises(Rejected, match=r"^price_collar$"):
            await broker.submit(a_buy("one", 1, **limited(limit)))


async def test_a_kind_that_is_not_taken_is_refused_and_no_ability(tmp_path: Path) -> None:
    kinds = frozenset({OrderType.MARKET, OrderType.STOP_LIMIT})
    with closing(a_paper(tmp_path, Floor(), kinds=kinds)) as broker:
        assert broker.abilities == {Ability.MARKET_ORDERS}
        with pytest.raises(Rejected, match=r"^bad_kind$"):
            await broker.submit(a_buy("one", 1, **limited("50")))
        assert (await broker.submit(a_buy("two", 1, **stopped("50", limit="51")))).status is OrderStatus.FILLED


def a_split(floor: Floor, name: str = "a1", new: int = 2) -> CorporateAction:
    coming = CALENDAR.next_session(floor.clock.market())
    return CorporateAction(
        id=name, kind=ActionKind.SPLIT, ticker="KO", ex_date=coming.date, opens_at=coming.opens_at, new=new
    )


@dataclass
class Session:
    """A day at the floor as Hypothesis writes it; `ordered` are the orders as they came in, by when."""

    floor: Floor = field(default_factory=Floor)
    ordered: dict[str, tuple[Order, datetime]] = field(default_factory=dict)
    splits: list[CorporateAction] = field(default_factory=list)
    opened_at: list[datetime] = field(default_factory=list)


prices = st.integers(300_000, 700_000)
kinds = st.sampled_from(OrderType)
sends = st.tuples(
    st.just("send"),
    st.sampled_from(Side),
    st.integers(1, 60),
    kinds,
    prices,
    prices,
    st.sampled_from(TimeInForce),
)
steps = st.one_of(
    sends,
    sends,
    st.tuples(st.just("show"), prices),
    st.tuples(st.just("show"), prices),
    st.tuples(st.just("close")),
    st.tuples(st.just("open"), prices, st.booleans()),
    st.tuples(st.just("halt"), st.integers(1, 5)),
    st.tuples(st.just("cancel"), st.integers(0, 8)),
)
terms = st.builds(
    Terms,
    spread=st.sampled_from([0.0, 0.002]),
    slippage=st.sampled_from([0.0, 0.001]),
    fee_per_order=st.sampled_from([0, 10_000]),
    fee_rate=st.sampled_from([0.0, 0.001]),
    fill_share=st.sampled_from([1.0, 0.5, 0.3]),
)


async def take(day: Session, step: tuple[object, ...], broker: PaperBroker) -> None:
    floor = day.floor
    match step:
        case ("send", Side() as side, int(shares), OrderType() as kind, int(limit), int(stop), TimeInForce() as good):
            name = f"order-{len(day.ordered)}"
            levels: dict[str, Any] = {
                "limit": limit if kind in (OrderType.LIMIT, OrderType.STOP_LIMIT) else None,
                "stop_at": stop if kind in (OrderType.STOP, OrderType.STOP_LIMIT) else None,
            }
            order = an_order(name, side, shares, kind=kind, good=good, **levels)
            day.ordered[name] = order, floor.clock.market()
            with suppress(Rejected):
                await broker.submit(order)
        case ("show", int(price)) if floor.is_open(floor.clock.market()):
            later(floor, f"{price / 10_000:.4f}")
        case ("close",):
            floor.close()
        case ("open", int(price), bool(splits)):
            if splits:
                day.splits.append(a_split(floor, f"a{len(day.splits)}"))
                floor.market.act(day.splits[-1])
            floor.open(KO=f"{price / 10_000:.4f}")
        case ("halt", int(minutes)):
            floor.market.halt("KO", floor.clock.market(), floor.clock.market() + minutes * MINUTE)
        case ("cancel", int(number)) if f"order-{number}" in day.ordered:
            await broker.cancel(f"order-{number}")


def shown(day: Session, at: datetime) -> set[Money]:
    """The prices of that instant: the last one that the floor showed by then, of the session that was open."""
    session = CALENDAR.session_at(at)
    assert session
    seen = {when: price for (ticker, when), price in day.floor.shown.items() if ticker == "KO" and when <= at}
    assert max(seen) >= session.opens_at
    return {seen[max(seen)]}


def check_fill(day: Session, fill: Fill, costs: Terms) -> None:
    order, came_at = day.ordered[fill.client_order_id]
    assert fill.at >= came_at
    (reference,) = shown(day, fill.at)
    away = costs.spread / 2 + costs.slippage
    worse = fill.price - reference if fill.side is Side.BUY else reference - fill.price
    assert 0 <= worse <= reference * away + 1
    if order.limit is not None:
        limit = order.limit
        for split in day.splits:
            if came_at < split.opens_at <= fill.at:
                limit = split_level(limit, split.new, split.old)
        assert fill.price <= limit if fill.side is Side.BUY else fill.price >= limit


@settings(deadline=None, max_examples=30)
@given(sequence=st.lists(steps, min_size=4, max_size=25), costs=terms, restart=st.integers(0, 25))
async def test_no_order_is_filled_at_a_price_that_was_not_shown(
    sequence: list[tuple[object, ...]], costs: Terms, restart: int
) -> None:
    """After any session and restart: shown prices only, limits kept, no debt, nothing short, each order ended once."""
    day = Session()
    ended: dict[str, Receipt] = {}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "paper.db"
        broker = day.floor.paper(path, CASH, costs)
        for place, step in enumerate(sequence):
            await take(day, step, broker)
            if place == restart:
                before = read_book(path)
                broker.close()
                broker = day.floor.paper(path, 1, costs)
                assert read_book(path) == before
            held = await broker.holdings()
            assert held.cash >= 0
            assert all(shares > 0 for shares in held.shares.values())
            for name, receipt in read_book(path).orders.items():
                assert ended.setdefault(name, receipt) == receipt or ended[name].status.is_open
                ended[name] = receipt
        fills = await broker.fills(None)
        for fill in fills:
            check_fill(day, fill, costs)
        if not day.splits:
            for name, receipt in ended.items():
                assert receipt.filled_shares == sum(fill.shares for fill in fills if fill.client_order_id == name)
                assert (receipt.status is OrderStatus.FILLED) == (receipt.filled_shares == day.ordered[name][0].shares)
        broker.close()
