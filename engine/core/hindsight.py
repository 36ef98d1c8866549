"""What other limits would have made of the last sessions, from what was stored of them.

Each decision is taken by itself, with the account as it was then: what a larger position would have left for the next
one is not followed up.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

from engine.core.limits import Limits
from engine.core.nouns import Decision, Snapshot, TraceLine
from engine.core.preferences import Preferences
from engine.core.rules import sizing, stops
from engine.core.rules.rounding import part
from engine.core.units import Money
from engine.core.words import Autonomy, Origin, Side, Skip

Lines: TypeAlias = Mapping[str, TraceLine]
LAST_STEP: Final = "shares"
"""The step of sizing that only a buy reaches which passed all others."""


class Rules(NamedTuple):
    """Settings and the limits that they put in force."""

    preferences: Preferences
    limits: Limits


class Bought(NamedTuple):
    """Buys together: how many, what they come to, and what is lost if each is sold at its first stop."""

    entries: int
    dollars: Money
    at_risk: Money


class Days(NamedTuple):
    """Sessions that ended with a loss at or over the day's limit, and further below the peak than allowed."""

    lost: int
    fallen: int


def first_entries(decisions: Iterable[Decision]) -> list[Decision]:
    """The buys that can be sized anew: followed ideas in something not held before, each with all of its parts."""
    return [one for one in decisions if followed(one) and not adds(one) and not one.micro]


def additions(decisions: Iterable[Decision]) -> int:
    """How many followed ideas added to something held; their stop was that of before, so none is sized anew."""
    return sum(followed(one) and adds(one) and not one.micro for one in decisions)


def followed(decision: Decision) -> bool:
    """Whether an idea was bought, with all steps of its sizing on record."""
    own = decision.origin in (Origin.RECOMMENDED, Origin.PROPOSAL) and decision.side is Side.BUY
    return own and decision.acts and any(line.step == LAST_STEP for line in decision.trace)


def adds(decision: Decision) -> bool:
    return any(line.step == "position" and line.value for line in decision.trace)


def again(entries: Iterable[Decision], limits: Limits) -> Bought:
    """First entries as these limits size them."""
    bought = Bought(0, 0, 0)
    for decision in entries:
        ask = asked(decision, limits)
        shares = sizing.size(ask).shares
        risk = shares * max(0, ask.price - ask.stop)
        bought = Bought(bought.entries + (shares > 0), bought.dollars + shares * ask.price, bought.at_risk + risk)
    return bought


def asked(decision: Decision, limits: Limits) -> sizing.Ask:
    """What the size of a first entry depended on, under other limits.

    A capital limit that was in force then still shows in what could be traded with: that it is lifted changes nothing.
    """
    lines = {line.step: line for line in decision.trace}
    price, stop = decision.price or 0, decision.stop or 0
    nearer = stops.initial_stop(price, int(number(lines, "atr")), limits.stop_multiplier, limits.stop_loss)
    tradable = int(number(lines, "tradable"))
    risk = round(number(lines, "heat") * max(1, tradable)) - decision.shares * max(0, price - stop)
    confidence = number(lines, "confidence")
    shown = decision.origin is Origin.PROPOSAL  # what the owner said yes to is not measured again
    return sizing.Ask(
        confidence=confidence,
        min_confidence=min(limits.min_confidence, confidence) if shown else limits.min_confidence,
        base=limits.base_allocation,
        max_position=limits.max_position,
        max_sector=limits.max_sector,
        max_exposure=limits.max_exposure,
        max_heat=limits.max_heat,
        tradable=min(tradable, limits.capital_limit),
        tradable_minimum=int(bound(lines, "tradable")),
        min_price=int(bound(lines, "price")),
        buying_power=int(number(lines, "buying_power")),
        absolute_cap=limits.absolute_cap,
        price=price,
        stop=nearer or stop,
        held_value=0,
        sector_value=int(number(lines, "sector")),
        exposure_value=int(number(lines, "exposure")),
        heat=max(0, risk),
        earnings_sessions=int(number(lines, "earnings", -1)),
        correlation=number(lines, "correlation"),
        sectors_held=int(number(lines, "diversification")),
        new_sector=(lines["diversification"].left or 0) > 1,
        min_sectors=int(bound(lines, "diversification")),
    )


