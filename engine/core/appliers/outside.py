"""What market events, dates of earnings and the standing of strategies make of the state."""

from dataclasses import replace

from engine.core import events as e
from engine.core.state import State


def event_marked(state: State, event: e.EventMarked) -> State:
    others = tuple(one for one in state.market_events if one.id != event.event.id)
    return replace(state, market_events=(*others, event.event))


def event_ended(state: State, event: e.EventEnded) -> State:
    return replace(state, market_events=tuple(one for one in state.market_events if one.id != event.event.id))


def earnings_imported(state: State, event: e.EarningsImported) -> State:
    """Dates stand in order, each once; a ticker without any leaves."""
    after = {**state.earnings, **{ticker: tuple(sorted(set(dates))) for ticker, dates in event.dates.items()}}
    return replace(state, earnings={ticker: dates for ticker, dates in after.items() if dates})


def strategy_set(state: State, event: e.StrategySet) -> State:
    return replace(state, strategies={**state.strategies, event.strategy.name: event.strategy})


def rebalance_proposed(state: State, event: e.RebalanceProposed) -> State:
    return replace(state, rebalance=event.rebalance)


def rebalanced(state: State, event: e.Rebalanced) -> State:
    return replace(state, rebalance=None, rebalanced=event.session)
