"""The house's own numbers as config.yaml shows them: percent, dollars and minutes, checked when they are read."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from engine.core.policy import Policy, TierLimits
from engine.core.rules.safety import LOOK_BACK_S
from engine.core.units import money
from engine.core.words import Tier


def _no_switch(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticCustomError("switch", "a switch is not a number")
    return value


def _exact(value: object) -> object:
    """Numbers become decimals by what they show, so that 0.1 dollars is a tenth and not its binary neighbour."""
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


Number = Annotated[float, BeforeValidator(_no_switch), Field(allow_inf_nan=False)]
Percent = Annotated[Number, Field(gt=0, le=100)]
Whole = Annotated[int, BeforeValidator(_no_switch)]
Dollars = Annotated[
    Decimal, BeforeValidator(_exact), BeforeValidator(_no_switch), Field(decimal_places=2, allow_inf_nan=False)
]

Cost = Annotated[
    Decimal, BeforeValidator(_exact), BeforeValidator(_no_switch), Field(decimal_places=4, allow_inf_nan=False)
]
"""Dollars to the ten-thousandth, as brokers charge them for a share."""


class Section(BaseModel):
    """A part of the configuration; one whose settings are all commented out reads as null, and stands as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _empty(cls, given: Any) -> Any:  # noqa: ANN401  # whatever the file holds
        return {} if given is None else given


class TierConfig(Section):
    """One risk tier's bundle of limits; percent are of tradable money, but for the confidence (0 to 1)."""

    min_confidence: Annotated[Number, Field(gt=0, le=1)]
    base_allocation_pct: Percent
    max_position_pct: Percent
    stop_loss_atr_multiplier: Annotated[Number, Field(gt=0, le=20)]
    reward_risk_ratio: Annotated[Number, Field(gt=0, le=20)]
    max_sector_pct: Percent
    max_portfolio_heat: Percent

    def limits(self) -> TierLimits:
        return TierLimits(
            min_confidence=self.min_confidence,
            base_allocation=self.base_allocation_pct / 100,
            max_position=self.max_position_pct / 100,
            stop_multiplier=self.stop_loss_atr_multiplier,
            reward_risk=self.reward_risk_ratio,
            max_sector=self.max_sector_pct / 100,
            max_heat=self.max_portfolio_heat / 100,
        )


_CONSERVATIVE: Final = TierConfig(
    min_confidence=0.75,
    base_allocation_pct=2,
    max_position_pct=5,
    stop_loss_atr_multiplier=1.5,
    reward_risk_ratio=1.5,
    max_sector_pct=20,
    max_portfolio_heat=6,
)
_MODERATE: Final = TierConfig(
    min_confidence=0.65,
    base_allocation_pct=4,
    max_position_pct=8,
    stop_loss_atr_multiplier=2,
    reward_risk_ratio=2,
    max_sector_pct=30,
    max_portfolio_heat=10,
)
_AGGRESSIVE: Final = TierConfig(
    min_confidence=0.55,
    base_allocation_pct=6,
    max_position_pct=12,
    stop_loss_atr_multiplier=2.5,
    reward_risk_ratio=2.5,
    max_sector_pct=40,
    max_portfolio_heat=15,
)


class Tiers(Section):
    """The three risk tiers, from tightest to loosest: each limit must be looser in each next one."""

    conservative: TierConfig = _CONSERVATIVE
    moderate: TierConfig = _MODERATE
    aggressive: TierConfig = _AGGRESSIVE

    @model_validator(mode="before")
    @classmethod
    def _completed(cls, given: Any) -> Any:  # noqa: ANN401  # whatever the file holds
        """A tier of which only some limits are given keeps the others."""
        if not isinstance(given, Mapping):
            return given
        return {name: _over_default(name, tier) for name, tier in given.items()}

    @model_validator(mode="after")
    def _loosening(self) -> "Tiers":
        for name in TierConfig.model_fields:
            low, mid, high = (getattr(self.of(tier), name) for tier in Tier)
            falls = name == "min_confidence"
            if not (low > mid > high if falls else low < mid < high):
                raise PydanticCustomError(
                    "tier_order",
                    "must {way} from conservative to moderate to aggressive, not go {low}, {mid}, {high}",
                    {
                        "name": name,
                        "way": "fall" if falls else "rise",
                        "low": f"{low:g}",
                        "mid": f"{mid:g}",
                        "high": f"{high:g}",
                    },
                )
        return self

    def of(self, tier: Tier) -> TierConfig:
        found: TierConfig = getattr(self, tier.value)
        return found


def _over_default(name: object, tier: object) -> object:
    default = Tiers.model_fields[name].default if isinstance(name, str) and name in Tiers.model_fields else None
    if default is None or not (tier is None or isinstance(tier, Mapping)):
        return tier
    return {**default.model_dump(), **(tier or {})}


