"""Whether the engine runs, what it may do, and what holds it back."""

from typing import Any, Final

from engine.core.announcers.happenings import row_of
from engine.core.happenings import MarketEvent
from engine.core.questions import open_questions
from engine.core.stopping import is_on
from engine.core.strategies import silenced
from engine.core.summary import todays
from engine.core.words import Autonomy, EventScope, Severity
from engine.view import View
from skills.held import held_back, lowered, standing
from skills.skill import NoSlots, Say, Skill

IDLE: Final = {Autonomy.AUTO: "autonomy.idle", Autonomy.ASK: "autonomy.nothing_to_ask"}


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
        "autonomy": autonomy(view),
        "unfollowed": unfollowed(view),
        "tier": state.tier.value,
        "lowered": lowered(view),
        "entries": todays(state, scene).entries,
        "waiting": len(open_questions(state)) or None,
        "orders": len(state.orders) or None,
        "held_back": held_back(view),
        "risk": risk(view),
        "loops": loops(view),
        "frozen": sorted(state.frozen) or None,
    }
    return Say("status", facts, ("positions", "limits"))


def loops(view: View) -> Say | None:
    """The engine's loops that fail, hang or came late; None while all is well."""
    rows = [one._asdict() for one in view.pulse.ailments()] if view.pulse else []
    return Say("status.loops", {"rows": [ailing(row) for row in rows]}) if rows else None


def ailing(row: dict[str, Any]) -> dict[str, Any]:
    return {"loop": row["loop"], "how": Say(f"health.{row['kind']}", row)}


def risk(view: View) -> Say | None:
    """The market events of high severity in force now; None where there is none."""
    events = [one for one in view.state.market_events if one.severity is Severity.HIGH and is_on(one, view.scene.at)]
    return Say("status.risk", {"rows": [named(one) for one in events]}) if events else None


def named(event: MarketEvent) -> dict[str, Any]:
    """An event in facts; one of the whole market is called so."""
    everywhere = event.scope is EventScope.MARKET
    return {**row_of(event), "all": Say("scope.market") if everywhere else None}


def autonomy(view: View) -> Say:
    """What the engine does by itself; without a strategy to follow that is less than was chosen."""
    level = view.state.preferences.trading.autonomy
    return Say(IDLE[level] if level in IDLE and silenced(view.state, view.scene) else f"autonomy.{level.value}")


def unfollowed(view: View) -> Say | None:
    """That no strategy is followed, as all are off, and why; None where one is, or where there is none."""
    names = silenced(view.state, view.scene)
    rows = [{"name": name, "why": standing(name, view)} for name in names]
    return Say("status.unfollowed", {"rows": rows, "name": names[0]}) if names else None


SKILLS = (Skill("show_status", NoSlots, show_status, "look"),)
