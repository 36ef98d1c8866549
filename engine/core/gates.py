"""The gates that a trade must pass, in order: who asked decides which of them apply."""

from collections.abc import Callable
from typing import Final, NamedTuple

from engine.core import checks
from engine.core.case import Case
from engine.core.check import PASSED, Check
from engine.core.nouns import TraceLine
from engine.core.texts import kept
from engine.core.words import Origin, Skip


class Gate(NamedTuple):
    """One gate: its name in traces, the reason it gives, who must pass it, and the check."""

    name: str
    reason: Skip
    origins: frozenset[Origin]
    check: Callable[[Case], Check]


ENGINE: Final = frozenset({Origin.RECOMMENDED})
BOTH: Final = frozenset({Origin.RECOMMENDED, Origin.PROPOSAL})
ALL: Final = BOTH | {Origin.TRANCHE}
OWNER: Final = frozenset({Origin.OWNER})
EVERYBODY: Final = ALL | OWNER

BUY_GATES: Final[tuple[Gate, ...]] = (
    Gate("duplicate", Skip.DUPLICATE, ENGINE, checks.duplicate),
    Gate("autonomy", Skip.AUTONOMY_OFF, ALL, checks.autonomy),
    Gate("engine_healthy", Skip.DEGRADED, EVERYBODY, checks.healthy),
    Gate("killed", Skip.KILLED, EVERYBODY, checks.killed),
    Gate("paused", Skip.PAUSED, ALL, checks.paused),
    Gate("breaker", Skip.BREAKER, EVERYBODY, checks.breaker),
    Gate("ticker_cooldown", Skip.TICKER_COOLDOWN, EVERYBODY, checks.ticker_cooldown),
    Gate("books", Skip.CASH_DIFFERS, EVERYBODY, checks.books),
    Gate("frozen", Skip.FROZEN, EVERYBODY, checks.frozen),
    Gate("halted", Skip.HALTED, EVERYBODY, checks.halted),
    Gate("mode", Skip.MODE, ENGINE, checks.mode),
    Gate("asset_class", Skip.ASSET_CLASS, EVERYBODY, checks.asset_class),
    Gate("excluded", Skip.EXCLUDED, EVERYBODY, checks.excluded),
    Gate("sector", Skip.SECTOR_EXCLUDED, EVERYBODY, checks.sector),
    Gate("universe", Skip.NOT_ON_WATCHLIST, EVERYBODY, checks.universe),
    Gate("strategy", Skip.STRATEGY_OFF, ALL, checks.strategy),
    Gate("micro_trading", Skip.MICRO_OFF, ALL, checks.micro),
    Gate("kind", Skip.OTHER_KIND, EVERYBODY, checks.kind),
    Gate("window", Skip.WINDOW, EVERYBODY, checks.window),
    Gate("age", Skip.STALE, ALL, checks.fresh),
    Gate("daily_trades", Skip.DAILY_LIMIT, ENGINE | OWNER, checks.daily_limit),
    Gate("micro_daily", Skip.MICRO_LIMIT, BOTH, checks.micro_daily),
    Gate("open_positions", Skip.MAX_POSITIONS, BOTH | OWNER, checks.max_positions),
    Gate("broad_decline", Skip.BROAD_DECLINE, EVERYBODY, checks.broad_decline),
    Gate("drawdown", Skip.MAX_DRAWDOWN, EVERYBODY, checks.max_drawdown),
    Gate("settlement", Skip.UNSETTLED, EVERYBODY, checks.is_settled),
    Gate("day_trades", Skip.DAY_TRADES, EVERYBODY, checks.day_trades),
)

SELL_GATES: Final[tuple[Gate, ...]] = (
    Gate("duplicate", Skip.DUPLICATE, ENGINE, checks.duplicate),
    Gate("autonomy", Skip.AUTONOMY_OFF, ALL, checks.autonomy),
    Gate("mode", Skip.MODE, ENGINE, checks.mode),
    Gate("held", Skip.NO_POSITION, BOTH, checks.held),
)


def met(gates: tuple[Gate, ...], origin: Origin, *, own: bool) -> tuple[Gate, ...]:
    """The gates that are asked; a later part of the owner's own buy meets none that he did not meet himself."""
    return tuple(gate for gate in gates if origin in gate.origins and (not own or Origin.OWNER in gate.origins))


MET: Final = {
    (gates, origin, own): met(of, origin, own=own)
    for gates, of in (("buy", BUY_GATES), ("sell", SELL_GATES))
    for origin in Origin
    for own in (False, True)
}
"""The gates that a trade meets, by its side, its origin, and whether it is a part of the owner's own."""

OPEN: Final = {gate.name: kept(TraceLine(gate.name)) for gate in (*BUY_GATES, *SELL_GATES)}
"""The line of a gate that has nothing to say but that it let pass."""


def asked_of(case: Case) -> tuple[Gate, ...]:
    """The gates that this trade has to pass, in order."""
    own = case.origin is Origin.TRANCHE and not case.recommendation.source
    return MET[case.recommendation.action.value, case.origin, own]


def walk(case: Case, gates: tuple[Gate, ...]) -> tuple[Skip, list[TraceLine]]:
    """Pass these gates in order; the reason of the first that fails, and a trace line for each that ran."""
    trace: list[TraceLine] = []
    for name, reason, _, check in gates:
        found = check(case)
        if found is PASSED:
            trace.append(OPEN[name])
            continue
        passed, value, limit = found
        trace.append(TraceLine(name, value, limit, "ok" if passed else "reject"))
        if not passed:
            return reason, trace
    return Skip.NONE, trace