def number(lines: Lines, step: str, absent: float = 0.0) -> float:
    """The value that a step met."""
    value = lines[step].value
    return absent if value is None or isinstance(value, str) else value


def bound(lines: Lines, step: str) -> float:
    """The limit that was held against it; 0 for none."""
    limit = lines[step].limit
    return 0 if limit is None or isinstance(limit, str) else limit


def newly_open(decisions: Iterable[Decision], old: Rules, new: Rules) -> int:
    """How many ideas a gate or limit turned down that is closed to them under the old rules and open under the new."""
    skipped = (one for one in decisions if one.side is Side.BUY and one.reason in OPENS)
    return sum(opens(one, new) and not opens(one, old) for one in skipped)


def opens(decision: Decision, rules: Rules) -> bool:
    """Whether what turned an idea down would have let it past under these rules; what comes after it is not asked."""
    line = decision.failed
    if line is None and decision.reason not in UNANSWERED:
        return False
    return bool(OPENS[decision.reason](decision, line.value if line else None, rules))


UNANSWERED: Final = (Skip.DECLINED, Skip.LAPSED)
"""Reasons of an idea that had passed every gate: the owner was asked, and it was not done."""


def has_room(limit: str) -> Callable[[Decision, Any, Rules], bool]:
    """Whether a share of tradable money leaves room beside what is there already."""

    def room(decision: Decision, value: Any, rules: Rules) -> bool:  # noqa: ANN401  # as the step met it
        tradable = next((one.value for one in decision.trace if one.step == "tradable"), 0)
        return part(int(tradable or 0), getattr(rules.limits, limit)) > int(value or 0)

    return room


OPENS: Final[Mapping[Skip, Callable[[Decision, Any, Rules], Any]]] = MappingProxyType(
    {
        Skip.DECLINED: lambda _one, _value, rules: rules.preferences.trading.autonomy is Autonomy.AUTO,
        Skip.LAPSED: lambda _one, _value, rules: rules.preferences.trading.autonomy is Autonomy.AUTO,
        Skip.AUTONOMY_OFF: lambda _one, _value, rules: rules.preferences.trading.autonomy is not Autonomy.OFF,
        Skip.LOW_CONFIDENCE: lambda _one, value, rules: value >= rules.limits.min_confidence,
        Skip.MAX_POSITIONS: lambda _one, value, rules: value < rules.limits.max_open_positions,
        Skip.DAILY_LIMIT: lambda _one, value, rules: value < rules.limits.max_daily_trades,
        Skip.MAX_DRAWDOWN: lambda _one, value, rules: value <= rules.limits.max_drawdown,
        Skip.HEAT: lambda _one, value, rules: value <= rules.limits.max_heat,
        Skip.POSITION_FULL: has_room("max_position"),
        Skip.SECTOR_FULL: has_room("max_sector"),
        Skip.EXPOSURE: has_room("max_exposure"),
        Skip.EXCLUDED: lambda one, _value, rules: one.ticker not in rules.preferences.trading.excluded_tickers,
        Skip.SECTOR_EXCLUDED: lambda _one, value, rules: value not in rules.preferences.trading.excluded_sectors,
        Skip.ASSET_CLASS: lambda _one, value, rules: value in rules.preferences.trading.asset_classes,
        Skip.NOT_ON_WATCHLIST: lambda one, _value, rules: (
            rules.preferences.trading.universe == "any" or one.ticker in rules.preferences.trading.watchlist
        ),
        Skip.MICRO_OFF: lambda _one, _value, rules: rules.preferences.trading.micro_trading,
    }
)
"""What turns an idea down by a setting, and whether other settings let it past."""


def days(snapshots: Iterable[Snapshot], limits: Limits) -> Days:
    """Sessions whose loss or whose distance to the peak reached these limits, by their records at the close."""
    lost = fallen = 0
    for one in snapshots:
        before = one.equity - one.day_pnl
        lost += before > 0 and -one.day_pnl >= before * limits.daily_loss
        fallen += one.peak > 0 and (one.peak - one.equity) > one.peak * limits.max_drawdown
    return Days(lost, fallen)
