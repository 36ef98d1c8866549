"""A setting that nobody here honours is refused with its reason, never kept to be ignored."""

from typing import Any

import pytest

from engine.core import commands as c
from engine.core.abilities import BUILT, Ability, lacking
from engine.core.journal import plain
from engine.core.preferences import FIELDS, Preferences, patched, value_of
from engine.core.refusals import Refusal
from tests.engine.scenes import a_scene, an_account, done, prefer, refused

OTHERS: dict[str, Any] = {
    "trading.autonomy": "ask",
    "trading.risk_tolerance": "moderate",
    "trading.style": "day",
    "trading.watchlist": ["KO"],
    "trading.excluded_tickers": ["KO"],
    "trading.excluded_sectors": ["energy"],
    "trading.universe": "watchlist_only",
    "trading.asset_classes": ["equities"],
    "trading.min_confidence": 0.8,
    "trading.max_daily_trades": 5,
    "trading.max_open_positions": 5,
    "trading.order_types": ["market"],
    "trading.after_hours": True,
    "trading.pre_market": True,
    "trading.position_size_pct": 2,
    "trading.absolute_position_cap": 500,
    "trading.capital_limit": 5000,
    "trading.order_timeout_seconds": 60,
    "trading.gradual_entry": False,
    "trading.micro_trading": True,
    "trading.settlement": "margin",
    "risk.max_position_pct": 5,
    "risk.max_exposure_pct": 50,
    "risk.max_sector_pct": 20,
    "risk.stop_loss_pct": 5,
    "risk.take_profit_pct": 10,
    "risk.max_drawdown_pct": 10,
    "risk.daily_loss_limit_pct": 2,
    "risk.single_position_loss_pct": 5,
    "risk.reserve_pct": 10,
    "notifications.rules": [{"event_type": "stop_hit"}],
    "notifications.muted": [{"event": "stop_hit"}],
    "notifications.quiet_hours": {"start": "22:00", "end": "07:00"},
    "notifications.timezone": "Europe/Berlin",
    "notifications.summary_time": "18:00",
    "notifications.weekly_digest": False,
    "notifications.addresses": {"email": "me@example.com"},
    "notifications.verbosity": "terse",
    "strategy.auto_deploy_optimised": True,
    "strategy.suggestions": False,
    "strategy.max_strategies": 2,
    "strategy.review_period_days": 10,
    "strategy.auto_pause_underperforming": False,
    "strategy.underperformance_pct": 10,
    "strategy.min_sectors": 5,
    "market_data.realtime": False,
    "market_data.refresh_seconds": 30,
    "market_data.extended_hours": True,
    "market_data.preferred_sources": ["one"],
    "market_data.level2": True,
    "market_data.options": True,
    "market_data.futures": True,
    "performance.realtime_pnl": False,
    "performance.gain_alert_pct": 2,
    "performance.loss_alert_pct": 2,
    "performance.drawdown_alert_pct": 5,
    "performance.benchmark": "KO",
    "performance.update_minutes": 10,
}
"""Of each field a value that is not its default."""

WATCHING = an_account(preferences=prefer(trading__autonomy="off", trading__watchlist=["PEP"]))


def test_every_field_has_another_value_here_but_the_language_which_has_but_one() -> None:
    assert set(OTHERS) == set(FIELDS) - {"notifications.language"}
    usual = Preferences()
    for path, value in OTHERS.items():
        assert value_of(patched(usual, {path: value}), path) != FIELDS[path].default


@pytest.mark.parametrize("path", OTHERS)
def test_every_field_can_be_set_or_says_what_it_would_need(path: str) -> None:
    """With what the engine itself can do, and no more."""
    value = value_of(patched(Preferences(), {path: OTHERS[path]}), path)
    needs = lacking(path, value, BUILT)
    command = c.ChangePreferences(patch={path: OTHERS[path]})
    if needs is None:
        assert value_of(done(WATCHING, command).preferences, path) == value
    else:
        no = refused(command, WATCHING)
        not_here = Refusal.NOT_HERE, {"field": path, "asked": plain(value), "needs": needs.value}
        no_part = Refusal.NO_SUCH_PART, {"part": "email"}
        assert (no.code, no.facts) == (no_part if needs is Ability.ADDRESSES else not_here)


@pytest.mark.parametrize("path", OTHERS)
def test_where_all_is_there_every_field_can_be_set(path: str) -> None:
    able = a_scene(abilities=frozenset(Ability))
    done(WATCHING, c.ChangePreferences(patch={path: OTHERS[path]}), able)


@pytest.mark.parametrize("path", OTHERS)
def test_every_default_can_be_set_whatever_is_there(path: str) -> None:
    """What was set while somebody could do it can be taken back when nobody can any more."""
    patch = {path: OTHERS[path], "trading.watchlist": OTHERS[path] if path == "trading.watchlist" else ["PEP"]}
    state = an_account(preferences=patched(Preferences(), patch))
    nothing = a_scene(abilities=frozenset())
    assert done(state, c.ChangePreferences(patch={path: plain(FIELDS[path].default)}), nothing)


@pytest.mark.parametrize(
    ("path", "value", "needs"),
    [
        ("trading.asset_classes", ["equities", "options", "crypto"], Ability.CRYPTO),
        ("trading.asset_classes", ["equities", "adrs", "reits"], None),
        ("trading.order_types", ["limit"], Ability.LIMIT_ORDERS),
        ("trading.order_types", ["market", "stop"], Ability.STOP_ORDERS),
        ("trading.settlement", "cash", None),
        ("trading.after_hours", False, None),
        ("notifications.verbosity", "normal", None),
    ],
)
def test_what_a_value_needs_is_named(path: str, value: object, needs: Ability | None) -> None:
    asked = value_of(patched(Preferences(), {path: value}), path)
    assert lacking(path, asked, BUILT) is needs


def test_what_is_there_is_not_lacking() -> None:
    assert lacking("trading.order_types", ("limit",), frozenset({Ability.LIMIT_ORDERS})) is None


def test_a_whole_patch_is_refused_for_one_field_that_nobody_honours() -> None:
    patch = {"risk.reserve_pct": 5, "market_data.level2": True}
    no = refused(c.ChangePreferences(patch=patch), WATCHING)
    assert (no.code, no.facts["needs"]) == (Refusal.NOT_HERE, "level2")
