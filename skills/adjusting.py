"""A setting some way up or down from where it stands."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

from engine.core.commands import ChangePreferences
from engine.core.limits import Limits
from engine.core.preferences import FIELDS, allowed, value_of
from engine.core.words import Autonomy, Tier, Verbosity
from engine.view import View
from skills.skill import Answer, Say, Skill, SlotModel

LADDERS: Final[Mapping[str, type[StrEnum]]] = MappingProxyType(
    {
        "trading.risk_tolerance": Tier,
        "trading.autonomy": Autonomy,
        "notifications.verbosity": Verbosity,
    }
)
"""Settings that are words in an order, of which one step up is the next."""

TIERED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "trading.position_size_pct": "base_allocation",
        "trading.min_confidence": "min_confidence",
        "risk.max_position_pct": "max_position",
        "risk.max_sector_pct": "max_sector",
    }
)
"""Fields that a tier limits too, and the limit in force that they share."""

WHOLE: Final = ("count", "seconds", "minutes", "days")


class Adjustment(SlotModel):
    """`adjust_preference`: by how much, in the field's own unit; None is the field's usual step."""

    field: str
    direction: Literal["up", "down"]
    by: Decimal | None = None
    unit: str | None = None


def adjust_preference(slots: Adjustment, view: View) -> Answer:
    words = FIELDS[slots.field]
    if slots.field in LADDERS:
        return next_word(slots, view)
    if words.step is None:
        return Say("adjust.no_number", {"field": slots.field, "allowed": allowed(slots.field)})
    if slots.unit not in (None, words.unit):
        return Say("why_not.wrong_unit")
    start = starting(slots.field, view)
    if start is None:
        return Say("adjust.no_value", {"field": slots.field})
    by = Decimal(str(words.step)) if slots.by is None else slots.by
    moved = start + by if slots.direction == "up" else start - by
    return ChangePreferences(patch={slots.field: in_kind(moved, words.unit)})


def next_word(slots: Adjustment, view: View) -> Answer:
    """One step in the list; at its end there is nothing further."""
    ladder = list(LADDERS[slots.field])
    now = value_of(view.state.preferences, slots.field)
    at = ladder.index(now) + (1 if slots.direction == "up" else -1)
    if not 0 <= at < len(ladder):
        return Say("adjust.at_end", {"field": slots.field, "value": now, "direction": slots.direction})
    return ChangePreferences(patch={slots.field: ladder[at]})


def starting(field: str, view: View) -> Decimal | None:
    """The value to go from: the owner's own, else the limit in force by his tier; None where there is neither."""
    own = value_of(view.state.preferences, field)
    if own is not None:
        return Decimal(str(own))
    return of_tier(field, view.limits) if field in TIERED else None


def of_tier(field: str, limits: Limits) -> Decimal:
    """The limit in force in the field's own unit: percent, or for confidence a fraction."""
    force = Decimal(str(getattr(limits, TIERED[field])))
    return force if FIELDS[field].unit == "fraction" else force * 100


def in_kind(amount: Decimal, unit: str | None) -> Decimal | int:
    """Dollars and fractions stay exact; a whole number where the setting counts."""
    return int(amount) if unit in WHOLE and amount == int(amount) else amount


SKILLS = (Skill("adjust_preference", Adjustment, adjust_preference, "by_direction"),)
