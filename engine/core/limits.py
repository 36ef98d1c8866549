"""The limits in force: the stricter of tier and preference, as fractions and ten-thousandths of a dollar."""

from typing import NamedTuple

from engine.core.latest import latest
from engine.core.policy import Policy
from engine.core.preferences import Preferences
from engine.core.rules import micro
from engine.core.units import MAX_CASH, Money, money
from engine.core.words import Tier


class Limits(NamedTuple):
    """What holds for one account now. 0 means no own limit for `absolute_cap`, `stop_loss` and `take_profit`."""

    min_confidence: float
    base_allocation: float
    max_position: float
    max_sector: float
    max_exposure: float
    max_heat: float
    stop_multiplier: float
    reward_risk: float
    absolute_cap: Money
    capital_limit: Money
    stop_loss: float
    take_profit: float
    max_open_positions: int
    max_daily_trades: int
    daily_loss: float
    single_position_loss: float
    max_drawdown: float
    reserve_share: float


def _stricter(tier_value: float, percent: float | None) -> float:
    return tier_value if percent is None else min(tier_value, percent / 100)


@latest
def in_force(tier: Tier, preferences: Preferences, policy: Policy) -> Limits:
    """Tier and preferences as one set of limits, never looser than either; position ≤ sector ≤ exposure."""
    trading, risk, bundle = preferences.trading, preferences.risk, policy.tiers[tier]
    exposure = risk.max_exposure_pct / 100
    sector = min(_stricter(bundle.max_sector, risk.max_sector_pct), exposure)
    return Limits(
        min_confidence=max(bundle.min_confidence, trading.min_confidence or 0.0),
        base_allocation=_stricter(bundle.base_allocation, trading.position_size_pct),
        max_position=min(_stricter(bundle.max_position, risk.max_position_pct), sector),
        max_sector=sector,
        max_exposure=exposure,
        max_heat=bundle.max_heat,
        stop_multiplier=bundle.stop_multiplier,
        reward_risk=bundle.reward_risk,
        absolute_cap=money(trading.absolute_position_cap) if trading.absolute_position_cap else 0,
        capital_limit=MAX_CASH if trading.capital_limit is None else money(trading.capital_limit),
        stop_loss=(risk.stop_loss_pct or 0.0) / 100,
        take_profit=(risk.take_profit_pct or 0.0) / 100,
        max_open_positions=trading.max_open_positions,
        max_daily_trades=trading.max_daily_trades,
        daily_loss=risk.daily_loss_limit_pct / 100,
        single_position_loss=risk.single_position_loss_pct / 100,
        max_drawdown=risk.max_drawdown_pct / 100,
        reserve_share=risk.reserve_pct / 100,
    )


def for_micro(limits: Limits, policy: Policy) -> Limits:
    """What holds for a micro-trade: its own size and levels, never looser than the limits in force."""
    return limits._replace(
        max_position=micro.most_of_tradable(limits.max_position, policy.micro_cap),
        stop_multiplier=micro.stop_multiplier(limits.stop_multiplier),
        reward_risk=micro.REWARD_RISK,
    )
