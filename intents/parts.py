"""Several requests in one message: all are carried out in order, or none."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final

from intents.guards import guard
from intents.only import ONLY
from intents.result import Parsed, Request
from intents.slots import Gap
from intents.split import JOINING, Part, Splitter
from intents.verdict import accepted, asked, changes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intents.hearing import Hearing
    from intents.load import Language
    from intents.match import Lattice

CONTRARY: Final = ({"pause", "resume"}, {"stop_everything", "resume"})  # in one message: which of them last?
OPPOSED: Final = (
    {"buy", "sell"},
    {"buy", "close_position"},
    {"buy", "exclude"},
    {"watch", "unwatch"},
    {"exclude", "include"},
    {"approve", "reject"},
    {"set_stop", "close_position"},
)
"""The same of one company."""
HUSH: Final = Request("mute")  # beside quiet hours it may be meant for those hours alone
SMALL_TALK: Final = frozenset({"greet", "thank", "help"})
ONLY_ONE: Final = frozenset(
    {"set_timezone", "set_language", "set_style", "set_risk_tolerance", "set_autonomy", "set_summary_time"}
)
"""What there is one of: I moved to Rome, change the time zone, says it twice."""


def parts_of(heard: Hearing, grid: Lattice) -> Parsed | None:
    """All requests of a message in parts of which each means something; None for any other."""
    parts = Splitter(grid, heard.language, heard.antecedent(), heard.context.waits()).parts()
    return _joined(heard, grid, parts) if parts else None


def partly(heard: Hearing, grid: Lattice) -> Parsed | None:
    """A message of which only some part was understood: nothing is done, and it is asked."""
    parts = Splitter(grid, heard.language, heard.antecedent(), heard.context.waits()).understood()
    understood = [part.outcome for part in parts if isinstance(part.outcome, Request)]
    serious = (one for one in understood if heard.language.contract[one.intent].harm != "dialogue")
    if all(one.intent in SMALL_TALK for one in serious):
        return None
    covered = {at for part in parts for at in range(part.start, part.end)}  # a "no more than" turns nothing around
    code = guard(heard.said, grid.outside(covered), heard.language) or "partly_unclear"
    return Parsed(heard.text, "clarify", why=code, unclear=_unclear(grid, covered))


def _unclear(grid: Lattice, covered: set[int]) -> str | None:
    """The words that no part explains; None where there are none but such as join."""
    words = [token.text for at, token in enumerate(grid.tokens) if at not in covered]
    while words and words[0] in JOINING:
        words.pop(0)
    while words and words[-1] in JOINING:
        words.pop()
    return " ".join(words) or None


def _joined(heard: Hearing, grid: Lattice, parts: Sequence[Part]) -> Parsed | None:
    """All parts in order; one gap, or one thing we do not do, and nothing is done."""
    if any(part.intent in {"_other", ONLY} for part in parts):
        return Parsed(heard.text, "clarify", why="not_served")
    full = {part.outcome.intent for part in parts if isinstance(part.outcome, Request)}
    gaps = (part.outcome for part in parts if isinstance(part.outcome, Gap))
    gap = next((one for one in gaps if begun(one.why, one.candidates) not in full), None)
    if gap is not None:
        return asked(heard, gap)
    requests: list[Request] = []
    for part in parts:
        if isinstance(part.outcome, Request) and not any(part.outcome.same(one) for one in requests):
            requests.append(part.outcome)
    requests = _without_idle_yes(heard, requests)
    serious = [one for one in requests if one.intent not in SMALL_TALK - {"help"}] or requests[:1]
    if not serious:
        return None
    if len(serious) > 1 and any(one.intent == "pick" for one in serious):
        return Parsed(heard.text, "clarify", why="choice_beside")
    if _contradicts(serious, heard.language) or _asked_inside(grid, parts, heard.language):
        return Parsed(heard.text, "clarify", candidates=tuple(serious[:3]), why="two_readings")
    return accepted(heard, grid, serious)


def begun(why: str | None, candidates: Sequence[Request]) -> str:
    """The intent of a request for what there is only one of, with nothing of it said; empty for any other."""
    bare = [one.intent for one in candidates if one.intent in ONLY_ONE and not one.slots]
    return bare[0] if why == "missing" and len(bare) == len(candidates) == 1 else ""


def _without_idle_yes(heard: Hearing, requests: list[Request]) -> list[Request]:
    """Without a yes where nothing waits for one: "go on, what do I hold?" only looks."""
    others = [one for one in requests if one.intent != "confirm"]
    looks = all(heard.language.contract[one.intent].harm == "look" for one in others)
    return others if others and looks and not heard.context.waits() else requests


def _contradicts(requests: Sequence[Request], language: Language) -> bool:
    """A word of dialogue beside a change: "no, pause" may mean either."""
    if any(one.intent == "set_quiet_hours" for one in requests) and any(one.same(HUSH) for one in requests):
        return True
    if {one.intent for one in requests} in CONTRARY or any(map(_opposed, combinations(requests, 2))):
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


def _opposed(pair: tuple[Request, Request]) -> bool:
    """Whether two requests want the opposite of one company."""
    named = [{one.slots.get("ticker"), *one.slots.get("tickers", ())} - {None} for one in pair]
    return {one.intent for one in pair} in OPPOSED and not named[0].isdisjoint(named[1])


def _asked_inside(grid: Lattice, parts: Sequence[Part], language: Language) -> bool:
    """A changing part that ends in a question mark in the middle of the message."""
    for part in parts:
        ends = part.end < len(grid.tokens) and "?" in grid.tokens[part.end].before
        if ends and isinstance(part.outcome, Request) and changes(part.outcome, language):
            return True
    return False
