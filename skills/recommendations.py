"""What is recommended now, the best fit for this owner first, and what the engine would say to each."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from engine.core.ideas import Idea, Size, current, foreseen, ideas, room_for
from engine.core.nouns import Decision, Recommendation
from engine.core.preferences import patched
from engine.core.remedies import Closed, Question
from engine.core.remedies import closed as stand_against
from engine.core.timing import AFTER_CLOSE, in_window, is_over, next_window, window
from engine.core.units import MAX_SHARES, Ticker
from engine.core.valuation import UNKNOWN_SECTOR
from engine.core.words import Autonomy, Side, Skip
from engine.view import View
from skills.gate import closed
from skills.skill import Say, Skill, SlotModel

SHOWN: Final = 5
ALIKE: Final = 0.5
"""Mean correlation above which sizing takes something off."""


class Recommended(SlotModel):
    """`show_recommendations`: the best of all, or of some companies."""

    tickers: tuple[Ticker, ...] = ()
    count: int | None = None


def show_recommendations(slots: Recommended, view: View) -> Say:
    wanted = [one for one in now(view) if one.ticker in (slots.tickers or (one.ticker,))]
    found, sells = ideas(view.ground, wanted), to_sell(wanted, view)
    if not found and not sells:
        return nothing(slots, view)
    rows = [row(number, idea, view) for number, idea in enumerate(found[: slots.count or SHOWN], 1)]
    if slots.tickers:
        rows = [{**one, "thesis": idea.wanted.thesis} for one, idea in zip(rows, found, strict=False)]
    facts: dict[str, Any] = {"account": view.state.kind.value, "sells": sells or None}
    if not rows:
        return Say("recommendations.only_sells", facts, ("positions",))
    bought = next((one["number"] for one in rows if one["possible"]), None)
    facts |= {"count": len(rows), "more": len(found) - len(rows) or None, "rows": rows}
    facts |= {"opens_at": opens_at(view), "autonomy": autonomy(view), "how": how(bought)}
    return Say("recommendations", facts, ("buy_first", "why") if bought == 1 else ("why",))


def opens_at(view: View) -> datetime | None:
    """When entries are possible again; None where they are now, or where the market's prices end before."""
    scene, session = view.scene, view.scene.session
    today = window(session, view.policy)[0] if session else scene.at
    at = today if today > scene.at else next_window(scene, view.policy)
    return None if in_window(scene, view.policy) or is_over(scene, at) else at


def how(number: int | None) -> Say:
    """How one of the list is bought: the first that there is a size for or, where there is none, at his own word."""
    return Say("recommendations.how", {"number": number}) if number else Say("recommendations.how_own")


def now(view: View) -> tuple[Recommendation, ...]:
    """The recommendations that count now."""
    return current(view.ground, view.history.ideas.values(), decisions(view))


def decisions(view: View) -> dict[str, Decision]:
    """What was decided of recommendations lately, by their ids."""
    return {one.recommendation_id: one for one in view.history.decisions if one.recommendation_id is not None}


def to_sell(wanted: list[Recommendation], view: View) -> list[Ticker]:
    """The companies held that somebody recommends to sell, and that are not being sold."""
    sells = {one.ticker for one in wanted if one.action is Side.SELL}
    return sorted(ticker for ticker in sells if view.state.sellable(ticker) > 0)


def nothing(slots: Recommended, view: View) -> Say:
    """That there is nothing, when the next ones come, and what would happen with them."""
    word = Say(f"autonomy.{view.state.preferences.trading.autonomy.value}")
    at = next_at(view)
    ended = view.scene.ends_at if at is None else None
    facts = {"tickers": list(slots.tickers) or None, "next_at": at, "ended": ended, "autonomy": word}
    is_off = view.state.preferences.trading.autonomy is Autonomy.OFF
    return Say("recommendations.none", facts, ("trade", "status") if is_off else ("status",))


def next_at(view: View) -> datetime | None:
    """When the strategies are asked next, after a close; None where none are, or where the market ends before."""
    scene = view.scene
    if not scene.sources:
        return None
    closes = next(one.closes_at for one in (scene.day, *scene.upcoming) if one.closes_at + AFTER_CLOSE > scene.at)
    return None if is_over(scene, closes) else closes + AFTER_CLOSE


def autonomy(view: View) -> Say | None:
    """That nothing of it is bought unasked, where that is so."""
    level = view.state.preferences.trading.autonomy
    return None if level is Autonomy.AUTO else Say(f"recommendations.{level.value}")


