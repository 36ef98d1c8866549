"""Named sets of settings, each put in force as one change."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

from engine.core.commands import ChangePreferences
from engine.core.preferences import value_of
from engine.core.words import Autonomy, Tier
from engine.view import View
from skills.skill import Answer, Say, Skill, SlotModel

PRESETS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "first_steps": {
            "trading.autonomy": Autonomy.ASK,
            "trading.risk_tolerance": Tier.CONSERVATIVE,
            "trading.max_daily_trades": 5,
            "trading.max_open_positions": 5,
            "trading.gradual_entry": True,
            "risk.daily_loss_limit_pct": 1,
        },
    }
)
"""What each preset sets. First steps: every trade is asked for, few and small ones, and entries stop after 1 %."""


class Preset(SlotModel):
    """`use_preset`."""

    preset: Literal["first_steps"]


def use_preset(slots: Preset, view: View) -> Answer:
    wanted = PRESETS[slots.preset]
    patch = {path: value for path, value in wanted.items() if value_of(view.state.preferences, path) != value}
    return ChangePreferences(patch=patch) if patch else Say("preset.in_force", {"preset": slots.preset})


SKILLS = (Skill("use_preset", Preset, use_preset, "by_direction"),)
