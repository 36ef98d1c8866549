"""What every explanation starts from: a decision's own facts, the reason of its trace, and that there is nothing."""

from collections.abc import Iterable
from typing import Any

from engine.core.nouns import Decision, TraceLine
from engine.core.units import Ticker
from engine.core.words import Side, Skip
from engine.view import View
from skills.skill import Say

CLAMPS = ("position", "sector", "exposure", "absolute_cap", "buying_power")


def told(decision: Decision) -> dict[str, Any]:
    return {
        "ticker": decision.ticker,
        "at": decision.at,
        "source": decision.source,
        "confidence": decision.confidence,
        "thesis": decision.thesis or None,
    }


def nothing(view: View, ticker: Ticker | None, what: str) -> Say:
    autonomy = Say(f"autonomy.{view.state.preferences.trading.autonomy.value}")
    return Say(f"explain.nothing.{what}", {"ticker": ticker, "autonomy": autonomy})


def reason_of(decision: Decision, view: View) -> Say:
    """Which gate closed, with its value against its limit."""
    failed = decision.failed
    value, limit = (failed.value, failed.limit) if failed else (None, None)
    facts = {"value": value, "limit": limit, "ticker": decision.ticker, **reached(decision.trace)}
    around = {"tier": view.state.tier.value, "passed": len(decision.trace) - 1}
    return Say(f"skip.{decision.reason.code}", {**facts, **around})


def shut(reason: Skip, trace: Iterable[TraceLine], ticker: Ticker) -> Say:
    """Why a part was not bought: the gate with its numbers or, where none was asked, the reason alone."""
    lines = tuple(trace)
    failed = next((line for line in reversed(lines) if line.outcome == "reject"), None)
    if failed is None:
        return Say("explain.parts.as", {"why": Say(f"skip_word.{reason.code}")})
    facts = {"value": failed.value, "limit": failed.limit, "ticker": ticker, **reached(lines)}
    return Say(f"skip.{reason.code}", {**facts, "tier": "", "passed": len(lines) - 1})


def reached(trace: Iterable[TraceLine]) -> dict[str, Any]:
    """How far the size had come: the price of a share, what the limits left, and which of them cut it last."""
    lines = {line.step: line for line in trace}
    price, power = lines.get("price"), lines.get("buying_power")
    cut = clamp(lines) if {"allocation", "tradable"} <= lines.keys() else None
    return {"price": price.value if price else None, "left": power.left if power else None, "clamp": cut}


def clamp(lines: dict[str, TraceLine]) -> Say | None:
    """The last limit that cut the allocation, if one did."""
    cuts = cut(lines)
    return Say(f"explain.clamp.{cuts[-1]['step']}", cuts[-1]) if cuts else None


def cut(lines: dict[str, TraceLine]) -> list[dict[str, Any]]:
    """Each limit that cut the allocation, from what to what, in the order of the trace."""
    before, rows = wish(lines), []
    for step in CLAMPS:
        left = int(lines[step].left or 0) if step in lines else before
        if left < before:
            line = lines[step]
            rows.append({"step": step, "before": before, "left": left, "limit": line.limit, "held": line.value or None})
        before = min(before, left)
    return rows


def wish(lines: dict[str, TraceLine]) -> int:
    """What the allocation would have been in money, before any limit."""
    return int((lines["allocation"].left or 0) * float(lines["tradable"].value or 0))


def begun(decision: Decision, view: View) -> Say:
    """What was bought or sold and when, or that it is being so while its order is open."""
    is_open = any(one.decision_id == decision.id for one in view.state.orders.values())
    words = {Side.BUY: ("bought", "buying"), Side.SELL: ("sold", "selling")}[decision.side]
    facts = {"shares": decision.shares, "ticker": decision.ticker, "at": decision.at}
    return Say(f"explain.begun.{words[is_open]}", facts)
