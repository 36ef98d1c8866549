"""Taking back what was begun but not done: open questions, entry orders, parts still to be bought. Exits never are."""

from dataclasses import replace
from typing import Final

from engine.core import events as e
from engine.core import oldest
from engine.core.nouns import Order, Proposal, TraceLine, Tranches
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.words import OrderStatus, Origin, Side, Skip

ENGINE_ONLY: Final = frozenset({Skip.PAUSED, Skip.AUTONOMY_OFF})
"""Reasons that hold back what the engine does of itself, and not what its owner has ordered."""


def withdrawn_entries(state: State, scene: Scene, reason: Skip) -> tuple[e.Event, ...]:
    """Close every open question, ask the broker to cancel every open entry, and buy no further parts."""
    closed = [event for proposal in oldest.proposals(state) for event in closed_proposal(proposal, scene, reason)]
    return (*closed, *cancelled_entries(state, reason))


def cancelled_entries(state: State, reason: Skip) -> tuple[e.Event, ...]:
    """Ask the broker to cancel every open entry, and buy no further parts of those that are bought in parts.

    What the owner bought himself goes on where the reason binds the engine alone.
    """
    spares = reason in ENGINE_ONLY
    plans = [plan for plan in state.tranches if not (spares and is_owners(plan))]
    return (
        *(cancelled(order, reason) for order in open_entries(state) if not (spares and ordered_by_owner(state, order))),
        *(e.TranchesEnded(tranches=plan, outcome=reason) for plan in plans),
    )


def is_owners(plan: Tranches) -> bool:
    """Whether these are parts of a buy that the owner asked for: it comes from no strategy."""
    return not plan.recommendation.source


def ordered_by_owner(state: State, order: Order) -> bool:
    """Whether an open buy, or the entry that it is a part of, was asked for by the owner."""
    plans = [plan for plan in state.tranches if plan.decision_id == order.decision_id]
    return order.origin is Origin.OWNER or any(is_owners(plan) for plan in plans)


def open_entries(state: State) -> tuple[Order, ...]:
    """Buys that are under way and not being cancelled."""
    return tuple(
        order for order in oldest.orders(state) if order.side is Side.BUY and order.status is not OrderStatus.CANCELLING
    )


def cancelled(order: Order, reason: Skip) -> e.OrderUpdated:
    return e.OrderUpdated(order=replace(order, status=OrderStatus.CANCELLING, why=reason.code), old=order.status)


def closed_rebalance(state: State, scene: Scene, reason: Skip) -> tuple[e.Event, ...]:
    """The week's rebalancing ends with nothing sold; nothing where none was asked about."""
    asked = state.rebalance
    return () if asked is None else (e.Rebalanced(session=scene.day.date, trims=asked.trims, outcome=reason),)


def closed_proposal(
    proposal: Proposal, scene: Scene, reason: Skip, trace: tuple[TraceLine, ...] | None = None
) -> tuple[e.Event, ...]:
    """A question that ends without a trade, stored as the skip that it is; `trace` says more where something new is."""
    told = proposal.decision.trace if trace is None else trace
    skipped = replace(proposal.decision, reason=reason, at=scene.at, shares=0, trace=told)
    return (
        e.Decided(decision=skipped),
        e.ProposalClosed(decision_id=skipped.id, ticker=skipped.ticker, outcome=reason),
    )
