"""What was said before: the open question, commands waiting for a yes, the last request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from intents.result import Request

if TYPE_CHECKING:
    from datetime import datetime

    from intents.load import Language
    from intents.result import Parsed


@dataclass(frozen=True, slots=True)
class Question:
    """An open question of ours: the slots asked for and the half-filled request, or the readings to choose from."""

    missing: tuple[str, ...] = ()
    candidates: tuple[Request, ...] = ()

    @property
    def lists(self) -> bool:
        """Whether it is a list of companies, of which a number buys one: how much of it is still to be said."""
        asked = not self.missing and bool(self.candidates)
        return asked and all(one.intent == "buy" and set(one.slots) == {"ticker"} for one in self.candidates)

    @property
    def offers(self) -> bool:
        """Whether readings are offered, of which a number chooses one."""
        return bool(self.candidates) and not self.lists and (not self.missing or len(self.candidates) > 1)


@dataclass(frozen=True, slots=True)
class Context:
    """The scene of a message. `now` is aware; `held` are commands that wait for a yes, newest last.

    `wall` is people's time, by which they made their changes; None where it is `now`, as it is without a replay.
    `last` is the last request that was understood, done or held. Expiry is the caller's. `strategies` are those of the
    account by name. `listed` are the companies of the list that was shown last, in its order.
    """

    now: datetime
    tz: str
    watchlist: tuple[str, ...] = ()
    positions: tuple[str, ...] = ()
    held: tuple[Request, ...] = ()
    question: Question | None = None
    last: Request | None = None
    wall: datetime | None = None
    strategies: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()

    def choices(self) -> tuple[Request, ...]:
        """What a number chooses from: the readings that were offered or else the companies that were listed."""
        if self.question is not None and (self.question.offers or (self.question.lists and not self.listed)):
            return self.question.candidates
        return tuple(Request("buy", {"ticker": ticker}) for ticker in self.listed)

    def fresh(self) -> bool:
        """Whether nothing has been said before."""
        return self.last is None and not self.waits()

    def waits(self) -> bool:
        """Whether something waits for an answer."""
        return self.question is not None or bool(self.held)


def follow(context: Context, parsed: Parsed, language: Language) -> Context:
    """The context after a turn; a riskier or by-direction request is presumed held until a yes or no."""
    if parsed.status == "unknown" or _asks_nothing(parsed):
        return context
    if parsed.status == "clarify":
        return replace(context, question=Question(parsed.missing, parsed.candidates))
    for request in parsed.requests:
        context = _after(context, request, language)
    return context


def _asks_nothing(parsed: Parsed) -> bool:
    """Whether nothing was understood and nothing asked back: what was asked before stays asked."""
    return parsed.status == "clarify" and not parsed.missing and not parsed.candidates


def settled(context: Context, request: Request) -> Request | None:
    """The reading that a number, or a yes to the only one, takes of those that were offered; None where it takes none.

    A list of companies stays open, and a yes is first of all one to what waits for it.
    """
    question = context.question
    if question is None or question.lists or (request.intent == "pick" and not question.offers):
        return None
    offered, number = question.candidates, request.slots.get("number") if request.intent == "pick" else None
    if request.intent == "confirm" and not context.held and not question.missing and len(offered) == 1:
        number = 1
    return offered[number - 1] if number is not None and 1 <= number <= len(offered) else None


def _after(context: Context, request: Request, language: Language) -> Context:
    meant = settled(context, request)
    if meant is not None:
        return _after(replace(context, question=None), meant, language)
    harm = language.contract[request.intent].harm
    if request.intent in {"confirm", "deny", "cancel"}:
        return replace(context, held=(), question=None)
    if harm == "dialogue":
        return context
    if harm == "look":
        return replace(context, question=None, last=request)
    held = (request,) if harm in {"riskier", "grave", "by_direction"} else ()
    return replace(context, held=held, question=None, last=request)
