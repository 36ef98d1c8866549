"""What a number chooses of a list of recommendations: the companies that were shown, each bought as I would buy it."""

from dataclasses import replace
from typing import Final

from bot.message import Reply
from bot.turn import Turn
from engine.view import View
from intents.context import Context, Question
from intents.result import Request
from skills.recommendations import shares_of
from skills.skill import Say

ABOUT_IT: Final = frozenset({"show_recommendations", "buy"})
LIST: Final = "recommendations"
AMOUNTS: Final = frozenset({"shares", "dollars"})


def listed(reply: Reply) -> Question | None:
    """The companies of a list that was just shown, in its order; None where none was."""
    if reply.key != LIST:
        return None
    return Question(candidates=tuple(Request("buy", {"ticker": row["ticker"]}) for row in reply.facts["rows"]))


def still_open(turn: Turn, after: Context) -> Question | None:
    """What was asked or, where that names nothing to choose, the list shown before while nothing else was asked for."""
    asked, last, before = after.question, after.last, turn.context.question
    if asked is not None and (asked.missing or asked.candidates):
        return asked
    goes_on = before is not None and before.lists and last is not None and last.intent in ABOUT_IT
    return before if goes_on else asked


def wished(turn: Turn, offered: Request, picked: Request) -> Request | Say:
    """What a choice asks for: so much of it as was said or, of a list, as much as I would buy; or why neither."""
    amounts = {name: value for name, value in picked.slots.items() if name in AMOUNTS}
    question = turn.context.question
    if question is not None and question.offers:
        return Say("pick.no_amount") if amounts else offered
    found = amounts or as_recommended(str(offered.slots["ticker"]), turn.view)
    return found if isinstance(found, Say) else replace(offered, slots={**offered.slots, **found})


def as_recommended(ticker: str, view: View) -> dict[str, int] | Say:
    """As many shares as I would buy now, or why I would buy none."""
    shares = shares_of(ticker, view)
    return shares if isinstance(shares, Say) else {"shares": shares}
