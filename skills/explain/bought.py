"""Why something was bought, and how its size came about."""

from dataclasses import replace
from typing import Any

from engine.core import events as e
from engine.core.evaluate import CUT
from engine.core.nouns import Decision, TraceLine
from engine.core.units import Ticker
from engine.core.words import Origin, Side
from engine.view import View
from skills.explain.telling import begun, clamp, cut, told, wish
from skills.skill import Say

FACTORS = ("earnings", "correlation", "diversification")
TOLD = 0.005
"""A factor that is nearer to 1 than this would read as 1."""


def newest_buy(view: View, ticker: Ticker | None) -> Decision | None:
    """The newest decision to buy: one that waits for a yes, or was carried out."""
    for proposal in view.state.proposals.values():
        if ticker in (None, proposal.decision.ticker) and proposal.decision.side is Side.BUY:
            return proposal.decision
    return next((one for one in view.decisions(ticker, Side.BUY) if one.acts), None)


def why_bought(decision: Decision, view: View) -> Say:
    """What was recommended, how the size came about, which limit made it smaller, and in how many parts it is bought.

    What became of the later parts shows in what is held.
    """
    lines = {line.step: line for line in decision.trace}
    price = decision.price or 0
    facts: dict[str, Any] = {
        **told(decision),
        "begun": begun(decision, view),
        "shares": decision.shares,
        "price": price,
        "dollars": decision.shares * price,
        "stop": decision.stop,
        "take": decision.take,
        "at_risk": decision.shares * max(0, price - (decision.stop or 0)),
        "least": lines["confidence"].limit,
        "how": how(decision, lines),
        "clamp": clamp(lines),
        "kind": kind(lines),
    }
    if decision.origin is Origin.OWNER:
        parts = in_parts(lines["parts"], decision, view) if "parts" in lines else {}
        return Say("explain.bought_by_owner", facts | parts, ("positions",))
    if "parts" not in lines:
        return Say("explain.bought", facts, ("positions",))
    return Say("explain.bought_in_parts", facts | in_parts(lines["parts"], decision, view), ("positions",))


def proposed(decision: Decision, view: View) -> Say:
    return replace(why_bought(decision, view), key="explain.proposed", buttons=("yes", "no"))


def kind(lines: dict[str, TraceLine]) -> Say | None:
    """As which kind of order it went out, with its prices, where it was none at the market."""
    line = lines.get("order_kind")
    return Say(f"orders.kind.{line.value}", {"limit": line.limit, "stop_at": line.left}) if line else None


def in_parts(line: TraceLine, decision: Decision, view: View) -> dict[str, Any]:
    position = view.position(decision.ticker)
    held = position.shares if position else None
    return {"parts": line.value, "first": line.left, "threshold": line.limit, "held": held}


def how(decision: Decision, lines: dict[str, TraceLine]) -> Say:
    """From the usual size to the one that was wished for: each factor that changed it, by name."""
    allocation, least = lines["allocation"], lines["confidence"].limit
    times = (decision.confidence or 0.0) / least if least and not isinstance(least, str) else 1.0
    changed = {step: factor(lines[step]) for step in FACTORS if step in lines and lines[step].left not in (1, None)}
    sure = {"times": times, "confidence": decision.confidence, "least": least}
    is_sure = abs(times - 1) >= TOLD
    facts = {
        "base_frac": allocation.limit,
        "tradable": lines["tradable"].value,
        "sure": Say("explain.size.sure", sure) if is_sure else None,
        "raw_frac": allocation.left if changed or is_sure else None,
    }
    return Say("explain.size", {**dict.fromkeys(FACTORS), **changed, **facts})


def factor(line: TraceLine) -> Say:
    return Say(f"explain.factor.{line.step}", {"value": line.value, "factor": line.left})


def why_so_many(decision: Decision, view: View) -> Say:
    """What the usual size would have been, and what made of it the one that was bought: factors, and each limit."""
    lines = {line.step: line for line in decision.trace}
    price, later = decision.price or 0, cut_later(decision, view)
    bought = {"shares": decision.shares, "price": price, "dollars": decision.shares * price}
    if decision.origin is Origin.OWNER:
        return Say("explain.resized.by_owner", {**told(decision), **bought, "later": later}, ("limits",))
    rows = [Say(f"explain.cut.{one['step']}", one) for one in cut(lines)]
    facts = {
        **told(decision),
        **bought,
        "how": how(decision, lines),
        "wish": wish(lines),
        "cuts": Say("explain.cuts", {"rows": [{"said": row} for row in rows]}) if rows else None,
        "uncut": None if rows or later else Say("explain.uncut"),
        "later": later,
    }
    return Say("explain.resized", facts, ("limits",))


def cut_later(decision: Decision, view: View) -> Say | None:
    """The limit that made a later part smaller than it was to be, as it was when that part was ordered."""
    for past in view.past():
        if isinstance(past.event, e.TranchesPlanned) and past.event.tranches.decision_id == decision.id:
            line = next((one for one in past.event.trace if one.step == CUT), None)
            if line is not None:
                why = Say(f"skip_word.{line.value}")
                return Say("explain.cut_later", {"before": line.limit, "left": line.left, "why": why})
    return None