def row(number: int, idea: Idea, view: View) -> dict[str, Any]:
    wanted, merits, verdict = idea.wanted, idea.fit.merits, foreseen(view.ground, idea.wanted)
    size = room_for(view.ground, wanted)
    unsure = wanted.confidence < merits.least and verdict.reason is not Skip.LOW_CONFIDENCE
    return {
        "number": number,
        "ticker": wanted.ticker,
        "score": idea.fit.score,
        "sources": [wanted.source, *idea.others],
        "confidence": wanted.confidence,
        "least": merits.least if unsure else None,
        "watched": Say("fit.watched") if merits.watched else None,
        "room": room(idea),
        "alike": Say("fit.alike", {"correlation": merits.correlation}) if merits.correlation > ALIKE else None,
        "standing": standing(wanted, verdict, view),
        "now": would_buy(verdict, view) if verdict.acts else would_not(gates(wanted, verdict, view), size, view),
        "possible": size.shares or None,
    }


def room(idea: Idea) -> Say:
    """How much of its sector's limit is free, or why that does not matter."""
    merits, sector = idea.fit.merits, idea.fit.sector
    if merits.excluded:
        return Say("fit.excluded")
    if not merits.allowed:
        return Say("fit.not_bought")
    if sector == UNKNOWN_SECTOR:
        return Say("fit.no_sector")
    return Say("fit.room" if merits.room > 0 else "fit.full", {"sector": sector, "free": round(merits.room, 2)})


def standing(wanted: Recommendation, verdict: Decision, view: View) -> Say | None:
    """What is the case already: asked, being bought, held, or decided before for another reason than now's."""
    state, ticker = view.state, wanted.ticker
    if any(one.recommendation.id == wanted.id for one in state.proposals.values()):
        return Say("recommendations.asked")
    if buying(ticker, view):
        return Say("recommendations.buying")
    held = state.positions.get(ticker)
    if held is not None:
        return Say("recommendations.held", {"shares": held.shares})
    decided = None if wanted.id in state.pending else decisions(view).get(wanted.id)
    if decided is None or decided.reason is verdict.reason:
        return None
    return Say("recommendations.decided", {"at": decided.at, "reason": decided.reason})


def buying(ticker: Ticker, view: View) -> bool:
    orders = (one.ticker for one in view.state.orders.values() if one.side is Side.BUY)
    return ticker in orders or any(one.recommendation.ticker == ticker for one in view.state.tranches)


def would_buy(verdict: Decision, view: View) -> Say:
    """What passes: done, asked or, as the engine comes back to nothing that it has decided, only possible."""
    asks = view.state.preferences.trading.autonomy is Autonomy.ASK
    acting = "recommendations.would_ask" if asks else "recommendations.would_buy"
    key = acting if verdict.recommendation_id in view.state.pending else "recommendations.would_pass"
    dollars = verdict.shares * (verdict.price or 0)
    return Say(key, {"shares": verdict.shares, "dollars": dollars, "stop": verdict.stop})


def would_not(stands: tuple[Closed, ...], size: Size, view: View) -> Say:
    """The gates that are closed now, two of them by name, and what the limits have room for all the same."""
    first, *others = [shut(one, view) for one in stands]
    left = {"shares": size.shares or None, "dollars": size.dollars or None}
    second = others[0] if others else None
    return Say("recommendations.would_not", {"first": first, "second": second, "more": len(others[1:]) or None, **left})


def gates(wanted: Recommendation, verdict: Decision, view: View) -> tuple[Closed, ...]:
    """Everything that stands against an idea now, were the engine to act alone; first what decides."""
    alone = patched(view.state.preferences, {"trading.autonomy": Autonomy.AUTO})
    ground = view.ground._replace(state=replace(view.state, preferences=alone))
    failed = verdict.failed
    decides = Closed(verdict.reason, failed.value if failed else None, failed.limit if failed else None)
    others = (one for one in stand_against(Question(ground, wanted)) if one.reason is not verdict.reason)
    return (decides, *others)


def shut(one: Closed, view: View) -> Say:
    """A closed gate as a part of a sentence."""
    facts = {"value": one.value, "limit": one.limit, "opens_at": opens_at(view)}
    return Say(f"now.{one.reason.code}", facts)


def shares_of(ticker: Ticker, view: View) -> int | Say:
    """As many shares as the engine would buy of what is recommended of a company, or why there is no such number."""
    found = [one for one in ideas(view.ground, now(view)) if one.wanted.ticker == ticker]
    if not found:
        return Say("recommendations.gone", {"ticker": ticker})
    size = room_for(view.ground, found[0].wanted)
    if size.shares:
        return min(size.shares, MAX_SHARES)
    return Say(
        "recommendations.no_size", {"ticker": ticker, "reason": closed(foreseen(view.ground, found[0].wanted), view)}
    )


SKILLS = (Skill("show_recommendations", Recommended, show_recommendations, "look"),)
