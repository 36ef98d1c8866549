"""Example strategies: illustrations of a recommendation source, not advice.

They read closes alone, know nothing of the account, and never look beyond the session that they are asked about. All
say how sure they are in one way: confidence = 0.50 + 0.45 × strength, with strength from 0 to 1 as each defines it.
Buys of a strength under 0.25 are left unsaid; of the others the six strongest are said, and every sell.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from math import sqrt
from statistics import fmean
from typing import Final, NamedTuple, TypeAlias

from engine.core.nouns import Recommendation
from engine.core.rules.atr import wilder_atr
from engine.core.session import Session
from engine.core.units import Money, Ticker
from engine.core.words import Side
from engine.ports import Market

LEAST_HISTORY: Final = 60
HISTORY: Final = 120
WEAKEST_BUY: Final = 0.25
MOST_BUYS: Final = 6
QUIET: Final = 0.08
THINKING_TIME: Final = timedelta(minutes=1)


class Signal(NamedTuple):
    """What the closes of one ticker say; `strength` is from 0 to 1, `thesis` follows the ticker in a sentence."""

    side: Side
    strength: float
    thesis: str


Reading: TypeAlias = Callable[[Sequence[Money]], Signal | None]


class Momentum:
    """Follows what rises: buys above a rising trend, sells at the close that falls back under it."""

    name = "momentum"

    def __init__(self, market: Market) -> None:
        self._market = market

    async def recommend(self, session: Session) -> Sequence[Recommendation]:
        return await _recommend(self._market, session, self.name, "30d", read_momentum)


class MeanReversion:
    """Expects exaggerated falls to be made good: buys far under the mean, sells at the close back above it."""

    name = "mean_reversion"

    def __init__(self, market: Market) -> None:
        self._market = market

    async def recommend(self, session: Session) -> Sequence[Recommendation]:
        return await _recommend(self._market, session, self.name, "7d", read_mean_reversion)


class Breakout:
    """Waits for a quiet price to move: buys at the close that leaves a narrow range upwards, sells under the range."""

    name = "breakout"

    def __init__(self, market: Market) -> None:
        self._market = market

    async def recommend(self, session: Session) -> Sequence[Recommendation]:
        return await _recommend(self._market, session, self.name, "7d", read_breakout)


def read_momentum(closes: Sequence[Money]) -> Signal | None:
    """Buy while the close is above its 50-session mean and above the close 20 sessions ago; sell when it falls under
    the mean, in the session in which it does.

    Strength is the two distances added (as fractions of mean and of old close) over 0.36, at most 1: 20 % together
    give a confidence of 0.75.
    """
    above, above_before = _above_mean(closes, 50), _above_mean(closes[:-1], 50)
    rise = closes[-1] / closes[-21] - 1
    moved = f"{'rose' if rise >= 0 else 'fell'} {_percent(rise)} in 20 sessions"
    if above > 0 and rise > 0:
        thesis = f"is {_percent(above)} above its 50-session mean and {moved}"
        return Signal(Side.BUY, _strength(above + rise, 0.36), thesis)
    if above < 0 < above_before:
        thesis = f"fell to {_percent(above)} under its 50-session mean and {moved}"
        return Signal(Side.SELL, _strength(-above - rise, 0.36), thesis)
    return None


def read_mean_reversion(closes: Sequence[Money]) -> Signal | None:
    """Buy while the close is more than 1.45 standard deviations under its 20-session mean; sell when it comes back
    above the mean within 10 sessions of that, in the session in which it does. It says nothing against momentum: it
    does not buy in the session in which momentum sells, nor sell what momentum buys.

    Strength of a buy is (deviations − 1) / 1.8, of a sell deviations / 1.8, at most 1: two deviations under the mean
    give a confidence of 0.75.
    """
    deviations = _deviations(closes)
    distance, swings = _percent(_above_mean(closes, 20)), f"{abs(deviations):.1f} times its usual swing"
    trend = read_momentum(closes)
    if (strength := _fallen(deviations)) >= WEAKEST_BUY and not _says(trend, Side.SELL):
        return Signal(Side.BUY, strength, f"is {distance} under its 20-session mean, {swings}")
    if deviations > 0 >= _deviations(closes[:-1]) and _was_far_under(closes) and not _says(trend, Side.BUY):
        thesis = f"is back above its 20-session mean by {distance}, {swings}"
        return Signal(Side.SELL, _strength(deviations, 1.8), thesis)
    return None


def read_breakout(closes: Sequence[Money]) -> Signal | None:
    """Buy in the session that closes above the 20 closes before it, where these lie within 8 % of their lowest; sell
    in the first session that closes under all of the 20 before it, however wide they lie. It says nothing against the
    two others: it does not buy in the session in which one of them sells, nor sell what one of them buys.

    Strength is the distance from that highest or lowest close, as a fraction of it, over 0.04, at most 1: 2.2 % above
    give a confidence of 0.75.
    """
    low, high = _range(closes)
    rise, fall, width = closes[-1] / high - 1, 1 - closes[-1] / low, high / low - 1
    others = (read_momentum(closes), read_mean_reversion(closes))
    if rise > 0 and width <= QUIET and not any(_says(other, Side.SELL) for other in others):
        thesis = f"rose {_percent(rise)} above 20 sessions that had kept within {_percent(width)}"
        return Signal(Side.BUY, _strength(rise, 0.04), thesis)
    if fall > 0 and closes[-2] >= _range(closes[:-1])[0] and not any(_says(other, Side.BUY) for other in others):
        return Signal(Side.SELL, _strength(fall, 0.04), f"fell {_percent(fall)} under its lowest close of 20 sessions")
    return None


def _range(closes: Sequence[Money]) -> tuple[Money, Money]:
    """The lowest and the highest of the 20 closes before the last."""
    before = closes[-21:-1]
    return min(before), max(before)


def _says(signal: Signal | None, side: Side) -> bool:
    return signal is not None and signal.side is side


def _fallen(deviations: float) -> float:
    return _strength(-deviations - 1, 1.8)


def _was_far_under(closes: Sequence[Money]) -> bool:
    return any(_fallen(_deviations(closes[:-ago])) >= WEAKEST_BUY for ago in range(1, 11))


def _strength(amount: float, full: float) -> float:
    return min(1.0, max(0.0, amount / full))


def _above_mean(closes: Sequence[Money], sessions: int) -> float:
    """The last close over the mean of so many closes, as a fraction of that mean."""
    return closes[-1] / fmean(closes[-sessions:]) - 1


def _deviations(closes: Sequence[Money]) -> float:
    """The last close over the mean of 20, in their standard deviations (of the population); 0 if none moved."""
    mean = fmean(closes[-20:])
    deviation = sqrt(fmean((close - mean) ** 2 for close in closes[-20:]))
    return (closes[-1] - mean) / deviation if deviation else 0.0


def _percent(fraction: float) -> str:
    return f"{abs(fraction) * 100:.1f}%"


class _Heard(NamedTuple):
    ticker: Ticker
    signal: Signal
    atr: Money | None


async def _recommend(
    market: Market, session: Session, name: str, window: str, read: Reading
) -> Sequence[Recommendation]:
    heard = await _heard(market, session, read)
    return [
        Recommendation(
            id=f"{name}:{session.date}:{ticker}",
            source=name,
            ticker=ticker,
            action=signal.side,
            confidence=round(0.5 + 0.45 * signal.strength, 2),
            window=window,
            thesis=f"{ticker} {signal.thesis}",
            generated_at=session.closes_at + THINKING_TIME,
            atr=atr,
        )
        for ticker, signal, atr in _worth_saying(heard)
    ]


async def _heard(market: Market, session: Session, read: Reading) -> Sequence[_Heard]:
    """The signals of every ticker that the session gave a price, the strongest first."""
    heard = []
    for ticker, quote in (await market.quotes(session.closes_at)).items():
        closes = await market.history(ticker, session.closes_at, HISTORY)
        shown = quote.at >= session.opens_at and len(closes) >= LEAST_HISTORY
        if shown and (signal := read(closes)):
            heard.append(_Heard(ticker, signal, wilder_atr(closes) or None))
    return sorted(heard, key=lambda one: (-one.signal.strength, one.ticker))


def _worth_saying(heard: Sequence[_Heard]) -> Sequence[_Heard]:
    buys = [one for one in heard if one.signal.side is Side.BUY and one.signal.strength >= WEAKEST_BUY]
    return [one for one in heard if one.signal.side is Side.SELL or one in buys[:MOST_BUYS]]
