"""What stands against new settings, beyond the range of each: nobody here honours them, or they contradict others."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from engine.core import oldest
from engine.core.abilities import Ability, lacking
from engine.core.appliers.settings import TOLERANCE, raised_tolerance
from engine.core.journal import plain
from engine.core.judge.ground import Ground
from engine.core.judge.permitted import buyable
from engine.core.preferences import FIELDS, Preferences, changed_from, value_of
from engine.core.refusals import Refusal, Refused
from engine.core.state import State
from engine.core.words import AccountKind, Autonomy, Sector, Tier

INDEXES: Final = ("SPY", "SPX")
"""What the market's own index stands for, whatever tickers it has."""


def objection(ground: Ground, new: Preferences) -> Refused | None:
    """The first reason not to have these settings here and now; None where nothing stands against them."""
    return (
        not_here(ground, new)
        or unknown_tickers(ground, new)
        or unknown_benchmark(ground, new)
        or contradiction(ground, new)
        or autonomy(ground, new)
    )


def not_here(ground: Ground, new: Preferences) -> Refused | None:
    """A value that nobody here honours is refused, never kept to be ignored; every default is honoured."""
    for path in changed_from(ground.state.preferences, new):
        value = value_of(new, path)
        needs = None if value == FIELDS[path].default else lacking(path, value, ground.scene.abilities)
        if needs is Ability.ADDRESSES:
            return Refused(Refusal.NO_SUCH_PART, {"part": min(value)})
        if needs is not None:
            return Refused(Refusal.NOT_HERE, {"field": path, "asked": plain(value), "needs": needs.value})
    return None


def unknown_tickers(ground: Ground, new: Preferences) -> Refused | None:
    """Only what has a price in this market can be watched."""
    added = set(new.trading.watchlist) - set(ground.state.preferences.trading.watchlist)
    strange = sorted(ticker for ticker in added if ticker not in ground.scene.quotes)
    if not strange:
        return None
    known = sorted(added - set(strange))
    return Refused(Refusal.NO_PRICE_HERE, {"tickers": strange, "others": known or None})


def unknown_benchmark(ground: Ground, new: Preferences) -> Refused | None:
    """Only what has a price can be compared with; the index always has its level."""
    asked = new.performance.benchmark
    unchanged = asked == ground.state.preferences.performance.benchmark
    if unchanged or asked in INDEXES or asked in ground.scene.quotes:
        return None
    return Refused(Refusal.NO_PRICE_HERE, {"tickers": [asked], "others": None})


def contradiction(ground: Ground, new: Preferences) -> Refused | None:
    """Settings under which nothing could ever be bought; one that stood before does not stand in the way of others."""
    found = never_trades(ground, new)
    return None if found is None or never_trades(ground, ground.state.preferences) else found


def never_trades(ground: Ground, preferences: Preferences) -> Refused | None:
    trading = preferences.trading
    if not trading.asset_classes:
        return Refused(Refusal.NO_ASSET_CLASS)
    if not trading.order_types:
        return Refused(Refusal.NO_ORDER_TYPE)
    if set(trading.excluded_sectors) == set(Sector):
        return Refused(Refusal.ALL_SECTORS_EXCLUDED)
    if trading.universe == "watchlist_only" and not buyable(under(ground, preferences), trading.watchlist):
        return Refused(Refusal.EMPTY_UNIVERSE, {"tickers": list(trading.watchlist) or None})
    return None


def under(ground: Ground, preferences: Preferences) -> Ground:
    """The same account with other settings."""
    return ground._replace(state=replace(ground.state, preferences=preferences))


def autonomy(ground: Ground, new: Preferences) -> Refused | None:
    """Acting alone needs paper money, a broker that answers and no breaker that stands."""
    old = ground.state.preferences
    if new.trading.autonomy is not Autonomy.AUTO or old.trading.autonomy is Autonomy.AUTO:
        return None
    if ground.state.kind is AccountKind.LIVE:
        return Refused(Refusal.AUTO_NEEDS_CEREMONY)
    if not ground.scene.healthy:
        return Refused(Refusal.AUTO_NEEDS_HEALTH)
    if ground.state.breakers:
        standing = oldest.breakers(ground.state)[0]
        facts = {"kind": standing.kind.value, "ticker": standing.ticker, "until": plain(standing.until)}
        return Refused(Refusal.AUTO_NEEDS_NO_BREAKER, facts)
    return None


def too_many(ground: Ground) -> Refused | None:
    """At most so many changes in a minute of people's time, undone ones and undoings included."""
    minute, most = timedelta(minutes=1), ground.policy.changes_a_minute
    recent = [at for at in ground.state.acted_at if ground.scene.wall - at < minute]
    if len(recent) < most:
        return None
    wait = (recent[-most] + minute - ground.scene.wall).total_seconds()
    return Refused(Refusal.CHANGE_RATE, {"limit": most, "wait": wait})


def tolerance(ground: Ground, new: Preferences, undoes: tuple[int, ...] = ()) -> Refused | None:
    """Risk tolerance rises by one step at most in 24 hours of people's time; it falls at once.

    A lowering since the owner's own rise may be put back once: that is no more than he chose then.
    """
    old_tier, new_tier = ground.state.preferences.trading.risk_tolerance, new.trading.risk_tolerance
    if new_tier.rank <= old_tier.rank:
        return None
    facts: dict[str, Any] = {"old": old_tier.value, "asked": new_tier.value}
    if new_tier.rank - old_tier.rank > 1:
        return Refused(Refusal.TOLERANCE_ONE_STEP, {**facts, "possible": list(Tier)[old_tier.rank + 1].value})
    wait = cooldown(ground)
    if wait <= 0 or (undoes and risen_to(ground.state) >= new_tier.rank):
        return None
    return Refused(Refusal.TOLERANCE_COOLDOWN, {**facts, "wait": wait})


def cooldown(ground: Ground) -> float:
    """Seconds of people's time until risk tolerance may rise again; nought or less where it may."""
    raised_at = ground.state.tolerance_raised_at
    if raised_at is None:
        return 0.0
    return (raised_at - ground.scene.wall).total_seconds() + ground.policy.tolerance_rise_seconds


def risen_to(state: State) -> int:
    """The rank to which the owner's own last rise took risk tolerance; −1 where something else raised it last."""
    rises = (one for one in state.changes if one.at == state.tolerance_raised_at and raised_tolerance(one))
    return max((Tier(new).rank for one in rises for path, _, new in one.fields if path == TOLERANCE), default=-1)
