"""What was decided lately: one line a decision, with the gate that closed where nothing was done."""

from typing import Any

from engine.core.nouns import Decision
from engine.core.units import Ticker
from engine.view import View
from skills.gate import closed
from skills.periods import span
from skills.skill import Say, Skill, SlotModel

SHOWN = 10


class Decisions(SlotModel):
    """`show_decisions`: the newest, of some companies or a period of market time where named."""

    tickers: tuple[Ticker, ...] = ()
    period: str | None = None
    count: int | None = None


def show_decisions(slots: Decisions, view: View) -> Say:
    found = wanted(slots, view)
    if not found:
        autonomy = Say(f"autonomy.{view.state.preferences.trading.autonomy.value}")
        return Say("decisions.none", {"tickers": list(slots.tickers) or None, "autonomy": autonomy}, ("status",))
    shown = found[: slots.count or SHOWN]
    facts = {
        "account": view.state.kind.value,
        "count": len(shown),
        "more": len(found) - len(shown) or None,
        "rows": [row(decision, view) for decision in shown],
    }
    return Say("decisions", facts, ("why",))


def wanted(slots: Decisions, view: View) -> list[Decision]:
    """Newest first; as many as are kept."""
    first, last = span(slots.period or "all", view.scene.day.date)
    return [
        decision
        for decision in view.decisions()
        if first <= decision.session <= last and decision.ticker in (slots.tickers or (decision.ticker,))
    ]


def row(decision: Decision, view: View) -> dict[str, Any]:
    return {
        "at": decision.at,
        "ticker": decision.ticker,
        "side": decision.side.value,
        "origin": decision.origin.value,
        "said": acted(decision) if decision.acts else closed(decision, view),
    }


def acted(decision: Decision) -> Say:
    return Say("decisions.acted", {"shares": decision.shares or None, "price": decision.price})


SKILLS = (Skill("show_decisions", Decisions, show_decisions, "look"),)
