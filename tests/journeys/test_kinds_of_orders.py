"""Limit orders from the owner's word to the broker, and orders that end with their day."""

from datetime import timedelta
from pathlib import Path

from bot.config import Paper
from engine.core import events as e
from engine.core.words import OrderStatus, OrderType, Side, TimeInForce
from engine.verify import verify_files
from tests.journeys.house import People, Visit, visit


def orders(at: Visit) -> list[e.OrderIntended]:
    return [event for event in at.events if isinstance(event, e.OrderIntended)]


async def test_an_account_that_only_uses_limit_orders_trades_with_them(tmp_path: Path) -> None:
    """Entries carry their limit and are filled within it, exits go at the market; both books agree at the end."""
    async with visit(tmp_path, People()) as at:
        await at.agree("trade on your own")
        await at.say("only use limit orders")
        if at.state.preferences.trading.order_types != (OrderType.LIMIT,):
            await at.say("yes")
        assert at.state.preferences.trading.order_types == (OrderType.LIMIT,)
        await at.days(25)
        entries = [event.order for event in orders(at) if event.order.side is Side.BUY]
        exits = [event.order for event in orders(at) if event.order.side is Side.SELL]
        assert len(entries) > 5
        assert exits
        assert {(one.kind, one.good) for one in entries} == {(OrderType.LIMIT, TimeInForce.DAY)}
        assert {(one.kind, one.limit, one.good) for one in exits} == {(OrderType.MARKET, None, TimeInForce.GTC)}
        limits = {one.client_order_id: one.limit or 0 for one in entries}
        bought = [event.fill for event in at.events if isinstance(event, e.Filled) and event.fill.side is Side.BUY]
        assert len(bought) == len(entries)
        gaps = [limits[fill.client_order_id] - fill.price for fill in bought]
        assert all(0 <= gap <= fill.price * 0.005 + 100 for gap, fill in zip(gaps, bought, strict=True))
        assert "It went out as a limit order at $" in await at.say(f"why did you buy {entries[-1].ticker}")
    assert verify_files(tmp_path / "parley.sqlite", tmp_path / "paper.sqlite").sound


async def test_what_is_left_of_an_order_ends_with_its_session_and_is_told(tmp_path: Path) -> None:
    """One price fills 40 % of an order; a day has one price here, so the rest waits until the close."""
    async with visit(tmp_path, People(), paper=Paper(fill_pct=40)) as at:
        await at.agree("trade on your own")
        for wish in ("only use limit orders", "set the order timeout to 86400 seconds", "buy everything at once"):
            reply = await at.hear(wish)
            if reply.buttons:
                await at.say("yes")
        await at.until(lambda state: any(one.status is OrderStatus.ACCEPTED for one in state.orders.values()))
        (order, *_) = at.state.orders.values()
        assert order.filled_shares == at.state.positions[order.ticker].shares > 0
        assert f"{order.shares} shares of {order.ticker}" in (shown := await at.say("show my orders"))
        assert "by a limit order at $" in shown
        await at.news()
        await at.until(lambda state: order.client_order_id not in state.orders)
        assert at.state.positions[order.ticker].shares == order.filled_shares
        assert at.house.engine.clock.market() - order.intended_at < timedelta(hours=7)
        (told,) = [line for line in await at.news() if order.ticker in line and "session ended" in line]
        left = order.shares - order.filled_shares
        assert f"Not filled before the session ended: buy {left} share" in told
        assert f"{order.filled_shares} share" in told
    assert verify_files(tmp_path / "parley.sqlite", tmp_path / "paper.sqlite").sound


async def test_costs_are_kept_to_the_cent_in_both_books(tmp_path: Path) -> None:
    """With spread, slippage and fees nothing is bought that cannot be paid."""
    costly = Paper(spread_bps=10, slippage_bps=5, fee_per_order_dollars=1, fee_per_share_dollars="0.005", fee_pct=0.1)

    async with visit(tmp_path, People(), paper=costly) as at:
        await at.agree("trade on your own")
        await at.days(15)
        fills = [event.fill for event in at.events if isinstance(event, e.Filled)]
        assert len(fills) > 5
        assert all(fill.fee > 10_000 for fill in fills)
        assert not [event for event in at.events if isinstance(event, e.OrderUpdated) and event.order.why == "no_cash"]
    assert verify_files(tmp_path / "parley.sqlite", tmp_path / "paper.sqlite").sound
