"""The gates that a trade must pass, in order: who asked decides which of them apply."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from engine.core.limits import Limits
from engine.core.nouns import Recommendation, TraceLine
from engine.core.policy import Policy
from engine.core.rules import breakers as rule
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.summary import todays
from engine.core.timing import feed_is_silent, in_window, stale_at
from engine.core.units import Ticker
from engine.core.valuation import Valuation
from engine.core.words import AccountKind, AssetClass, Autonomy, BreakerKind, Origin, Side, Skip


@dataclass(frozen=True, slots=True)
class Case:
    """A recommendation before the gates, with all that they may look at.

    `shares` are those of a part that was decided before, 0 where the size is still to be found.
    """

    recommendation: Recommendation
    origin: Origin
    state: State
    scene: Scene
    limits: Limits
    policy: Policy
    worth: Valuation
    shares: int = 0


class Check(NamedTuple):
    """What a gate found: whether it lets pass, the value it met and the limit it held against it."""

    passed: bool
    value: float | str | None = None
    limit: float | str | None = None


def duplicate(case: Case) -> Check:
    return Check(case.recommendation.id not in case.state.decided)


def autonomy(case: Case) -> Check:
    level = case.state.preferences.trading.autonomy
    return Check(level is not Autonomy.OFF, level.value)


def healthy(case: Case) -> Check:
    return Check(case.scene.healthy and not feed_is_silent(case.scene))


def killed(case: Case) -> Check:
    return Check(case.state.killed_at is None)


def paused(case: Case) -> Check:
    return Check(case.state.pause is None)


def breaker(case: Case) -> Check:
    for kind in (BreakerKind.DAILY_LOSS, BreakerKind.VOLATILITY, BreakerKind.MANUAL):
        standing = case.state.breakers.get((kind, None))
        if standing is not None:
            return Check(False, kind.value, standing.threshold)  # noqa: FBT003  # reads as the field's name says
    return Check(True)  # noqa: FBT003


def ticker_cooldown(case: Case) -> Check:
    standing = case.state.breakers.get((BreakerKind.SINGLE_POSITION, case.recommendation.ticker))
    return Check(standing is None, standing.actual if standing else None, standing.threshold if standing else None)


def frozen(case: Case) -> Check:
    return Check(case.recommendation.ticker not in case.state.frozen)


def mode(case: Case) -> Check:
    live = case.state.kind is AccountKind.LIVE
    fits = case.recommendation.live_eligible or (case.recommendation.paper_eligible and not live)
    return Check(fits, case.state.kind.value)


def asset_class(case: Case) -> Check:
    """What no table knows counts as a share."""
    known = case.scene.instruments.get(case.recommendation.ticker)
    kind = known.asset_class if known else AssetClass.EQUITIES.value
    allowed = case.state.preferences.trading.asset_classes
    return Check(kind in allowed, kind, ", ".join(allowed))


def excluded(case: Case) -> Check:
    return Check(case.recommendation.ticker not in case.state.preferences.trading.excluded_tickers)


def sector(case: Case) -> Check:
    """The recommendation's own word counts where no table knows the sector."""
    known = case.scene.sector(case.recommendation.ticker) or case.recommendation.sector
    return Check(known not in case.state.preferences.trading.excluded_sectors, known)


def universe(case: Case) -> Check:
    trading = case.state.preferences.trading
    return Check(trading.universe == "any" or case.recommendation.ticker in trading.watchlist, trading.universe)


def micro(case: Case) -> Check:
    return Check(case.recommendation.window != "intraday", case.recommendation.window)


def window(case: Case) -> Check:
    return Check(in_window(case.scene, case.policy))


def fresh(case: Case) -> Check:
    style = case.state.preferences.trading.style
    return Check(not stale_at(case.scene, case.recommendation, style, case.policy))


def daily_limit(case: Case) -> Check:
    """Open questions count: a yes finds its place held."""
    entries, limit = todays(case.state, case.scene).entries + len(asked(case)), case.limits.max_daily_trades
    return Check(entries < limit, entries, limit)


def asked(case: Case) -> list[Ticker]:
    """Tickers of entries that wait for the owner's yes."""
    return [p.decision.ticker for p in case.state.proposals.values() if p.decision.side is Side.BUY]


