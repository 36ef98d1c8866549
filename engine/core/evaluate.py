"""From a recommendation to a decision: gates first, then size, each step leaving its line in the trace."""

from dataclasses import replace

from engine.core.gates import BUY_GATES, SELL_GATES, Case, walk
from engine.core.nouns import Decision, Recommendation, TraceLine
from engine.core.rules import sizing, stops
from engine.core.rules.exposure import weighted_correlation
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.timing import has_no_price
from engine.core.units import Money, Ticker
from engine.core.valuation import UNKNOWN_SECTOR
from engine.core.words import Origin, Side, Skip

NO_DATE = -1
CUT = "part"
"""The step that makes a part smaller than it was decided to be."""


def decision(case: Case, decision_id: str) -> Decision:
    """Decide a recommendation: act with shares and levels, or skip with the first reason that stands against it."""
    wanted, scene = case.recommendation, case.scene
    buys = wanted.action is Side.BUY
    reason, trace = walk(case, BUY_GATES if buys else SELL_GATES)
    draft = Decision(
        id=decision_id,
        at=scene.at,
        session=scene.day.date,
        ticker=wanted.ticker,
        side=wanted.action,
        origin=case.origin,
        reason=reason,
        price=scene.price(wanted.ticker),
        recommendation_id=wanted.id,
        source=wanted.source,
        confidence=wanted.confidence,
        thesis=wanted.thesis,
        trace=tuple(trace),
        micro=case.micro,
    )
    if reason is not Skip.NONE:
        return draft
    return sized(case, draft) if buys else whole(case, draft)


def whole(case: Case, draft: Decision) -> Decision:
    """A sell of all that is held and not already being sold."""
    position = case.state.positions[draft.ticker]
    return replace(draft, shares=position.shares - case.state.selling(draft.ticker), micro=position.micro)


def sized(case: Case, draft: Decision) -> Decision:
    """A buy with its levels and its size, or the reason why there is none."""
    price, atr = draft.price, average_range(case.scene, case.recommendation)
    if price is None or has_no_price(case.scene, draft.ticker):
        return _rejected(draft, Skip.NO_PRICE, TraceLine("price", None, None, "reject"))
    if atr is None:
        return _rejected(draft, Skip.NO_ATR, TraceLine("atr", None, None, "reject"))
    limits = case.bounds
    stop = stops.initial_stop(price, atr, limits.stop_multiplier, limits.stop_loss)
    levels = TraceLine("atr", atr, price, "ok" if stop else "reject")
    if not stop:
        return _rejected(draft, Skip.ATR_TOO_LARGE, levels)
    take = stops.initial_take(price, stop, limits.reward_risk, limits.take_profit)
    ask = ask_of(case, price, stop)
    size = size_of(case, ask)
    held = case.state.positions.get(draft.ticker)
    if held is not None:  # adding keeps the higher of both levels
        stop, take = max(stop, held.stop), max(take, held.take)
    trace = (*draft.trace, levels, *sizing_trace(ask, size), *shortened(ask, size, case.shares))
    return replace(draft, reason=Skip(size.reason), shares=size.shares, stop=stop, take=take, trace=trace)


def size_of(case: Case, ask: sizing.Ask) -> sizing.Sizing:
    """What the limits allow, or shares named before: the owner's wholly or not at all, a part's as far as they go."""
    if not case.shares:
        return sizing.size(ask)
    return sizing.fixed(ask, case.shares) if case.origin is Origin.OWNER else part_size(ask, case.shares)


def part_size(ask: sizing.Ask, shares: int) -> sizing.Sizing:
    """A part decided before, or as much of it as every limit still has room for; never more."""
    size = sizing.fixed(ask, shares)
    room = size.cash_left // ask.price
    return sizing.fixed(ask, room) if 0 < room < shares else size


def shortened(ask: sizing.Ask, size: sizing.Sizing, shares: int) -> list[TraceLine]:
    """The line that names the limit which made a part smaller than it was to be, if one did."""
    if not 0 < size.shares < shares:
        return []
    limit = Skip(sizing.fixed(ask, shares).reason)
    return [TraceLine(CUT, limit.code, shares, "reduced", size.shares)]


def average_range(scene: Scene, wanted: Recommendation) -> Money | None:
    """ATR14 from the market or, with too little history, the recommendation's own."""
    return scene.atr.get(wanted.ticker) or wanted.atr


