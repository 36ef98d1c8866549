"""How well an account did (docs/engine.md, Performance).

Money in ten-thousandths of a dollar, rates as fractions, NaN where there is none. One function for every window: what
is live, what is answered, and what is replayed is counted alike.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

SESSIONS_A_YEAR: Final = 252


def win_rate(wins: int, losses: int, flat: int) -> float:
    """Winning trades among all closed ones, as a fraction; one at zero is neither, but counts. 0 without trades."""
    trades = wins + losses + flat
    return wins / trades if trades > 0 else 0.0


def profit_factor(gains: int, losses: int) -> float:
    """Money won for each unit of money lost, both given as sums of size; infinite without losses."""
    return gains / losses if losses > 0 else math.inf


class Series(NamedTuple):
    """An account's sessions and closed trades, each oldest first.

    `equities` are at the end of each session, `contributed` what had been put in less what had been taken out by then,
    `benchmarks` the benchmark's level then, 0 where it is unknown. `results` are what each closed trade made, net, and
    `closed_in` the place of the session in which it was closed.
    """

    equities: Sequence[int]
    contributed: Sequence[int]
    benchmarks: Sequence[int]
    results: Sequence[int]
    closed_in: Sequence[int]


class Metrics(NamedTuple):
    """Figures of a window of sessions. Money moved in or out is no profit and no loss.

    `gain` is in money, `growth` the same as a fraction of a unit's value; `day` is the last session's gain.
    `average_loss` and `lost` are sizes, not negative. `fall` is where the last session stands under the window's peak.
    `benchmark` is the benchmark's own growth, `ahead` is growth less that.
    """

    sessions: int
    gain: int
    growth: float
    day: int
    trades: int
    wins: int
    losses: int
    win_rate: float
    won: int
    lost: int
    average_win: float
    average_loss: float
    profit_factor: float
    sharpe: float
    max_fall: float
    fall: float
    benchmark: float
    ahead: float


class Growth(NamedTuple):
    """What a unit of the account became over a window, how far it fell, and the sums of its daily returns."""

    factor: float
    max_fall: float
    fall: float
    total: float
    squares: float


def session_gain(series: Series, place: int) -> int:
    """What a session made; money moved in or out since the one before is left aside."""
    moved = series.contributed[place] - series.contributed[place - 1]
    return series.equities[place] - series.equities[place - 1] - moved


def session_return(series: Series, place: int) -> float:
    """A session's gain as a fraction of the equity before it and of what came in; 0 where there was none.

    What is put in counts as there from the session's beginning, what is taken out as there until its end.
    """
    moved = series.contributed[place] - series.contributed[place - 1]
    whole = series.equities[place - 1] + max(moved, 0)
    return session_gain(series, place) / whole if whole > 0 else 0.0


def grown(series: Series, first: int) -> Growth:
    """The value of one unit from the session before `first` on, chained from session to session."""
    unit, peak, deepest, total = 1.0, 1.0, 0.0, 0.0
    for place in range(first, len(series.equities)):
        rate = session_return(series, place)
        unit *= 1.0 + rate
        total += rate
        peak = max(peak, unit)
        deepest = max(deepest, (peak - unit) / peak)
    count = len(series.equities) - first
    average, squares = total / count if count > 0 else 0.0, 0.0
    for place in range(first, len(series.equities)):
        off = session_return(series, place) - average
        squares += off * off
    return Growth(unit, deepest, (peak - unit) / peak, total, squares)


def sharpe(total: float, squares: float, count: int) -> float:
    """Mean daily return over its standard deviation (of a sample, ddof 1), a year's worth: × √252, no risk-free rate.

    From the sum of `count` returns and of their squared distances from their mean. NaN: fewer than two returns, or no
    deviation (under 10^-12 of the mean, which is rounding). Sharpe, The Sharpe Ratio (1994).
    """
    if count < 2:
        return math.nan
    average, deviation = total / count, math.sqrt(squares / (count - 1))
    if deviation <= abs(average) * 1e-12:
        return math.nan
    return average / deviation * math.sqrt(SESSIONS_A_YEAR)


class Trades(NamedTuple):
    """Closed trades of a window: how many won, lost, or neither, and how much in all."""

    wins: int
    losses: int
    flat: int
    won: int
    lost: int


def counted(series: Series, first: int) -> Trades:
    """The trades closed in session `first` or later."""
    wins, losses, flat, won, lost = 0, 0, 0, 0, 0
    for place in range(len(series.results)):
        if series.closed_in[place] < first:
            continue
        result = series.results[place]
        wins, losses, flat = wins + (result > 0), losses + (result < 0), flat + (result == 0)
        won, lost = won + max(result, 0), lost + max(-result, 0)
    return Trades(wins, losses, flat, won, lost)


def rise(levels: Sequence[int], first: int) -> float:
    """A benchmark's growth from the session before `first` to the last; NaN where either level is unknown."""
    last = len(levels) - 1
    if last < first or levels[first - 1] <= 0 or levels[last] <= 0:
        return math.nan
    return levels[last] / levels[first - 1] - 1.0


def metrics(series: Series, window: int) -> Metrics:
    """Figures of the last `window` sessions, or of all that have one before them, where that is fewer.

    The session before the window is where it starts from; a single session has no figures but its trades.
    """
    sessions = max(0, min(window, len(series.equities) - 1))
    first = len(series.equities) - sessions
    growth, trades = grown(series, first), counted(series, first)
    gain = 0
    for place in range(first, len(series.equities)):
        gain += session_gain(series, place)
    benchmark = rise(series.benchmarks, first)
    count = trades.wins + trades.losses + trades.flat
    return Metrics(
        sessions,
        gain,
        growth.factor - 1.0,
        session_gain(series, len(series.equities) - 1) if sessions > 0 else 0,
        count,
        trades.wins,
        trades.losses,
        win_rate(trades.wins, trades.losses, trades.flat) if count > 0 else math.nan,
        trades.won,
        trades.lost,
        trades.won / trades.wins if trades.wins > 0 else math.nan,
        trades.lost / trades.losses if trades.losses > 0 else math.nan,
        profit_factor(trades.won, trades.lost) if count > 0 else math.nan,
        sharpe(growth.total, growth.squares, sessions),
        growth.max_fall,
        growth.fall,
        benchmark,
        growth.factor - 1.0 - benchmark,
    )
