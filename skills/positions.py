"""What is held, and closing it."""

from typing import Any

from engine.core.commands import ClosePosition
from engine.core.nouns import Position
from engine.core.units import Ticker
from engine.view import View
from skills.skill import Answer, Say, Skill, SlotModel


class Tickers(SlotModel):
    """`show_positions`: all holdings, or these."""

    tickers: tuple[Ticker, ...] = ()


class Close(SlotModel):
    """`close_position`: all of these holdings, or a fraction of each."""

    tickers: tuple[Ticker, ...]
    fraction: float = 1.0


def show_positions(slots: Tickers, view: View) -> Say:
    missing = [ticker for ticker in slots.tickers if ticker not in view.state.positions]
    if missing:
        return Say("positions.not_held", {"tickers": missing})
    wanted = slots.tickers or tuple(sorted(view.state.positions))
    rows = [row(view, view.state.positions[ticker]) for ticker in wanted]
    facts = {"account": view.state.kind.value, "count": len(rows), "worth": sum(one["value"] for one in rows)}
    if not rows:
        return Say(f"positions.none.{view.state.preferences.trading.autonomy.value}", facts, ("status",))
    facts["exposure_frac"] = facts["worth"] / view.worth.tradable if view.worth.tradable else 0.0
    return Say("positions", {**facts, "rows": rows}, ("pnl",))


def row(view: View, position: Position) -> dict[str, Any]:
    """One holding at the mark: worth, gain since entry, and how far its stop is."""
    price = view.scene.price(position.ticker) or position.entry
    value = position.shares * price
    return {
        "ticker": position.ticker,
        "shares": position.shares,
        "price": price,
        "value": value,
        "entry": position.entry,
        "gain": value - position.cost,
        "gain_frac": (value - position.cost) / position.cost,
        "stop": position.stop,
        "stop_frac": 1 - position.stop / price,
        "take": position.take,
        "expires_at": position.expires_at,
        "share_frac": value / view.worth.equity if view.worth.equity else 0.0,
    }


def close_position(slots: Close, view: View) -> Answer:
    missing = [ticker for ticker in slots.tickers if view.position(ticker) is None]
    if missing:
        return Say("positions.not_held", {"tickers": missing})
    return ClosePosition(tickers=slots.tickers, fraction=slots.fraction)


SKILLS = (
    Skill("show_positions", Tickers, show_positions, "look"),
    Skill("close_position", Close, close_position, "riskier"),
)
