"""What a skill is: slots in, something to say or a command out; nothing else is in its reach."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict

from engine.core.commands import Command
from engine.view import View


class Offer(NamedTuple):
    """A button whose words hold numbers: its name, and the facts of what stands on it and what it says."""

    name: str
    facts: Mapping[str, Any]


Button: TypeAlias = str | Offer


@dataclass(frozen=True, slots=True)
class Say:
    """An answer: the key of a phrase, its facts (a fact may itself be a Say), and buttons, most by name alone."""

    key: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    buttons: tuple[Button, ...] = ()


class SlotModel(BaseModel):
    """The values of an intent as its skill wants them; an unknown slot is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NoSlots(SlotModel):
    """An intent that says all by its name."""


Answer: TypeAlias = Say | Command


class Skill(NamedTuple):
    """One intent and what serves it. `harm` is its class in the contract: look, safer, riskier, by_direction …"""

    intent: str
    slots: type[SlotModel]
    run: Callable[[Any, View], Answer]
    harm: str
