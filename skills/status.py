"""Whether the engine runs, what it may do, and what holds it back."""

from typing import Any

from engine.core.announcers.happenings import row_of
from engine.core.questions import open_questions
from engine.core.stopping import is_on
from engine.core.summary import todays
from engine.core.words import Severity
from engine.view import View
from skills.held import held_back, lowered
from skills.skill import NoSlots, Say, Skill


def show_status(slots: NoSlots, view: View) -> Say:  # noqa: ARG001
    state, worth, scene = view.state, view.worth, view.scene
    day = view.gained(scene.day.date, scene.day.date)
    facts: dict[str, Any] = {
        "account": state.kind.value,
        "at": scene.at,
        "market": "open" if scene.session else "closed",
        "equity": worth.equity,
        "pnl": day.amount,
        "pnl_frac": day.fraction,
        "cash": state.free_cash,
        "reserve": state.reserve or None,
        "positions": len(state.positions),
        "exposure_frac": worth.exposure / worth.tradable if worth.tradable else 0.0,
        "autonomy": Say(f"autonomy.{state.preferences.trading.autonomy.value}"),
        "tier": state.tier.value,
        "lowered": lowered(view),
        "entries": todays(state, scene).entries,
        "waiting": len(open_questions(state)) or None,
        "orders": len(state.orders) or None,
        "held_back": held_back(view),
        "risk": risk(view),
    }
    return Say("status", facts, ("positions", "limits"))


def risk(view: View) -> Say | None:
    """The market events of high severity in force now; None where there is none."""
    events = [one for one in view.state.market_events if one.severity is Severity.HIGH and is_on(one, view.scene.at)]
    return Say("status.risk", {"rows": [row_of(one) for one in events]}) if events else None


SKILLS = (Skill("show_status", NoSlots, show_status, "look"),)
