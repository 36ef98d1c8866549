"""Sentence templates: `(a|b)`, `[optional]`, `{slot}`, `{slot:type}`, `<rule>`, compiled into one automaton.

All templates are merged; a state is what is still to be said of each of them, made when a message first needs it, so
that loading stays quick however many sentences the templates stand for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PIECE: Final = re.compile(r"[()\[\]|]|\{[^}]*\}|<[^>]*>|[^\s()\[\]{}<>|]+")
CLOSING: Final = {"(": ")", "[": "]"}
STEPPED_OVER: Final = frozenset({"the", "a", "an", "my", "our", "your"})  # filler in every message, so in no template


class TemplateError(ValueError):
    """A template that cannot be read; the message names it."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A word, or a slot written `{name:type}`."""

    label: str


@dataclass(frozen=True, slots=True)
class Seq:
    """Parts that follow each other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alt:
    """Parts of which one stands."""

    parts: tuple[Node, ...]


Node = Leaf | Seq | Alt
NOTHING: Final = Seq(())


@dataclass(frozen=True, slots=True)
class Template:
    """One template of an intent, with the slot values that its group fixes.

    One from `outside` yields to every reading of ours.
    """

    intent: str
    text: str
    fixed: Mapping[str, Any] = field(default_factory=dict)
    outside: bool = False


def read_template(
    text: str,
    rules: Mapping[str, Node],
    spell: Mapping[str, Sequence[str]],
    known: dict[str, Node] | None = None,
    *,
    keep: bool = False,
) -> Node:
    """The tree of a template; words found in `spell` are replaced as in messages (don't → do not).

    Articles are left out unless `keep` is set: messages are read over them. `known` collects the nodes of words, so
    that templates read with the same one share them.
    """
    dropped = frozenset[str]() if keep else STEPPED_OVER
    return _Reader(text, rules, spell, dropped, {} if known is None else known).whole()


class _Reader:
    def __init__(
        self,
        text: str,
        rules: Mapping[str, Node],
        spell: Mapping[str, Sequence[str]],
        dropped: frozenset[str],
        known: dict[str, Node],
    ) -> None:
        self.text, self.rules, self.spell, self.dropped, self.known = text, rules, spell, dropped, known
        self.pieces = PIECE.findall(text)
        self.at = 0

    def whole(self) -> Node:
        node = self._choice(None)
        if self.at != len(self.pieces):
            raise TemplateError(f"unbalanced brackets in template: {self.text}")
        return node

    def _choice(self, end: str | None) -> Node:
        branches: list[Node] = []
        parts: list[Node] = []
        pieces, total = self.pieces, len(self.pieces)
        while self.at < total and pieces[self.at] != end:
            piece = pieces[self.at]
            self.at += 1
            if piece == "|":
                branches.append(_sequence(parts))
                parts = []
                continue
            part = self.known.get(piece) or self._part(piece)
            if part is not NOTHING:
                parts.append(part)
        branches.append(_sequence(parts))
        if len(branches) == 1 or all(branch is NOTHING for branch in branches):
            return branches[0]
        return Alt(tuple(branches))

    def _part(self, piece: str) -> Node:
        if piece in CLOSING:
            return self._bracket(piece)
        if piece in ")]":
            raise TemplateError(f"unbalanced brackets in template: {self.text}")
        if piece[0] == "<":
            return self._rule(piece[1:-1])
        self.known[piece] = node = self._word(piece)
        return node

    def _word(self, piece: str) -> Node:
        if piece[0] == "{":
            name, _, kind = piece[1:-1].partition(":")
            return Leaf(f"{{{name}:{kind or name}}}")
        return _sequence([Leaf(word) for word in self.spell.get(piece, (piece,)) if word not in self.dropped])

    def _bracket(self, opening: str) -> Node:
        inner = self._choice(CLOSING[opening])
        if self.at >= len(self.pieces):
            raise TemplateError(f"unbalanced brackets in template: {self.text}")
        self.at += 1
        return Alt((inner, NOTHING)) if opening == "[" and inner is not NOTHING else inner

    def _rule(self, name: str) -> Node:
        if name not in self.rules:
            raise TemplateError(f"unknown rule <{name}> in template: {self.text}")
        return self.rules[name]


def _sequence(parts: list[Node]) -> Node:
    """Parts as one node."""
    if len(parts) == 1:
        return parts[0]
    return Seq(tuple(parts)) if parts else NOTHING


def expanded(node: Node) -> list[tuple[str, ...]]:
    """Every sentence of words that a tree stands for; for short phrases only."""
    if isinstance(node, Leaf):
        return [(node.label,)]
    if isinstance(node, Alt):
        return [said for part in node.parts for said in expanded(part)]
    made: list[tuple[str, ...]] = [()]
    for part in node.parts:
        tails = expanded(part)
        made = [head + tail for head in made for tail in tails]
    return made


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """What still has to be said of a template: a node's parts from `place`, and then `after`.

    Without a node nothing more of template `number`.
    """

    node: Node | None
    place: int = 0
    after: Rest | None = None
    number: int = -1


Moves = dict[str, list[Rest]]


class State:
    """A deterministic state: where each label leads, and the templates that may end here."""

    __slots__ = ("accepts", "moves", "targets")

    def __init__(self, targets: Moves, accepts: tuple[int, ...]) -> None:
        self.targets = targets
        self.moves: dict[str, State] = {}
        self.accepts = accepts


class Automaton:
    """All templates at once; `step` finds the state after a label, made when it is first needed."""

    def __init__(self, trees: Sequence[Node]) -> None:
        self._labels = _labels(trees)
        self._rests: dict[tuple[int, int, int], Rest] = {}
        self._empty: dict[int, bool] = {}
        self._states: dict[frozenset[Rest], State] = {}
        ends = (Rest(None, number=number) for number in range(len(trees)))
        self.start = self._made(Rest(tree, 0, end) for tree, end in zip(trees, ends, strict=True))

    def words(self) -> set[str]:
        """Every plain word that stands in a template."""
        return {label for label in self._labels if label[0] != "{"}

    def slots(self) -> set[str]:
        """Every slot label, `{name:type}`."""
        return {label for label in self._labels if label[0] == "{"}

    def step(self, state: State, label: str) -> State:
        """The state after `label`, one of the state's targets."""
        known = state.moves.get(label)
        if known is not None:
            return known
        key = frozenset(state.targets[label])
        if key not in self._states:
            self._states[key] = self._made(key)
        state.moves[label] = made = self._states[key]
        return made

    def _made(self, rests: Iterable[Rest]) -> State:
        targets: Moves = {}
        accepts: set[int] = set()
        for rest in rests:
            self._open(rest, targets, accepts)
        return State(targets, tuple(sorted(accepts)))

    def _open(self, rest: Rest | None, targets: Moves, accepts: set[int]) -> None:
        """Adds the labels that may come next, and the template that may end here."""
        while rest is not None:
            if rest.node is None:
                accepts.add(rest.number)
                return
            rest = rest.after if self._first(rest.node, rest.place, rest.after, targets) else None

    def _first(self, node: Node, place: int, after: Rest | None, targets: Moves) -> bool:
        """Adds the labels that a node may begin with, a sequence from `place` on; whether it may be empty."""
        if isinstance(node, Leaf):
            if after is not None:
                targets.setdefault(node.label, []).append(after)
            return False
        if isinstance(node, Alt):
            for part in node.parts:
                self._first(part, 0, after, targets)
            return self._may_be_empty(node)
        last = len(node.parts) - 1
        for at in range(place, last + 1):
            part = node.parts[at]
            self._first(part, 0, self._then(node, at + 1, after) if at < last else after, targets)
            if not self._may_be_empty(part):
                return False
        return True

    def _then(self, node: Node, place: int, after: Rest | None) -> Rest:
        """The same place of the same node before the same rest is one value, so that states meet again."""
        key = (id(node), place, id(after))
        if key not in self._rests:
            self._rests[key] = Rest(node, place, after)
        return self._rests[key]

    def _may_be_empty(self, node: Node) -> bool:
        if isinstance(node, Leaf):
            return False
        known = self._empty.get(id(node))
        if known is None:
            known = (any if isinstance(node, Alt) else all)(self._may_be_empty(part) for part in node.parts)
            self._empty[id(node)] = known
        return known


def _labels(trees: Iterable[Node]) -> frozenset[str]:
    """Every label that stands in a tree."""
    found: set[str] = set()
    seen: set[int] = set()
    waiting = list(trees)
    while waiting:
        node = waiting.pop()
        if isinstance(node, Leaf):
            found.add(node.label)
        elif id(node) not in seen:
            seen.add(id(node))
            waiting.extend(node.parts)
    return frozenset(found)
