"""What the owner is told of an entry that was bought in parts, once it is over."""

from collections.abc import Mapping
from typing import Any

from engine.core import events as e
from engine.core.announcement import Moment, Told
from engine.core.nouns import Order, Tranches
from engine.core.state import State
from engine.core.words import Origin, Priority, Side, Skip


def plan_of(state: State, order: Order) -> Tranches | None:
    return next((plan for plan in state.tranches if plan.decision_id == order.decision_id), None)


def progress(order: Order, moment: Moment) -> dict[str, int | None]:
    """Which part of how many an order was to buy; None where it was all at once."""
    plan = plan_of(moment.old, order)
    if plan is None:
        return {"part": None, "parts": None}
    return {"part": len(plan.bought), "parts": len(plan.bought) + len(plan.left)}


def told_at_its_end(order: Order, moment: Moment) -> bool:
    """Whether this is a later part of an entry that goes on or ends now: its end tells of all parts together."""
    return order.origin is Origin.TRANCHE and plan_of(moment.old, order) is not None


def tranches_ended(event: e.TranchesEnded, moment: Moment) -> Told:
    """What was bought in all, and why the rest was not."""
    plan = event.tranches
    bought = in_all(plan, moment)
    facts = {
        "account": moment.new.kind.value,
        "ticker": plan.recommendation.ticker,
        "shares": bought,
        "parts": len(plan.bought),
        "rest": plan.shares - bought or None,
        "reason": reason(event, moment),
        **position_facts(plan, moment),
    }
    return Told("trade_opened", Priority.MEDIUM, facts, "tranches_ended" if bought else "tranches_off")


def in_all(plan: Tranches, moment: Moment) -> int:
    """The shares that its parts have brought; what an open order still lacks is not among them."""
    waiting = [one for one in moment.new.orders.values() if one.decision_id == plan.decision_id]
    return sum(plan.bought) - sum(one.shares - one.filled_shares for one in waiting if one.side is Side.BUY)


def reason(event: e.TranchesEnded, moment: Moment) -> str | None:
    """Why the rest was not bought, as a code; None where nothing was left out."""
    if event.outcome is Skip.NONE:
        return None
    if event.outcome is not Skip.TRANCHE_STOPPED:
        return event.outcome.code
    sold = moment.new.selling(event.tranches.recommendation.ticker)
    return "it_is_sold" if sold else "a_part_was_not_filled"


def position_facts(plan: Tranches, moment: Moment) -> Mapping[str, Any]:
    """The position as it stands now; empty where there is none."""
    position = moment.new.positions.get(plan.recommendation.ticker)
    if position is None:
        return {}
    at_risk = position.shares * max(0, position.entry - position.stop)
    return {
        "held": position.shares,
        "entry": position.entry,
        "dollars": position.cost,
        "share_frac": moment.share(position.cost),
        "stop": position.stop,
        "take": position.take,
        "at_risk": at_risk,
        "risk_frac": moment.share(at_risk),
    }
