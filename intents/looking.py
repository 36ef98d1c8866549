"""A question in free words: what it is about, shown, where its words point to one thing alone."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from intents.clauses import Clause, clauses
from intents.match import closest, readings
from intents.result import Parsed, Request
from intents.slots import fill

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from intents.hearing import Hearing
    from intents.language import Frame, Language
    from intents.match import Lattice

CONFIDENCE: Final = 0.75
UNEXPLAINED: Final = 4  # words of the question that nothing explains, at most
SHARE: Final = 0.45  # … and as a share of its words
TURNING: Final = frozenset({"negated", "exception", "conditional", "hypothetical"})
NUMBERS: Final = frozenset({"value", "until", "clock", "length", "instant"})


class Point(NamedTuple):
    """A look that a clause points to, with how much of it says so."""

    needs: int
    unexplained: int
    request: Request


def looked(heard: Hearing, grid: Lattice) -> Parsed | None:
    """What is to be shown; None where nothing is pointed to, or where something is asked to be done."""
    language = heard.language
    if heard.said.quoted:
        return None
    for core in _cores(clauses(grid, language)):
        if _only_beside(grid, core, language):
            points = list(_points(grid, core, language))
            if points:
                return _chosen(heard, points)
    return None


def _cores(several: list[Clause]) -> Iterator[Clause]:
    """Each clause, neighbours together, and the whole."""
    yield from several
    yield from (Clause(one.start, two.end) for one, two in pairwise(several))
    if len(several) > 2:
        yield Clause(several[0].start, several[-1].end)


def _chosen(heard: Hearing, points: list[Point]) -> Parsed:
    best = max(points, key=lambda one: (one.needs, -one.unexplained))
    equals = [one for one in points if (one.needs, one.unexplained) == (best.needs, best.unexplained)]
    distinct = list({str(one.request): one.request for one in equals}.values())
    if len(distinct) > 1:
        return Parsed(heard.text, "clarify", candidates=tuple(distinct[:3]), why="two_readings")
    return Parsed(heard.text, "ok", (distinct[0],))


def _only_beside(grid: Lattice, core: Clause, language: Language) -> bool:
    """Whether nothing outside the core asks for something or names a value."""
    outside = [at for at in range(len(grid.tokens)) if not core.start <= at < core.end]
    if any(grid.tokens[at].text in language.lists.uneasy for at in outside):
        return False
    if any(kind in NUMBERS for at in outside for _, kind, _ in grid.values.get(at, ())):
        return False
    stretches = (Clause(0, core.start), Clause(core.end, len(grid.tokens)))
    return not any(_asks(grid, one, language) for one in stretches if one.start < one.end)


def _asks(grid: Lattice, stretch: Clause, language: Language) -> bool:
    found = readings(grid, language, stretch.start, stretch.end)
    return any(one.template.intent[0] != "_" for one in closest(found, language))


def _points(grid: Lattice, core: Clause, language: Language) -> Iterable[Point]:
    tokens = grid.tokens[core.start : core.end]
    texts = [token.text for token in tokens]
    if _turned(texts, language):
        return
    for frame in language.lists.frames:
        if frame.free and all(not need.isdisjoint(texts) for need in frame.needs):
            point = _point(frame, grid, core, language)
            if point is not None:
                yield point


def _turned(texts: list[str], language: Language) -> bool:
    """Whether the question is no question: negated, on a condition, whether one should."""
    lists = language.lists
    if any(lists.guards.get(text) in TURNING for text in texts):
        return True
    codes = [code for at in range(len(texts)) for _, code in lists.guard_phrases.at(texts, at)]
    return any(code in TURNING for code in codes) or any(
        " ".join(pair) in {"should i", "should we", "shall i"} for pair in pairwise(texts)
    )


def _point(frame: Frame, grid: Lattice, core: Clause, language: Language) -> Point | None:
    values: dict[str, Any] = {}
    words: list[str] = []
    at = core.start
    kinds = {kind: name for name, kind in {**frame.takes, **frame.holds}.items()}
    own = frozenset().union(*frame.needs, frame.also, frame.allows)
    while at < core.end:
        edge = _value(grid, at, core.end, frozenset(kinds) | NUMBERS | {"tickers", "period"}, own)
        if edge is None:
            words.append(grid.tokens[at].text)
            at += 1
            continue
        end, kind, value = edge
        if kind not in kinds or kinds[kind] in values:
            return None
        values[kinds[kind]] = value
        at = end
    return _made(frame, words, values, language)


def _value(grid: Lattice, at: int, end: int, kinds: frozenset[str], own: frozenset[str]) -> Any:  # noqa: ANN401
    """The longest value at a place; a word of the frame's own is a word."""
    if grid.tokens[at].text in own:
        return None
    edges = [one for one in grid.values.get(at, ()) if one[1] in kinds and one[0] <= end]
    return max(edges, key=lambda one: (one[0], one[1] not in NUMBERS), default=None)


def _made(frame: Frame, words: list[str], values: dict[str, Any], language: Language) -> Point | None:
    lists = language.lists
    own = frozenset().union(*frame.needs, frame.also, frame.allows)
    left = [word for word in words if word not in own | lists.explained | lists.soft]
    if not set(frame.holds) <= set(values) or any(not set(words) & need for need in frame.needs):
        return None
    if any(word in lists.domain or word in lists.uneasy for word in left):
        return None
    if len(left) > UNEXPLAINED or len(left) > SHARE * max(1, len(words)):
        return None
    made = fill(frame.intent, {**frame.fixed, **values}, language, (), CONFIDENCE)
    return Point(len(frame.needs), len(left), made) if isinstance(made, Request) else None
