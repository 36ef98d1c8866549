"""The limits in force, which of them bind, whose they are, and how far each is from binding."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from engine.core.limits import Limits
from engine.core.rules.breakers import daily_loss
from engine.core.rules.pools import share
from engine.core.rules.settlement import DAY_TRADES_ALLOWED, MARGIN_MINIMUM
from engine.core.settling import lately_made
from engine.core.summary import todays
from engine.core.tiering import lacks
from engine.core.units import MAX_CASH
from engine.core.valuation import reference
from engine.core.words import Settlement, Tier
from engine.view import View
from skills.held import lowered
from skills.skill import NoSlots, Say, Skill

BINDS_FROM = 0.9
"""A limit counts as binding when this much of it is used."""
PERCENT: Final = 100


class Limit(NamedTuple):
    """One limit that fills up: how much of it is used, the limit itself, the unit of both, and whose it is."""

    name: str
    value: float
    most: float
    unit: str
    whose: str = "own"


def show_limits(slots: NoSlots, view: View) -> Say:  # noqa: ARG001
    rows = [line(one) for one in used(view)]
    binding = [row["limit"] for row in rows if row["binds"]]
    facts: dict[str, Any] = {
        "account": view.state.kind.value,
        "tier": view.state.tier.value,
        "lowered": lowered(view),
        "moved": moved(view),
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
        "house": house(view),
    }
    return Say("limits", facts, ("positions",))


def moved(view: View) -> Say | None:
    """How the tier came to be what it is: the owner's choice, or the move of it with the figures that decided."""
    change = view.state.tier_move
    if view.state.tier is view.state.preferences.trading.risk_tolerance:
        return Say("limits.chosen", {"new": view.state.tier.value})
    if change is None:
        return None
    facts = {"old": change.previous.value, "new": change.new.value, "at": change.at, "trades": change.trades}
    return Say("limits.moved", {**facts, "win_rate": change.win_rate, "drawdown": change.drawdown})


def rise(view: View) -> Say | None:
    """What the account still lacks for its tier to rise by itself at a close; None where that is the owner's choice."""
    if view.state.tier is view.state.preferences.trading.risk_tolerance:
        return None
    rows = [{"said": Say(f"lacks.{one.name}", one._asdict())} for one in lacks(view.state, view.scene)]
    return Say("lacks", {"rows": rows}) if rows else Say("lacks.nothing")


def used(view: View) -> list[Limit]:
    """Each limit that fills up, those of money first; some hold only under settings that not everybody has."""
    state, limits, worth = view.state, view.limits, view.worth
    tradable = worth.tradable or 1
    day = todays(state, view.scene)
    return [
        Limit("exposure", worth.exposure / tradable, limits.max_exposure, "fraction"),
        Limit("fullest sector", most(worth.sectors) / tradable, limits.max_sector, "fraction", of_sector(view)),
        Limit("largest position", most(worth.held) / tradable, limits.max_position, "fraction", of_position(view)),
        Limit("heat", worth.heat / tradable, limits.max_heat, "fraction", "tier"),
        Limit("open positions", len(state.positions), limits.max_open_positions, "count"),
        Limit("entries today", day.entries, limits.max_daily_trades, "count"),
        Limit("loss today", daily_loss(worth.equity, reference(state)), limits.daily_loss, "fraction"),
        Limit("drawdown", view.ground.fall, limits.max_drawdown, "fraction"),
        *sometimes(view, limits, day.micro),
    ]


def sometimes(view: View, limits: Limits, micro: int) -> Iterator[Limit]:
    """The limits of those who have set a capital limit, a cap, micro-trades or margin."""
    trading, worth = view.state.preferences.trading, view.worth
    if limits.capital_limit < MAX_CASH:
        yield Limit("money in use", worth.exposure, limits.capital_limit, "money")
    if limits.absolute_cap:
        yield Limit("largest position in dollars", most(worth.held), limits.absolute_cap, "money")
    if trading.micro_trading:
        yield Limit("micro-trades today", micro, view.policy.micro_max_daily, "count", "house")
    if trading.settlement is Settlement.MARGIN and worth.equity < MARGIN_MINIMUM:
        made = lately_made(view.state, view.scene)
        yield Limit("day trades in five sessions", made, DAY_TRADES_ALLOWED, "count", "law")


def most(values: Mapping[str, int]) -> int:
    return max(values.values(), default=0)


def of_sector(view: View) -> str:
    """Whose limit a sector is held to: the tier's, the owner's, or that of all that is invested."""
    bundle, own = view.policy.tiers[view.state.tier], view.state.preferences.risk.max_sector_pct
    least = view.limits.max_sector
    if least < min(bundle.max_sector, 1.0 if own is None else own / PERCENT):
        return "exposure"
    return "tier" if least == bundle.max_sector else "own"


def of_position(view: View) -> str:
    """Whose limit a position is held to: the tier's, the owner's, or that of its sector."""
    bundle, own = view.policy.tiers[view.state.tier], view.state.preferences.risk.max_position_pct
    least = view.limits.max_position
    if least < min(bundle.max_position, 1.0 if own is None else own / PERCENT):
        return "sector"
    return "tier" if least == bundle.max_position else "own"


def house(view: View) -> Say:
    """The marks that nobody sets by talking: of a large reserve, and of a fall that is an emergency."""
    facts = {
        "reserve": share(view.state.reserve, view.worth.equity),
        "mark": view.policy.reserve_high_water,
        "fall": view.ground.fall,
        "emergency": view.policy.emergency_drawdown,
        "dollars": view.policy.max_order,
        "shares": view.policy.max_order_shares,
        "rate": view.policy.orders_a_minute,
        "band": view.policy.price_band,
    }
    return Say("limits.house", facts)


def line(limit: Limit) -> dict[str, Any]:
    """One limit with the room that is left under it."""
    value, bound, unit = limit.value, limit.most, limit.unit
    return {
        "limit": limit.name,
        "used": {"value": value, "unit": unit},
        "most": {"value": bound, "unit": unit},
        "room": {"value": max(0, bound - value), "unit": unit},
        "whose": Say(f"limits.of.{limit.whose}"),
        "binds": "binds now" if value >= BINDS_FROM * bound else None,
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
