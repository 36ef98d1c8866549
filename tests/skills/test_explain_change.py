"""What would have to change, and what stopped the engine today: from what is stored."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.answers import button
from engine.core import commands as c
from engine.core import events as e
from engine.core.apply import tallied
from engine.core.judge import judge
from engine.core.nouns import Decision, TraceLine
from engine.core.preferences import value_of
from engine.core.refusals import Refused
from engine.core.remedies import LEVERS, TOLERANCE
from engine.core.summary import top
from engine.core.words import Side, Skip, Tier
from intents.context import Context
from intents.parser import parse
from skills import SKILLS
from skills.explain.day import left_today
from skills.explain.left import offer
from tests.builders import (
    DAY,
    NOON,
    a_decision,
    a_recommendation,
    a_state,
)
from tests.engine.scenes import a_ground, a_scene, prefer
from tests.journeys.house import the_language
from tests.skills.test_explain import BOUGHT, SKIPPED, STOPPED, decided
from tests.skills.views import PHRASES, PRICES, a_view, explained, told


def skipped(reason: Skip, step: str, value: Any = None, limit: Any = None, **changes: Any) -> Decision:
    return a_decision(reason=reason, trace=(TraceLine(step, value, limit, "reject"),), **changes)


UNSURE = "KO was left alone on Fri 20 Nov 12:00 (68% confidence, by momentum)."
MODERATE = "the moderate risk tolerance, which asks for 65% confidence and allows more"


def test_a_change_names_the_setting_and_what_would_stop_it_even_then() -> None:
    unsure = decided(id="unsure", confidence=0.68)
    assert told(a_view(decisions=(unsure,)), "change", "KO").split("\n") == [
        f"{UNSURE} Its confidence of 68% was under the 75% that your limits ask for.",
        f"It would have to be surer. It would pass with {MODERATE}.",
        "If it came again now, nothing else would stand in its way.",
    ]
    own = a_view(a_state(preferences=prefer(trading__min_confidence=0.8)), decisions=(unsure,))
    assert "with minimum confidence at 68% (now 80%) and the moderate risk tolerance" in told(own, "not_bought", "KO")


def test_where_no_setting_would_do_the_first_tolerance_that_takes_it_is_named() -> None:
    text = told(a_view(decisions=(SKIPPED,)), "change")
    assert "of the risk tolerances, aggressive is the first that takes it, as it asks for 55%." in text
    assert "It would pass" not in text


def test_other_gates_that_are_closed_now_are_named_with_it() -> None:
    account = a_state("100000", preferences=prefer(trading__excluded_tickers=("KO",)))
    late = a_scene(NOON + timedelta(hours=8), prices=PRICES)
    text = told(a_view(account, late, decisions=(decided(confidence=0.68),)), "change", "KO")
    assert text.split("\n")[-1] == (
        "If it came again now, this would still stand in its way: it is excluded "
        "and the entry window is closed until Mon 23 Nov 09:45."
    )


def test_a_gate_that_has_opened_since_is_said_to_have() -> None:
    was_full = skipped(Skip.MAX_POSITIONS, "open_positions", 3, 3)
    text = told(a_view(a_state("100000", preferences=prefer()), decisions=(was_full,)), "change", "KO")
    assert "By now that no longer stands in its way." in text


def test_an_idea_that_is_kept_is_looked_at_as_it_was() -> None:
    """An idea for minutes alone, of which its decision tells nothing."""
    view = a_view(decisions=(skipped(Skip.MICRO_OFF, "micro_trading", "intraday"),))
    kept = a_recommendation(window="intraday")
    view.history.ideas[kept.id] = kept
    assert "It would pass with micro-trading on." in told(view, "change", "KO")


def test_what_was_bought_or_never_recommended_has_nothing_to_change() -> None:
    assert told(a_view(decisions=(BOUGHT,)), "change", "KO").startswith(
        "Nothing of KO was recommended that I left alone"
    )


@pytest.mark.parametrize("skip", [one for one in Skip if one is not Skip.NONE])
def test_every_reason_has_its_conditions(skip: Skip) -> None:
    """Also where the trace holds no numbers, as that of a declined question."""
    passed = (TraceLine("autonomy", "ask"), TraceLine("confidence", 0.8, 0.75))
    if f"skip.{skip.code}" in PHRASES and skip in (Skip.DECLINED, Skip.LAPSED, Skip.KILLED, Skip.PAUSED, Skip.WINDOW):
        assert told(a_view(decisions=(a_decision(reason=skip, trace=passed),)), "change").count("\n") == 2
    assert f"change.{skip.code}" in PHRASES


OFFERS: list[tuple[Skip, dict[str, Any], str | None]] = [
    (Skip.LOW_CONFIDENCE, {"trading.min_confidence": 0.68}, None),
    (Skip.LOW_CONFIDENCE, {TOLERANCE: Tier.MODERATE}, None),
    (Skip.AUTONOMY_OFF, {"trading.autonomy": "ask"}, None),
    (Skip.ASSET_CLASS, {"trading.asset_classes": ("equities", "etfs", "adrs")}, "adrs"),
    (Skip.EXCLUDED, {"trading.excluded_tickers": ()}, None),
    (Skip.SECTOR_EXCLUDED, {"trading.excluded_sectors": ()}, "energy"),
    (Skip.NOT_ON_WATCHLIST, {"trading.watchlist": ("KO",)}, None),
    (Skip.MICRO_OFF, {"trading.micro_trading": True}, None),
    (Skip.STRATEGY_OFF, {"strategy.max_strategies": 6}, None),
    (Skip.DAILY_LIMIT, {"trading.max_daily_trades": 51}, None),
    (Skip.MAX_POSITIONS, {"trading.max_open_positions": 11}, None),
    (Skip.MAX_DRAWDOWN, {"risk.max_drawdown_pct": 16}, None),
    (Skip.ACTIVE_POOL_MINIMUM, {"trading.capital_limit": 200}, None),
    (Skip.POSITION_FULL, {"risk.max_position_pct": 6}, None),
    (Skip.SECTOR_FULL, {"risk.max_sector_pct": 21}, None),
    (Skip.EXPOSURE, {"risk.max_exposure_pct": 81}, None),
    (Skip.ABSOLUTE_CAP, {"trading.absolute_position_cap": 1500}, None),
    (Skip.BELOW_ONE_SHARE, {"trading.position_size_pct": 3}, None),
    (Skip.DAY_TRADES, {"trading.settlement": "cash"}, None),
]


def test_every_lever_is_tried_below() -> None:
    assert {path for levers in LEVERS.values() for path, _ in levers} | {TOLERANCE} == {
        path for _, patch, _ in OFFERS for path in patch
    }


@pytest.mark.parametrize(("reason", "patch", "met"), OFFERS)
def test_a_button_says_the_sentence_that_changes_it(reason: Skip, patch: dict[str, Any], met: str | None) -> None:
    ((path, value),) = patch.items()
    before = {
        "trading.excluded_tickers": ("KO",),
        "trading.excluded_sectors": ("energy",),
        "trading.settlement": "margin",
    }
    account = a_state(preferences=prefer(**{name.replace(".", "__"): old for name, old in before.items()}))
    sentence = button(offer(patch, skipped(reason, "gate", met)), PHRASES).says
    parsed = parse(sentence, Context(NOON, "America/New_York"), the_language())
    assert parsed.status == "ok", (sentence, parsed)
    (request,) = parsed.requests
    skill, view = SKILLS[request.intent], a_view(account)
    command = skill.run(skill.slots.model_validate(dict(request.slots)), view)
    assert isinstance(command, c.Command), sentence
    verdict = judge(command, a_ground(account, a_scene(prices=PRICES)))
    assert not isinstance(verdict, Refused), (sentence, verdict)
    changed = next(one for one in verdict if isinstance(one, e.PreferencesChanged))
    assert [name for name, _, _ in changed.change.fields] == [path]
    if reason is not Skip.ASSET_CLASS:  # it holds them in the order of the model
        assert value_of(changed.preferences, path) == value


def test_the_ways_out_stand_on_buttons() -> None:
    answer = explained(a_view(decisions=(decided(confidence=0.68),)), "not_bought", "KO")
    labels = [(one.label, one.says) for one in (button(name, PHRASES) for name in answer.buttons)]
    assert labels == [("Risk: moderate", "set my risk tolerance to moderate"), ("Limits", "show my limits")]


GATES = "its confidence was too low (twice) and the most positions were open (once)"


def test_what_stopped_it_today_is_told_by_gate() -> None:
    full = skipped(Skip.MAX_POSITIONS, "open_positions", 10, 10, ticker="PEP")
    old = replace(full, session=DAY - timedelta(days=1))
    view = a_view(decisions=(old, SKIPPED, full, replace(SKIPPED, ticker="AAPL")))
    assert told(view, "stopped").split("\n") == [
        f"Fri 20 Nov 2026: 3 ideas left alone: {GATES}.",
        "  AAPL: Its confidence of 60% was under the 75% that your limits ask for.",
        "  PEP: 10 positions were open, and 10 is your most.",
    ]


def test_what_stands_in_its_way_now_is_told_first() -> None:
    killed = a_state(preferences=prefer(trading__autonomy="off"), killed_at=NOON)
    text = told(a_view(killed, a_scene(NOON + timedelta(hours=8), prices=PRICES), decisions=(STOPPED,)), "stopped")
    assert text == (
        'Fri 20 Nov 2026: The kill switch has stood since Fri 20 Nov 12:00; say "resume" to lift it. '
        "Autonomy is off: recommendations are noted, nothing is bought. "
        "The entry window is closed until Mon 23 Nov 09:45. Sold at its stop: KO. No idea was left alone today."
    )


def test_a_quiet_day_stopped_nothing() -> None:
    assert told(a_view(), "stopped") == "Fri 20 Nov 2026: No idea was left alone today."


def test_the_day_counts_as_its_summary_does() -> None:
    """Any idea that was left alone, but for sales of what was not held."""
    idle = a_decision(id="d-idle", side=Side.SELL, reason=Skip.NO_POSITION)
    sale = a_decision(id="d-sale", side=Side.SELL, reason=Skip.PAUSED)
    state = a_state(preferences=prefer())
    for one in (SKIPPED, idle, sale):
        state = replace(state, tally=tallied(state.tally, e.Decided(decision=one)))
    view = a_view(decisions=(SKIPPED, idle, sale))
    assert sum(count for _, count in top(state.tally.skips)) == 2
    assert len(left_today(view)) == 2
