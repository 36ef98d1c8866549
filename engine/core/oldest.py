"""What an account keeps by name, in one order whoever put it together: the oldest first, ties by name."""

from engine.core.nouns import Breaker, Order, Proposal
from engine.core.state import State


def orders(state: State) -> list[Order]:
    """Open orders."""
    if len(state.orders) < 2:
        return list(state.orders.values())
    return sorted(state.orders.values(), key=lambda order: (order.intended_at, order.client_order_id))


def proposals(state: State) -> list[Proposal]:
    """Trades that wait for the owner's yes."""
    return sorted(state.proposals.values(), key=lambda one: (one.asked_at, one.decision.id))


def breakers(state: State) -> list[Breaker]:
    """Breakers that stand; those tripped at once by kind and ticker."""
    return sorted(state.breakers.values(), key=lambda one: (one.tripped_at, one.kind.value, one.ticker or ""))
