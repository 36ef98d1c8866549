"""What pauses, the kill switch and circuit breakers make of the state."""

from dataclasses import replace
from typing import Final

from engine.core import events as e
from engine.core.appliers.settings import acted
from engine.core.state import State
from engine.core.undo import PAUSE
from engine.core.units import Ticker
from engine.core.words import BreakerKind

OWNER_HELD: Final = (BreakerKind.MANUAL, BreakerKind.MAX_DRAWDOWN)
"""Breakers that only the owner can end."""


def entries_paused(state: State, event: e.EntriesPaused) -> State:
    return replace(acted(state, event.change, event.undoes), pause=event.pause)


def entries_resumed(state: State, event: e.EntriesResumed) -> State:
    state = replace(acted(state, event.change, event.undoes), pause=None)
    if event.change is None and not event.undoes:  # ended for good: no earlier pause is there to be put back
        changes = tuple(change for change in state.changes if any(path != PAUSE for path, _, _ in change.fields))
        state = replace(state, changes=changes)
    if not event.lifts_all:
        return state
    return replace(
        state,
        killed_at=None,
        flatten_at=None,
        peak=state.peak if event.peak is None else event.peak,
        breakers={key: value for key, value in state.breakers.items() if key[0] not in OWNER_HELD},
    )


def engine_killed(state: State, event: e.EngineKilled) -> State:
    return replace(state, killed_at=event.at)


def flatten_began(state: State, event: e.FlattenBegan) -> State:
    return replace(state, flatten_at=event.at)


def breaker_tripped(state: State, event: e.BreakerTripped) -> State:
    breaker = event.breaker
    # a tripped volatility breaker starts its count anew, or it would trip again the moment it resolves
    counted = () if breaker.kind is BreakerKind.VOLATILITY else state.tally.stop_hits
    return replace(
        state,
        breakers={**state.breakers, (breaker.kind, breaker.ticker): breaker},
        tally=replace(state.tally, stop_hits=counted),
    )


def waiver(kind: BreakerKind, ticker: Ticker | None) -> str:
    """The name under which a session remembers that the owner reset a breaker."""
    return f"{kind.value} {ticker}" if ticker else kind.value


def breaker_resolved(state: State, event: e.BreakerResolved) -> State:
    """One that the owner reset does not trip again in this session."""
    tally = state.tally
    waived = (*tally.waived, waiver(event.kind, event.ticker)) if event.waived else tally.waived
    return replace(
        state,
        breakers={key: value for key, value in state.breakers.items() if key != (event.kind, event.ticker)},
        tally=replace(tally, waived=waived),
        peak=state.peak if event.peak is None else event.peak,
    )
