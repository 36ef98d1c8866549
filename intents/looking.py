"""A question in free words: what it is about, shown, where its words point to one thing alone."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from intents.clauses import REMARK, Clause, clauses
from intents.compose import composed
from intents.match import closest, readings
from intents.mend import mended
from intents.plain import plain
from intents.questions import asks_for, names_only, turned
from intents.result import Parsed, Request
from intents.slots import fill
from intents.telling import told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from intents.counts import Edge
    from intents.hearing import Hearing
    from intents.language import Language
    from intents.looks import Looks, Sought
    from intents.match import Lattice

CONFIDENCE: Final = 0.75
SOCIAL: Final = frozenset({"greet", "thank"})  # neither asked nor named
UNEXPLAINED: Final = 4  # words of the question that nothing explains, at most
SHARE: Final = 0.5  # … and as a share of its words
Pair: TypeAlias = tuple[str, str]  # a word, after the one before it
EXACT: Final = 5.0  # what a clause weighs that asks in so many words
TOGETHER: Final = 0.75  # … for a clause taken in beside
LEAST: Final = 0.45  # what a question weighs at least
FOREIGN: Final = 1.75  # taken off for a word that may be the very thing that is spoken of
TELLING: Final = 1.0  # … for one that would mean something to another frame
SILENT: Final = 0.15  # … and for any other
NUMBERS: Final = frozenset({"value", "until", "clock", "length", "instant"})
OTHERS: Final = NUMBERS | {"period"}  # values that a question may name; one that its frame cannot take is none of its
BARE: Final = frozenset(
    {"one", "a", "an", "half", "quarter", "today", "now", "second", "the", "whole", "all", "ever", "overall"}
)
"""Words that are values only where a frame takes them."""


class Point(NamedTuple):
    """A look that a clause points to, with how much of it says so and how many words nothing explains."""

    weight: float
    unexplained: int
    request: Request


class Words(NamedTuple):
    """What a frame takes for words, and the slots of the values that it takes, by type."""

    own: frozenset[str]
    kinds: dict[str, str]


class Pointed(NamedTuple):
    """A clause with the looks that it points to best: several where none is better."""

    core: Clause
    weight: float
    requests: tuple[Request, ...]


def looked(heard: Hearing, grid: Lattice) -> Parsed | None:
    """What is to be shown; None where nothing is pointed to, or where something is asked to be done."""
    language = heard.language
    if heard.said.quoted:
        return None
    several = clauses(grid, language)
    found = [one for core in _cores(several) if (one := _pointed(heard, grid, core)) is not None]
    if len(several) > 1:
        found += [one for core in several if (one := _exactly(heard, grid, core)) is not None]
    found = [one if one.core in several else one._replace(weight=one.weight - TOGETHER) for one in found]
    for one in sorted(found, key=_rank):
        told = [clause for clause in several if clause != one.core and _tells(grid, clause, language)]
        outside = [clause for clause in several if clause.end <= one.core.start or clause.start >= one.core.end]
        if all(_beside(grid, clause, one, language) for clause in outside if clause not in told) and not any(
            _commands(heard, grid, clause) for clause in several if clause != one.core and clause not in told
        ):
            return _said(heard, one)
    return None


def _exactly(heard: Hearing, grid: Lattice, core: Clause) -> Pointed | None:
    """What a clause asks to be shown, taken by itself, in so many words."""
    parsed = plain(heard, heard.grid(list(grid.tokens[core.start : core.end])))
    if parsed is None or parsed.status != "ok":
        return None
    looks = all(heard.language.contract[one.intent].harm == "look" for one in parsed.requests)
    said = all(one.intent not in SOCIAL for one in parsed.requests)
    return Pointed(core, EXACT, parsed.requests) if looks and said and len(parsed.requests) == 1 else None


def _rank(one: Pointed) -> tuple[float, int, int]:
    """By weight, then by what is named, then the shorter."""
    return -one.weight, -max(len(request.slots) for request in one.requests), one.core.end - one.core.start


def _cores(several: list[Clause]) -> Iterator[Clause]:
    """Each clause, neighbours together, and the whole."""
    yield from several
    yield from (Clause(one.start, two.end) for one, two in pairwise(several))
    if len(several) > 2:
        yield Clause(several[0].start, several[-1].end)


def _said(heard: Hearing, one: Pointed) -> Parsed:
    if len(one.requests) > 1:
        return Parsed(heard.text, "clarify", candidates=one.requests[:3], why="two_readings")
    return Parsed(heard.text, "ok", one.requests)


def _tells(grid: Lattice, clause: Clause, language: Language) -> bool:
    """Whether a clause may be read as a remark: I want to see them."""
    return any(one.template.intent == REMARK for one in readings(grid, language, clause.start, clause.end))


def _beside(grid: Lattice, clause: Clause, one: Pointed, language: Language) -> bool:
    """Whether a clause beside asks for nothing else, and names no number."""
    places = range(clause.start, clause.end)
    texts = grid.texts[clause.start : clause.end]
    lists = language.lists
    if any(end == len(texts) for end, _ in lists.looks.asking.at(texts, 0)):  # yes or no
        return True
    if told(grid, clause.start, clause.end, language):
        return True
    telling = [text for text in texts if text not in lists.explained]
    if any((text in lists.uneasy and text not in lists.looks.idle) or text in lists.looks.orders for text in telling):
        return False
    if (texts[:2] == ("do", "not") or lists.selves.isdisjoint(texts)) and turned(texts, lists, frozenset()):
        return False
    if any(kind in NUMBERS for at in places if texts[at - clause.start] not in BARE for _, kind, _ in grid.values[at]):
        return False
    found = closest(readings(grid, language, clause.start, clause.end), language)
    own = {request.intent for request in one.requests}
    return all(reading.template.intent[0] == "_" or reading.template.intent in own for reading in found)


def _commands(heard: Hearing, grid: Lattice, clause: Clause) -> bool:
    """Whether a clause would have something done, however freely it is read, its spelling repaired."""
    inner = heard.grid(list(grid.tokens[clause.start : clause.end]))
    read = (one for one in (plain(heard, inner), mended(heard, inner, plain)) if one is not None)
    asked = [one for parsed in read for one in (*parsed.requests, *parsed.candidates)]
    asked += [one for one in composed(inner, heard.language) if isinstance(one, Request)]
    return any(heard.language.contract[one.intent].harm != "look" for one in asked)


def _pointed(heard: Hearing, grid: Lattice, core: Clause) -> Pointed | None:
    """What a stretch points to, if it is a question."""
    language = heard.language
    texts = grid.texts[core.start : core.end]
    points = list(_points(grid, core, texts, language))
    if not points:
        return None
    if not asks_for(texts, language.lists, marked=heard.said.question):
        bare = names_only(texts, language.lists) and not heard.context.waits()
        points = [one for one in points if not one.unexplained and (bare or one.request.intent in SOCIAL)]
    if not points:
        return None
    best = max(one.weight for one in points)
    distinct = {str(one.request): one.request for one in points if one.weight == best}
    return Pointed(core, best, _most_told(tuple(distinct.values())))


def _most_told(several: tuple[Request, ...]) -> tuple[Request, ...]:
    """Of the same look, the one with most slots."""
    if len({one.intent for one in several}) > 1:
        return several
    return (max(several, key=lambda one: len(one.slots)),)


def _points(grid: Lattice, core: Clause, texts: tuple[str, ...], language: Language) -> Iterable[Point]:
    table = language.lists.phrases
    joined = {name: texts[at:end] for at in range(len(texts)) for end, name in table.at(texts, at)}
    said = dict.fromkeys((*texts, *joined))
    telling = _telling(grid, core)
    near = {id(one): one for word in said for one in language.lists.looks.frames.get(word, ())}
    for sought in near.values():
        frame, own = sought.frame, sought.own
        if any(need.isdisjoint(said) for need in frame.needs) or turned(telling, language.lists, frame.allows):
            continue
        inside = own.union(*(words for name, words in joined.items() if name in own))
        point = _point(sought, grid, core, inside, language)
        if point is not None:
            yield point


def _telling(grid: Lattice, core: Clause) -> list[str]:
    """The words of a stretch without phrases that say nothing: at the moment, if you could."""
    texts: list[str] = []
    at = core.start
    while at < core.end:
        end = _empty(grid, at, core.end)
        if end == at:
            texts.append(grid.tokens[at].text)
        at = max(end, at + 1)
    return texts


def _empty(grid: Lattice, at: int, end: int) -> int:
    """Where a phrase of several words that say nothing ends; its own place where none stands."""
    return max((stop for stop in grid.filler.get(at, ()) if at + 1 < stop <= end), default=at)


def _point(sought: Sought, grid: Lattice, core: Clause, own: frozenset[str], language: Language) -> Point | None:
    frame = sought.frame
    kinds = {kind: name for name, kind in {**frame.takes, **frame.holds}.items()}
    words = Words(own, kinds)
    wanted = frame.beside.union(kinds, OTHERS, () if "ticker" in kinds else ("tickers",))
    values: dict[str, Any] = {}
    places: list[int] = []
    at = core.start
    while at < core.end:
        edge = _value(grid, at, core.end, wanted, words)
        if edge is None and (end := _empty(grid, at, core.end)) > at:
            places += [place for place in range(at, end) if grid.tokens[place].text in own]
            at = end
            continue
        if edge is None:
            places.append(at)
            at += 1
            continue
        at, kind, value = edge
        name = kinds.get(kind)
        if (name is None and kind not in frame.beside) or name in values:
            return None
        if name is not None:
            values[name] = value
    return _made(sought, _words(grid, core, places, language.lists.looks), values, own, language)


def _words(grid: Lattice, core: Clause, places: list[int], looks: Looks) -> list[Pair]:
    """The words of these places, each with the one before it that says something."""
    pairs: list[Pair] = []
    before = ""
    for at in range(core.start, core.end):
        word = grid.tokens[at].text
        if at in places:
            pairs.append((before, word))
        before = before if word in looks.idle and word not in looks.pointing else word
    return pairs


def _value(grid: Lattice, at: int, end: int, wanted: frozenset[str], words: Words) -> Edge | None:
    """The longest value at a place, unless it is a word that is rather to be taken as such."""
    first = grid.tokens[at].text
    edges = [one for one in grid.values.get(at, ()) if one[1] in wanted and one[0] <= end]
    best = max(edges, key=lambda one: (one[0], one[1] in words.kinds, one[1] != "tickers"), default=None)
    if best is None or best[0] > at + 1:
        return best
    return None if first in words.own or (first in BARE and best[1] not in words.kinds) else best


def _made(
    sought: Sought, words: list[Pair], values: dict[str, Any], own: frozenset[str], language: Language
) -> Point | None:
    frame, lists = sought.frame, language.lists
    known = (own, lists.explained, lists.soft, lists.looks.idle)
    left = [pair for pair in words if not any(pair[1] in group for group in known)]
    if not set(frame.holds) <= set(values) or any(word in lists.looks.meant and word not in own for _, word in words):
        return None
    if any(_weighs(word, language) for _, word in left):
        return None
    weight = sought.weight - sum(_price(pair, language) for pair in left)
    if weight < LEAST or len(left) > UNEXPLAINED or len(left) > SHARE * max(1, len(words)):
        return None
    made = fill(frame.intent, {**frame.fixed, **values}, language, (), CONFIDENCE)
    return Point(weight, len(left), made) if isinstance(made, Request) else None


def _price(pair: Pair, language: Language) -> float:
    """What a word that nothing explains takes off."""
    before, word = pair
    looks = language.lists.looks
    if word in looks.small:
        return SILENT
    if before in looks.pointing:
        return FOREIGN
    return TELLING if word in looks.telling else SILENT


def _weighs(word: str, language: Language) -> bool:
    """Whether a word left over is of the trade, or one by which somebody has something done."""
    lists = language.lists
    if word in lists.looks.small:
        return False
    return word in lists.domain or word in lists.uneasy or word in lists.looks.orders
