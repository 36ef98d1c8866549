"""How an account did: its closes and closed trades as one series, and the figures of any window of it."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple

from engine.core.nouns import ClosedTrade, Snapshot
from engine.core.rules.metrics import Metrics, Series, metrics
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.units import Money, Ticker


class Standing(NamedTuple):
    """Where an account stood: equity, what had been put in, and the level of the benchmark, None where unknown.

    `day` is the session, date.min before the first.
    """

    equity: Money
    contributed: Money
    benchmark: Money | None
    day: date = date.min


UNBEGUN: Final = Standing(0, 0, None)


class Performance(NamedTuple):
    """Figures of one window; micro-trades have only those of trades, and are not among the others."""

    standard: Metrics
    micro: Metrics


def at_close(snapshot: Snapshot, benchmark: Ticker) -> Standing:
    """How an account stood at the end of a session; the level is None where it was compared with something else."""
    same = snapshot.benchmark_ticker == benchmark
    return Standing(snapshot.equity, snapshot.contributed, snapshot.benchmark if same else None, snapshot.session)


def series(closes: Sequence[Standing], trades: Iterable[ClosedTrade]) -> Series:
    """Closes, oldest first, and trades, each in the session of its day; none is later than the last of the closes."""
    closed = list(trades)
    days = [close.day for close in closes]
    return Series(
        equities=[close.equity for close in closes],
        contributed=[close.contributed for close in closes],
        benchmarks=[close.benchmark or 0 for close in closes],
        results=[trade.realised for trade in closed],
        closed_in=[bisect_left(days, trade.closed_at.date()) for trade in closed],
    )


def performance(closes: Sequence[Standing], trades: Iterable[ClosedTrade]) -> Performance:
    """The figures from the first of these closes to the last, of trades closed after the first.

    Standard trades and micro-trades are two series.
    """
    closed, window = list(trades), max(1, len(closes) - 1)
    kinds = ([trade for trade in closed if trade.micro is kind] for kind in (False, True))
    return Performance(*(metrics(series(closes, one), window) for one in kinds))


def lately(state: State, scene: Scene) -> Metrics:
    """Figures of the standard trades closed in the last 30 sessions; of the account's value there are none."""
    closed = [one for one in state.trades if not one.micro and one.closed_at.date() >= scene.lookback]
    return metrics(series((), closed), 1)


class Comparison(NamedTuple):
    """The benchmark's growth and the account's beyond it (+ ahead), as fractions, over the closes after `since`."""

    benchmark: float
    ahead: float
    since: date


def compared(closes: Sequence[Standing]) -> Comparison | None:
    """Account and benchmark over the same closes, from the first whose level is known; None where the last is not."""
    known = next((place for place, close in enumerate(closes) if close.benchmark), None)
    if known is None or known == len(closes) - 1:
        return None
    found = metrics(series(closes[known:], ()), len(closes))
    if math.isnan(found.benchmark):
        return None
    return Comparison(found.benchmark, found.ahead, closes[known].day)
