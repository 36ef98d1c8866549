"""Sentence templates: `(a|b)`, `[optional]`, `{slot}`, `{slot:type}`, `<rule>`, compiled into one automaton.

All templates are merged (positions after Glushkov); deterministic states are made when a message first needs them,
so that loading stays quick however many sentences the templates stand for.
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
    """One template of an intent, with the slot values that its group fixes."""

    intent: str
    text: str
    fixed: Mapping[str, Any] = field(default_factory=dict)


def read_template(
    text: str, rules: Mapping[str, Node], spell: Mapping[str, Sequence[str]], *, keep: bool = False
) -> Node:
    """The tree of a template; words found in `spell` are replaced as in messages (don't → do not).

    Articles are left out unless `keep` is set: messages are read over them.
    """
    return _Reader(text, rules, spell, frozenset() if keep else STEPPED_OVER).whole()


class _Reader:
    def __init__(
        self, text: str, rules: Mapping[str, Node], spell: Mapping[str, Sequence[str]], dropped: frozenset[str]
    ) -> None:
        self.text, self.rules, self.spell, self.dropped = text, rules, spell, dropped
        self.pieces = PIECE.findall(text)
        self.at = 0

    def whole(self) -> Node:
        node = self._choice(None)
        if self.at != len(self.pieces):
            raise TemplateError(f"unbalanced brackets in template: {self.text}")
        return node

    def _choice(self, end: str | None) -> Node:
        branches: list[list[Node]] = [[]]
        while self.at < len(self.pieces) and self.pieces[self.at] != end:
            piece = self.pieces[self.at]
            self.at += 1
            if piece == "|":
                branches.append([])
            else:
                branches[-1].append(self._part(piece))
        nodes = tuple(parts[0] if len(parts) == 1 else Seq(tuple(parts)) for parts in branches)
        return nodes[0] if len(nodes) == 1 else Alt(nodes)

    def _part(self, piece: str) -> Node:
        if piece in CLOSING:
            return self._bracket(piece)
        if piece in ")]":
            raise TemplateError(f"unbalanced brackets in template: {self.text}")
        if piece[0] == "{":
            name, _, kind = piece[1:-1].partition(":")
            return Leaf(f"{{{name}:{kind or name}}}")
        if piece[0] == "<":
            return self._rule(piece[1:-1])
        words = [word for word in self.spell.get(piece, (piece,)) if word not in self.dropped]
        return Leaf(words[0]) if len(words) == 1 else Seq(tuple(Leaf(word) for word in words))

    def _bracket(self, opening: str) -> Node:
        inner = self._choice(CLOSING[opening])
        if self.at >= len(self.pieces):
            raise TemplateError(f"unbalanced brackets in template: {self.text}")
        self.at += 1
        return Alt((inner, NOTHING)) if opening == "[" else inner

    def _rule(self, name: str) -> Node:
        if name not in self.rules:
            raise TemplateError(f"unknown rule <{name}> in template: {self.text}")
        return self.rules[name]


def expanded(node: Node) -> list[tuple[str, ...]]:
    """Every sentence of words that a tree stands for; for short phrases only."""
    if isinstance(node, Leaf):
        return [(node.label,)]
    if isinstance(node, Alt):
        return [said for part in node.parts for said in expanded(part)]
    made: list[tuple[str, ...]] = [()]
    for part in node.parts:
        made = [head + tail for head in made for tail in expanded(part)]
    return made


class State:
    """A deterministic state: where each label leads, and the templates that may end here."""

    __slots__ = ("accepts", "moves", "targets")

    def __init__(self, moves: dict[str, tuple[int, ...]], accepts: tuple[int, ...]) -> None:
        self.targets = moves
        self.moves: dict[str, State] = {}
        self.accepts = accepts


class Automaton:
    """All templates at once; `follow` finds the state after a label."""

    def __init__(self, trees: Sequence[Node]) -> None:
        self._labels: list[str] = []
        self._follow: list[list[tuple[int, ...]]] = []
        self._ends: list[list[int]] = []
        self._states: dict[tuple[int, ...], State] = {}
        firsts: list[int] = []
        for number, tree in enumerate(trees):
            _, first, last = self._compile(tree)
            firsts.extend(first)
            for position in last:
                self._ends[position].append(number)
        self.start = State(self._grouped([tuple(firsts)]), ())

    def words(self) -> set[str]:
        """Every plain word that stands in a template."""
        return {label for label in self._labels if label[0] != "{"}

    def slots(self) -> set[str]:
        """Every slot label, `{name:type}`."""
        return {label for label in self._labels if label[0] == "{"}

    def step(self, state: State, label: str) -> State | None:
        """The state after `label`, None where no template goes on so."""
        known = state.moves.get(label)
        if known is not None:
            return known
        positions = state.targets.get(label)
        if positions is None:
            return None
        state.moves[label] = made = self._state(positions)
        return made

    def _state(self, positions: tuple[int, ...]) -> State:
        if positions not in self._states:
            parts = {id(part): part for position in positions for part in self._follow[position]}
            accepts = sorted({number for position in positions for number in self._ends[position]})
            self._states[positions] = State(self._grouped(parts.values()), tuple(accepts))
        return self._states[positions]

    def _grouped(self, parts: Iterable[tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
        groups: dict[str, list[int]] = {}
        for position in {position for part in parts for position in part}:
            groups.setdefault(self._labels[position], []).append(position)
        return {label: tuple(sorted(group)) for label, group in groups.items()}

    def _compile(self, node: Node) -> tuple[bool, tuple[int, ...], tuple[int, ...]]:
        """Whether the part may be empty, and the positions that may stand first and last in it."""
        if isinstance(node, Leaf):
            self._labels.append(node.label)
            self._follow.append([])
            self._ends.append([])
            here = (len(self._labels) - 1,)
            return False, here, here
        return self._alternatives(node) if isinstance(node, Alt) else self._sequence(node)

    def _alternatives(self, node: Alt) -> tuple[bool, tuple[int, ...], tuple[int, ...]]:
        done = [self._compile(part) for part in node.parts]
        first = tuple(position for _, firsts, _ in done for position in firsts)
        last = tuple(position for _, _, lasts in done for position in lasts)
        return any(empty for empty, _, _ in done), first, last

    def _sequence(self, node: Seq) -> tuple[bool, tuple[int, ...], tuple[int, ...]]:
        empty, first, last = True, tuple[int, ...](), tuple[int, ...]()
        for part in node.parts:
            part_empty, part_first, part_last = self._compile(part)
            for position in last:
                self._follow[position].append(part_first)
            first = first + part_first if empty else first
            last = last + part_last if part_empty else part_last
            empty = empty and part_empty
        return empty, first, last
