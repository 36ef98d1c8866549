"""What is coming: dates of earnings on record and market events, and what they do to buys and stops."""

from datetime import date
from typing import Any

from engine.core.announcers.happenings import row_of
from engine.core.rules.sizing import earnings_factor
from engine.core.rules.stops import EARNINGS_SESSIONS
from engine.core.stopping import is_on, touches
from engine.core.units import Ticker
from engine.view import View
from skills.skill import Say, Skill, SlotModel


class Companies(SlotModel):
    """`show_earnings`: of what is held or watched, or of these."""

    tickers: tuple[Ticker, ...] = ()


def show_earnings(slots: Companies, view: View) -> Say:
    watched = view.state.preferences.trading.watchlist
    names = slots.tickers or tuple(sorted({*view.state.positions, *watched}))
    dates = {ticker: day for ticker in names if (day := next_date(ticker, view)) is not None}
    unknown, happening = [ticker for ticker in names if ticker not in dates], events(slots.tickers, view)
    if not names:
        return Say("earnings.nobody", {"account": view.state.kind.value, "events": happening}, ("help",))
    said = [
        Say("earnings.dates", {"rows": rows(dates, view)}) if dates else None,
        Say("earnings.unknown", {"unknown": unknown}) if unknown else None,
        happening,
    ]
    facts = {"account": view.state.kind.value, "rows": [{"said": one} for one in said if one is not None]}
    return Say("earnings", facts, ("stops", "limits"))


def next_date(ticker: Ticker, view: View) -> date | None:
    """The first date on record that is not past; None where there is none."""
    return min((day for day in view.state.earnings.get(ticker, ()) if day >= view.scene.day.date), default=None)


def rows(dates: dict[Ticker, date], view: View) -> list[dict[str, Any]]:
    """The nearest first."""
    near = sorted(dates.items(), key=lambda one: (one[1], one[0]))
    return [{"ticker": ticker, "day": day, **effect(view.scene.earnings.get(ticker))} for ticker, day in near]


def effect(sessions: int | None) -> dict[str, Any]:
    """What a date so many sessions away does to the ticker now; None where it does nothing, or is too far to count."""
    if sessions is None or sessions > EARNINGS_SESSIONS:
        return {"sessions": sessions, "effect": None}
    factor = earnings_factor(sessions)
    said = Say("earnings.smaller", {"part": factor}) if factor else Say("earnings.imminent")
    return {"sessions": sessions or None, "effect": said}


def events(tickers: tuple[Ticker, ...], view: View) -> Say | None:
    """Market events in force or to come that touch any of these companies, or all of them; None without one."""
    sectors = {ticker: view.scene.sector(ticker) for ticker in tickers}
    found = [
        {**row_of(one), "on": "now" if is_on(one, view.scene.at) else None}
        for one in view.state.market_events
        if one.ends_at > view.scene.at
        and (not tickers or any(touches(one, name, sector) for name, sector in sectors.items()))
    ]
    return Say("earnings.events", {"rows": found}) if found else None


SKILLS = (Skill("show_earnings", Companies, show_earnings, "look"),)
