"""A statement and an order that points back to it: micro trades are not worth the bother, leave them out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from intents.clauses import clauses, inert
from intents.questions import SUBJECTS
from intents.result import Parsed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from intents.clauses import Clause
    from intents.hearing import Hearing
    from intents.match import Lattice
    from intents.normalise import Token

CONFIDENCE: Final = 0.75
NAMES: Final = frozenset(
    {"field", "field:switch", "events", "tickers", "sectors", "person", "strategy", "asset_classes"}
    | {"topic", "category"}
)
FEARED: Final = frozenset({"mark_event"})  # asked for by what is told: where that is denied, it is not meant
TELLING: Final = frozenset({"negated", "opinion"})  # the only guard words that a statement may hold


def pointed(heard: Hearing, grid: Lattice, read: Callable[[Hearing, Lattice], Parsed | None]) -> Parsed | None:
    """What the order asks for, its pronoun put for what the statement names; what is grave is only offered."""
    several = clauses(grid, heard.language)
    if len(several) > 2:
        several = [one for one in several if not inert(grid, one, heard.language)]
    if len(several) != 2 or not _states(heard, grid, several[0], read):
        return None
    order = grid.tokens[several[1].start : several[1].end]
    places = [at for at, token in enumerate(order) if token.text in heard.language.lists.pointers]
    if len(places) != 1:
        return None
    named = _named(heard, grid, several[0])
    said = [*order[: places[0]], *named, *order[places[0] + 1 :]]
    found = read(heard, heard.grid([replace(said[0], before=""), *said[1:]])) if named else None
    if found is None or len(found.requests) != 1:
        return None
    denied = found.requests[0].intent in FEARED and _negated(heard, grid, several[0])
    return None if denied else _taken(heard, found)


def _negated(heard: Hearing, grid: Lattice, clause: Clause) -> bool:
    """Whether a clause denies something."""
    guards = heard.language.lists.guards
    return any(guards.get(token.text) == "negated" for token in grid.tokens[clause.start : clause.end])


def _states(heard: Hearing, grid: Lattice, clause: Clause, read: Callable[[Hearing, Lattice], Parsed | None]) -> bool:
    """Whether a clause tells something and asks for nothing: no condition, no hearsay, nothing past, no number."""
    lists = heard.language.lists
    places = range(clause.start, clause.end)
    texts = [grid.tokens[at].text for at in places]
    phrases = (code for at in range(len(texts)) for _, code in lists.guard_phrases.at(texts, at))
    codes = {lists.guards[text] for text in texts if text in lists.guards}.union(phrases)
    numbered = any(edge[1] in {"value", "until", "clock"} for at in places for edge in grid.values.get(at, ()))
    named = {
        at
        for start in places
        for edge in grid.values.get(start, ())
        if edge[1] in NAMES
        for at in range(start, edge[0])
    }
    uneasy = any(grid.tokens[at].text in lists.uneasy for at in places if at not in named)
    if not codes <= TELLING or numbered or uneasy:
        return False
    return read(heard, heard.grid(grid.tokens[clause.start : clause.end])) is None


def _named(heard: Hearing, grid: Lattice, clause: Clause) -> Sequence[Token]:
    """What a statement is about: its subject, unless that is who speaks; else the longest thing that it names."""
    lists = heard.language.lists
    texts = [grid.tokens[at].text for at in range(clause.start, clause.end)]
    verb = next((at for at, text in enumerate(texts) if text in lists.stating), 0)
    if verb and texts[0] not in SUBJECTS:
        return grid.tokens[clause.start : clause.start + verb]
    things = [
        (edge[0] - at, at)
        for at in range(clause.start + 1, clause.end)
        for edge in grid.values.get(at, ())
        if edge[1] in NAMES and edge[0] <= clause.end and grid.tokens[at - 1].text in lists.explained
    ]
    length, at = max(things, default=(0, 0))
    return grid.tokens[at : at + length]


def _taken(heard: Hearing, found: Parsed) -> Parsed | None:
    request = replace(found.requests[0], confidence=CONFIDENCE)
    harm = heard.language.contract[request.intent].harm
    if harm in {"look", "dialogue"}:
        return None
    if harm == "grave":
        return Parsed(heard.text, "clarify", candidates=(request,), why="not_understood")
    return replace(found, requests=(request,))
