"""From a recommendation to a decision: gates first, then size, each step leaving its line in the trace."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from engine.core.case import Case
from engine.core.gates import asked_of, walk
from engine.core.kinds import spendable, way_in
from engine.core.limits import Limits
from engine.core.nouns import Decision, Recommendation, TraceLine
from engine.core.rules import sizing, stops
from engine.core.rules.exposure import weighted_correlation
from engine.core.rules.rounding import part
from engine.core.scene import Scene
from engine.core.timing import has_no_price
from engine.core.units import Money, Ticker
from engine.core.valuation import UNKNOWN_SECTOR, sector_of
from engine.core.words import Origin, Side, Skip

NO_DATE = -1
CUT = "part"
"""The step that makes a part smaller than it was decided to be."""


class Answer(NamedTuple):
    """What a case comes to: a reason against it, or shares and levels."""

    reason: Skip
    shares: int = 0
    stop: Money | None = None
    take: Money | None = None
    micro: bool = False


def decision(case: Case, decision_id: str) -> Decision:
    """Decide a recommendation: act with shares and levels, or skip with the first reason that stands against it."""
    wanted, scene = case.recommendation, case.scene
    price = scene.price(wanted.ticker)
    answer, trace = answered(case, price)
    return Decision(
        id=decision_id,
        at=scene.at,
        session=scene.day.date,
        ticker=wanted.ticker,
        side=wanted.action,
        origin=case.origin,
        reason=answer.reason,
        shares=answer.shares,
        price=price,
        stop=answer.stop,
        take=answer.take,
        recommendation_id=wanted.id,
        source=wanted.source,
        confidence=wanted.confidence,
        thesis=wanted.thesis,
        trace=tuple(trace),
        micro=answer.micro,
    )


def answered(case: Case, price: Money | None) -> tuple[Answer, list[TraceLine]]:
    """What a case comes to, and the lines of all that was looked at on the way."""
    reason, trace = walk(case, asked_of(case))
    if reason is not Skip.NONE:
        return Answer(reason, micro=case.micro), trace
    return sized(case, price, trace) if case.recommendation.action is Side.BUY else (whole(case), trace)


def whole(case: Case) -> Answer:
    """A sell of all that is held and not already being sold."""
    ticker = case.recommendation.ticker
    position = case.state.positions[ticker]
    return Answer(Skip.NONE, case.state.sellable(ticker), micro=position.micro)


def sized(case: Case, price: Money | None, trace: list[TraceLine]) -> tuple[Answer, list[TraceLine]]:
    """A buy with its levels and its size, or the reason why there is none."""
    ticker, atr = case.recommendation.ticker, average_range(case.scene, case.recommendation)
    if price is None or has_no_price(case.scene, ticker):
        return rejected(case, Skip.NO_PRICE, trace, TraceLine("price", None, None, "reject"))
    if atr is None:
        return rejected(case, Skip.NO_ATR, trace, TraceLine("atr", None, None, "reject"))
    limits = case.bounds
    stop = stops.initial_stop(price, atr, limits.stop_multiplier, limits.stop_loss)
    if not stop:
        return rejected(case, Skip.ATR_TOO_LARGE, trace, TraceLine("atr", atr, price, "reject"))
    take = stops.initial_take(price, stop, limits.reward_risk, limits.take_profit)
    ask = ask_of(case, limits, price, stop)
    size = size_of(case, ask)
    held = case.state.positions.get(ticker)
    if held is not None:  # adding keeps the higher of both levels
        stop, take = max(stop, held.stop), max(take, held.take)
    lines = [*trace, TraceLine("atr", atr, price), *sizing_trace(ask, size), *shortened(ask, size, case.shares)]
    return Answer(SKIPS[size.reason], size.shares, stop, take, case.micro), lines


SKIPS: Final = {int(skip): skip for skip in Skip}
"""Every reason by the code that rules return."""


def rejected(case: Case, reason: Skip, trace: list[TraceLine], line: TraceLine) -> tuple[Answer, list[TraceLine]]:
    return Answer(reason, micro=case.micro), [*trace, line]


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


def ask_of(case: Case, limits: Limits, price: Money, stop: Money) -> sizing.Ask:
    """All numbers that sizing looks at."""
    ticker, worth, scene = case.recommendation.ticker, case.worth, case.scene
    sector, of_sector = sector_held(case)
    types = case.state.preferences.trading.order_types
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
        buying_power=spendable(worth.power, price, way_in(types, price, case.policy), case.policy),
        absolute_cap=limits.absolute_cap,
        price=price,
        stop=stop,
        held_value=worth.held.get(ticker, 0),
        sector_value=of_sector,
        exposure_value=worth.exposure,
        heat=worth.heat,
        earnings_sessions=scene.earnings.get(ticker, NO_DATE),
        correlation=mean_correlation(ticker, worth.marks, scene.correlation),
        sectors_held=len(worth.sectors) - (UNKNOWN_SECTOR in worth.sectors),
        new_sector=sector != UNKNOWN_SECTOR and sector not in worth.sectors,
        min_sectors=case.state.preferences.strategy.min_sectors,
    )


def sector_held(case: Case) -> tuple[str, Money]:
    """The candidate's sector, and what is held of it; what is held of itself counts there though nothing said so."""
    ticker, worth = case.recommendation.ticker, case.worth
    known = sector_of(case.state, case.scene, ticker)
    sector = known or case.recommendation.sector or UNKNOWN_SECTOR
    unsaid = 0 if known or sector == UNKNOWN_SECTOR else worth.held.get(ticker, 0)
    return sector, worth.sectors.get(sector, 0) + unsaid


