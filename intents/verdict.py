"""What becomes of readings: one request if all of them agree, or what to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intents.dialogue import opened
from intents.guards import asks
from intents.passing import passed_over
from intents.result import Parsed, Request
from intents.slots import YESES, Gap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from intents.hearing import Hearing
    from intents.load import Language
    from intents.match import Lattice
    from intents.slots import Outcome


def judged(heard: Hearing, grid: Lattice, outcomes: Iterable[Outcome]) -> Parsed:
    """One request if all readings agree; otherwise what to ask."""
    requests: list[Request] = []
    gaps: list[Gap] = []
    for one in outcomes:
        if isinstance(one, Gap):
            gaps.append(one)
        elif not any(one.same(other) for other in requests):
            requests.append(one)
    if not requests:
        return asked(heard, gaps[0])
    best = max(one.confidence for one in requests)
    requests = [one for one in requests if one.confidence == best]
    if len(requests) > 1 and not _one_look(requests, heard.language):
        return Parsed(heard.text, "clarify", candidates=tuple(requests[:3]), why="two_readings")
    return accepted(heard, grid, requests[:1])


def _one_look(requests: Sequence[Request], language: Language) -> bool:
    """Whether all of these are the same look with other slots: what is shown first says enough."""
    looks = {one.intent for one in requests if language.contract[one.intent].harm == "look"}
    return len(looks) == 1 and all(one.intent in looks for one in requests)


def asked(heard: Hearing, gap: Gap) -> Parsed:
    """What to ask for a gap."""
    return Parsed(heard.text, "clarify", missing=gap.missing, candidates=gap.candidates, why=gap.why)


def accepted(heard: Hearing, grid: Lattice, requests: Sequence[Request]) -> Parsed:
    """Requests that were understood, unless the whole message only asks or quotes."""
    checked = [opened(one, heard.context, heard.language) for one in requests]
    gap = next((one for one in checked if isinstance(one, Gap)), None)
    if gap is not None:
        return asked(heard, gap)
    requests = [one for one in checked if isinstance(one, Request)]
    if any(changes(one, heard.language) for one in requests):
        if any(doubted(one, heard.language) for one in requests):
            return Parsed(heard.text, "clarify", candidates=tuple(requests[:3]), why="doubtful")
        if heard.said.quoted or _half_a_yes(heard, grid, requests):
            return Parsed(heard.text, "clarify", why="quoted" if heard.said.quoted else "doubtful")
        if any(passed_over(one, heard, grid) for one in requests):
            return Parsed(heard.text, "clarify", candidates=tuple(requests[:3]), why="negated")
        if asks(heard.said, grid.tokens, heard.language):
            return Parsed(heard.text, "clarify", candidates=tuple(requests), why="question")
    return Parsed(heard.text, "ok", requests=tuple(requests))


def _half_a_yes(heard: Hearing, grid: Lattice, requests: Sequence[Request]) -> bool:
    """Whether a yes stands beside words that turn it: yeah right."""
    texts, phrases = [token.text for token in grid.tokens], heard.language.lists.guard_phrases
    return [one.intent for one in requests] == ["confirm"] and any(phrases.at(texts, at) for at in range(len(texts)))


def changes(request: Request, language: Language) -> bool:
    """Whether a request does anything but look or talk."""
    return language.contract[request.intent].harm not in {"look", "dialogue"} or request.intent == "confirm"


def doubted(request: Request, language: Language) -> bool:
    """Whether words that had to be repaired would act at once, or do what cannot be taken back."""
    grave = request.intent in YESES or language.contract[request.intent].harm == "grave"
    return grave and request.confidence < 1