def ask_of(case: Case, price: Money, stop: Money) -> sizing.Ask:
    """All numbers that sizing looks at."""
    ticker, limits, worth, scene = case.recommendation.ticker, case.bounds, case.worth, case.scene
    sector = scene.sector(ticker) or UNKNOWN_SECTOR
    return sizing.Ask(
        confidence=case.recommendation.confidence,
        min_confidence=least_confidence(case),
        base=limits.base_allocation,
        max_position=limits.max_position,
        max_sector=limits.max_sector,
        max_exposure=limits.max_exposure,
        max_heat=limits.max_heat,
        tradable=worth.tradable,
        tradable_minimum=case.policy.tradable_minimum,
        min_price=case.policy.min_price,
        buying_power=case.state.buying_power,
        absolute_cap=limits.absolute_cap,
        price=price,
        stop=stop,
        held_value=worth.held.get(ticker, 0),
        sector_value=worth.sectors.get(sector, 0),
        exposure_value=worth.exposure,
        heat=worth.heat,
        earnings_sessions=scene.earnings.get(ticker, NO_DATE),
        correlation=mean_correlation(ticker, case.state, scene),
        sectors_held=len([name for name in worth.sectors if name != UNKNOWN_SECTOR]),
        new_sector=sector != UNKNOWN_SECTOR and sector not in worth.sectors,
        min_sectors=case.state.preferences.strategy.min_sectors,
    )


def least_confidence(case: Case) -> float:
    """The confidence asked for; what was shown to the owner, or begun, is not measured again."""
    least = case.limits.min_confidence
    return min(least, case.recommendation.confidence) if case.origin is not Origin.RECOMMENDED else least


def mean_correlation(ticker: Ticker, state: State, scene: Scene) -> float:
    """The candidate's correlation with the other open positions, weighted by market value; unknown pairs count 0."""
    others = [(name, position) for name, position in state.positions.items() if name != ticker]
    pairs = [scene.correlation.get((min(ticker, name), max(ticker, name)), 0.0) for name, _ in others]
    values = [position.shares * (scene.price(name) or position.entry) for name, position in others]
    return weighted_correlation(pairs, values)


def sizing_trace(ask: sizing.Ask, size: sizing.Sizing) -> list[TraceLine]:
    """One line a sizing step that was reached, in order; a reader can follow the size with a calculator."""
    cap = ask.absolute_cap or None
    earnings = None if ask.earnings_sessions == NO_DATE else ask.earnings_sessions
    steps = [
        (Skip.LOW_CONFIDENCE, TraceLine("confidence", ask.confidence, ask.min_confidence)),
        (Skip.ACTIVE_POOL_MINIMUM, TraceLine("tradable", ask.tradable, ask.tradable_minimum)),
        (Skip.PRICE_TOO_LOW, TraceLine("price", ask.price, ask.min_price)),
        (Skip.EARNINGS_IMMINENT, _factor("earnings", earnings, 1, size.earnings_factor)),
        (Skip.CORRELATED, _factor("correlation", ask.correlation, 0.8, size.correlation_factor)),
        (Skip.NONE, _factor("diversification", ask.sectors_held, ask.min_sectors, size.diversification_factor)),
        (Skip.NONE, TraceLine("allocation", size.raw, ask.base, "ok", size.raw)),
        (Skip.POSITION_FULL, _left("position", ask.held_value, ask.max_position, size.position_left)),
        (Skip.SECTOR_FULL, _left("sector", ask.sector_value, ask.max_sector, size.sector_left)),
        (Skip.EXPOSURE, _left("exposure", ask.exposure_value, ask.max_exposure, size.exposure_left)),
        (Skip.ABSOLUTE_CAP, _left("absolute_cap", size.exposure_left, cap, size.cap_left)),
        (Skip.BUYING_POWER, _left("buying_power", ask.buying_power, None, size.cash_left)),
        (Skip.HEAT, TraceLine("heat", size.heat_after, ask.max_heat)),
        (Skip.BELOW_ONE_SHARE, TraceLine("shares", size.shares, 1, "ok", size.dollars)),
    ]
    trace: list[TraceLine] = []
    for reason, line in steps:
        failed = size.reason != 0 and reason == size.reason
        trace.append(line._replace(outcome="reject") if failed else line)
        if failed:
            break
    return trace


def _factor(step: str, value: float | None, limit: float, factor: float) -> TraceLine:
    outcome = "no_data" if value is None else "raised" if factor > 1 else "reduced" if factor < 1 else "ok"
    return TraceLine(step, value, limit, outcome, factor)


def _left(step: str, value: float, limit: float | None, left: Money) -> TraceLine:
    return TraceLine(step, value, limit, "ok", left)


def _rejected(draft: Decision, reason: Skip, line: TraceLine) -> Decision:
    return replace(draft, reason=reason, trace=(*draft.trace, line))
