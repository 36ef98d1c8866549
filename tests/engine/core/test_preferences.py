"""The model of what an owner can set: whole or not at all, with words for every field."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.journal import canonical, plain
from engine.core.preferences import BadValue, Preferences, fields, patched, value_of
from engine.core.words import Autonomy, Tier

USUAL = Preferences()

DEFAULTS: dict[str, Any] = {
    "trading.autonomy": "off",
    "trading.risk_tolerance": "conservative",
    "trading.watchlist": [],
    "trading.universe": "any",
    "trading.min_confidence": None,
    "trading.max_daily_trades": 50,
    "trading.max_open_positions": 10,
    "trading.position_size_pct": None,
    "trading.absolute_position_cap": None,
    "trading.capital_limit": None,
    "risk.max_position_pct": None,
    "risk.max_exposure_pct": 80,
    "risk.max_sector_pct": None,
    "risk.stop_loss_pct": None,
    "risk.take_profit_pct": None,
    "risk.max_drawdown_pct": 15,
    "risk.daily_loss_limit_pct": 3,
    "risk.single_position_loss_pct": 10,
    "risk.reserve_pct": 20,
}
BOUNDS = {
    "trading.max_daily_trades": (1, 500, 1),
    "trading.max_open_positions": (1, 100, 1),
    "trading.position_size_pct": (0.1, 25, 0.01),
    "trading.absolute_position_cap": (0, 10**9, 0.01),
    "trading.capital_limit": (0, 10**9, 0.01),
    "risk.max_position_pct": (0.1, 100, 0.01),
    "risk.max_exposure_pct": (1, 100, 0.01),
    "risk.max_sector_pct": (1, 100, 0.01),
    "risk.stop_loss_pct": (0.1, 50, 0.01),
    "risk.take_profit_pct": (0.1, 500, 0.01),
    "risk.max_drawdown_pct": (1, 90, 0.01),
    "risk.daily_loss_limit_pct": (0.1, 50, 0.01),
    "risk.single_position_loss_pct": (0.5, 90, 0.01),
    "risk.reserve_pct": (0, 90, 0.01),
}


def test_defaults_are_those_of_the_page() -> None:
    assert {field.path: plain(field.default) for field in fields()} == DEFAULTS


def test_every_field_says_what_it_is() -> None:
    for field in fields():
        assert field.description
        assert field.unit in ("percent", "dollars", "count", "fraction", None)


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
    assert str(caught.value.asked) == str(bad)
    assert caught.value.allowed


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


def values() -> st.SearchStrategy[dict[str, Any]]:
    """Patches of allowed values."""
    numbers = {
        path: st.integers(int(low), int(high)) if step == 1 else st.floats(low, high)
        for path, (low, high, step) in BOUNDS.items()
        if "cap" not in path
    }
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
