"""The model of what an owner can set: whole or not at all, with words for every field."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.journal import canonical, plain
from engine.core.preferences import BadValue, Preferences, allowed, fields, patched, value_of
from engine.core.words import AssetClass, Autonomy, OrderType, Sector, Settlement, Style, Tier, Verbosity

USUAL = Preferences()

DEFAULTS: dict[str, Any] = {
    "trading.autonomy": "off",
    "trading.risk_tolerance": "conservative",
    "trading.style": "swing",
    "trading.watchlist": [],
    "trading.excluded_tickers": [],
    "trading.excluded_sectors": [],
    "trading.universe": "any",
    "trading.asset_classes": ["equities", "etfs"],
    "trading.min_confidence": None,
    "trading.max_daily_trades": 50,
    "trading.max_open_positions": 10,
    "trading.order_types": ["limit", "market"],
    "trading.after_hours": False,
    "trading.pre_market": False,
    "trading.position_size_pct": None,
    "trading.absolute_position_cap": None,
    "trading.capital_limit": None,
    "trading.order_timeout_seconds": 300,
    "trading.gradual_entry": True,
    "trading.micro_trading": False,
    "trading.settlement": "cash",
    "risk.max_position_pct": None,
    "risk.max_exposure_pct": 80,
    "risk.max_sector_pct": None,
    "risk.stop_loss_pct": None,
    "risk.take_profit_pct": None,
    "risk.max_drawdown_pct": 15,
    "risk.daily_loss_limit_pct": 3,
    "risk.single_position_loss_pct": 10,
    "risk.reserve_pct": 20,
    "notifications.rules": [],
    "notifications.muted": [],
    "notifications.quiet_hours": None,
    "notifications.timezone": "America/New_York",
    "notifications.summary_time": "16:30",
    "notifications.weekly_digest": True,
    "notifications.addresses": {},
    "notifications.verbosity": "normal",
    "notifications.language": "en",
    "strategy.auto_deploy_optimised": False,
    "strategy.suggestions": True,
    "strategy.max_strategies": 5,
    "strategy.review_period_days": 30,
    "strategy.auto_pause_underperforming": True,
    "strategy.underperformance_pct": 5,
    "strategy.min_sectors": 3,
    "market_data.realtime": True,
    "market_data.refresh_seconds": 60,
    "market_data.extended_hours": False,
    "market_data.preferred_sources": [],
    "market_data.level2": False,
    "market_data.options": False,
    "market_data.futures": False,
    "performance.realtime_pnl": True,
    "performance.gain_alert_pct": None,
    "performance.loss_alert_pct": None,
    "performance.drawdown_alert_pct": 10,
    "performance.benchmark": "SPY",
    "performance.update_minutes": 5,
}
BOUNDS = {
    "trading.max_daily_trades": (1, 500, 1),
    "trading.max_open_positions": (1, 100, 1),
    "trading.position_size_pct": (0.1, 25, 0.01),
    "trading.absolute_position_cap": (0, 10**9, 0.01),
    "trading.capital_limit": (0, 10**9, 0.01),
    "trading.order_timeout_seconds": (5, 86_400, 1),
    "risk.max_position_pct": (0.1, 100, 0.01),
    "risk.max_exposure_pct": (1, 100, 0.01),
    "risk.max_sector_pct": (1, 100, 0.01),
    "risk.stop_loss_pct": (0.1, 50, 0.01),
    "risk.take_profit_pct": (0.1, 500, 0.01),
    "risk.max_drawdown_pct": (1, 90, 0.01),
    "risk.daily_loss_limit_pct": (0.1, 50, 0.01),
    "risk.single_position_loss_pct": (0.5, 90, 0.01),
    "risk.reserve_pct": (0, 90, 0.01),
    "strategy.max_strategies": (1, 50, 1),
    "strategy.review_period_days": (1, 365, 1),
    "strategy.underperformance_pct": (0.1, 90, 0.01),
    "strategy.min_sectors": (1, 11, 1),
    "market_data.refresh_seconds": (1, 3600, 1),
    "performance.gain_alert_pct": (0.1, 100, 0.01),
    "performance.loss_alert_pct": (0.1, 100, 0.01),
    "performance.drawdown_alert_pct": (0.1, 90, 0.01),
    "performance.update_minutes": (1, 1440, 1),
}


def test_defaults_are_those_of_the_page() -> None:
    assert {field.path: plain(field.default) for field in fields()} == DEFAULTS


def test_every_field_says_what_it_is() -> None:
    for field in fields():
        assert field.description
        assert field.read_by
        assert field.unit in ("percent", "dollars", "count", "fraction", "seconds", "minutes", "days", None)
        assert (field.step is None) is (field.unit is None), field.path
        assert re.fullmatch(r"[^{}_]+", allowed(field.path)), field.path


def test_a_default_is_what_the_model_makes_of_it() -> None:
    """A field that nobody set and one that was set to its default are the same, also in the journal."""
    for field in fields():
        again = value_of(patched(USUAL, {field.path: plain(field.default)}), field.path)
        assert canonical(again) == canonical(field.default), field.path


@pytest.mark.parametrize("path", BOUNDS)
def test_both_bounds_belong_to_a_field_and_nothing_beyond_them(path: str) -> None:
    low, high, step = BOUNDS[path]
    for good in (low, high):
        assert float(value_of(patched(USUAL, {path: good}), path)) == good
    for bad in (low - step, high + step):
        with pytest.raises(BadValue) as caught:
            patched(USUAL, {path: bad})
        assert (caught.value.path, caught.value.asked) == (path, bad)
        assert caught.value.allowed


@pytest.mark.parametrize(
    ("path", "bad"),
    [
        ("trading.autonomy", "maybe"),
        ("trading.risk_tolerance", "reckless"),
        ("trading.universe", "all"),
        ("trading.max_daily_trades", 2.5),
        ("trading.max_daily_trades", True),
        ("trading.min_confidence", 0),
        ("trading.min_confidence", 1.01),
        ("trading.min_confidence", "0.7"),
        ("trading.absolute_position_cap", "lots"),
        ("trading.absolute_position_cap", True),
        ("trading.absolute_position_cap", Decimal("NaN")),
        ("trading.absolute_position_cap", Decimal("1.005")),
        ("trading.after_hours", "yes"),
        ("trading.after_hours", 1),
        ("trading.order_timeout_seconds", 4.5),
        ("trading.asset_classes", ["equities", "stamps"]),
        ("trading.asset_classes", "equities"),
        ("trading.order_types", ["iceberg"]),
        ("trading.excluded_sectors", ["coal"]),
        ("trading.excluded_tickers", [f"T{number}" for number in range(201)]),
        ("trading.style", "hasty"),
        ("trading.settlement", "credit"),
        ("notifications.summary_time", "24:00"),
        ("notifications.summary_time", "9:30"),
        ("notifications.timezone", "Mars/Olympus"),
        ("notifications.timezone", "../etc/passwd"),
        ("notifications.timezone", "America"),
        ("notifications.language", "fr"),
        ("notifications.verbosity", "chatty"),
        ("notifications.quiet_hours", {"start": "22:00"}),
        ("notifications.quiet_hours", {"start": "22:00", "end": "7"}),
        ("notifications.quiet_hours", {"start": "22:00", "end": "07:00", "loud": True}),
        ("notifications.rules", [{"event_type": "stop_hit", "priority": "urgent"}]),
        ("notifications.rules", [{"event_type": "stop_hit", "throttle_minutes": 10_081}]),
        ("notifications.rules", [{"channels": ["chat"]}]),
        ("notifications.rules", [{"event_type": "coffee_break"}]),
        ("notifications.rules", [{"event_type": "stop_hit", "channels": ["fax"]}]),
        ("notifications.muted", [{"event": "coffee_break"}]),
        ("notifications.muted", [{"event": "stop_hit", "until": "2026-03-11T16:00:00"}]),
        ("notifications.addresses", {"fax": "123"}),
        ("notifications.rules", [{"event_type": "stop_hit", "conditions": {"dollars": float("inf")}}]),
        ("market_data.preferred_sources", [f"source{number}" for number in range(21)]),
        ("performance.benchmark", "spy"),
        ("performance.benchmark", "TOOLONGX"),
        ("performance.benchmark", ""),
        ("trading.watchlist", "KO"),
        ("trading.watchlist", [1, "KO"]),
        ("trading.watchlist", [["KO"]]),
        ("trading.watchlist", [f"T{number}" for number in range(201)]),
        ("risk.reserve_pct", "5"),
        ("risk.reserve_pct", None),
        ("risk.reserve_pct", float("nan")),
        ("risk.reserve_pct", float("inf")),
        ("risk.reserve_pct", False),
    ],
)
def test_one_bad_field_changes_nothing_and_is_named(path: str, bad: object) -> None:
    with pytest.raises(BadValue) as caught:
        patched(USUAL, {"trading.max_open_positions": 5, path: bad})
    assert caught.value.path == path
    assert str(caught.value.asked) in str(bad)  # of a rule the part that is wrong
    assert caught.value.allowed


WRONG = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=8),
    st.sampled_from(["2", "2%", "$5", ".nan", float("nan"), float("inf"), -float("inf"), 10**400, 10**5000, -1, 1e308]),
    st.decimals(allow_nan=True),
    st.lists(st.integers() | st.text(max_size=3) | st.none(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers() | st.lists(st.none(), max_size=2), max_size=3),
)


@given(path=st.sampled_from([field.path for field in fields()]), bad=WRONG)
def test_a_value_of_any_kind_is_taken_or_refused_with_what_would_do(path: str, bad: object) -> None:
    refusal = refused(path, bad)
    if refusal is not None:
        assert (refusal.path, refusal.asked is bad, refusal.allowed) == (path, True, allowed(path))
        return
    taken = value_of(patched(USUAL, {path: bad}), path)
    assert value_of(patched(USUAL, {path: plain(taken)}), path) == taken


def refused(path: str, value: object) -> BadValue | None:
    try:
        patched(USUAL, {path: value})
    except BadValue as bad:
        return bad
    return None


def test_hours_may_be_a_pair() -> None:
    hours = patched(USUAL, {"notifications.quiet_hours": ["22:00", "07:00"]}).notifications.quiet_hours
    assert plain(hours) == {"start": "22:00", "end": "07:00"}
    for bad in (["22:00"], ["22:00", "7"], ["22:00", "07:00", "08:00"], [None, None]):
        with pytest.raises(BadValue):
            patched(USUAL, {"notifications.quiet_hours": bad})


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("risk.daily_loss_limit_pct", "from 0.1% to 50%"),
        ("risk.take_profit_pct", "from 0.1% to 500% or none"),
        ("trading.min_confidence", "more than 0% and at most 100%, or none"),
        ("trading.capital_limit", "from $0 to $1,000,000,000, in whole cents, or none"),
        ("trading.order_timeout_seconds", "from 5 seconds to 1 day, in whole seconds"),
        ("market_data.refresh_seconds", "from 1 second to 1 hour, in whole seconds"),
        ("performance.update_minutes", "from 1 minute to 1 day, in whole minutes"),
        ("strategy.review_period_days", "from 1 day to 365 days, in whole days"),
        ("trading.max_open_positions", "a whole number from 1 to 100"),
        ("trading.style", "day, swing, position, long term"),
    ],
)
def test_what_is_possible_is_said_in_the_unit_that_people_use(path: str, said: str) -> None:
    assert allowed(path) == said


@pytest.mark.parametrize("path", ["risk.reserve_pc", "risc.reserve_pct", "risk", "", "risk.reserve_pct.x", "x.y.z"])
def test_a_field_that_does_not_exist_is_named(path: str) -> None:
    with pytest.raises(BadValue) as caught:
        patched(USUAL, {path: 5})
    assert caught.value.path == path


def test_a_patch_replaces_its_fields_and_leaves_the_others() -> None:
    new = patched(USUAL, {"trading.autonomy": "ask", "risk.reserve_pct": 5})
    assert (new.trading.autonomy, new.risk.reserve_pct) == (Autonomy.ASK, 5)
    assert new.trading.model_copy(update={"autonomy": Autonomy.OFF}) == USUAL.trading
    assert Preferences() == USUAL


def test_dollars_are_exact_and_tickers_a_sorted_set() -> None:
    new = patched(USUAL, {"trading.absolute_position_cap": 0.1, "trading.watchlist": ["KO", "AAPL", "KO"]})
    assert new.trading.absolute_position_cap == Decimal("0.1")
    assert new.trading.watchlist == ("AAPL", "KO")


def rules() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"event_type": st.sampled_from(["stop_hit", "trade_opened"])},
        optional={
            "channels": st.lists(st.sampled_from(["chat", "email"])),
            "priority": st.sampled_from(["low", "HIGH"]) | st.none(),
            "throttle_minutes": st.integers(0, 10_080),
            "enabled": st.booleans(),
            "conditions": st.lists(
                st.fixed_dictionaries(
                    {
                        "field": st.sampled_from(["loss_dollars", "confidence"]),
                        "op": st.sampled_from(["min", "max"]),
                        "value": st.floats(0, 9),
                    }
                ),
                max_size=2,
            ),
        },
    )


def mutes() -> st.SearchStrategy[dict[str, Any]]:
    ends = st.none() | st.integers(2020, 2030).map("{}-03-11T16:30:00-04:00".format)
    return st.fixed_dictionaries({"event": st.sampled_from(["stop_hit", "heartbeat", "all"])}, optional={"until": ends})


def values() -> st.SearchStrategy[dict[str, Any]]:
    """Patches of allowed values."""
    numbers = {
        path: st.integers(int(low), int(high)) if step == 1 else st.floats(low, high)
        for path, (low, high, step) in BOUNDS.items()
        if "cap" not in path
    }
    hours = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
    dollars = st.decimals(0, 10**9, places=2).filter(lambda amount: amount.is_finite())
    tickers = st.lists(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ.", min_size=1, max_size=5), max_size=6)
    return st.fixed_dictionaries(
        {},
        optional={
            **numbers,
            "trading.autonomy": st.sampled_from(Autonomy),
            "trading.risk_tolerance": st.sampled_from(Tier),
            "trading.universe": st.sampled_from(["any", "watchlist_only"]),
            "trading.watchlist": tickers,
            "trading.min_confidence": st.none() | st.floats(0.01, 1),
            "trading.absolute_position_cap": st.none() | dollars,
            "trading.capital_limit": st.none() | dollars,
            "risk.max_position_pct": st.none() | st.floats(0.1, 100),
            "risk.stop_loss_pct": st.none() | st.floats(0.1, 50),
            "trading.style": st.sampled_from(Style),
            "trading.excluded_sectors": st.lists(st.sampled_from(Sector), max_size=4),
            "trading.excluded_tickers": tickers,
            "trading.asset_classes": st.lists(st.sampled_from(AssetClass)),
            "trading.order_types": st.lists(st.sampled_from(OrderType)),
            "trading.settlement": st.sampled_from(Settlement),
            "trading.after_hours": st.booleans(),
            "notifications.summary_time": hours,
            "notifications.timezone": st.sampled_from(["Europe/Berlin", "UTC", "Asia/Kolkata"]),
            "notifications.verbosity": st.sampled_from(Verbosity),
            "notifications.quiet_hours": st.none() | st.fixed_dictionaries({"start": hours, "end": hours}),
            "notifications.addresses": st.dictionaries(st.sampled_from(["email", "sms"]), st.just("x@example.com")),
            "notifications.rules": st.lists(rules(), max_size=3),
            "notifications.muted": st.lists(mutes(), max_size=3),
            "market_data.preferred_sources": st.lists(st.sampled_from(["one", "two"])),
            "performance.benchmark": st.sampled_from(["SPY", "SPX", "BRK.B"]),
        },
    )


@settings(max_examples=60)
@given(patch=values())
def test_values_survive_the_journal(patch: dict[str, Any]) -> None:
    """As JSON and back through a patch, every field is what it was: exact dollars, tuples, words."""
    new = patched(USUAL, patch)
    stored = json.loads(canonical({field.path: value_of(new, field.path) for field in fields()}))
    assert patched(USUAL, stored) == new
    assert plain(new) == json.loads(canonical(new))
