"""What can be asked: one file a capability. This table is the list of all of them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from skills import (
    adjusting,
    balance,
    breakers,
    breaking,
    chat,
    correlation,
    decisions,
    earnings,
    events,
    exclusions,
    explain,
    history,
    levels,
    limits,
    orders,
    paper,
    people,
    performance,
    pnl,
    positions,
    preferences,
    presentation,
    presets,
    proposals,
    reserve,
    reserve_moves,
    reverting,
    scope,
    settings,
    status,
    stops,
    strategies,
    strategy_switch,
    switches,
    taxes,
    watchlist,
)
from skills.skill import Skill

CAPABILITIES: Final = (
    adjusting,
    balance,
    breakers,
    breaking,
    chat,
    correlation,
    decisions,
    earnings,
    events,
    exclusions,
    explain,
    history,
    levels,
    limits,
    orders,
    paper,
    people,
    performance,
    pnl,
    positions,
    preferences,
    presentation,
    presets,
    proposals,
    reserve,
    reserve_moves,
    reverting,
    scope,
    settings,
    status,
    stops,
    strategies,
    strategy_switch,
    switches,
    taxes,
    watchlist,
)

SKILLS: Final[Mapping[str, Skill]] = MappingProxyType(
    {skill.intent: skill for capability in CAPABILITIES for skill in capability.SKILLS}
)
"""The skill of each intent."""