def max_positions(case: Case) -> Check:
    """Open questions hold a place against others, but never against the one that was answered."""
    taken = {*case.state.positions, *(o.ticker for o in case.state.orders.values() if o.side is Side.BUY)}
    taken |= {one.recommendation.ticker for one in case.state.tranches}
    if case.origin is not Origin.PROPOSAL:
        taken |= {*asked(case)}
    limit = case.limits.max_open_positions
    return Check(case.recommendation.ticker in taken or len(taken) < limit, len(taken), limit)


def broad_decline(case: Case) -> Check:
    losing = sum(
        1
        for ticker, position in case.state.positions.items()
        if rule.position_loss(position.shares * (case.scene.price(ticker) or position.entry), position.cost)
        > case.policy.broad_decline_loss
    )
    count = len(case.state.positions)
    falls = rule.broad_decline(losing, count, case.policy.broad_decline_share, case.policy.broad_decline_min_positions)
    return Check(not falls, losing, count)


def max_drawdown(case: Case) -> Check:
    fall = rule.drawdown(case.worth.equity, max(case.state.peak, case.worth.equity))
    latched = (BreakerKind.MAX_DRAWDOWN, None) in case.state.breakers
    return Check(not latched and fall <= case.limits.max_drawdown, fall, case.limits.max_drawdown)


def held(case: Case) -> Check:
    position = case.state.positions.get(case.recommendation.ticker)
    selling = case.state.selling(case.recommendation.ticker)
    return Check(position is not None and position.shares > selling, position.shares - selling if position else 0)


class Gate(NamedTuple):
    """One gate: its name in traces, the reason it gives, who must pass it, and the check."""

    name: str
    reason: Skip
    origins: frozenset[Origin]
    check: Callable[[Case], Check]


ENGINE: Final = frozenset({Origin.RECOMMENDED})
BOTH: Final = frozenset({Origin.RECOMMENDED, Origin.PROPOSAL})
ALL: Final = BOTH | {Origin.TRANCHE}

BUY_GATES: Final[tuple[Gate, ...]] = (
    Gate("duplicate", Skip.DUPLICATE, ENGINE, duplicate),
    Gate("autonomy", Skip.AUTONOMY_OFF, ALL, autonomy),
    Gate("engine_healthy", Skip.DEGRADED, ALL, healthy),
    Gate("killed", Skip.KILLED, ALL, killed),
    Gate("paused", Skip.PAUSED, ALL, paused),
    Gate("breaker", Skip.BREAKER, ALL, breaker),
    Gate("ticker_cooldown", Skip.TICKER_COOLDOWN, ALL, ticker_cooldown),
    Gate("frozen", Skip.FROZEN, ALL, frozen),
    Gate("mode", Skip.MODE, ENGINE, mode),
    Gate("asset_class", Skip.ASSET_CLASS, ALL, asset_class),
    Gate("excluded", Skip.EXCLUDED, ALL, excluded),
    Gate("sector", Skip.SECTOR_EXCLUDED, ALL, sector),
    Gate("universe", Skip.NOT_ON_WATCHLIST, ALL, universe),
    Gate("micro_trading", Skip.MICRO_OFF, ALL, micro),
    Gate("window", Skip.WINDOW, ALL, window),
    Gate("age", Skip.STALE, ALL, fresh),
    Gate("daily_trades", Skip.DAILY_LIMIT, ENGINE, daily_limit),
    Gate("open_positions", Skip.MAX_POSITIONS, BOTH, max_positions),
    Gate("broad_decline", Skip.BROAD_DECLINE, ALL, broad_decline),
    Gate("drawdown", Skip.MAX_DRAWDOWN, ALL, max_drawdown),
)

SELL_GATES: Final[tuple[Gate, ...]] = (
    Gate("duplicate", Skip.DUPLICATE, ENGINE, duplicate),
    Gate("autonomy", Skip.AUTONOMY_OFF, ALL, autonomy),
    Gate("mode", Skip.MODE, ENGINE, mode),
    Gate("age", Skip.STALE, ALL, fresh),
    Gate("held", Skip.NO_POSITION, BOTH, held),
)


def walk(case: Case, gates: tuple[Gate, ...]) -> tuple[Skip, list[TraceLine]]:
    """Pass the gates in order; the reason of the first that fails, and a trace line for each that ran."""
    trace: list[TraceLine] = []
    for gate in gates:
        if case.origin not in gate.origins:
            continue
        found = gate.check(case)
        trace.append(TraceLine(gate.name, found.value, found.limit, "ok" if found.passed else "reject"))
        if not found.passed:
            return gate.reason, trace
    return Skip.NONE, trace
