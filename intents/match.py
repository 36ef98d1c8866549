"""Templates laid over a message: every word is a word, a part of a value, or filler; nothing is left over."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

from intents.addresses import addresses_at
from intents.counts import Edge, counted, counts_at
from intents.entities import Company, company_at, lists_from
from intents.language import FILLER, TAIL
from intents.persons import persons_at

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Mapping, Sequence

    from intents.grammar import State, Template
    from intents.load import Language
    from intents.normalise import Token
    from intents.times import Clock

LISTED: Final = {
    "sector": "sectors",
    "asset_class": "asset_classes",
    "order_type": "order_types",
    "source": "sources",
    "event": "events",
    "channel": "channels",
}  # one of them → a list of them
UNSERVED: Final = "_other"  # sentences for what we do not do
STEPS: Final = 4_000  # a message that needs more is not one of ours

Values = tuple[tuple[str, Any], ...]
Move = tuple[int, str, tuple[str, Any]]  # end, label of the automaton, slot and value
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Reading:
    """A template that explains a whole message, with the values found in its slots."""

    template: Template
    values: tuple[tuple[str, Any], ...]
    skipped: int = 0  # filler words stepped over; the reading that explains more words literally is the better one

    def companies(self) -> list[Company]:
        """The companies in its slots."""
        lists = (value for _, value in self.values if isinstance(value, tuple))
        return [one for value in lists for one in value if isinstance(one, Company)]


@dataclass(frozen=True, eq=False)
class Lattice:
    """The readings of each place of a message: values by where they start, and where filler may be stepped over."""

    tokens: Sequence[Token]
    values: Mapping[int, Sequence[Edge]]
    filler: Mapping[int, Sequence[int]]
    _known: dict[Hashable, Any] = field(init=False, repr=False, default_factory=dict)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The words."""
        return tuple(token.text for token in self.tokens)

    def once(self, what: Hashable, find: Callable[[], Found]) -> Found:
        """What `find` finds out about these words, found once however many ways of reading ask for it."""
        if what not in self._known:
            self._known[what] = find()
        found: Found = self._known[what]
        return found

    def has(self, kind: str) -> bool:
        """Whether a value of this type stands anywhere."""
        return any(edge[1] == kind for edges in self.values.values() for edge in edges)

    def outside(self, covered: Collection[int]) -> list[Token]:
        """The words at other places than these."""
        return [token for at, token in enumerate(self.tokens) if at not in covered]

    def people(self) -> frozenset[int]:
        """The places of persons written with a capital letter."""
        return frozenset(
            place
            for at, edges in self.values.items()
            for end, kind, value in edges
            if kind == "person" and value.istitle()
            for place in range(at, end)
        )

    def named(self) -> frozenset[int]:
        """The places that belong to a company as written."""
        return frozenset(
            place
            for at, edges in self.values.items()
            for end, kind, value in edges
            if kind == "ticker" and not value[0].slip
            for place in range(at, end)
        )


def lattice(tokens: Sequence[Token], language: Language, owner: Clock, near: frozenset[str], text: str = "") -> Lattice:
    """Every value and every filler phrase of a message, whichever will be needed; `text` is as it was written."""
    texts = tuple(token.text for token in tokens)
    values = {at: _values_at(texts, at, language) for at in range(len(tokens))}
    for at in counted(tokens, language):
        values[at].extend(counts_at(tokens, at, language, owner))
    ones = {
        at: found
        for at in range(len(tokens))
        if (found := company_at(tokens, at, language.companies, language.vocabulary, near))
    }
    for at, named_here in ones.items():
        several = lists_from(ones, tokens, at)
        values[at].extend((end, kind, named) for end, named in several for kind in ("tickers", "tickers_it"))
        values[at].extend((end, "ticker", (one,)) for end, one in named_here)
    for edges in values.values():
        if edges:
            edges.extend(_benchmarks(edges))
    _add_lists(values, tokens)
    for at, persons in persons_at(tokens, text, language).items():
        values[at].extend((end, "person", name) for end, name in persons)
        if texts[at] in language.lists.names:
            values[at].append((persons[0][0], "firstname", persons[0][1]))
    for at, (end, address) in addresses_at(tokens, text).items():
        values[at].append((end, "address", address))
    filler = {at: _ends(edges, len(tokens)) for at, edges in values.items() if edges}
    return Lattice(tokens, values, filler)


