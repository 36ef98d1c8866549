"""A bare "why?" is about what was said last: a question, a refusal, what was done; only then about a decision."""

from typing import Final

from bot.confirm import named_by
from bot.desk import FINAL, Desk
from bot.message import Reply
from bot.picks import LIST
from bot.putting_back import row
from bot.questions import about
from bot.turn import Turn
from engine.core.questions import open_questions
from engine.core.units import Ticker
from intents.result import Request
from skills.recommendations import Recommended, buying, show_recommendations
from skills.skill import Say

REFUSING: Final = ("refused.", "recommendations.no_size", "recommendations.gone")
LISTING: Final = frozenset({LIST, "why.listed"})


def because(desk: Desk, turn: Turn, requests: tuple[Request, ...], last: Reply | None) -> Say | None:
    """Why what was said last was said; None where it was no bare "why?", or where a decision explains it."""
    if (meant := of_list(requests, turn, last)) is not None:
        return why_listed(meant, turn)
    if not is_bare(requests, turn):
        return None
    held = desk.confirmations.waiting(turn.place, turn.view.scene.wall)
    if held is not None:
        facts = {"what": about(held.commands[0]), "phrase": held.phrase}
        if held.phrase is not None:
            return Say("why.grave", facts, ("no",))
        final = any(type(one) in FINAL for one in held.commands)
        return Say("why.asked.final" if final else "why.asked.loosens", facts, ("yes", "no"))
    if last is not None and last.key.startswith(REFUSING):
        return Say("why.refused", {"text": last.text, "speech": last.speech})
    return None if open_questions(turn.view.state) else of_done(desk, turn)


def of_list(requests: tuple[Request, ...], turn: Turn, last: Reply | None) -> Ticker | None:
    """The company of the list whose place in it is asked for: the first of one just shown, or one that was named."""
    slots, listed = dict(requests[0].slots) if requests else {}, turn.context.listed
    if [one.intent for one in requests] != ["explain_decision"] or slots.pop("about", None) != "last" or not listed:
        return None
    ticker, follows = slots.pop("ticker", None), last is not None and last.key in LISTING
    if ticker is None:
        return Ticker(listed[0]) if last is not None and last.key == LIST else None
    untouched = ticker not in turn.view.state.positions and not buying(ticker, turn.view)
    return Ticker(ticker) if ticker in listed and (follows or untouched) else None


def why_listed(ticker: Ticker, turn: Turn) -> Say:
    """How well a company of the list fits, and what I would say to it now."""
    found = show_recommendations(Recommended(tickers=(ticker,)), turn.view)
    if found.key != LIST:
        return found
    number = turn.context.listed.index(ticker) + 1
    (row,) = found.facts["rows"]
    buttons = ("buy_first",) if number == 1 and row["possible"] else ()
    return Say("why.listed", {**row, "number": number}, buttons)


def of_done(desk: Desk, turn: Turn) -> Say | None:
    """Why the last thing was done here; None where nothing was, or where a decision on a company explains it."""
    did = desk.did(turn.place)
    if did is None or named_by(did.command):
        return None
    changes = [one for one in turn.view.state.changes if one.message == did.message]
    rows = [row(*field) for change in changes for field in change.fields]
    return Say("why.changed", {"rows": rows, "at": changes[-1].at}, ("undo",)) if rows else Say("why.told")


def is_bare(requests: tuple[Request, ...], turn: Turn) -> bool:
    """Whether nothing was asked but "why?", what it is about being what was said before."""
    if [one.intent for one in requests] != ["explain_decision"] or turn.context.last is None:
        return False
    slots, before = dict(requests[0].slots), turn.context.last.slots
    meant = {before.get("ticker"), *before.get("tickers", ())}
    return slots.pop("about", None) == "last" and slots.pop("ticker", None) in {None, *meant} and not slots
