"""What a message is made of, for frames: its words, its phrases that are concepts, its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from intents.counts import Edge
    from intents.language import Language
    from intents.match import Lattice
    from intents.numbers import Quantity

AMOUNTS: Final = frozenset({"percent", "dollars", "number", "lasting"})
EVERYWHERE: Final = AMOUNTS | {"period", "tickers", "until"}  # never plain words, whatever the frame
ONES: Final = frozenset({"one", "day"})
LENGTHS: Final = frozenset({"period", "lasting", "until"})
MEANT: Final = frozenset(
    {
        "a day",
        "one day",
        "in one day",
        "the day",
        "on the day",
        "in a day",
        "in the day",
        "overall",
        "altogether",
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
    """What a message is made of: its words, phrases that are concepts, and values by slot type."""

    words: frozenset[str]
    phrases: dict[str, frozenset[int]]  # with their places
    places: dict[int, str]  # the words that are no part of a value
    amounts: tuple[tuple[str, Any], ...]  # unit and amount
    values: dict[str, Any]
    empty: frozenset[str]  # words of filler, which explain nothing and turn nothing

    def meets(self, need: frozenset[str]) -> bool:
        """Whether one of these concepts was said."""
        return not need.isdisjoint(self.words) or not need.isdisjoint(self.phrases)

    def inside(self, own: frozenset[str]) -> frozenset[str]:
        """The words of the phrases that belong to these concepts."""
        return frozenset(self.places[at] for at in self.within(own) if at in self.places)

    def within(self, own: frozenset[str]) -> frozenset[int]:
        """The places of the phrases that belong to these concepts."""
        return frozenset().union(*(places for phrase, places in self.phrases.items() if phrase in own))

    def outside(self, own: frozenset[str]) -> dict[int, str]:
        """The words, by place, that stand in none of these phrases, nor in filler."""
        inner = self.within(own)
        return {at: word for at, word in self.places.items() if at not in inner and word not in self.empty}


def beside_filler(grid: Lattice) -> list[str]:
    """The words, with nothing where filler of several words stands."""
    texts = list(grid.texts)
    for at, ends in grid.filler.items():
        end = max(ends, default=at)
        if end > at + 1:
            texts[at:end] = [""] * (end - at)
    return texts


def content_of(grid: Lattice, kinds: frozenset[str], language: Language) -> Content | None:
    """Words and values of a message; None if a type of value stands twice."""
    words: set[str] = set()
    phrases: dict[str, frozenset[int]] = {}
    places: dict[int, str] = {}
    amounts: list[tuple[str, Any]] = []
    values: dict[str, Any] = {}
    bare = beside_filler(grid)
    plain = _plain_names(grid, language)
    at = 0
    while at < len(grid.tokens):
        end, kind, value = _longest(grid, at, kinds) or (at + 1, "", None)
        if kind == "tickers" and (
            not bare[at] or at in plain or _in_idiom(grid, at, language)
        ):  # a general rule, out of the box
            end, kind = at + 1, ""
        if kind in AMOUNTS and value is not None:
            amounts.extend(() if _repeats(value, amounts) else ((kind, value),))
        elif kind in values:
            return None
        elif kind:
            values[kind] = value
        else:
            words.add(grid.texts[at])
            places[at] = grid.texts[at]
            for name, spots in phrases_in(grid, at, at + 1, language).items():
                phrases[name] = phrases.get(name, frozenset()) | spots
        at = end
    empty = words - {word for at, word in enumerate(bare) if at not in grid.filler or at + 1 not in grid.filler[at]}
    return Content(frozenset(words), phrases, places, tuple(amounts), values, frozenset(empty))


def _plain_names(grid: Lattice, language: Language) -> frozenset[int]:
    """The places of companies whose names are words of the trade (target, square), where another company is named."""
    places = [at for at, edges in grid.values.items() if any(edge[1] == "tickers" for edge in edges)]
    doubtful = frozenset(at for at in places if grid.texts[at] in language.lists.doubles)
    return doubtful if len(doubtful) < len(places) else frozenset()


def _in_idiom(grid: Lattice, place: int, language: Language) -> bool:
    """Whether a place lies in a concept of three words and more, after its first."""
    found = _concepts(grid, language)
    return any(end > place and end > at + 2 for at in range(place) for end, _ in found.get(at, ()))


def _repeats(value: Quantity, amounts: list[tuple[str, Any]]) -> bool:
    """Whether an amount was said before: a quarter, 25 percent."""
    said = {(one.value * 100, "percent") if one.unit == "part" else (one.value, one.unit) for _, one in amounts}
    return ((value.value * 100, "percent") if value.unit == "part" else (value.value, value.unit)) in said


def phrases_in(grid: Lattice, start: int, end: int, language: Language) -> dict[str, frozenset[int]]:
    """The concepts of several words that begin at these places, written with underscores, with the places of each."""
    found: dict[str, frozenset[int]] = {}
    concepts = _concepts(grid, language)
    for at in range(start, end):
        for stop, name in concepts.get(at, ()):
            found[name] = found.get(name, frozenset()) | frozenset(range(at, stop))
    return found


def _concepts(grid: Lattice, language: Language) -> dict[int, list[tuple[int, str]]]:
    """The concepts of several words by where they begin, with their ends."""
    table, texts = language.lists.phrases, grid.texts
    return grid.once(
        "concepts", lambda: {at: table.at(texts, at) for at in range(len(texts)) if texts[at] in table.firsts}
    )


def _longest(grid: Lattice, at: int, kinds: frozenset[str]) -> Edge | None:
    """The longest amount, period or list of companies at a place; a bare one or a stray `a` is a word."""
    here = grid.values.get(at)
    if not here:
        return None
    first = grid.texts[at]
    edges = [
        edge
        for edge in here
        if (edge[1] in kinds or edge[1] in EVERYWHERE)
        and not _stray(first, at, edge)
        and not _aside(grid, at, edge, kinds)
    ]
    return max(edges, key=lambda edge: (edge[0], edge[1] not in AMOUNTS), default=None)


def _stray(first: str, at: int, edge: Edge) -> bool:
    """Whether a value begins with a word that begins none here; one and a half percent is an amount all the same."""
    end, kind, _ = edge
    if kind in AMOUNTS and end > at + 1:
        return False
    return first in BARE.get(kind, ONES if kind in EVERYWHERE else frozenset())


def _aside(grid: Lattice, at: int, edge: Edge, kinds: frozenset[str]) -> bool:
    """Whether a period or a length only says how a limit is meant: in a day, overall."""
    end, kind, _ = edge
    if kind == "period" and "today" in kinds and end == at + 1:  # as a word of its own
        return True
    return kind in LENGTHS - kinds and " ".join(grid.texts[at:end]) in MEANT
