"""Taking back what was begun but not done: open questions and entry orders. Exits are never taken back."""

from dataclasses import replace

from engine.core import events as e
from engine.core.nouns import Proposal
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.words import OrderStatus, Side, Skip


def withdrawn_entries(state: State, scene: Scene, reason: Skip) -> tuple[e.Event, ...]:
    """Close every open question and ask the broker to cancel every open entry."""
    closed = [event for proposal in state.proposals.values() for event in closed_proposal(proposal, scene, reason)]
    return (*closed, *cancelled_entries(state, reason))


def cancelled_entries(state: State, reason: Skip) -> tuple[e.Event, ...]:
    """Ask the broker to cancel every open entry."""
    return tuple(
        e.OrderUpdated(order=replace(order, status=OrderStatus.CANCELLING, why=reason.code), old=order.status)
        for order in state.orders.values()
        if order.side is Side.BUY and order.status is not OrderStatus.CANCELLING
    )


def closed_proposal(proposal: Proposal, scene: Scene, reason: Skip) -> tuple[e.Event, ...]:
    """A question that ends without a trade, stored as the skip that it is."""
    skipped = replace(proposal.decision, reason=reason, at=scene.at, shares=0)
    return (
        e.Decided(decision=skipped),
        e.ProposalClosed(decision_id=skipped.id, ticker=skipped.ticker, outcome=reason),
    )
