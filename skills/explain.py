"""Why something was bought, sold or left alone: from the stored trace, with the numbers that mattered."""

from dataclasses import replace
from typing import Any, Literal

from engine.core.judge.trimming import OVER
from engine.core.nouns import Decision, TraceLine
from engine.core.standing import Rebalance
from engine.core.units import Ticker
from engine.core.words import Origin, Side
from engine.view import View
from skills.skill import Say, Skill, SlotModel

CLAMPS = ("position", "sector", "exposure", "absolute_cap", "buying_power")
FACTORS = ("earnings", "correlation", "diversification")


class Explain(SlotModel):
    """`explain_decision`: about a company, or about the newest decision of that kind."""

    about: Literal["bought", "not_bought", "sold", "not_sold", "stopped", "last"]
    ticker: Ticker | None = None


def explain_decision(slots: Explain, view: View) -> Say:
    if slots.ticker is not None and slots.ticker not in view.scene.quotes:
        return Say("explain.not_here", {"ticker": slots.ticker})
    return ANSWERS[slots.about](view, slots.ticker)


def bought(view: View, ticker: Ticker | None) -> Say:
    for decision in view.decisions(ticker, Side.BUY):
        if decision.acts:
            return why_bought(decision, view)
    return not_bought(view, ticker)


def not_bought(view: View, ticker: Ticker | None) -> Say:
    for decision in view.decisions(ticker, Side.BUY):
        if not decision.acts:
            return why_skipped(decision, view)
        if ticker is not None:
            return why_bought(decision, view)
    return nothing(view, ticker, "buy")


def sold(view: View, ticker: Ticker | None) -> Say:
    for decision in view.decisions(ticker, Side.SELL):
        if decision.acts:
            return why_sold(decision, view)
    return not_sold(view, ticker) if ticker else nothing(view, ticker, "sell")


def not_sold(view: View, ticker: Ticker | None) -> Say:
    position = view.position(ticker) if ticker else None
    if ticker is not None and position is not None:
        price = view.scene.price(ticker) or position.entry
        levels = {"ticker": ticker, "price": price, "stop": position.stop, "take": position.take}
        gain = (price * position.shares - position.cost) / position.cost
        return Say("explain.still_held", {**levels, "gain_frac": gain, "stop_frac": 1 - position.stop / price})
    for decision in view.decisions(ticker, Side.SELL):
        return why_sold(decision, view) if decision.acts else why_skipped(decision, view)
    return nothing(view, ticker, "sell")


def stopped(view: View, ticker: Ticker | None) -> Say:
    for decision in view.decisions(ticker, Side.SELL):
        if decision.acts and decision.origin in (Origin.STOP, Origin.SINGLE_POSITION):
            return why_sold(decision, view)
    return nothing(view, ticker, "stop")


def last(view: View, ticker: Ticker | None) -> Say:
    if ticker is None and view.state.rebalance is not None:
        return rebalancing(view.state.rebalance, view)
    for proposal in view.state.proposals.values():
        if ticker in (None, proposal.decision.ticker) and proposal.decision.side is Side.BUY:
            return replace(why_bought(proposal.decision, view), key="explain.proposed", buttons=("yes", "no"))
    for decision in view.decisions(ticker):
        if not decision.acts:
            return why_skipped(decision, view)
        return why_bought(decision, view) if decision.side is Side.BUY else why_sold(decision, view)
    return nothing(view, ticker, "decision")


def rebalancing(asked: Rebalance, view: View) -> Say:
    """What the week's question would sell, and over which limit each of it stands."""
    limits = view.limits
    bounds = {"position": limits.max_position, "sector": limits.max_sector, "count": limits.max_open_positions}
    rows = [
        {
            "ticker": trim.ticker,
            "shares": trim.shares,
            "why": Say(f"explain.over.{trim.reason}", {"limit": bounds[trim.reason]}),
        }
        for trim in asked.trims
    ]
    return Say("explain.rebalance", {"rows": rows}, ("yes", "no"))


def nothing(view: View, ticker: Ticker | None, what: str) -> Say:
    autonomy = Say(f"autonomy.{view.state.preferences.trading.autonomy.value}")
    return Say(f"explain.nothing.{what}", {"ticker": ticker, "autonomy": autonomy})


