from dataclasses import replace
from datetime import timedelta

from engine.core.units import money
from engine.core.words import Tier
from skills.limits import line, next_tier, show_limits, used
from skills.skill import NoSlots
from tests.builders import DAY, a_position, a_snapshot, a_state
from tests.engine.scenes import a_scene, holding, prefer
from tests.skills.views import a_view, invested, words


def test_how_much_of_each_limit_is_used() -> None:
    text = words(show_limits(NoSlots(), a_view(invested())))
    assert text.startswith("PAPER · conservative limits in force\n  exposure: 6.28% of 80%, 73.72% left\n")
    assert "heat: 0.12% of 6%, 5.88% left" in text
    assert "open positions: 1 of 10, 9 left" in text
    assert "position: at most 5% = $501.50; usual size 2% at 75% confidence or more" in text
    assert text.endswith("by sector: consumer staples 6.3%")


def test_what_binds_is_named_first() -> None:
    state = replace(invested(), preferences=prefer(trading__max_open_positions=1, trading__absolute_position_cap=25))
    text = words(show_limits(NoSlots(), a_view(state)))
    assert text.startswith("PAPER · conservative limits in force; near or at: open positions\n")
    assert "open positions: 1 of 1, 0 left · binds now" in text
    assert "never more than $25.00" in text


def test_beyond_a_limit_nothing_is_left() -> None:
    one = line("heat", 0.07, 0.06, "fraction")
    assert (one["room"]["value"], one["binds"]) == (0, "binds now")
    assert line("heat", 0.053, 0.06, "fraction")["binds"] is None


def test_a_fallen_account() -> None:
    fallen = a_view(replace(invested(), peak=money(20_000)), a_scene(prices={"KO": "1"}))
    rows = {name: value for name, value, _, _ in used(fallen)}
    assert rows["drawdown"] > 0.5
    assert rows["loss today"] > 0.05


def test_money_put_in_is_no_gain_that_hides_a_loss() -> None:
    """500 were lost, and 10,000 put in: 500 of 20,000 are lost."""
    last = a_snapshot("10000", session=DAY - timedelta(days=1))
    richer = replace(invested(last=last), cash=money("19000"), contributed=money("20000"))
    rows = {name: value for name, value, _, _ in used(a_view(richer, a_scene(prices={"KO": "50"})))}
    assert rows["loss today"] == (20_000 - 19_500) / 20_000


def test_an_empty_account_divides_by_nothing() -> None:
    empty = a_state("0", preferences=prefer())
    assert "exposure: 0% of 80%" in words(show_limits(NoSlots(), a_view(empty)))
    odd = holding(empty, a_position(sector=None))
    assert words(show_limits(NoSlots(), a_view(odd, a_scene(prices={}))))


def test_the_tier_above() -> None:
    found = [next_tier(a_view(a_state(preferences=prefer(trading__risk_tolerance=tier)))) for tier in Tier]
    assert found == ["moderate", "aggressive", None]
