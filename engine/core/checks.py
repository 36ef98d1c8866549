"""What each gate looks at: one small question each, answered from the case alone."""

from collections.abc import Iterator
from typing import Final

from engine.core import settling
from engine.core.case import INTRADAY, Case
from engine.core.check import FAILED, PASSED, Check
from engine.core.rules import breakers as rule
from engine.core.rules import micro as micro_rule
from engine.core.state import State
from engine.core.strategies import follows, is_off
from engine.core.summary import todays
from engine.core.timing import feed_is_silent, in_window, stale_at
from engine.core.units import Ticker
from engine.core.valuation import sector_of
from engine.core.words import AccountKind, AssetClass, Autonomy, BreakerKind, Origin, Side

KINDS: Final = ("standard", "micro")
LEVELS: Final = {level: Check(level is not Autonomy.OFF, level.value) for level in Autonomy}


def duplicate(case: Case) -> Check:
    return PASSED if case.recommendation.id not in case.state.decided else FAILED


def autonomy(case: Case) -> Check:
    return LEVELS[case.state.preferences.trading.autonomy]


def healthy(case: Case) -> Check:
    return PASSED if case.scene.healthy and not feed_is_silent(case.scene) else FAILED


def killed(case: Case) -> Check:
    return PASSED if case.state.killed_at is None else FAILED


def paused(case: Case) -> Check:
    return PASSED if case.state.pause is None else FAILED


def breaker(case: Case) -> Check:
    if not case.state.breakers:
        return PASSED
    for kind in (BreakerKind.DAILY_LOSS, BreakerKind.VOLATILITY, BreakerKind.MANUAL):
        standing = case.state.breakers.get((kind, None))
        if standing is not None:
            return FAILED._replace(value=kind.value, limit=standing.threshold)
    return PASSED


def ticker_cooldown(case: Case) -> Check:
    if not case.state.breakers:
        return PASSED
    standing = case.state.breakers.get((BreakerKind.SINGLE_POSITION, case.recommendation.ticker))
    return FAILED._replace(value=standing.actual, limit=standing.threshold) if standing else PASSED


def books(case: Case) -> Check:
    """Entries wait while the broker's cash is not ours."""
    if not case.state.differences:
        return PASSED
    found = case.state.difference(None)
    return PASSED if found is None else Check(False, found.theirs, found.ours)  # noqa: FBT003  # as the field's name says


def frozen(case: Case) -> Check:
    return PASSED if case.recommendation.ticker not in case.state.frozen else FAILED


def halted(case: Case) -> Check:
    return PASSED if case.recommendation.ticker not in case.scene.halted else FAILED


def mode(case: Case) -> Check:
    kind = case.state.kind
    live = kind is AccountKind.LIVE
    fits = case.recommendation.live_eligible or (case.recommendation.paper_eligible and not live)
    return Check(fits, kind.value)


def asset_class(case: Case) -> Check:
    """What no table knows counts as a share."""
    known = case.scene.instruments.get(case.recommendation.ticker)
    kind = known.asset_class if known else AssetClass.EQUITIES.value
    allowed = case.state.preferences.trading.asset_classes
    return Check(kind in allowed, kind, ", ".join(allowed))


def excluded(case: Case) -> Check:
    return PASSED if case.recommendation.ticker not in case.state.preferences.trading.excluded_tickers else FAILED


def sector(case: Case) -> Check:
    """Where no table knows it, as what is held or being bought has it; else by the recommendation's own word."""
    known = sector_of(case.state, case.scene, case.recommendation.ticker, case.recommendation.sector)
    return Check(known not in case.state.preferences.trading.excluded_sectors, known)


def universe(case: Case) -> Check:
    trading = case.state.preferences.trading
    return Check(trading.universe == "any" or case.recommendation.ticker in trading.watchlist, trading.universe)


def strategy(case: Case) -> Check:
    """One that is switched off, or beyond as many as are listened to, is received but not followed.

    What comes from no strategy passes.
    """
    source, most = case.recommendation.source, case.state.preferences.strategy.max_strategies
    if not source:
        return PASSED
    if is_off(case.state, source):
        return FAILED._replace(value=source)
    return Check(follows(case.state, case.scene, source), source, most)