def least_confidence(case: Case) -> float:
    """The confidence asked for; what was shown to the owner, or begun, is not measured again."""
    least = case.limits.min_confidence
    return min(least, case.recommendation.confidence) if case.origin is not Origin.RECOMMENDED else least


def mean_correlation(
    ticker: Ticker, marks: Mapping[Ticker, Money], known: Mapping[tuple[Ticker, Ticker], float]
) -> float:
    """The candidate's correlation with the other open positions, weighted by market value; unknown pairs count 0."""
    pairs, values = [], []
    for name in sorted(marks):  # a sum of fractions depends on its order
        if name != ticker:
            pairs.append(known.get((ticker, name) if ticker < name else (name, ticker), 0.0))
            values.append(marks[name])
    return weighted_correlation(pairs, values)


REJECTED_AT: Final = {
    int(reason): step
    for step, reason in enumerate(
        (
            *(Skip.LOW_CONFIDENCE, Skip.ACTIVE_POOL_MINIMUM, Skip.PRICE_TOO_LOW, Skip.EARNINGS_IMMINENT),
            *(Skip.CORRELATED, None, None, Skip.POSITION_FULL, Skip.SECTOR_FULL, Skip.EXPOSURE),
            *(Skip.ABSOLUTE_CAP, Skip.BUYING_POWER, Skip.HEAT, Skip.BELOW_ONE_SHARE),
        )
    )
    if reason is not None
}
"""At which step of sizing each reason rejects."""


def sizing_trace(ask: sizing.Ask, size: sizing.Sizing) -> list[TraceLine]:
    """One line a sizing step that was reached, in order; a reader can follow the size with a calculator."""
    earnings = None if ask.earnings_sessions == NO_DATE else ask.earnings_sessions
    wish = part(ask.tradable, min(size.raw, ask.max_position)) if size.raw > 0 else 0
    steps = [
        TraceLine("confidence", ask.confidence, ask.min_confidence),
        TraceLine("tradable", ask.tradable, ask.tradable_minimum),
        TraceLine("price", ask.price, ask.min_price),
        _factor("earnings", earnings, 1, size.earnings_factor),
        _factor("correlation", ask.correlation, 0.8, size.correlation_factor),
        _factor("diversification", ask.sectors_held, ask.min_sectors, size.diversification_factor),
        TraceLine("allocation", size.raw, ask.base, "ok", size.raw),
        _left("position", ask.held_value, ask.max_position, wish, size.position_left),
        _left("sector", ask.sector_value, ask.max_sector, size.position_left, size.sector_left),
        _left("exposure", ask.exposure_value, ask.max_exposure, size.sector_left, size.exposure_left),
        _left("absolute_cap", ask.held_value, ask.absolute_cap or None, size.exposure_left, size.cap_left),
        _left("buying_power", ask.buying_power, None, size.cap_left, size.cash_left),
        TraceLine("heat", size.heat_after, ask.max_heat),
        TraceLine("shares", size.shares, 1, "ok", size.dollars),
    ]
    if not size.reason:
        return steps
    last = REJECTED_AT[size.reason]
    return [*steps[:last], steps[last]._replace(outcome="reject")]


def _factor(step: str, value: float | None, limit: float, factor: float) -> TraceLine:
    outcome = "no_data" if value is None else "raised" if factor > 1 else "reduced" if factor < 1 else "ok"
    return TraceLine(step, value, limit, outcome, factor)


def _left(step: str, value: float, limit: float | None, before: Money, left: Money) -> TraceLine:
    return TraceLine(step, value, limit, "reduced" if left < before else "ok", left)