def why_bought(decision: Decision, view: View) -> Say:
    """What was recommended, how the size came about, which limit made it smaller, and in how many parts it is bought.

    What became of the later parts shows in what is held.
    """
    lines = {line.step: line for line in decision.trace}
    price = decision.price or 0
    facts: dict[str, Any] = {
        **told(decision),
        "shares": decision.shares,
        "price": price,
        "dollars": decision.shares * price,
        "stop": decision.stop,
        "take": decision.take,
        "at_risk": decision.shares * max(0, price - (decision.stop or 0)),
        "least": lines["confidence"].limit,
        "base_frac": lines["allocation"].limit,
        "raw_frac": lines["allocation"].left,
        "tradable": lines["tradable"].value,
        "factors": factors(lines),
        "clamp": clamp(lines),
        "kind": kind(lines),
    }
    if decision.origin is Origin.OWNER:
        parts = in_parts(lines["parts"], decision, view) if "parts" in lines else {}
        return Say("explain.bought_by_owner", facts | parts, ("positions",))
    if "parts" not in lines:
        return Say("explain.bought", facts, ("positions",))
    return Say("explain.bought_in_parts", facts | in_parts(lines["parts"], decision, view), ("positions",))


def kind(lines: dict[str, TraceLine]) -> Say | None:
    """As which kind of order it went out, with its prices, where it was none at the market."""
    line = lines.get("order_kind")
    return Say(f"orders.kind.{line.value}", {"limit": line.limit, "stop_at": line.left}) if line else None


def in_parts(line: TraceLine, decision: Decision, view: View) -> dict[str, Any]:
    position = view.position(decision.ticker)
    held = position.shares if position else None
    return {"parts": line.value, "first": line.left, "threshold": line.limit, "held": held}


def factors(lines: dict[str, TraceLine]) -> Say | None:
    """The factor that changed the size most, if one did."""
    changed = [lines[step] for step in FACTORS if step in lines and lines[step].left not in (1, None)]
    if not changed:
        return None
    most = max(changed, key=lambda line: abs((line.left or 0) - 1))
    return Say(f"explain.factor.{most.step}", {"value": most.value, "factor": most.left})


def clamp(lines: dict[str, TraceLine]) -> Say | None:
    """The last limit that cut the allocation, if one did."""
    wanted = (lines["allocation"].left or 0) * float(lines["tradable"].value or 0)
    cut = None
    for step in CLAMPS:
        if step in lines and (lines[step].left or 0) < int(wanted):
            cut, wanted = lines[step], lines[step].left or 0
    return Say(f"explain.clamp.{cut.step}", {"limit": cut.limit, "left": cut.left}) if cut else None


def why_sold(decision: Decision, view: View) -> Say:
    """Which level or signal ended the position, and what the trade brought."""
    line = decision.trace[0]
    closing = next((one for one in reversed(view.history.trades) if one.decision_id == decision.id), None)
    facts = {
        **told(decision),
        "shares": decision.shares,
        "price": decision.price,
        "level": line.limit if decision.origin in (Origin.STOP, Origin.TAKE, Origin.SINGLE_POSITION) else None,
        "over": over(decision, line),
        "realised": closing.realised if closing else None,
        "realised_frac": closing.realised / (closing.entry * closing.shares) if closing else None,
    }
    return Say(f"explain.sold.{decision.origin.value}", facts)


def over(decision: Decision, line: TraceLine) -> Say | None:
    """The limit that a rebalancing kept, and what stood against it."""
    if decision.origin is not Origin.REBALANCE or line.outcome != OVER:
        return None
    return Say(f"explain.over.{line.step}", {"value": line.value, "limit": line.limit})


def why_skipped(decision: Decision, view: View) -> Say:
    """Which gate closed, its value against its limit, and what would have to change."""
    failed = next((line for line in reversed(decision.trace) if line.outcome == "reject"), None)
    value, limit = (failed.value, failed.limit) if failed else (None, None)
    facts = {"value": value, "limit": limit, "ticker": decision.ticker, **reached(decision)}
    tolerance = view.state.tier.value
    reason = Say(f"skip.{decision.reason.code}", {**facts, "tier": tolerance, "passed": len(decision.trace) - 1})
    return Say("explain.skipped", {**told(decision), "side": decision.side.value, "reason": reason})


def reached(decision: Decision) -> dict[str, Any]:
    """How far the size had come: the price of a share, what the limits left, and which of them cut it last."""
    lines = {line.step: line for line in decision.trace}
    price, power = lines.get("price"), lines.get("buying_power")
    cut = clamp(lines) if {"allocation", "tradable"} <= lines.keys() else None
    return {"price": price.value if price else None, "left": power.left if power else None, "clamp": cut}


def told(decision: Decision) -> dict[str, Any]:
    return {
        "ticker": decision.ticker,
        "at": decision.at,
        "source": decision.source,
        "confidence": decision.confidence,
        "thesis": decision.thesis or None,
    }


ANSWERS = {
    "bought": bought,
    "not_bought": not_bought,
    "sold": sold,
    "not_sold": not_sold,
    "stopped": stopped,
    "last": last,
}

SKILLS = (Skill("explain_decision", Explain, explain_decision, "look"),)
