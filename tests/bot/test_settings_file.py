"""Settings as a file: what is written reads back exactly, and what is no settings file is said to be none."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from bot.settings_file import BadFile, read, written
from engine.core.news import EVENTS, Outlet
from engine.core.preferences import FIELDS, Preferences, patched

words = st.text(max_size=12)
rules = st.lists(
    st.fixed_dictionaries(
        {"event_type": st.sampled_from(list(EVENTS)), "channels": st.lists(st.sampled_from(Outlet), max_size=2)},
        optional={"enabled": st.booleans(), "priority": st.sampled_from(["LOW", "CRITICAL"])},
    ),
    max_size=2,
)
some_settings = st.fixed_dictionaries(
    {},
    optional={
        "trading.autonomy": st.sampled_from(["off", "ask", "auto"]),
        "trading.watchlist": st.lists(st.sampled_from(["ON", "NO", "Y", "KO", "1E5"])),
        "trading.min_confidence": st.none() | st.floats(1e-9, 1),
        "trading.absolute_position_cap": st.none() | st.decimals(0, 10**9, places=2),
        "trading.gradual_entry": st.booleans(),
        "risk.daily_loss_limit_pct": st.floats(0.1, 50),
        "notifications.quiet_hours": st.none() | st.just({"start": "22:00", "end": "07:00"}),
        "notifications.addresses": st.dictionaries(
            st.sampled_from(Outlet), st.text(min_size=1, max_size=12), max_size=3
        ),
        "notifications.rules": rules,
        "market_data.preferred_sources": st.lists(words, max_size=3),
    },
)


@examples(max_examples=20)
@given(some_settings, st.booleans())
def test_what_is_written_reads_back_exactly(patch: dict[str, Any], everything: bool) -> None:  # noqa: FBT001  # both
    settings = patched(Preferences(), patch)
    text = written(settings, everything=everything)
    if settings == Preferences() and not everything:
        with pytest.raises(BadFile, match="empty"):
            read(text)
        return
    assert patched(Preferences(), read(text)) == settings
    assert (set(read(text)) == set(FIELDS)) == everything


def test_how_it_looks() -> None:
    settings = patched(
        Preferences(),
        {"risk.daily_loss_limit_pct": 2.5, "trading.watchlist": ["KO", "AAPL"], "trading.capital_limit": Decimal(5000)},
    )
    assert written(settings, everything=False) == (
        "# Those settings of a Parley account that are not as at first. What is left out stays as it is.\n"
        "# Percent, dollars and times are numbers without their unit.\n"
        "\n"
        "trading:\n"
        "  # tickers the owner follows (at most 200 tickers)\n"
        "  watchlist: [AAPL, KO]\n"
        "  # most dollars the engine may use in all (from $0 to $1,000,000,000, in whole cents, or none)\n"
        "  capital_limit: 5000\n"
        "\n"
        "risk:\n"
        "  # day's loss at which entries stop (from 0.1% to 50%)\n"
        "  daily_loss_limit_pct: 2.5\n"
    )


def test_all_of_it_has_a_line_and_a_comment_for_every_setting() -> None:
    text = written(Preferences(), everything=True)
    assert text.count("  # ") == len(FIELDS)
    assert {f"{category}.{name}" for category, fields in yaml.safe_load(text).items() for name in fields} == set(FIELDS)


def test_words_are_no_numbers_and_switches_may_be_words() -> None:
    text = """
        trading: {autonomy: off, gradual_entry: off, capital_limit: none}
        notifications: {summary_time: 16:30, weekly_digest: Yes}
        risk:
    """
    assert read(text) == {
        "trading.autonomy": "off",
        "trading.gradual_entry": False,
        "trading.capital_limit": None,
        "notifications.summary_time": "16:30",
        "notifications.weekly_digest": True,
    }


def test_words_may_be_written_as_they_are_said() -> None:
    text = (
        "trading: {style: Long term, universe: watchlist only, asset_classes: [ETFs], excluded_sectors: [health care]}"
    )
    assert read(text) == {
        "trading.style": "long_term",
        "trading.universe": "watchlist_only",
        "trading.asset_classes": ["etfs"],
        "trading.excluded_sectors": ["health_care"],
    }


def test_a_share_says_how_it_is_written() -> None:
    text = written(patched(Preferences(), {"trading.min_confidence": 0.65}), everything=False)
    assert "acted on (more than 0% and at most 100%, or none; 0.65 is 65%)\n  min_confidence: 0.65\n" in text


BOMB = "a: &a [x, x]\nb: [*a, *a]\n"


@pytest.mark.parametrize(
    ("text", "key", "facts"),
    [
        ("", "import.empty", {}),
        ("# nothing\n", "import.empty", {}),
        ("- 1", "import.not_settings", {}),
        ("risk", "import.not_settings", {}),
        ("risk: 5", "import.not_category", {"category": "risk"}),
        ("rsik: {reserve_pct: 5}", "import.unknown", {"path": "rsik", "near": "risk"}),
        ("mood: {x: 5}", "import.unknown", {"path": "mood", "near": None}),
        ("risk: {reserve: 5}", "import.unknown", {"path": "risk.reserve", "near": "risk.reserve_pct"}),
        ("risk: {watchlist: []}", "import.unknown", {"path": "risk.watchlist", "near": "trading.watchlist"}),
        ("risk:\n  reserve_pct: 5\n  reserve_pct: 6", "import.not_yaml",
         {"line": 3, "problem": "reserve_pct stands here twice"}),
        ("risk: {[a]: 5}", "import.not_yaml", {"line": 1, "problem": "a name is expected here"}),
        (BOMB, "import.not_yaml", {"line": 1, "problem": "references (& and *) are not read"}),
        ("[" * 50 + "]" * 50, "import.not_yaml", {"line": 1, "problem": "this is too deep"}),
        ("x" * 100_001, "import.too_long", {"limit": 100}),
        ("é" * 50_001, "import.too_long", {"limit": 100}),
        ("a\0b", "import.not_yaml", {"line": None, "problem": "it cannot be read"}),
    ],
)  # fmt: skip
def test_a_file_that_is_no_settings(text: str, key: str, facts: dict[str, object]) -> None:
    with pytest.raises(BadFile) as bad:
        read(text)
    assert (bad.value.key, bad.value.facts) == (key, facts)


@pytest.mark.parametrize(
    "text", ["risk: {reserve_pct: !!python/object/apply:os.getcwd []}", "risk: {x: {", "a: b: c", "\t"]
)
def test_nothing_is_run_and_nothing_escapes(text: str) -> None:
    with pytest.raises(BadFile, match=r"import\.not_yaml"):
        read(text)


@given(st.text(max_size=300))
def test_any_text_is_settings_or_told_to_be_none(text: str) -> None:
    with suppress(BadFile):
        assert set(read(text)) <= set(FIELDS)
