"""The house's own numbers: what config.yaml may change and no owner can talk away."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from engine.core.units import DOLLAR, Money
from engine.core.words import Tier


class TierLimits(NamedTuple):
    """A risk tier's bundle. All are fractions (0.05 = 5 %) but the two multipliers."""

    min_confidence: float
    base_allocation: float
    max_position: float
    stop_multiplier: float
    reward_risk: float
    max_sector: float
    max_heat: float


class Policy(NamedTuple):
    """Numbers of the engine that hold for every account; minutes and sessions of market time, seconds of people's.

    The three costs are what the broker takes for an entry, as far as it tells: a share of its value, so much for each
    share, and so much for each order.
    """

    tiers: Mapping[Tier, TierLimits]
    tradable_minimum: Money = 100 * DOLLAR
    min_price: Money = 1 * DOLLAR
    window_after_open_min: int = 15
    window_before_close_min: int = 15
    volatility_stops: int = 3
    volatility_minutes: int = 30
    volatility_cooldown_min: int = 120
    single_position_cooldown_sessions: int = 2
    broad_decline_share: float = 0.5
    broad_decline_loss: float = 0.02
    broad_decline_min_positions: int = 1
    heat_tighten_share: float = 0.8
    stale_sessions: int = 2
    gradual_entry_threshold: Money = 5_000 * DOLLAR
    gradual_entry_min: int = 5
    gradual_entry_parts: int = 3
    reserve_high_water: float = 0.30
    emergency_drawdown: float = 0.25
    micro_cap: float = 0.03
    micro_max_daily: int = 10
    micro_hold_min: int = 120
    large_trade: float = 0.05
    rapid_move: float = 0.05
    rapid_move_min: int = 15
    stale_price_min: int = 15
    price_band: float = 0.20
    max_order: Money = 1_000_000 * DOLLAR
    max_order_shares: int = 100_000
    repeat_seconds: int = 10
    orders_a_minute: int = 60
    limit_collar: float = 0.005
    cost_rate: float = 0.0
    cost_a_share: Money = 0
    cost_an_order: Money = 0
    polling_s: int = 60
    stops_s: int = 300
    fast_stops_s: int = 60
    micro_s: int = 60
    reconcile_s: int = 900
    proposal_seconds: int = 300
    tolerance_rise_seconds: int = 24 * 3600
    changes_a_minute: int = 30


DEFAULT_TIERS: Final[Mapping[Tier, TierLimits]] = MappingProxyType(
    {
        Tier.CONSERVATIVE: TierLimits(0.75, 0.02, 0.05, 1.5, 1.5, 0.20, 0.06),
        Tier.MODERATE: TierLimits(0.65, 0.04, 0.08, 2.0, 2.0, 0.30, 0.10),
        Tier.AGGRESSIVE: TierLimits(0.55, 0.06, 0.12, 2.5, 2.5, 0.40, 0.15),
    }
)
DEFAULT_POLICY: Final = Policy(tiers=DEFAULT_TIERS)
