"""The gate that closed on a decision, in words that several skills say."""

from engine.core.nouns import Decision
from engine.view import View
from skills.skill import Say


def closed(decision: Decision, view: View) -> Say:
    """The first gate that is closed, with its value and limit."""
    failed = decision.failed
    facts = {
        "value": failed.value if failed else None,
        "limit": failed.limit if failed else None,
        "ticker": decision.ticker,
        "tier": view.state.tier.value,
        "passed": max(0, len(decision.trace) - 1),
    }
    return Say(f"skip.{decision.reason.code}", facts)
