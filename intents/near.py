"""Nearly a template: words that say nothing stand between those of one that can be taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from intents.language import Language
    from intents.match import Lattice
    from intents.result import Parsed, Request

CONFIDENCE: Final = 0.85
MOST: Final = 8  # words stepped over beside the filler
LEAST: Final = 2  # words that say something
REVERSIBLE: Final = frozenset({"look", "safer", "neutral", "by_direction"})


def loosened(grid: Lattice, language: Language) -> Lattice | None:
    """The same message with its empty words as filler, too; None where it has none, or too many."""
    texts = [token.text for token in grid.tokens]
    if any(language.lists.guard_phrases.at(texts, at) for at in range(len(texts))):
        return None
    soft = [at for at, token in enumerate(grid.tokens) if token.text in language.lists.soft]
    spoken = sum(at not in grid.filler for at in range(len(grid.tokens))) - sum(at not in grid.filler for at in soft)
    if not 0 < len(soft) <= MOST or spoken < LEAST:
        return None
    filler = {at: list(ends) for at, ends in grid.filler.items()}
    for at in soft:
        ends = filler.setdefault(at, [])
        if at + 1 not in ends:
            ends.append(at + 1)
    return replace(grid, filler=filler)


def taken(parsed: Parsed | None, language: Language) -> Parsed | None:
    """A reading made with empty words left out, where all it asks for can be taken back; None for any other."""
    if parsed is None or parsed.status != "ok":
        return None
    if not all(language.contract[one.intent].harm in REVERSIBLE for one in parsed.requests):
        return None
    return replace(parsed, requests=tuple(_less_sure(one) for one in parsed.requests))


def _less_sure(request: Request) -> Request:
    return replace(request, confidence=min(request.confidence, CONFIDENCE))
