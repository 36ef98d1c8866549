"""The owner's watchlist: shown, added to, taken from."""

from engine.core.commands import ChangePreferences
from engine.core.units import Ticker
from engine.view import View
from skills.skill import Answer, NoSlots, Say, Skill, SlotModel

PATH = "trading.watchlist"


class Tickers(SlotModel):
    """`watch`, `unwatch`: one company or several."""

    tickers: tuple[Ticker, ...]


def show_watchlist(slots: NoSlots, view: View) -> Say:  # noqa: ARG001
    watched = view.state.preferences.trading.watchlist
    if not watched:
        return Say("watchlist.empty", {"known": sorted(view.scene.quotes)[:3]})
    rows = [
        {
            "ticker": ticker,
            "price": quote.price,
            "change_frac": quote.price / quote.previous - 1 if quote.previous else None,
        }
        for ticker in watched
        if (quote := view.scene.quotes.get(ticker))
    ]
    return Say("watchlist", {"count": len(watched), "rows": rows})


def watch(slots: Tickers, view: View) -> Answer:
    watched = view.state.preferences.trading.watchlist
    if set(slots.tickers) <= set(watched):
        return Say("watchlist.already", {"tickers": list(slots.tickers)})
    return ChangePreferences(patch={PATH: (*watched, *slots.tickers)})


def unwatch(slots: Tickers, view: View) -> Answer:
    watched = view.state.preferences.trading.watchlist
    missing = [ticker for ticker in slots.tickers if ticker not in watched]
    if missing:
        return Say("watchlist.not_on_it", {"tickers": missing})
    return ChangePreferences(patch={PATH: tuple(ticker for ticker in watched if ticker not in slots.tickers)})


def clear_watchlist(slots: NoSlots, view: View) -> Answer:  # noqa: ARG001
    if not view.state.preferences.trading.watchlist:
        return Say("watchlist.empty", {"known": sorted(view.scene.quotes)[:3]})
    return ChangePreferences(patch={PATH: ()})


SKILLS = (
    Skill("show_watchlist", NoSlots, show_watchlist, "look"),
    Skill("watch", Tickers, watch, "neutral"),
    Skill("unwatch", Tickers, unwatch, "neutral"),
    Skill("clear_watchlist", NoSlots, clear_watchlist, "neutral"),
)
