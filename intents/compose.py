"""Free wordings: words stand for concepts, and one frame of the contract is filled by all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from intents.slots import fill

if TYPE_CHECKING:
    from intents.language import Frame, Language
    from intents.match import Edge, Lattice
    from intents.slots import Outcome

CONFIDENCE: Final = 0.8
BEYOND: Final = frozenset(
    {"more", "over", "above", "exceed", "exceeds", "beyond", "greater", "higher", "bigger", "larger"}
)
NEGATIONS: Final = frozenset({"no", "not", "never", "nothing"})
AMOUNTS: Final = frozenset({"percent", "dollars", "number"})


@dataclass(frozen=True, slots=True)
class Content:
    """What a message is made of: its words, and its values by slot type."""

    words: frozenset[str]
    amounts: tuple[tuple[str, Any], ...]  # unit and amount
    values: dict[str, Any]


def composed(grid: Lattice, language: Language) -> list[Outcome]:
    """Every frame that the message fills with all its words explained."""
    content = _content(grid)
    if content is None or not _upright(content.words):
        return []
    turned = _turned(grid, language)
    fitting = [frame for frame in language.lists.frames if _fits(frame, content, language)]
    return [_filled(frame, content, language) for frame in fitting if not turned or frame.looks()]


def _turned(grid: Lattice, language: Language) -> bool:
    """Whether a guard word stands anywhere that is not the `no` of a `no more than`."""
    texts = [token.text for token in grid.tokens]
    if sum(text in NEGATIONS for text in texts) > 1:
        return True
    guards = set(language.lists.guards) - NEGATIONS
    return any(text in guards or language.lists.guard_phrases.at(texts, at) for at, text in enumerate(texts))


def _content(grid: Lattice) -> Content | None:
    """Words and values of a message; None if a type of value stands twice."""
    words: set[str] = set()
    amounts: list[tuple[str, Any]] = []
    values: dict[str, Any] = {}
    at = 0
    while at < len(grid.tokens):
        end, kind, value = _longest(grid, at) or (at + 1, "", None)
        if kind in AMOUNTS:
            amounts.append((kind, value))
        elif kind in values:
            return None
        elif kind:
            values[kind] = value
        else:
            words.add(grid.tokens[at].text)
        at = end
    return Content(frozenset(words), tuple(amounts), values)


def _longest(grid: Lattice, at: int) -> Edge | None:
    """The longest amount, period or list of companies at a place; a bare one or a stray `a` is a word."""
    kinds = AMOUNTS | {"period", "tickers", "until"}
    edges = [
        edge for edge in grid.values.get(at, ()) if edge[1] in kinds and grid.tokens[at].text not in {"one", "day"}
    ]
    return max(edges, key=lambda edge: edge[0], default=None)


def _upright(words: frozenset[str]) -> bool:
    """Whether no word turns the message around: a `not` belongs to a `more than`, and the other way round."""
    return bool(words & NEGATIONS) == bool(words & BEYOND)


def _fits(frame: Frame, content: Content, language: Language) -> bool:
    units = [unit for unit, _ in content.amounts]
    if units != ([frame.unit] if frame.unit else []) or not set(content.values) <= frame.takes:
        return False
    if not all(content.words & need for need in frame.needs):
        return False
    own = frozenset().union(*frame.needs, frame.also)
    return content.words <= own | language.lists.explained


def _filled(frame: Frame, content: Content, language: Language) -> Outcome:
    amount = {"value": content.amounts[0][1]} if content.amounts else {}
    return fill(frame.intent, {**frame.fixed, **amount, **content.values}, language, (), CONFIDENCE)
