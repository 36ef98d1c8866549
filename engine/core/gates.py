"""The gates that a trade must pass, in order: who asked decides which of them apply."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from engine.core import settling
from engine.core.check import Check
from engine.core.limits import Limits, for_micro
from engine.core.nouns import Recommendation, TraceLine
from engine.core.policy import Policy
from engine.core.rules import breakers as rule
from engine.core.rules import micro as micro_rule
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.strategies import is_off, listened_to
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

    @property
    def micro(self) -> bool:
        """Whether this would be a micro-trade: an idea for minutes or a day, where the owner trades such."""
        is_new = self.origin in BOTH and self.recommendation.action is Side.BUY
        meant_so = self.recommendation.window in MICRO_WINDOWS
        return is_new and meant_so and self.state.preferences.trading.micro_trading

    @property
    def bounds(self) -> Limits:
        """The limits in force for a trade of this kind."""
        return for_micro(self.limits, self.policy) if self.micro else self.limits


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


def halted(case: Case) -> Check:
    return Check(case.recommendation.ticker not in case.scene.halted)


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


def strategy(case: Case) -> Check:
    """One that is switched off, or beyond as many as are listened to, is received but not followed.

    What comes from no strategy passes.
    """
    source, most = case.recommendation.source, case.state.preferences.strategy.max_strategies
    if not source or is_off(case.state, source):
        return Check(not source, source or None)
    return Check(source in listened_to(case.state, case.scene, source), source, most)


def micro(case: Case) -> Check:
    trades_so = case.state.preferences.trading.micro_trading
    return Check(trades_so or case.recommendation.window != INTRADAY, case.recommendation.window)


def kind(case: Case) -> Check:
    """A ticker is held as a micro-trade or as a standard one, never as both at once."""
    kinds = sorted({KINDS[is_micro] for is_micro in kinds_held(case.state, case.recommendation.ticker)})
    wanted = KINDS[case.micro]
    return Check(kinds in ([], [wanted]), wanted, ", ".join(kinds) or None)


def kinds_held(state: State, ticker: Ticker) -> Iterator[bool]:
    """Whether what is held of a ticker, or being bought, is a micro-trade; nothing where there is neither."""
    if ticker in state.positions:
        yield state.positions[ticker].micro
    yield from (o.micro for o in state.orders.values() if o.ticker == ticker and o.side is Side.BUY)
    yield from (False for plan in state.tranches if plan.recommendation.ticker == ticker)


def window(case: Case) -> Check:
    return Check(in_window(case.scene, case.policy))


def fresh(case: Case) -> Check:
    style = case.state.preferences.trading.style
    return Check(not stale_at(case.scene, case.recommendation, style, case.policy))


def daily_limit(case: Case) -> Check:
    """Open questions count: a yes finds its place held."""
    entries, limit = todays(case.state, case.scene).entries + len(asked(case)), case.limits.max_daily_trades
    return Check(entries < limit, entries, limit)


def micro_daily(case: Case) -> Check:
    """Open questions count as micro-trades; whatever is none passes."""
    if not case.micro:
        return Check(True)  # noqa: FBT003
    waiting = sum(1 for one in case.state.proposals.values() if one.decision.micro and case.origin in ENGINE)
    made, most = todays(case.state, case.scene).micro + waiting, case.policy.micro_max_daily
    return Check(micro_rule.has_room(made, most), made, most)


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


def is_settled(case: Case) -> Check:
    return settling.settled(case.state, case.scene, case.recommendation.ticker)


def day_trades(case: Case) -> Check:
    return settling.day_trades(case.state, case.scene, case.worth.equity)


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


INTRADAY: Final = "intraday"
MICRO_WINDOWS: Final = (INTRADAY, "1d")
KINDS: Final = ("standard", "micro")

ENGINE: Final = frozenset({Origin.RECOMMENDED})
BOTH: Final = frozenset({Origin.RECOMMENDED, Origin.PROPOSAL})
ALL: Final = BOTH | {Origin.TRANCHE}
OWNER: Final = frozenset({Origin.OWNER})
EVERYBODY: Final = ALL | OWNER

BUY_GATES: Final[tuple[Gate, ...]] = (
    Gate("duplicate", Skip.DUPLICATE, ENGINE, duplicate),
    Gate("autonomy", Skip.AUTONOMY_OFF, ALL, autonomy),
    Gate("engine_healthy", Skip.DEGRADED, EVERYBODY, healthy),
    Gate("killed", Skip.KILLED, EVERYBODY, killed),
    Gate("paused", Skip.PAUSED, ALL, paused),
    Gate("breaker", Skip.BREAKER, EVERYBODY, breaker),
    Gate("ticker_cooldown", Skip.TICKER_COOLDOWN, EVERYBODY, ticker_cooldown),
    Gate("frozen", Skip.FROZEN, EVERYBODY, frozen),
    Gate("halted", Skip.HALTED, EVERYBODY, halted),
    Gate("mode", Skip.MODE, ENGINE, mode),
    Gate("asset_class", Skip.ASSET_CLASS, EVERYBODY, asset_class),
    Gate("excluded", Skip.EXCLUDED, EVERYBODY, excluded),
    Gate("sector", Skip.SECTOR_EXCLUDED, EVERYBODY, sector),
    Gate("universe", Skip.NOT_ON_WATCHLIST, EVERYBODY, universe),
    Gate("strategy", Skip.STRATEGY_OFF, ALL, strategy),
    Gate("micro_trading", Skip.MICRO_OFF, ALL, micro),
    Gate("kind", Skip.OTHER_KIND, EVERYBODY, kind),
    Gate("window", Skip.WINDOW, EVERYBODY, window),
    Gate("age", Skip.STALE, ALL, fresh),
    Gate("daily_trades", Skip.DAILY_LIMIT, ENGINE | OWNER, daily_limit),
    Gate("micro_daily", Skip.MICRO_LIMIT, BOTH, micro_daily),
    Gate("open_positions", Skip.MAX_POSITIONS, BOTH | OWNER, max_positions),
    Gate("broad_decline", Skip.BROAD_DECLINE, EVERYBODY, broad_decline),
    Gate("drawdown", Skip.MAX_DRAWDOWN, EVERYBODY, max_drawdown),
    Gate("settlement", Skip.UNSETTLED, EVERYBODY, is_settled),
    Gate("day_trades", Skip.DAY_TRADES, EVERYBODY, day_trades),
)

SELL_GATES: Final[tuple[Gate, ...]] = (
    Gate("duplicate", Skip.DUPLICATE, ENGINE, duplicate),
    Gate("autonomy", Skip.AUTONOMY_OFF, ALL, autonomy),
    Gate("mode", Skip.MODE, ENGINE, mode),
    Gate("age", Skip.STALE, ALL, fresh),
    Gate("held", Skip.NO_POSITION, BOTH, held),
)


def meets(case: Case, gate: Gate) -> bool:
    """Whether a gate is asked; a later part of the owner's own buy meets none that he did not meet himself."""
    own = case.origin is Origin.TRANCHE and not case.recommendation.source
    return case.origin in gate.origins and (not own or Origin.OWNER in gate.origins)


def walk(case: Case, gates: tuple[Gate, ...]) -> tuple[Skip, list[TraceLine]]:
    """Pass the gates in order; the reason of the first that fails, and a trace line for each that ran."""
    trace: list[TraceLine] = []
    for gate in gates:
        if not meets(case, gate):
            continue
        found = gate.check(case)
        trace.append(TraceLine(gate.name, found.value, found.limit, "ok" if found.passed else "reject"))
        if not found.passed:
            return gate.reason, trace
    return Skip.NONE, trace