def micro(case: Case) -> Check:
    trades_so = case.state.preferences.trading.micro_trading
    return Check(trades_so or case.recommendation.window != INTRADAY, case.recommendation.window)


def kind(case: Case) -> Check:
    """A ticker is held as a micro-trade or as a standard one, never as both at once."""
    wanted, state = KINDS[case.micro], case.state
    if case.recommendation.ticker not in state.positions and not state.orders and not state.tranches:
        return Check(True, wanted)  # noqa: FBT003  # reads as the field's name says
    kinds = sorted({KINDS[is_micro] for is_micro in kinds_held(state, case.recommendation.ticker)})
    return Check(kinds in ([], [wanted]), wanted, ", ".join(kinds) or None)


def kinds_held(state: State, ticker: Ticker) -> Iterator[bool]:
    """Whether what is held of a ticker, or being bought, is a micro-trade; nothing where there is neither."""
    if ticker in state.positions:
        yield state.positions[ticker].micro
    yield from (o.micro for o in state.orders.values() if o.ticker == ticker and o.side is Side.BUY)
    yield from (False for plan in state.tranches if plan.recommendation.ticker == ticker)


def window(case: Case) -> Check:
    return PASSED if in_window(case.scene, case.policy) else FAILED


def fresh(case: Case) -> Check:
    style = case.state.preferences.trading.style
    return FAILED if stale_at(case.scene, case.recommendation, style, case.policy) else PASSED


def daily_limit(case: Case) -> Check:
    """Open questions count: a yes finds its place held."""
    entries, limit = todays(case.state, case.scene).entries + len(asked(case)), case.limits.max_daily_trades
    return Check(entries < limit, entries, limit)


def micro_daily(case: Case) -> Check:
    """Open questions count as micro-trades; whatever is none passes."""
    if not case.micro:
        return PASSED
    waiting = sum(
        1 for one in case.state.proposals.values() if one.decision.micro and case.origin is Origin.RECOMMENDED
    )
    made, most = todays(case.state, case.scene).micro + waiting, case.policy.micro_max_daily
    return Check(micro_rule.has_room(made, most), made, most)


def asked(case: Case) -> list[Ticker]:
    """Tickers of entries that wait for the owner's yes."""
    proposals = case.state.proposals
    return [p.decision.ticker for p in proposals.values() if p.decision.side is Side.BUY] if proposals else []


def max_positions(case: Case) -> Check:
    """Open questions hold a place against others, but never against the one that was answered."""
    taken = set(case.state.positions)
    taken.update([order.ticker for order in case.state.orders.values() if order.side is Side.BUY])
    taken.update([one.recommendation.ticker for one in case.state.tranches])
    if case.origin is not Origin.PROPOSAL:
        taken.update(asked(case))
    limit = case.limits.max_open_positions
    return Check(case.recommendation.ticker in taken or len(taken) < limit, len(taken), limit)


def broad_decline(case: Case) -> Check:
    marks, bound = case.worth.marks, case.policy.broad_decline_loss
    losing = 0
    for ticker, position in case.state.positions.items():
        value = marks[ticker]
        losing += value < position.cost and rule.position_loss(value, position.cost) > bound
    count = len(case.state.positions)
    falls = rule.broad_decline(losing, count, case.policy.broad_decline_share, case.policy.broad_decline_min_positions)
    return Check(not falls, losing, count)


def max_drawdown(case: Case) -> Check:
    fall = rule.drawdown(case.worth.equity, max(case.state.peak, case.worth.equity))
    latched = bool(case.state.breakers) and (BreakerKind.MAX_DRAWDOWN, None) in case.state.breakers
    return Check(not latched and fall <= case.limits.max_drawdown, fall, case.limits.max_drawdown)


def is_settled(case: Case) -> Check:
    price = case.scene.price(case.recommendation.ticker) or 0
    return settling.settled(price, case.worth.power, case.worth.coming)


def day_trades(case: Case) -> Check:
    return settling.day_trades(case.state, case.scene, case.worth.equity)


def held(case: Case) -> Check:
    free = case.state.sellable(case.recommendation.ticker)
    return Check(free > 0, free)
