"""The owner's own orders: what is bought and sold at his word, what is under way, and giving it up."""

from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import Field

from engine.core.commands import Buy, CancelOrders, ClosePosition, Flatten, Sell
from engine.core.nouns import Order, Tranches
from engine.core.timing import is_over
from engine.core.units import MAX_CASH, MAX_SHARES, Ticker, dollars, money
from engine.core.words import OrderStatus, OrderType, Side
from engine.view import View
from skills.skill import Answer, NoSlots, Say, Skill, SlotModel

Shares: TypeAlias = Annotated[int, Field(ge=1, le=MAX_SHARES)]
Dollars: TypeAlias = Annotated[Decimal, Field(gt=0, le=dollars(MAX_CASH))]


class Purchase(SlotModel):
    """`buy`: so many shares, or for so many dollars."""

    ticker: Ticker
    shares: Shares | None = None
    dollars: Dollars | None = None


class Sale(SlotModel):
    """`sell`: so many shares, for so many dollars, or a fraction of what is held."""

    ticker: Ticker
    shares: Shares | None = None
    dollars: Dollars | None = None
    fraction: Annotated[float, Field(gt=0, le=1)] | None = None


class Some(SlotModel):
    """`show_orders`, `cancel_orders`: all, or those in these tickers."""

    tickers: tuple[Ticker, ...] = ()


def buy(slots: Purchase, view: View) -> Answer:  # noqa: ARG001  # every skill sees the account
    if (slots.shares is None) is (slots.dollars is None):
        return how_much("slot.shares")
    return Buy(ticker=slots.ticker, shares=slots.shares, amount=amount(slots))


def sell(slots: Sale, view: View) -> Answer:
    said = [one for one in (slots.shares, slots.dollars, slots.fraction) if one is not None]
    if view.position(slots.ticker) is None:
        return Say("positions.not_held", {"tickers": [slots.ticker]})
    if len(said) != 1:
        return how_much("slot.part")
    if slots.fraction is not None:
        return ClosePosition(tickers=(slots.ticker,), fraction=slots.fraction)
    return Sell(ticker=slots.ticker, shares=slots.shares, amount=amount(slots))


def how_much(slot: str) -> Say:
    return Say("ask.missing", {"slot": Say(slot)})


def amount(slots: Purchase | Sale) -> int | None:
    return None if slots.dollars is None else money(slots.dollars)


def show_orders(slots: Some, view: View) -> Say:
    """What is under way at the broker, and the parts that are still to be bought."""
    state, named = view.state, slots.tickers
    orders = sorted(state.orders.values(), key=lambda order: (order.intended_at, order.client_order_id))
    rows = [row(order, view) for order in orders if order.ticker in named or not named]
    rows += [part(plan) for plan in state.tranches if plan.recommendation.ticker in named or not named]
    facts = {"account": state.kind.value, "tickers": list(named) or None, "waiting": len(state.proposals) or None}
    return Say("orders", {**facts, "rows": rows}, ("positions",)) if rows else Say("orders.none", facts, ("positions",))


def row(order: Order, view: View) -> dict[str, Any]:
    """One order: how much of it is done, about how much the rest is worth, and what it waits for."""
    left, price = order.shares - order.filled_shares, view.scene.price(order.ticker)
    scene = view.scene
    waits = scene.session is None and bool(scene.upcoming) and not is_over(scene, scene.upcoming[0].opens_at)
    facts = {
        "side": order.side.value,
        "shares": order.shares,
        "ticker": order.ticker,
        "filled": order.filled_shares or None,
        "dollars": left * price if price is not None else None,
        "at": order.intended_at,
        "stop": order.stop if order.side is Side.BUY else None,
        "take": order.take if order.side is Side.BUY else None,
        "cancelling": "being cancelled" if order.status is OrderStatus.CANCELLING else None,
        "kind": kind(order),
        "in_doubt": "the broker has not answered yet" if order.status is OrderStatus.IN_DOUBT else None,
        "opens_at": view.scene.upcoming[0].opens_at if waits else None,
    }
    return {"said": Say("orders.order", facts)}


def kind(order: Order) -> Say | None:
    """What kind of order it is, with its prices, where it is none at the market."""
    if order.kind is OrderType.MARKET:
        return None
    return Say(f"orders.kind.{order.kind.value}", {"limit": order.limit, "stop_at": order.stop_at})


def part(plan: Tranches) -> dict[str, Any]:
    """What is still to be bought of an entry in parts."""
    facts = {
        "ticker": plan.recommendation.ticker,
        "parts": len(plan.left),
        "shares": sum(plan.left),
        "next": plan.next_at,
    }
    return {"said": Say("orders.parts", facts)}


def cancel_orders(slots: Some, view: View) -> Answer:  # noqa: ARG001
    return CancelOrders(tickers=slots.tickers)


def flatten(slots: NoSlots, view: View) -> Answer:  # noqa: ARG001
    return Flatten()


SKILLS = (
    Skill("buy", Purchase, buy, "riskier"),
    Skill("sell", Sale, sell, "riskier"),
    Skill("show_orders", Some, show_orders, "look"),
    Skill("cancel_orders", Some, cancel_orders, "safer"),
    Skill("flatten", NoSlots, flatten, "grave"),
)
