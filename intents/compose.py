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
AMOUNTS: Final = frozenset({"percent", "dollars", "number", "lasting"})
ASKING: Final = frozenset({"is", "are", "am", "does", "did", "was", "were", "has"})  # a question, spoken or not
LOOKING: Final = frozenset({"show", "tell", "see", "know", "remind"})  # explain a frame that shows, and no other
EVERYWHERE: Final = AMOUNTS | {"period", "tickers", "until"}  # never plain words, whatever the frame


@dataclass(frozen=True, slots=True)
class Content:
    """What a message is made of: its words, and its values by slot type."""

    words: frozenset[str]
    amounts: tuple[tuple[str, Any], ...]  # unit and amount
    values: dict[str, Any]


def composed(grid: Lattice, language: Language) -> list[Outcome]:
    """Every frame that the message fills with all its words explained."""
    contents: dict[frozenset[str], Content | None] = {}
    said = frozenset(token.text for token in grid.tokens)
    outcomes: list[Outcome] = []
    for frame in language.lists.frames:
        if any(said.isdisjoint(need) for need in frame.needs):
            continue
        kinds = frame.kinds() | EVERYWHERE
        if kinds not in contents:
            contents[kinds] = _content(grid, kinds)
        content = contents[kinds]
        if content is not None and _fits(frame, content, language) and _stands(frame, content, grid, language):
            outcomes.append(_filled(frame, content, language))
    return outcomes


def _stands(frame: Frame, content: Content, grid: Lattice, language: Language) -> bool:
    """Whether no word turns the message around that the frame does not mean."""
    negated, beyond = bool(content.words & NEGATIONS), bool(content.words & BEYOND)
    wanted = {"upright": negated == beyond, "turned": negated and not beyond, "more": beyond and not negated}
    return wanted[frame.polarity] and (frame.looks() or not _turned(grid, frame, language))


def _turned(grid: Lattice, frame: Frame, language: Language) -> bool:
    """Whether a guard word stands anywhere that is not the `no` of a `no more than`, or a part of the frame."""
    texts = [token.text for token in grid.tokens]
    if _opening(grid) in ASKING:
        return True
    if sum(text in NEGATIONS for text in texts) > 1:
        return True
    guards = set(language.lists.guards) - NEGATIONS - frame.allows
    return any(text in guards or language.lists.guard_phrases.at(texts, at) for at, text in enumerate(texts))


def _opening(grid: Lattice) -> str:
    """The first word that is not filler."""
    at = 0
    while ends := grid.filler.get(at):
        at = max(ends)
    return grid.tokens[at].text if at < len(grid.tokens) else ""


def _content(grid: Lattice, kinds: frozenset[str]) -> Content | None:
    """Words and values of a message; None if a type of value stands twice."""
    words: set[str] = set()
    amounts: list[tuple[str, Any]] = []
    values: dict[str, Any] = {}
    at = 0
    while at < len(grid.tokens):
        end, kind, value = _longest(grid, at, kinds) or (at + 1, "", None)
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


def _longest(grid: Lattice, at: int, kinds: frozenset[str]) -> Edge | None:
    """The longest amount, period or list of companies at a place; a bare one or a stray `a` is a word."""
    first = grid.tokens[at].text
    edges = [edge for edge in grid.values.get(at, ()) if edge[1] in kinds and first not in _BARE.get(edge[1], ONES)]
    return max(edges, key=lambda edge: (edge[0], edge[1] not in AMOUNTS), default=None)


ONES: Final = frozenset({"one", "day"})
_BARE: Final = {"until": ONES | {"the"}}
"""Slot type → words that do not begin a value of it here: after the close is no `until`."""


def _fits(frame: Frame, content: Content, language: Language) -> bool:
    units = [unit for unit, _ in content.amounts]
    kinds = set(content.values)
    if units != ([frame.unit] if frame.unit else []):
        return False
    if not set(frame.holds.values()) <= kinds <= frame.kinds():
        return False
    if not all(content.words & need for need in frame.needs):
        return False
    own = frozenset().union(*frame.needs, frame.also, frame.allows)
    filler = language.lists.explained if frame.looks() else language.lists.explained - LOOKING
    return content.words <= own | filler


def _filled(frame: Frame, content: Content, language: Language) -> Outcome:
    amount = {frame.amount(): content.amounts[0][1]} if content.amounts else {}
    named = {
        name: content.values[kind] for name, kind in {**frame.takes, **frame.holds}.items() if kind in content.values
    }
    return fill(frame.intent, {**frame.fixed, **amount, **named}, language, (), CONFIDENCE)
