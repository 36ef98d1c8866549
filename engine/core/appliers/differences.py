"""What differs between both books, and which of them counts."""

from dataclasses import replace

from engine.core import events as e
from engine.core.state import State


def difference_noted(state: State, event: e.DifferenceNoted) -> State:
    """The newest of each ticker."""
    others = tuple(one for one in state.differences if one.ticker != event.difference.ticker)
    return replace(state, differences=(*others, event.difference))


def broker_accepted(state: State, event: e.BrokerAccepted) -> State:
    others = tuple(one for one in state.differences if one.ticker != event.difference.ticker)
    return replace(state, differences=others)
