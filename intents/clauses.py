"""The clauses of a message, and those of them that say something about the speaker and ask for nothing."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from intents.match import readings
from intents.spelling import guarded, nearest_words
from intents.telling import told

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from intents.language import Language
    from intents.match import Lattice
    from intents.normalise import Token

MARKS: Final = frozenset(",;:.!?—–…")
REMARK: Final = "_remark"
MOST: Final = 6  # clauses that are told apart
VALUES: Final = frozenset({"tickers", "ticker", "value", "until", "clock", "person", "sectors", "asset_classes"})


class Clause(NamedTuple):
    """A stretch of a message from place `start` to `end`."""

    start: int
    end: int


def clauses(grid: Lattice, language: Language) -> list[Clause]:
    """The message cut at marks, and where a reason begins; one clause where there are too many."""
    return grid.once("clauses", lambda: _cut(grid, language))


def _cut(grid: Lattice, language: Language) -> list[Clause]:
    tokens = grid.tokens
    cuts = [at for at in range(1, len(tokens)) if _begins(grid, at, language)]
    pairs = [Clause(start, end) for start, end in pairwise([0, *cuts, len(tokens)])]
    return pairs if len(pairs) <= MOST else [Clause(0, len(tokens))]


def _begins(grid: Lattice, at: int, language: Language) -> bool:
    return not MARKS.isdisjoint(grid.tokens[at].before) or bool(language.lists.reasons.at(grid.texts, at))


def inert(grid: Lattice, clause: Clause, language: Language) -> bool:
    """Whether a clause only tells something about whoever speaks: no command, no value, no word that turns another."""
    return grid.once(("inert", clause), lambda: _inert(grid, clause, language))


def _inert(grid: Lattice, clause: Clause, language: Language) -> bool:
    found = {one.template.intent for one in readings(grid, language, clause.start, clause.end)}
    if found:
        return found == {REMARK}
    if told(grid, clause.start, clause.end, language):
        return True
    tokens = grid.tokens[clause.start : clause.end]
    texts = grid.texts[clause.start : clause.end]
    if _valued(grid, clause) or not language.lists.selves.intersection(texts):
        return False
    return not (any(_weighs(token, language) for token in tokens) or _turns(texts, language))


def of_another(grid: Lattice, plain: Collection[int], language: Language) -> frozenset[int]:
    """The places of clauses that say something of another thing than the values: …, delayed is no good.

    `plain` are the places that are no part of a value.
    """
    several = clauses(grid, language)
    found = [one for one in several if len(several) > 1 and _has_own_subject(grid, one, plain, language)]
    return frozenset(at for start, end in found for at in range(start, end))


def _has_own_subject(grid: Lattice, clause: Clause, plain: Collection[int], language: Language) -> bool:
    places = range(clause.start, clause.end)
    texts = [grid.tokens[at].text for at in places]
    lists = language.lists
    if not all(at in plain for at in places) or not lists.pointers.isdisjoint(texts):
        return False
    said = [word for word in texts if word not in lists.explained]
    if not said or said[0] in lists.guards or said[0] in lists.stating:
        return False
    return not lists.stating.isdisjoint(texts[texts.index(said[0]) + 1 :])


def _valued(grid: Lattice, clause: Clause) -> bool:
    return any(
        kind in VALUES for at in range(clause.start, clause.end) for _, kind, _ in grid.values.get(at, ()) if kind
    )


def _weighs(token: Token, language: Language) -> bool:
    """Whether a word is of the trade, turns something around, or might be such a word misspelt."""
    lists, word = language.lists, token.text
    if token.kind != "word" or word in lists.domain or word in lists.uneasy or word in lists.guards:
        return True
    if word in language.vocabulary or word in lists.common or word in lists.idle:
        return False
    return guarded(word, language) or any(near in lists.domain for near in nearest_words(word, language))


def _turns(texts: Sequence[str], language: Language) -> bool:
    return language.lists.guard_phrases.within(texts)


def without_remarks(grid: Lattice, language: Language) -> list[Token] | None:
    """The words that are left without inert clauses; None where there are none such, or nothing but such."""
    several = clauses(grid, language)
    kept = [one for one in several if not inert(grid, one, language)]
    if len(several) < 2 or not 0 < len(kept) < len(several):
        return None
    return [token for start, end in kept for token in _unled(grid.tokens[start:end], language)]


def _unled(tokens: Sequence[Token], language: Language) -> Sequence[Token]:
    """A clause without the words that join it to what was told before: so, hence."""
    at = 0
    while at < len(tokens) and tokens[at].text in language.lists.telling.joining:
        at += 1
    return tokens[at:]
