"""Free wordings: words stand for concepts, and one frame of the contract is filled by all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from intents.load import Language
    from intents.match import Lattice
    from intents.slots import Outcome


def composed(grid: Lattice, language: Language) -> list[Outcome]:
    """Every frame that the message fills with all its words explained."""
    del grid, language
    return []
