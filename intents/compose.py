"""Free wordings: words stand for concepts, and one frame of the contract is filled by all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from intents.result import Request
from intents.slots import fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from intents.language import Frame, Language
    from intents.match import Edge, Lattice
    from intents.numbers import Quantity
    from intents.slots import Outcome

CONFIDENCE: Final = 0.8
LOOSE: Final = 0.7  # where a word was left over that says nothing
GUESSED: Final = 0.5  # where it is only offered
LEAST_LEFT: Final = 2  # words that may be left over where it is only offered
SHARE: Final = 0.5  # … or as a share of the words
BEYOND: Final = frozenset(
    {"more", "over", "above", "exceed", "exceeds", "beyond", "greater", "higher", "bigger", "larger"}
)
NEGATIONS: Final = frozenset({"no", "not", "never", "nothing", "none", "refuse"})
AMOUNTS: Final = frozenset({"percent", "dollars", "number", "lasting"})
ASKING: Final = frozenset({"is", "are", "am", "does", "did", "was", "were", "has"})  # a question, spoken or not
LOOKING: Final = frozenset({"show", "tell", "see", "know", "remind"})  # ask to be shown something
EVERYWHERE: Final = AMOUNTS | {"period", "tickers", "until"}  # never plain words, whatever the frame
ANY: Final = "any"  # an amount in whatever unit
ONES: Final = frozenset({"one", "day"})
LENGTHS: Final = frozenset({"period", "lasting", "until"})
MEANT: Final = frozenset(
    {
        "a day",
        "the day",
        "on the day",
        "in a day",
        "in the day",
        "overall",
        "per day",
        "all time",
        "ever",
        "end of day",
        "of day",
        "day",
    }
)
BARE: Final = {"until": ONES | {"the"}}
"""Slot type → words that do not begin a value of it here: after the close is no `until`."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a message is made of: its words, phrases that are concepts (with their words), and values by slot type."""

    words: frozenset[str]
    phrases: dict[str, frozenset[str]]
    amounts: tuple[tuple[str, Any], ...]  # unit and amount
    values: dict[str, Any]
    empty: frozenset[str]  # words of filler, which explain nothing and turn nothing

    def meets(self, need: frozenset[str]) -> bool:
        """Whether one of these concepts was said."""
        return not need.isdisjoint(self.words) or not need.isdisjoint(self.phrases)

    def inside(self, own: frozenset[str]) -> frozenset[str]:
        """The words of the phrases that belong to these concepts."""
        return frozenset().union(*(words for phrase, words in self.phrases.items() if phrase in own))


def composed(grid: Lattice, language: Language) -> list[Outcome]:
    """Every frame that the message fills, those with all its words explained before any other."""
    if exact := explained(grid, language):
        return exact
    return [
        _filled(frame, content, language, LOOSE)
        for frame, content in _met(grid, language)
        if len(left := _left(frame, content, language)) <= frame.spare
        and all(_says_nothing(word, language) for word in left)
    ]


def explained(grid: Lattice, language: Language) -> list[Outcome]:
    """Every frame that the message fills with all its words."""
    met = _met(grid, language)
    return [_filled(frame, one, language, CONFIDENCE) for frame, one in met if not _left(frame, one, language)]


def leaning(grid: Lattice, language: Language) -> list[Request]:
    """What the message may ask for: the frames that it meets with words left over, the fewest first; to be offered."""
    found = [
        (len(left) - len(frame.needs) - len(frame.holds), made)
        for frame, content in _met(grid, language)
        if len(left := _left(frame, content, language)) <= max(LEAST_LEFT, SHARE * len(content.words))
        and (frame.polarity == "upright" or all(_says_nothing(word, language) for word in left))
        and isinstance(made := _filled(frame, content, language, GUESSED), Request)
    ]
    return [made for _, made in sorted(found, key=lambda pair: pair[0])]


def _met(grid: Lattice, language: Language) -> Iterator[tuple[Frame, Content]]:
    """The frames whose needs are met, and that no other value and no word that turns forbids."""
    contents: dict[frozenset[str], Content | None] = {}
    said = frozenset(token.text for token in grid.tokens).union(_phrases(grid, 0, len(grid.tokens), language))
    for frame in language.lists.frames:
        if frame.free or any(said.isdisjoint(need) for need in frame.needs):
            continue
        kinds = frame.kinds() | frozenset({"lasting"} if frame.unit in {ANY, "lasting"} else ())
        if kinds not in contents:
            contents[kinds] = _content(grid, kinds, language)
        content = contents[kinds]
        if content is not None and _fits(frame, content) and _stands(frame, content, grid, language):
            yield frame, content


def _says_nothing(word: str, language: Language) -> bool:
    """Whether an ordinary word may be left over: none of the trade, none that turns or weighs anything."""
    lists = language.lists
    weighty = word in lists.domain or word in lists.guards or word in lists.uneasy or word in lists.weighty
    if weighty or word in LOOKING:
        return False
    return word in lists.idle or word in lists.common or word in lists.soft


def _stands(frame: Frame, content: Content, grid: Lattice, language: Language) -> bool:
    """Whether no word turns the message around that the frame does not mean."""
    spoken = content.words - content.inside(frame.own()) - content.empty
    negated, beyond = bool(spoken & NEGATIONS), bool(spoken & BEYOND)
    if negated and spoken & BEYOND == {"more"} and "than" not in content.words:  # not two more
        beyond = False
    wanted = {
        "upright": negated == beyond,
        "turned": negated and not beyond,
        "more": beyond and not negated,
        "unturned": not negated,
        "either": True,
    }
    return wanted[frame.polarity] and not _turned(grid, frame, content, language)


