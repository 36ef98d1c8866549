"""What can be asked: one file a capability. This table is the list of all of them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from skills import (
    balance,
    breakers,
    chat,
    decisions,
    explain,
    history,
    limits,
    pnl,
    positions,
    preferences,
    proposals,
    settings,
    status,
    stops,
    switches,
    watchlist,
)
from skills.skill import Skill

CAPABILITIES: Final = (
    balance,
    breakers,
    chat,
    decisions,
    explain,
    history,
    limits,
    pnl,
    positions,
    preferences,
    proposals,
    settings,
    status,
    stops,
    switches,
    watchlist,
)

SKILLS: Final[Mapping[str, Skill]] = MappingProxyType(
    {skill.intent: skill for capability in CAPABILITIES for skill in capability.SKILLS}
)
"""The skill of each intent."""
