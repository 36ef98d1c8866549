"""Why something was sold, or is held still."""

from engine.core.judge.trimming import OVER
from engine.core.nouns import Decision, Position, TraceLine
from engine.core.standing import Rebalance
from engine.core.words import Origin
from engine.view import View
from skills.explain.telling import begun, told
from skills.skill import Say


def why_sold(decision: Decision, view: View) -> Say:
    """Which level or signal ended the position, and what the trade brought."""
    line = decision.trace[0]
    closing = next((one for one in reversed(view.history.trades) if one.decision_id == decision.id), None)
    facts = {
        **told(decision),
        "begun": begun(decision, view),
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


def why_held(position: Position, view: View) -> Say:
    """That it stands between its levels."""
    price = view.scene.price(position.ticker) or position.entry
    levels = {"ticker": position.ticker, "price": price, "stop": position.stop, "take": position.take}
    gain = (price * position.shares - position.cost) / position.cost
    return Say("explain.still_held", {**levels, "gain_frac": gain, "stop_frac": 1 - position.stop / price})


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
