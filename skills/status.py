"""Whether the engine runs, what it may do, and what holds it back."""

from typing import Any

from engine.core.questions import open_questions
from engine.core.summary import todays
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
    }
    return Say("status", facts, ("positions", "limits"))


SKILLS = (Skill("show_status", NoSlots, show_status, "look"),)
