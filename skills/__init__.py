"""What can be asked: one file a capability. This table is the list of all of them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from skills import chat, explain, limits, pnl, positions, proposals, settings, status, switches, watchlist
from skills.skill import Skill

CAPABILITIES: Final = (chat, explain, limits, pnl, positions, proposals, settings, status, switches, watchlist)

SKILLS: Final[Mapping[str, Skill]] = MappingProxyType(
    {skill.intent: skill for capability in CAPABILITIES for skill in capability.SKILLS}
)
"""The skill of each intent."""
