"""A frame: what a free wording must hold to be read as an intent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Frame:
    """A composed reading: the words it needs, one of each group, and the words it also explains.

    `holds` are the slots it must find a value for, with their types, `takes` those it may. `polarity` is upright where
    a `not` belongs to a `more than`, turned where one turns the reading around, more where `more` is meant, unturned
    where no `not` is, either where its needs say so. `allows` are guard words that are a part of it. A `free` one,
    which only shows something, may be met beside words that nothing explains, and beside values of the types that it
    has `beside`, which it leaves out; any other beside so many ordinary ones as it has to `spare`. `called` is the slot
    of its amount, where that is no value. `never` are words and concepts that must not be said. A `sure` one cannot be
    mistaken: where it explains every word, even what is grave needs no other wording.
    """

    intent: str
    needs: tuple[frozenset[str], ...]
    also: frozenset[str]
    unit: str | None
    fixed: Mapping[str, Any]
    takes: Mapping[str, str]
    holds: Mapping[str, str]
    polarity: str
    allows: frozenset[str]
    free: bool = False
    spare: int = 0
    beside: frozenset[str] = frozenset()
    called: str = ""
    never: frozenset[str] = frozenset()
    sure: bool = False

    def own(self) -> frozenset[str]:
        """Every concept that is a part of it."""
        return frozenset().union(*self.needs, self.also, self.allows)

    def amount(self) -> str:
        """The slot of its amount."""
        if self.called:
            return self.called
        return "by" if self.intent == "adjust_preference" else "value"

    def kinds(self) -> frozenset[str]:
        """The slot types of its values."""
        return frozenset((*self.holds.values(), *self.takes.values()))
