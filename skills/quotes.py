"""Prices: what a company costs now, how far it moved since the close before, and what you hold of it."""

from typing import Any

from engine.core.units import Ticker
from engine.view import View
from skills.skill import Say, Skill, SlotModel

NAMED = 30
"""Companies with prices that are listed at most, where another was asked for."""


class Quotes(SlotModel):
    """`show_quote`: one company or several."""

    tickers: tuple[Ticker, ...]


def show_quote(slots: Quotes, view: View) -> Say:
    quotes = view.scene.quotes
    strange = [ticker for ticker in slots.tickers if ticker not in quotes]
    others = {"strange": strange or None, "known": sorted(quotes) if strange and len(quotes) <= NAMED else None}
    rows = [{"said": row(ticker, view)} for ticker in slots.tickers if ticker in quotes]
    if not rows:
        return Say("quotes.none", others)
    return Say("quotes", {**others, "rows": rows}, ("positions",) if any_held(slots.tickers, view) else ())


def any_held(tickers: tuple[Ticker, ...], view: View) -> bool:
    return any(view.position(ticker) is not None for ticker in tickers)


def row(ticker: Ticker, view: View) -> Say:
    """One price, against the close before it where that is known."""
    quote = view.scene.quotes[ticker]
    moved = None if quote.previous is None else quote.price - quote.previous
    facts = {
        "ticker": ticker,
        "price": quote.price,
        "moved": moved,
        "moved_frac": moved / quote.previous if moved is not None and quote.previous else None,
        "at": quote.at,
        "closed": None if view.scene.session else "the market is closed",
        "halted": "trading in it is halted" if ticker in view.scene.halted else None,
        "held": held(ticker, view),
    }
    return Say("quotes.row", facts)


def held(ticker: Ticker, view: View) -> Say | None:
    """Your shares at that price and how far their stop is; None where you hold none."""
    position = view.position(ticker)
    if position is None:
        return None
    price = view.scene.quotes[ticker].price
    value = position.shares * price
    facts: dict[str, Any] = {
        "shares": position.shares,
        "value": value,
        "gain": value - position.cost,
        "gain_frac": (value - position.cost) / position.cost if position.cost else 0.0,
        "stop": position.stop,
        "stop_frac": max(0.0, 1 - position.stop / price),
    }
    return Say("quotes.held", facts)


SKILLS = (Skill("show_quote", Quotes, show_quote, "look"),)
