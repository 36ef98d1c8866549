"""The limits in force, which of them bind, and how far each is from binding."""

from typing import Any

from engine.core.rules.breakers import daily_loss, drawdown
from engine.core.summary import todays
from engine.core.tiering import lacks
from engine.core.valuation import reference
from engine.core.words import Tier
from engine.view import View
from skills.held import lowered
from skills.skill import NoSlots, Say, Skill

BINDS_FROM = 0.9
"""A limit counts as binding when this much of it is used."""


def show_limits(slots: NoSlots, view: View) -> Say:  # noqa: ARG001
    rows = [line(*one) for one in used(view)]
    binding = [row["limit"] for row in rows if row["binds"]]
    facts: dict[str, Any] = {
        "account": view.state.kind.value,
        "tier": view.state.tier.value,
        "lowered": lowered(view),
        "lacks": rise(view),
        "rows": rows,
        "binding": binding or None,
        "sectors": sectors(view),
        "min_confidence": view.limits.min_confidence,
        "base_frac": view.limits.base_allocation,
        "position_frac": view.limits.max_position,
        "position": int(view.worth.tradable * view.limits.max_position),
        "single_frac": view.limits.single_position_loss,
        "cap": view.limits.absolute_cap or None,
        "next_tier": next_tier(view),
    }
    return Say("limits", facts, ("positions",))


def rise(view: View) -> Say | None:
    """What the account still lacks for its tier to rise by itself at a close; None where that is the owner's choice."""
    if view.state.tier is view.state.preferences.trading.risk_tolerance:
        return None
    rows = [{"said": Say(f"lacks.{one.name}", one._asdict())} for one in lacks(view.state, view.scene)]
    return Say("lacks", {"rows": rows}) if rows else Say("lacks.nothing")


def used(view: View) -> list[tuple[str, float, float, str]]:
    """Each limit that fills up: its name, how much is used, the limit itself, and the unit of both."""
    state, limits, worth = view.state, view.limits, view.worth
    tradable = worth.tradable or 1
    fullest = max(worth.sectors.values(), default=0)
    return [
        ("exposure", worth.exposure / tradable, limits.max_exposure, "fraction"),
        ("fullest sector", fullest / tradable, limits.max_sector, "fraction"),
        ("heat", worth.heat / tradable, limits.max_heat, "fraction"),
        ("open positions", len(state.positions), limits.max_open_positions, "count"),
        ("entries today", todays(state, view.scene).entries, limits.max_daily_trades, "count"),
        ("loss today", daily_loss(worth.equity, reference(state)), limits.daily_loss, "fraction"),
        ("drawdown", drawdown(worth.equity, max(state.peak, worth.equity)), limits.max_drawdown, "fraction"),
    ]


def line(limit: str, value: float, most: float, unit: str) -> dict[str, Any]:
    """One limit with the room that is left under it."""
    return {
        "limit": limit,
        "used": {"value": value, "unit": unit},
        "most": {"value": most, "unit": unit},
        "room": {"value": max(0, most - value), "unit": unit},
        "binds": "binds now" if value >= BINDS_FROM * most else None,
    }


def sectors(view: View) -> str | None:
    """Exposure by sector, fullest first, as shares of tradable; None without positions."""
    tradable = view.worth.tradable
    filled = sorted(view.worth.sectors.items(), key=lambda one: -one[1])
    parts = [f"{(name or 'unknown').replace('_', ' ')} {value / tradable:.1%}" for name, value in filled if tradable]
    return ", ".join(parts) or None


def next_tier(view: View) -> str | None:
    """The tier above, to which the owner may rise; None at the top."""
    rank = view.state.preferences.trading.risk_tolerance.rank
    return list(Tier)[rank + 1].value if rank + 1 < len(Tier) else None


SKILLS = (Skill("show_limits", NoSlots, show_limits, "look"),)
