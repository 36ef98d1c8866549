"""From a message to requests: exact wordings first, then parts, follow-ups, repaired spelling, composed readings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from intents.compose import composed
from intents.dialogue import chosen, follow_up, opened
from intents.guards import asks, guard
from intents.match import Lattice, closest, lattice, readings
from intents.near import loosened, taken
from intents.nearest import about_trading, nearest
from intents.normalise import Token, Utterance, normalise, rejoined
from intents.only import ONLY, alone
from intents.result import Parsed, Request
from intents.slots import YESES, Gap, settle
from intents.sources import named
from intents.spelling import guarded, repaired, surely
from intents.split import Part, Splitter
from intents.times import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from intents.context import Context
    from intents.load import Language
    from intents.match import Reading
    from intents.slots import Outcome

FOLLOWING: Final = frozenset({"_answer", "_correct", "_also"})
REPAIRED: Final = 0.9  # confidence after repairing spelling
CONTRARY: Final = ({"pause", "resume"}, {"stop_everything", "resume"})  # in one message: which of them last?
ANSWER: Final = 5  # words of an answer to us at most
SMALL_TALK: Final = frozenset({"greet", "thank", "help"})


@dataclass(frozen=True, slots=True)
class Hearing:
    """One message on its way through the parser."""

    text: str
    said: Utterance
    context: Context
    language: Language


def parse(text: str, context: Context, language: Language) -> Parsed:
    """What a message asks for in its context; never raises, whatever the text."""
    said = normalise(text, language.lists.spell)
    if said.refusal is not None:
        return Parsed(text, "unknown", why=said.refusal)
    tokens = rejoined(said.tokens, language.lists.joined)
    if not tokens:
        return Parsed(text, "unknown", why="empty")
    if (number := chosen(text, context)) is not None:
        return Parsed(text, "ok", (Request("pick", {"number": number}),))
    heard = Hearing(text, said, context, language)
    grid = _grid(heard, tokens)
    return (
        _plain(heard, grid)
        or _mended(heard, grid)
        or _nearly(heard, grid)
        or _composed(heard, grid)
        or _partly(heard, grid)
        or _refused(heard, grid)
    )


def _grid(heard: Hearing, tokens: Sequence[Token]) -> Lattice:
    context = heard.context
    near = frozenset((*context.watchlist, *context.positions))
    grid = lattice(tokens, heard.language, clock(context.now, context.tz, context.wall), near, heard.text)
    return named(grid, context.strategies) if context.strategies else grid


def _plain(heard: Hearing, grid: Lattice) -> Parsed | None:
    """The message as it stands: one request, several, or a follow-up."""
    outcomes = _outcomes(heard, grid)
    return _judged(heard, grid, outcomes) if outcomes else _parts(heard, grid)


def _outcomes(heard: Hearing, grid: Lattice) -> list[Outcome]:
    found = readings(grid, heard.language)
    served = [one for one in found if one.template.intent[0] != "_"]
    if (lone := alone(found, served, heard.language)) is not None:
        return [lone]
    if _unserved(found, served) and not _looks(served, heard.language):
        return [Gap("not_served")]
    leaning = follow_up([one for one in found if one.template.intent in FOLLOWING], heard.context, heard.language)
    complete = any(isinstance(one, Request) for one in leaning)
    if complete and not _commands(served, heard.language):
        return leaning
    settled = _settled(served, heard)
    return leaning if complete and not any(isinstance(one, Request) for one in settled) else settled or leaning


def _unserved(found: Sequence[Reading], served: Sequence[Reading]) -> bool:
    """Whether the message is a thing we do not do, unless something served explains more of its words literally."""
    others = [one.skipped for one in found if one.template.intent == "_other"]
    return bool(others) and not any(one.skipped < min(others) for one in served)


def _settled(served: Sequence[Reading], heard: Hearing) -> list[Outcome]:
    """What readings ask for; complete ones before gaps, and of those the ones that explain most words literally."""
    pairs = [(one, settle(one, heard.language, _antecedent(heard.context))) for one in served]
    pairs = [pair for pair in pairs if isinstance(pair[1], Request)] or pairs
    best = closest([one for one, _ in pairs], heard.language)
    return [outcome for one, outcome in pairs if one in best]


def _looks(found: Sequence[Reading], language: Language) -> bool:
    return bool(found) and all(language.contract[one.template.intent].harm == "look" for one in found)


def _commands(found: Sequence[Reading], language: Language) -> bool:
    """Whether a full command stands there, not only a word of dialogue."""
    return any(language.contract[one.template.intent].harm != "dialogue" for one in found)


def _antecedent(context: Context) -> tuple[str, ...]:
    if context.last is None:
        return ()
    ticker = context.last.slots.get("ticker")
    return (ticker,) if ticker else tuple(context.last.slots.get("tickers", ()))


def _judged(heard: Hearing, grid: Lattice, outcomes: Iterable[Outcome]) -> Parsed:
    """One request if all readings agree; otherwise what to ask."""
    requests: list[Request] = []
    gaps: list[Gap] = []
    for one in outcomes:
        if isinstance(one, Gap):
            gaps.append(one)
        elif not any(one.same(other) for other in requests):
            requests.append(one)
    if not requests:
        return _gap(heard, gaps[0])
    best = max(one.confidence for one in requests)
    requests = [one for one in requests if one.confidence == best]
    if len(requests) > 1 and not _one_look(requests, heard.language):
        return Parsed(heard.text, "clarify", candidates=tuple(requests[:3]), why="two_readings")
    return _accepted(heard, grid, requests[:1])


def _one_look(requests: Sequence[Request], language: Language) -> bool:
    """Whether all of these are the same look with other slots: what is shown first says enough."""
    looks = {one.intent for one in requests if language.contract[one.intent].harm == "look"}
    return len(looks) == 1 and all(one.intent in looks for one in requests)


def _gap(heard: Hearing, gap: Gap) -> Parsed:
    return Parsed(heard.text, "clarify", missing=gap.missing, candidates=gap.candidates, why=gap.why)


def _accepted(heard: Hearing, grid: Lattice, requests: Sequence[Request]) -> Parsed:
    """Requests that were understood, unless the whole message only asks or quotes."""
    checked = [opened(one, heard.context) for one in requests]
    gap = next((one for one in checked if isinstance(one, Gap)), None)
    if gap is not None:
        return _gap(heard, gap)
    if any(changes(one, heard.language) for one in requests):
        if any(doubted(one, heard.language) for one in requests):
            return Parsed(heard.text, "clarify", candidates=tuple(requests[:3]), why="doubtful")
        if heard.said.quoted:
            return Parsed(heard.text, "clarify", why="quoted")
        if asks(heard.said, grid.tokens, heard.language):
            return Parsed(heard.text, "clarify", candidates=tuple(requests), why="question")
    return Parsed(heard.text, "ok", requests=tuple(requests))


def changes(request: Request, language: Language) -> bool:
    """Whether a request does anything but look or talk."""
    return language.contract[request.intent].harm not in {"look", "dialogue"} or request.intent == "confirm"


def doubted(request: Request, language: Language) -> bool:
    """Whether words that had to be repaired would act at once, or do what cannot be taken back."""
    grave = request.intent in YESES or language.contract[request.intent].harm == "grave"
    return grave and request.confidence < 1


def _parts(heard: Hearing, grid: Lattice) -> Parsed | None:
    parts = Splitter(grid, heard.language, _antecedent(heard.context)).parts()
    return _joined(heard, grid, parts) if parts else None


def _partly(heard: Hearing, grid: Lattice) -> Parsed | None:
    """A message of which only some part was understood: nothing is done, and it is asked."""
    parts = Splitter(grid, heard.language, _antecedent(heard.context)).understood()
    understood = [part.outcome for part in parts if isinstance(part.outcome, Request)]
    serious = (one for one in understood if heard.language.contract[one.intent].harm != "dialogue")
    if all(one.intent in SMALL_TALK for one in serious):
        return None
    covered = {at for part in parts for at in range(part.start, part.end)}  # a "no more than" turns nothing around
    return Parsed(
        heard.text, "clarify", why=guard(heard.said, grid.outside(covered), heard.language) or "partly_unclear"
    )


def _joined(heard: Hearing, grid: Lattice, parts: Sequence[Part]) -> Parsed | None:
    """All parts in order; one gap, or one thing we do not do, and nothing is done."""
    if any(part.intent in {"_other", ONLY} for part in parts):
        return Parsed(heard.text, "clarify", why="not_served")
    gap = next((part.outcome for part in parts if isinstance(part.outcome, Gap)), None)
    if gap is not None:
        return _gap(heard, gap)
    requests: list[Request] = []
    for part in parts:
        if isinstance(part.outcome, Request) and not any(part.outcome.same(one) for one in requests):
            requests.append(part.outcome)
    serious = [one for one in requests if one.intent not in SMALL_TALK - {"help"}] or requests[:1]
    if not serious:
        return None
    if _contradicts(serious, heard.language) or _asked_inside(grid, parts, heard.language):
        return Parsed(heard.text, "clarify", candidates=tuple(serious[:3]), why="two_readings")
    return _accepted(heard, grid, serious)


def _contradicts(requests: Sequence[Request], language: Language) -> bool:
    """A word of dialogue beside a change: "no, pause" may mean either."""
    if {one.intent for one in requests} in CONTRARY:
        return True
    talk = any(language.contract[one.intent].harm == "dialogue" for one in requests)
    return (
        talk
        and len(requests) > 1
        and (
            any(language.contract[one.intent].harm not in {"look", "dialogue"} for one in requests)
            or sum(language.contract[one.intent].harm == "dialogue" for one in requests) > 1
        )
    )


def _asked_inside(grid: Lattice, parts: Sequence[Part], language: Language) -> bool:
    """A changing part that ends in a question mark in the middle of the message."""
    for part in parts:
        ends = part.end < len(grid.tokens) and "?" in grid.tokens[part.end].before
        if ends and isinstance(part.outcome, Request) and changes(part.outcome, language):
            return True
    return False


def _mended(heard: Hearing, grid: Lattice) -> Parsed | None:
    """The message with its spelling repaired: every version that means something must mean the same."""
    if any(guarded(token.text, heard.language) for token in grid.tokens if token.kind == "word"):
        return None
    named = grid.named()
    kept = dict.fromkeys((named, named | grid.people()))  # names of persons are repaired, unless that leads nowhere
    return next((made for places in kept if (made := _repaired(heard, grid, places)) is not None), None)


def _repaired(heard: Hearing, grid: Lattice, kept: frozenset[int]) -> Parsed | None:
    results: list[Parsed] = []
    for version in repaired(grid.tokens, kept, heard.language):
        result = _plain(heard, _grid(heard, rejoined(version, heard.language.lists.joined)))
        if result is not None and not any(result.alike(other) for other in results):
            results.append(result)
    if any(one.why == "not_served" for one in results):
        return Parsed(heard.text, "clarify", why="not_served")
    chosen_one = _chosen(heard, results)
    if chosen_one is None or surely(grid.tokens, kept, heard.language):
        return chosen_one
    return _unless_doubted(heard, chosen_one)


def _unless_doubted(heard: Hearing, parsed: Parsed) -> Parsed:
    """A reading whose words were repaired with some doubt: asked back where it would act at once."""
    if any(doubted(one, heard.language) for one in parsed.requests):
        return Parsed(heard.text, "clarify", candidates=parsed.requests[:3], why="doubtful")
    return parsed


def _chosen(heard: Hearing, results: Sequence[Parsed]) -> Parsed | None:
    """The one repaired reading; of several the likeliest, if none changes anything."""
    clear = [one for one in results if one.status == "ok"]
    if not clear:
        return results[0] if results else None
    if len(clear) > 1 and any(changes(request, heard.language) for one in clear for request in one.requests):
        return Parsed(heard.text, "clarify", candidates=tuple(one.requests[0] for one in clear)[:3], why="two_readings")
    requests = tuple(replace(one, confidence=one.confidence * REPAIRED) for one in clear[0].requests)
    return Parsed(heard.text, "ok", requests=requests)


def _nearly(heard: Hearing, grid: Lattice) -> Parsed | None:
    """The message without its empty words."""
    loose = loosened(grid, heard.language)
    return None if loose is None else taken(_plain(heard, loose), heard.language)


def _composed(heard: Hearing, grid: Lattice) -> Parsed | None:
    outcomes = composed(grid, heard.language)
    return _judged(heard, grid, outcomes) if outcomes else None


def _refused(heard: Hearing, grid: Lattice) -> Parsed:
    """Nothing understood: asked back if it is about trading, unknown otherwise."""
    code = guard(heard.said, grid.tokens, heard.language)
    leaning = any(one.template.intent in FOLLOWING for one in readings(grid, heard.language))
    waiting = heard.context.waits() and len(grid.tokens) <= ANSWER
    if leaning and heard.context.last is not None and not heard.context.waits():
        return Parsed(heard.text, "clarify", why="nothing_open")
    if not waiting and not about_trading(grid, heard.language, guarded=code not in {None, "question"}):
        return Parsed(heard.text, "unknown", why="not_understood")
    alone = code in {"negated", "quoted", "reported", "past"} or heard.context.held  # one question at a time
    offered = () if alone else nearest(grid, heard.language)
    return Parsed(heard.text, "clarify", candidates=offered, why=code or "not_understood")