def _add_lists(values: Mapping[int, list[Edge]], tokens: Sequence[Token]) -> None:
    """Lists of sectors and of asset classes: tech, oil and banks."""
    found: dict[str, dict[int, list[tuple[int, Any]]]] = {}
    for at, edges in values.items():
        for end, kind, value in edges:
            if kind in LISTED:
                found.setdefault(kind, {}).setdefault(at, []).append((end, value))
    for kind, ones in found.items():
        for at in ones:
            values[at].extend((end, LISTED[kind], named) for end, named in lists_from(ones, tokens, at))


def _benchmarks(edges: Sequence[Edge]) -> list[Edge]:
    """What can be compared with: an index by its fund, a company where its name is no index."""
    funds = {end: fund for end, kind, fund in edges if kind == "index"}
    named = [(end, "benchmark", value) for end, kind, value in edges if kind == "ticker" and end not in funds]
    return named + [(end, "benchmark", fund) for end, fund in funds.items()]


def _ends(edges: Sequence[Edge], total: int) -> list[int]:
    """Where filler that stands here ends; some of it only at the end of a message."""
    return [end for end, kind, _ in edges if kind == FILLER or (kind == TAIL and end == total)]


def _values_at(texts: tuple[str, ...], at: int, language: Language) -> list[Edge]:
    edges: list[Edge] = [(end, kind, value) for end, (kind, value) in language.spoken.at(texts, at)]
    ordinal = language.lists.numbers.ordinals.get(texts[at])
    return edges if ordinal is None else [(at + 1, "ordinal", ordinal), *edges]


def readings(grid: Lattice, language: Language, start: int = 0, end: int | None = None) -> list[Reading]:
    """Every template that explains the words from `start` to `end` without remainder."""
    end = len(grid.tokens) if end is None else end
    return grid.once(("readings", start, end), lambda: _ours_first(_Search(grid, language, end).run(start)))


def _ours_first(found: list[Reading]) -> list[Reading]:
    """Without what others brought, where any sentence of ours is read so, but for those that say what we do not do."""
    if not found:
        return found
    ours = [one for one in found if not one.template.outside]
    return ours if any(one.template.intent != UNSERVED for one in ours) else found


def closest(several: Sequence[Reading], language: Language) -> list[Reading]:
    """The readings that explain most words literally, without those that yield to another of these."""
    least = min((one.skipped for one in several), default=0)
    best = [one for one in several if one.skipped == least]
    meant = language.lists.overlaps.meant(one.template.intent for one in best)
    return [one for one in best if one.template.intent in meant]


def _moves(grid: Lattice, language: Language) -> list[list[Move]]:
    """Where the values of each place lead, by the labels of the automaton."""
    return [
        [
            (end, label, (label[1 : label.index(":")], value))
            for end, kind, value in grid.values.get(at, ())
            for label in language.labels.get(kind, ())
        ]
        for at in range(len(grid.tokens))
    ]


Path = tuple[int, "State", Values, int]  # place, state, values, filler words stepped over


class _Search:
    def __init__(self, grid: Lattice, language: Language, end: int) -> None:
        self.grid, self.language, self.end = grid, language, end
        self.moves = grid.once("moves", lambda: _moves(grid, language))
        self.seen: set[tuple[int, int, Values, int]] = set()
        self.stack: list[Path] = []
        self.found: dict[tuple[int, Values], Reading] = {}

    def run(self, start: int) -> list[Reading]:
        self._push(start, self.language.automaton.start, (), 0)
        steps = 0
        while self.stack and steps < STEPS:
            steps += 1
            at, state, values, skipped = self.stack.pop()
            if at == self.end:
                self._accept(state.accepts, values, skipped)
            else:
                self._advance(at, state, values, skipped)
        return list(self.found.values()) if steps < STEPS else []

    def _push(self, at: int, state: State, values: Values, skipped: int) -> None:
        key = (at, id(state), values, skipped)
        if at <= self.end and key not in self.seen:
            self.seen.add(key)
            self.stack.append((at, state, values, skipped))

    def _advance(self, at: int, state: State, values: Values, skipped: int) -> None:
        step, targets, word = self.language.automaton.step, state.targets, self.grid.texts[at]
        if word in targets:
            self._push(at + 1, step(state, word), values, skipped)
        for end in self.grid.filler.get(at, ()):
            self._push(end, state, values, skipped + end - at)
        for end, label, value in self.moves[at]:
            if label in targets:
                self._push(end, step(state, label), (*values, value), skipped)

    def _accept(self, accepts: Sequence[int], values: Values, skipped: int) -> None:
        for number in accepts:
            known = self.found.get((number, values))
            if known is None or known.skipped > skipped:
                self.found[number, values] = Reading(self.language.templates[number], values, skipped)
