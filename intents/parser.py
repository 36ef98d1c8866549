"""From a message to requests, by ever freer ways of reading: the first that is sure counts.

Exact wordings and their parts; repaired spelling; nearly exact ones; composed ones; all of these without what is said
beside; and for questions, what is shown, if their words point there alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from intents.agreeing import agreed
from intents.carrying import carried
from intents.clauses import without_remarks
from intents.compose import composed, explained
from intents.dialogue import chosen
from intents.guards import guard
from intents.halting import halted
from intents.hearing import Hearing
from intents.looking import CONFIDENCE, looked
from intents.match import readings
from intents.mend import mended
from intents.near import loosened, taken
from intents.nearest import about_trading, injected, nearest
from intents.normalise import normalise, rejoined
from intents.parts import partly
from intents.plain import FOLLOWING, plain
from intents.pointing import pointed
from intents.proposed import narrowed
from intents.result import Parsed, Request
from intents.slots import lacking
from intents.verdict import accepted, judged
from intents.wishes import wished

if TYPE_CHECKING:
    from collections.abc import Iterator

    from intents.context import Context
    from intents.load import Language
    from intents.match import Lattice

ANSWER: Final = 5  # words of an answer to us at most
BESIDE: Final = 0.85  # confidence where something else was said beside


def parse(text: str, context: Context, language: Language) -> Parsed:
    """What a message asks for in its context; never raises, whatever the text.

    What others brought is asked only where our own sentences do not understand it by any way of reading, or find a
    look that it merely points to: then what they would show stands, if it is asked for in their very words.
    """
    if language.house is None:
        return _heard(text, context, language)
    ours = _heard(text, context, language.house)
    if ours.status == "ok" and not guessed(ours, language):
        return ours
    found = _heard(text, context, language)
    return found if ours.status != "ok" or _asked_for(found, language) else ours


def guessed(parsed: Parsed, language: Language) -> bool:
    """Whether it is only looks, found by what the words point to."""
    looks = all(language.contract[one.intent].harm == "look" for one in parsed.requests)
    return looks and all(one.confidence <= CONFIDENCE for one in parsed.requests)


def _asked_for(parsed: Parsed, language: Language) -> bool:
    """Whether it is only looks, in the words of a sentence."""
    looks = all(language.contract[one.intent].harm == "look" for one in parsed.requests)
    return parsed.status == "ok" and looks and all(one.confidence == 1 for one in parsed.requests)


def _heard(text: str, context: Context, language: Language) -> Parsed:
    """What it asks for in one language."""
    said = normalise(text, language.lists.spell)
    if said.refusal is not None:
        return Parsed(text, "unknown", why=said.refusal)
    tokens = wished(rejoined(said.tokens, language.lists.joined), language.lists)
    if not tokens:
        return Parsed(text, "unknown", why="empty")
    heard = Hearing(text, said, context, language)
    if (number := chosen(text, context)) is not None:
        return accepted(heard, heard.grid(tokens), [Request("pick", {"number": number})])
    grid = heard.grid(tokens)
    parsed = halted(heard, grid) or _sure(heard, grid) or _refused(heard, grid)
    if parsed.status == "clarify" and injected(grid, language):
        return Parsed(text, "unknown", why="not_understood")
    return narrowed(heard, grid, parsed)


def _sure(heard: Hearing, grid: Lattice) -> Parsed | None:
    """The first way of reading that gives a request; else the first question that one of them asks back."""
    exact = plain(heard, grid)
    if exact is not None and not _too_much(exact, heard.language):
        return exact
    asked = exact
    for result in _freer(heard, grid):
        if result is not None and result.status == "ok":
            return result
        asked = asked or result
    return asked or partly(heard, grid)


def _too_much(parsed: Parsed, language: Language) -> bool:
    """Whether it is a look that was asked for with more than it can be narrowed to."""
    looks = [language.contract[one.intent].harm == "look" for one in parsed.candidates]
    return parsed.why == "not_served" and bool(looks) and all(looks)


def _freer(heard: Hearing, grid: Lattice) -> Iterator[Parsed | None]:
    yield carried(heard, grid)
    yield mended(heard, grid, plain)
    yield _nearly(heard, grid)
    yield _composed(heard, grid)
    yield mended(heard, grid, _explained)
    yield _beside(heard, grid)
    yield agreed(heard, grid, _alone)
    yield pointed(heard, grid, _alone)
    yield looked(heard, grid)


def _nearly(heard: Hearing, grid: Lattice) -> Parsed | None:
    """The message without its empty words."""
    loose = loosened(grid, heard.language)
    return None if loose is None else taken(plain(heard, loose), heard.language)


def _alone(heard: Hearing, grid: Lattice) -> Parsed | None:
    """A clause by itself."""
    ways = (plain(heard, grid), _nearly(heard, grid), _composed(heard, grid))
    return next((one for one in ways if one is not None and one.status == "ok"), None)


def _composed(heard: Hearing, grid: Lattice) -> Parsed | None:
    outcomes = composed(grid, heard.language)
    return judged(heard, grid, outcomes) if outcomes else None


def _explained(heard: Hearing, grid: Lattice) -> Parsed | None:
    """As composed, with no word left over: one that had to be repaired is doubted enough."""
    outcomes = explained(grid, heard.language)
    return judged(heard, grid, outcomes) if outcomes else None


def _beside(heard: Hearing, grid: Lattice) -> Parsed | None:
    """The message without what is told beside it, where nothing grave is asked for."""
    left = without_remarks(grid, heard.language)
    if left is None:
        return None
    inner = heard.grid(left)
    ways = (plain(heard, inner), mended(heard, inner, plain), _nearly(heard, inner), _composed(heard, inner))
    found = next((one for one in ways if one is not None and one.status == "ok"), None)
    if found is None:
        return None
    if any(_grave(one, heard.language) for one in found.requests):
        return replace(found, status="clarify", why="not_understood", requests=(), candidates=found.requests)
    return replace(found, requests=tuple(replace(one, confidence=one.confidence * BESIDE) for one in found.requests))


def _grave(request: Request, language: Language) -> bool:
    return language.contract[request.intent].harm in {"grave", "dialogue"}


def _refused(heard: Hearing, grid: Lattice) -> Parsed:
    """Nothing understood: asked back if it is about trading, unknown otherwise."""
    code = guard(heard.said, grid.tokens, heard.language)
    leaning = any(one.template.intent in FOLLOWING for one in readings(grid, heard.language))
    waiting = heard.context.waits() and len(grid.tokens) <= ANSWER
    if leaning and heard.context.last is not None and not heard.context.waits():
        return Parsed(heard.text, "clarify", why="nothing_open")
    if not waiting and not about_trading(
        grid, heard.language, guarded=code not in {None, "question"}, asked=code == "question"
    ):
        return Parsed(heard.text, "unknown", why="not_understood")
    alone = code in {"quoted", "reported", "past"} or heard.context.held  # one question at a time
    offered = () if alone else nearest(grid, heard.language, negated=code == "negated")
    missing = lacking(offered[0], heard.language) if len(offered) == 1 else ()
    return Parsed(heard.text, "clarify", missing=missing, candidates=offered, why=code or "not_understood")