def _turned(grid: Lattice, frame: Frame, content: Content, language: Language) -> bool:
    """Whether a guard word stands anywhere that is not the `no` of a `no more than`, or a part of the frame."""
    texts = _beside_filler(grid)
    if _opening(grid) in ASKING:
        return True
    allowed = content.inside(frame.own()) | frame.allows
    if sum(text in NEGATIONS - allowed for text in texts) > 1:
        return True
    guards = set(language.lists.guards) - NEGATIONS - allowed
    phrases = language.lists.guard_phrases
    return any(text in guards or (phrases.at(texts, at) and text not in allowed) for at, text in enumerate(texts))


def _beside_filler(grid: Lattice) -> list[str]:
    """The words, with nothing where filler of several words stands."""
    texts = [token.text for token in grid.tokens]
    for at, ends in grid.filler.items():
        end = max(ends, default=at)
        if end > at + 1:
            texts[at:end] = [""] * (end - at)
    return texts


def _opening(grid: Lattice) -> str:
    """The first word that is not filler."""
    at = 0
    while ends := grid.filler.get(at):
        at = max(ends)
    return grid.tokens[at].text if at < len(grid.tokens) else ""


def _content(grid: Lattice, kinds: frozenset[str], language: Language) -> Content | None:
    """Words and values of a message; None if a type of value stands twice."""
    words: set[str] = set()
    phrases: dict[str, frozenset[str]] = {}
    amounts: list[tuple[str, Any]] = []
    values: dict[str, Any] = {}
    bare = _beside_filler(grid)
    idioms = {place for at in range(len(bare)) for place in _idiom(grid, at, language)}
    at = 0
    while at < len(grid.tokens):
        end, kind, value = _longest(grid, at, kinds) or (at + 1, "", None)
        if kind == "tickers" and (not bare[at] or at in idioms):  # a general rule, out of the box
            end, kind = at + 1, ""
        if kind in AMOUNTS and value is not None:
            amounts.extend(() if _repeats(value, amounts) else ((kind, value),))
        elif kind in values:
            return None
        elif kind:
            values[kind] = value
        else:
            words.add(grid.tokens[at].text)
            phrases |= _phrases(grid, at, at + 1, language)
        at = end
    empty = words - set(bare)
    return Content(frozenset(words), phrases, tuple(amounts), values, frozenset(empty))


def _idiom(grid: Lattice, at: int, language: Language) -> range:
    """The places after the first of a concept of three words and more."""
    found = language.lists.phrases.at([token.text for token in grid.tokens], at)
    end = max((end for end, _ in found), default=at)
    return range(at + 1, end) if end > at + 2 else range(0)


def _repeats(value: Quantity, amounts: list[tuple[str, Any]]) -> bool:
    """Whether an amount was said before: a quarter, 25 percent."""
    said = {(one.value * 100, "percent") if one.unit == "part" else (one.value, one.unit) for _, one in amounts}
    return ((value.value * 100, "percent") if value.unit == "part" else (value.value, value.unit)) in said


def _phrases(grid: Lattice, start: int, end: int, language: Language) -> dict[str, frozenset[str]]:
    """The concepts of several words that begin at these places, written with underscores, with their words."""
    texts = [token.text for token in grid.tokens]
    table = language.lists.phrases
    return {name: frozenset(texts[at:stop]) for at in range(start, end) for stop, name in table.at(texts, at)}


def _longest(grid: Lattice, at: int, kinds: frozenset[str]) -> Edge | None:
    """The longest amount, period or list of companies at a place; a bare one or a stray `a` is a word."""
    first = grid.tokens[at].text
    edges = [
        edge
        for edge in grid.values.get(at, ())
        if edge[1] in kinds | EVERYWHERE and first not in _bare(edge[1]) and not _aside(grid, at, edge, kinds)
    ]
    return max(edges, key=lambda edge: (edge[0], edge[1] not in AMOUNTS), default=None)


def _bare(kind: str) -> frozenset[str]:
    """The words that do not begin a value of this type here."""
    return BARE.get(kind, ONES if kind in EVERYWHERE else frozenset())


def _aside(grid: Lattice, at: int, edge: Edge, kinds: frozenset[str]) -> bool:
    """Whether a period or a length only says how a limit is meant: in a day, overall."""
    end, kind, _ = edge
    return kind in LENGTHS - kinds and " ".join(token.text for token in grid.tokens[at:end]) in MEANT


def _fits(frame: Frame, content: Content) -> bool:
    units = [unit for unit, _ in content.amounts]
    kinds = set(content.values)
    if len(units) != 1 if frame.unit == ANY else units != ([frame.unit] if frame.unit else []):
        return False
    if not set(frame.holds.values()) <= kinds <= frame.kinds():
        return False
    return all(content.meets(need) for need in frame.needs)


def _left(frame: Frame, content: Content, language: Language) -> frozenset[str]:
    """The words that neither the frame nor filler explains."""
    own = frame.own()
    return content.words - own - (language.lists.explained - LOOKING) - content.inside(own) - content.empty


def _filled(frame: Frame, content: Content, language: Language, confidence: float) -> Outcome:
    amount = {frame.amount(): content.amounts[0][1]} if content.amounts else {}
    named = {
        name: content.values[kind] for name, kind in {**frame.takes, **frame.holds}.items() if kind in content.values
    }
    return fill(frame.intent, {**frame.fixed, **amount, **named}, language, (), confidence)
