"""What differs between both books, and which of them counts."""

from collections.abc import Iterable
from dataclasses import replace

from engine.core import events as e
from engine.core.appliers.lots import in_place
from engine.core.nouns import Difference
from engine.core.state import State
from engine.core.units import Ticker


def ticker_frozen(state: State, event: e.TickerFrozen) -> State:
    return replace(state, frozen=state.frozen | {event.ticker})


def ticker_thawed(state: State, event: e.TickerThawed) -> State:
    left = without(state.differences, event.ticker)
    return replace(state, frozen=state.frozen - {event.ticker}, differences=left)


def difference_noted(state: State, event: e.DifferenceNoted) -> State:
    """The newest of each ticker; none where both books agree."""
    found = event.difference
    others = without(state.differences, found.ticker)
    return replace(state, differences=others if found.ours == found.theirs else (*others, found))


def without(differences: Iterable[Difference], ticker: Ticker | None) -> tuple[Difference, ...]:
    return tuple(one for one in differences if one.ticker != ticker)


def broker_accepted(state: State, event: e.BrokerAccepted) -> State:
    """Shares come and go with what they had cost; cash comes and goes as it is."""
    ticker = event.difference.ticker
    after = replace(
        state,
        contributed=state.contributed + event.worth,
        realised=state.realised + event.cost - event.worth,
        peak=event.peak,
        tally=replace(state.tally, moved=state.tally.moved + event.worth),
        differences=without(state.differences, ticker),
    )
    if ticker is None:
        return replace(after, cash=after.cash + event.worth)
    held = event.position is not None
    stopped = tuple(one for one in after.tally.stopped if one != ticker or held)
    return replace(
        after,
        positions=in_place(after.positions, ticker, event.position),
        lots=in_place(after.lots, ticker, event.lots or None),
        frozen=after.frozen - {ticker},
        tally=replace(after.tally, stopped=stopped),
    )
