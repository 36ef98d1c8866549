"""The reserve: how much is set aside, what becomes of it, and how it came to be."""

from typing import Any

from engine.core.nouns import LedgerRow
from engine.core.rules.breakers import drawdown
from engine.core.rules.pools import over_mark, share
from engine.view import View
from skills.skill import NoSlots, Say, Skill

SHOWN = 5


def show_reserve(slots: NoSlots, view: View) -> Say:  # noqa: ARG001  # every skill sees its slots
    state, worth, policy = view.state, view.worth, view.policy
    rows = [row(one, view) for one in view.ledger[:SHOWN]]
    facts = {
        "account": state.kind.value,
        "reserve": state.reserve,
        "share": share(state.reserve, worth.equity),
        "part": view.limits.reserve_share,
        "mark": policy.reserve_high_water,
        "over": "now over it" if over_mark(state.reserve, worth.equity, policy.reserve_high_water) else None,
        "fall": drawdown(worth.equity, max(state.peak, worth.equity)),
        "emergency": policy.emergency_drawdown,
        "moves": Say("reserve.moves", {"rows": rows, "more": len(view.ledger[SHOWN:]) or None}) if rows else None,
    }
    return Say("reserve", facts, ("balance", "limits"))


def row(move: LedgerRow, view: View) -> dict[str, Any]:
    """One move of the ledger; what was set aside names the company whose profit it came from, where that is known."""
    trade = next((one for one in view.history.trades if one.client_order_id == move.reference), None)
    kind = Say(f"reserve.move.{move.kind}", {"ticker": trade.ticker if trade else None})
    return {"at": move.at, "amount": move.amount, "balance": move.balance_after, "kind": kind}


SKILLS = (Skill("show_reserve", NoSlots, show_reserve, "look"),)