class EngineConfig(Section):
    """Every number of the engine that an installation may change and no owner can talk away."""

    tiers: Tiers = Tiers()
    active_pool_minimum: Annotated[Dollars, Field(ge=0, le=1_000_000)] = Decimal(100)
    min_price: Annotated[Dollars, Field(gt=0, le=1_000_000)] = Decimal(1)
    window_after_open_minutes: Annotated[Whole, Field(ge=0, le=180)] = 15
    window_before_close_minutes: Annotated[Whole, Field(ge=0, le=180)] = 15
    volatility_stops: Annotated[Whole, Field(ge=1, le=1000)] = 3
    volatility_minutes: Annotated[Whole, Field(ge=1, le=1440)] = 30
    volatility_cooldown_minutes: Annotated[Whole, Field(ge=1, le=10080)] = 120
    single_position_cooldown_sessions: Annotated[Whole, Field(ge=1, le=5)] = 2
    broad_decline_share_pct: Percent = 50
    broad_decline_loss_pct: Percent = 2
    broad_decline_min_positions: Annotated[Whole, Field(ge=1, le=100)] = 1
    heat_tighten_share_pct: Percent = 80
    rapid_move_pct: Percent = 5
    rapid_move_minutes: Annotated[Whole, Field(ge=1, le=1440)] = 15
    stale_sessions: Annotated[Whole, Field(ge=1, le=5)] = 2
    stale_price_minutes: Annotated[Whole, Field(ge=1, le=1440)] = 15
    price_band_pct: Percent = 20
    max_order_dollars: Annotated[Dollars, Field(gt=0, le=10**9)] = Decimal(1_000_000)
    max_order_shares: Annotated[Whole, Field(ge=1, le=10**9)] = 100_000
    repeat_seconds: Annotated[Whole, Field(ge=0, le=LOOK_BACK_S)] = 10
    orders_a_minute: Annotated[Whole, Field(ge=1, le=1000)] = 60
    limit_collar_pct: Annotated[Number, Field(ge=0, le=20)] = 0.5
    gradual_entry_threshold_dollars: Annotated[Dollars, Field(ge=0, le=10**9)] = Decimal(5000)
    gradual_entry_tranches: Annotated[Whole, Field(ge=1, le=20)] = 3
    gradual_entry_minutes: Annotated[Whole, Field(ge=1, le=60)] = 5
    micro_trading_allocation_cap_pct: Percent = 3
    micro_trading_max_daily: Annotated[Whole, Field(ge=1, le=500)] = 10
    micro_trading_max_hold_minutes: Annotated[Whole, Field(ge=1, le=390)] = 120
    large_trade_pnl_pct: Percent = 5
    emergency_drawdown_pct: Percent = 25
    reserve_high_water_pct: Percent = 30
    polling_interval_seconds: Annotated[Whole, Field(ge=1, le=3600)] = 60
    stop_loss_check_interval_seconds: Annotated[Whole, Field(ge=1, le=3600)] = 300
    fast_stop_loss_interval_seconds: Annotated[Whole, Field(ge=1, le=3600)] = 60
    micro_trading_interval_seconds: Annotated[Whole, Field(ge=1, le=3600)] = 60
    reconcile_interval_seconds: Annotated[Whole, Field(ge=10, le=86400)] = 900
    proposal_seconds: Annotated[Whole, Field(ge=1, le=86400)] = 300
    tolerance_rise_seconds: Annotated[Whole, Field(ge=0, le=604800)] = 86400
    changes_a_minute: Annotated[Whole, Field(ge=1, le=10000)] = 30

    def policy(self) -> Policy:
        """The same numbers as the rules use them: fractions and ten-thousandths of a dollar."""
        return Policy(
            tiers=MappingProxyType({tier: self.tiers.of(tier).limits() for tier in Tier}),
            tradable_minimum=money(self.active_pool_minimum),
            min_price=money(self.min_price),
            window_after_open_min=self.window_after_open_minutes,
            window_before_close_min=self.window_before_close_minutes,
            volatility_stops=self.volatility_stops,
            volatility_minutes=self.volatility_minutes,
            volatility_cooldown_min=self.volatility_cooldown_minutes,
            single_position_cooldown_sessions=self.single_position_cooldown_sessions,
            broad_decline_share=self.broad_decline_share_pct / 100,
            broad_decline_loss=self.broad_decline_loss_pct / 100,
            broad_decline_min_positions=self.broad_decline_min_positions,
            heat_tighten_share=self.heat_tighten_share_pct / 100,
            rapid_move=self.rapid_move_pct / 100,
            rapid_move_min=self.rapid_move_minutes,
            stale_sessions=self.stale_sessions,
            stale_price_min=self.stale_price_minutes,
            price_band=self.price_band_pct / 100,
            max_order=money(self.max_order_dollars),
            max_order_shares=self.max_order_shares,
            repeat_seconds=self.repeat_seconds,
            orders_a_minute=self.orders_a_minute,
            limit_collar=self.limit_collar_pct / 100,
            gradual_entry_threshold=money(self.gradual_entry_threshold_dollars),
            gradual_entry_parts=self.gradual_entry_tranches,
            gradual_entry_min=self.gradual_entry_minutes,
            micro_cap=self.micro_trading_allocation_cap_pct / 100,
            micro_max_daily=self.micro_trading_max_daily,
            micro_hold_min=self.micro_trading_max_hold_minutes,
            large_trade=self.large_trade_pnl_pct / 100,
            emergency_drawdown=self.emergency_drawdown_pct / 100,
            reserve_high_water=self.reserve_high_water_pct / 100,
            polling_s=self.polling_interval_seconds,
            stops_s=self.stop_loss_check_interval_seconds,
            fast_stops_s=self.fast_stop_loss_interval_seconds,
            micro_s=self.micro_trading_interval_seconds,
            reconcile_s=self.reconcile_interval_seconds,
            proposal_seconds=self.proposal_seconds,
            tolerance_rise_seconds=self.tolerance_rise_seconds,
            changes_a_minute=self.changes_a_minute,
        )
