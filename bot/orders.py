"""The owner's own orders and levels in words: what is read back before a yes, and what was done."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from engine.bus import Done
from engine.core import commands as c
from engine.core import events as e
from engine.core.judge import judge
from engine.core.nouns import Decision, Position
from engine.core.refusals import Refused
from engine.core.state import State
from engine.core.taxes import cost_of, foreseen
from engine.core.timing import is_over
from engine.core.units import Money, Ticker
from engine.core.words import Side, Skip
from engine.view import View
from skills.positions import row
from skills.skill import Say


def of_buy(command: c.Buy, view: View) -> Say:
    """What would be bought, for how much, where it would be left, and what is lost there."""
    events = meant(command, view)
    decision = next((one.decision for one in events if isinstance(one, e.Decided)), None)
    if decision is None:
        return Say("ask.other", {"command": "buy"})
    held = view.position(command.ticker)
    return Say("ask.buy", {**bought(decision, events, view), "held": held.shares if held else None})


def meant(command: c.Command, view: View) -> tuple[e.Event, ...]:
    """What would come of a command now; nothing where it would be refused."""
    verdict = judge(command, view.ground)
    return () if isinstance(verdict, Refused) else verdict


def bought(decision: Decision, events: tuple[e.Event, ...], view: View) -> dict[str, Any]:
    """A decided buy in numbers, at the price of the decision."""
    shares, price, stop = decision.shares, decision.price or 0, decision.stop or 0
    equity = view.worth.equity
    at_risk = shares * max(0, price - stop)
    return {
        "account": view.state.kind.value,
        "ticker": decision.ticker,
        "shares": shares,
        "price": price,
        "dollars": shares * price,
        "share_frac": shares * price / equity if equity else 0.0,
        "parts": parts(events),
        "stop": stop,
        "take": decision.take,
        "at_risk": at_risk,
        "risk_frac": at_risk / equity if equity else 0.0,
        **heat_of(decision),
    }


def heat_of(decision: Decision) -> dict[str, Any]:
    """What all stops together would lose after a buy, and the most of it, as fractions of tradable money."""
    line = next((one for one in decision.trace if one.step == "heat"), None)
    return {"heat_frac": line.value if line else None, "most_heat": line.limit if line else None}


def parts(events: tuple[e.Event, ...]) -> int | None:
    """In how many parts it is bought; None for at once."""
    plans = [one.tranches for one in events if isinstance(one, e.TranchesPlanned)]
    return len(plans[0].left) + len(plans[0].bought) if plans else None


def of_close(command: c.ClosePosition, view: View) -> Say:
    wanted = ((ticker, to_sell(ticker, command.fraction, view)) for ticker in command.tickers)
    part = command.fraction if command.fraction < 1 else None
    return of_sale([one for _, one in wanted if one is not None], view, part)


def of_sell(command: c.Sell, view: View) -> Say:
    orders = [one.order for one in meant(command, view) if isinstance(one, e.OrderIntended)]
    held = view.position(command.ticker)
    return of_sale([some_of(held, order.shares, view) for order in orders if held is not None], view)


def of_flatten(command: c.Flatten, view: View) -> Say:  # noqa: ARG001  # all take both
    """Everything that would be sold, and what else ends."""
    state = view.state
    held = [one for ticker in sorted(state.positions) if (one := to_sell(ticker, 1.0, view)) is not None]
    rows = [sold(one, view) for one in held]
    buys = sum(1 for order in state.orders.values() if order.side is Side.BUY)
    return Say(
        "ask.flatten" if rows else "ask.flatten_rest",
        {
            "selling": sold_already(state) or None,
            "account": state.kind.value,
            "positions": len(rows),
            "dollars": sum(one["value"] for one in rows),
            "gain": sum(one["gain"] for one in rows),
            "withdrawn": len(state.proposals) + buys + len(state.tranches) or None,
            "washes": [one["ticker"] for one in rows if one["wash"]] or None,
            "opens_at": opens_at(view),
            "ended": ended(view),
        },
    )


def sold_already(state: State) -> list[Ticker]:
    """Tickers of which all that is held is being sold, in alphabetical order."""
    return sorted(ticker for ticker, held in state.positions.items() if state.selling(ticker) >= held.shares)


def of_sale(held: list[Position], view: View, part: float | None = None) -> Say:
    """What would be sold, what it brings, and where the loss would not count for taxes yet."""
    rows = [sold(one, view) for one in held]
    facts = {
        "account": view.state.kind.value,
        "part": part,
        "dollars": sum(one["value"] for one in rows),
        "gain": sum(one["gain"] for one in rows),
        "rows": rows,
    }
    return Say("ask.close", {**facts, "opens_at": opens_at(view), "ended": ended(view)})


def opens_at(view: View) -> Any:  # noqa: ANN401  # an instant, or None while the market is open
    opens = view.scene.upcoming[0].opens_at
    return None if view.scene.session or is_over(view.scene, opens) else opens


def ended(view: View) -> Any:  # noqa: ANN401  # an instant, or None while there are prices to come
    """When the prices of the market ended; None where they have not."""
    return view.scene.ends_at if is_over(view.scene, view.scene.at) else None


def sold(part: Position, view: View) -> dict[str, Any]:
    facts = row(view, part)
    return {**facts, "wash": wash(part.ticker, part.shares, facts["price"], view)}


def wash(ticker: Ticker, shares: int, price: Money, view: View) -> Say | None:
    """How much of the loss would be put off, as the ticker was bought within 30 days before; None for nothing."""
    seen = foreseen(view.state, ticker, shares, price, view.scene.at)
    return None if seen is None else Say("ask.wash_sale", seen._asdict())


def to_sell(ticker: Ticker, fraction: float, view: View) -> Position | None:
    """The part of a holding that would be sold: what is asked for, and not being sold already."""
    held = view.state.positions.get(ticker)
    if held is None:
        return None
    shares = min(held.shares - view.state.selling(ticker), math.ceil(held.shares * fraction))
    return some_of(held, shares, view) if shares > 0 else None


def some_of(held: Position, shares: int, view: View) -> Position:
    """Shares of a holding with what those had cost: the oldest are sold first."""
    return replace(held, shares=shares, cost=cost_of(view.state, held.ticker, shares))


def of_stop(command: c.MoveStop, view: View) -> Say:
    held = view.state.positions[command.ticker]
    new = next((one.new for one in meant(command, view) if isinstance(one, e.StopMoved)), command.stop)
    return Say("ask.stop", {**level(held, held.stop, new, view), **at_stop(held, new, view)})


def of_take(command: c.MoveTake, view: View) -> Say:
    held = view.state.positions[command.ticker]
    new = next((one.new for one in meant(command, view) if isinstance(one, e.TakeMoved)), command.take)
    return Say("ask.take", level(held, held.take, new, view))


def level(held: Position, old: Money, new: Money, view: View) -> dict[str, Any]:
    """A level from → to, how far from the price it would be, and the result of a sale at either."""
    price = view.scene.price(held.ticker) or held.entry
    return {
        "account": view.state.kind.value,
        "ticker": held.ticker,
        "old": old,
        "new": new,
        "price": price,
        "far_frac": abs(1 - new / price),
        "before": held.shares * old - held.cost,
        "result": held.shares * new - held.cost,
    }


def at_stop(held: Position, new: Money, view: View) -> dict[str, Any]:
    """What a sale at the old and at the new stop would bring less than one at the price of now."""
    price = view.scene.price(held.ticker) or held.entry
    lost = held.shares * max(0, price - new)
    equity = view.worth.equity
    return {
        "lost_before": held.shares * max(0, price - held.stop),
        "lost": lost,
        "lost_frac": lost / equity if equity else 0.0,
    }


def stop_moved(event: e.StopMoved, outcome: Done) -> Say:
    return Say("done.stop", moved(event, outcome), ("stops",))


def take_moved(event: e.TakeMoved, outcome: Done) -> Say:
    return Say("done.take", moved(event, outcome), ("stops",))


def moved(event: e.StopMoved | e.TakeMoved, outcome: Done) -> dict[str, Any]:
    held = outcome.new.positions[event.ticker]
    return {
        "account": outcome.new.kind.value,
        "ticker": event.ticker,
        "old": event.old,
        "new": event.new,
        "result": held.shares * event.new - held.cost,
    }


def buying(decision: Decision, outcome: Done) -> Say:
    """The owner's buy is ordered, or its first part."""
    facts = {
        "account": outcome.new.kind.value,
        "ticker": decision.ticker,
        "shares": decision.shares,
        "price": decision.price,
        "dollars": decision.shares * (decision.price or 0),
        "parts": parts(outcome.events),
        "stop": decision.stop,
        "take": decision.take,
    }
    return Say("done.buying", facts, ("orders",))


def given_up(event: e.OrderUpdated | e.TranchesEnded, outcome: Done) -> Say | None:  # noqa: ARG001
    """Entries that the owner gave up, by ticker; None where they ended for another reason."""
    left: dict[Ticker, int] = {}
    for ticker, shares in not_bought(outcome.events):
        left[ticker] = left.get(ticker, 0) + shares
    rows = [{"ticker": ticker, "shares": shares} for ticker, shares in sorted(left.items())]
    return Say("done.given_up", {"account": outcome.new.kind.value, "rows": rows}, ("orders",)) if rows else None


def not_bought(events: tuple[e.Event, ...]) -> Iterator[tuple[Ticker, int]]:
    """Tickers with the shares that are not bought of them after all."""
    for event in events:
        if isinstance(event, e.OrderUpdated) and event.order.why == Skip.CANCELLED.code:
            yield event.order.ticker, event.order.shares - event.order.filled_shares
        elif isinstance(event, e.TranchesEnded) and event.outcome is Skip.CANCELLED:
            yield event.tranches.recommendation.ticker, sum(event.tranches.left)
