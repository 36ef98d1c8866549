from dataclasses import replace
from datetime import timedelta

import pytest

from engine.core.standing import TierChange
from engine.core.units import money
from engine.core.words import Tier, TierSource
from engine.view import View
from skills.limits import Limit, line, next_tier, of_position, of_sector, show_limits, used
from skills.skill import NoSlots, Say
from tests.builders import DAY, NOON, a_position, a_snapshot, a_state
from tests.engine.scenes import a_scene, holding, prefer
from tests.skills.views import a_view, invested, words


def test_how_much_of_each_limit_is_used() -> None:
    text = words(show_limits(NoSlots(), a_view(invested())))
    assert text.startswith(
        "PAPER · conservative limits in force; near or at: largest position\n"
        "  exposure: 6.28% of 80%, 73.72% left (yours)\n"
    )
    assert "heat: 0.12% of 6%, 5.88% left" in text
    assert "open positions: 1 of 10, 9 left" in text
    assert "position: at most 5% = $501.50; usual size 2% at 75% confidence or more" in text
    assert "by sector: consumer staples 6.3%\n" in text


def test_what_binds_is_named_first() -> None:
    state = replace(invested(), preferences=prefer(trading__max_open_positions=1, trading__absolute_position_cap=25))
    text = words(show_limits(NoSlots(), a_view(state)))
    assert text.startswith(
        "PAPER · conservative limits in force; near or at: largest position, open positions "
        "and largest position in dollars\n"
    )
    assert "open positions: 1 of 1, 0 left (yours) · binds now" in text
    assert "never more than $25.00" in text


def test_beyond_a_limit_nothing_is_left() -> None:
    one = line(Limit("heat", 0.07, 0.06, "fraction"))
    assert (one["room"]["value"], one["binds"]) == (0, "binds now")
    assert line(Limit("heat", 0.053, 0.06, "fraction"))["binds"] is None


def test_a_fallen_account() -> None:
    fallen = a_view(replace(invested(), peak=money(20_000)), a_scene(prices={"KO": "1"}))
    rows = {name: value for name, value, *_ in used(fallen)}
    assert rows["drawdown"] > 0.5
    assert rows["loss today"] > 0.05


def test_money_put_in_is_no_gain_that_hides_a_loss() -> None:
    """500 were lost, and 10,000 put in: 500 of 20,000 are lost."""
    last = a_snapshot("10000", session=DAY - timedelta(days=1))
    richer = replace(invested(last=last), cash=money("19000"), contributed=money("20000"))
    rows = {name: value for name, value, *_ in used(a_view(richer, a_scene(prices={"KO": "50"})))}
    assert rows["loss today"] == (20_000 - 19_500) / 20_000


def test_an_empty_account_divides_by_nothing() -> None:
    empty = a_state("0", preferences=prefer())
    assert "exposure: 0% of 80%" in words(show_limits(NoSlots(), a_view(empty)))
    odd = holding(empty, a_position(sector=None))
    assert words(show_limits(NoSlots(), a_view(odd, a_scene(prices={}))))


def test_the_tier_above() -> None:
    found = [next_tier(a_view(a_state(preferences=prefer(trading__risk_tolerance=tier)))) for tier in Tier]
    assert found == ["moderate", "aggressive", None]


def a_view_with(**own: object) -> View:
    return a_view(replace(invested(), preferences=prefer(**own)))


@pytest.mark.parametrize(
    ("own", "position", "sector"),
    [
        ({}, "tier", "tier"),
        ({"risk__max_position_pct": 4.0}, "own", "tier"),
        ({"risk__max_position_pct": 9.0}, "tier", "tier"),
        ({"risk__max_sector_pct": 10.0}, "tier", "own"),
        ({"risk__max_sector_pct": 3.0}, "sector", "own"),
        ({"risk__max_exposure_pct": 15.0}, "tier", "exposure"),
        ({"risk__max_exposure_pct": 2.0}, "sector", "exposure"),
    ],
)
def test_it_is_said_whose_limit_binds(own: dict[str, object], position: str, sector: str) -> None:
    """Conservative: 5 % of tradable in one position, 20 % in one sector."""
    view = a_view_with(**own)
    assert (of_position(view), of_sector(view)) == (position, sector)


def test_limits_that_not_everybody_has_are_shown_where_they_hold() -> None:
    plain = {one.name for one in used(a_view_with())}
    view = a_view_with(
        trading__capital_limit=5_000,
        trading__absolute_position_cap=700,
        trading__micro_trading=True,
        trading__settlement="margin",
    )
    text = words(show_limits(NoSlots(), view))
    assert {one.name for one in used(view)} - plain == {
        "money in use",
        "largest position in dollars",
        "micro-trades today",
        "day trades in five sessions",
    }
    assert "money in use: $630.00 of $5,000.00, $4,370.00 left (yours)" in text
    assert "largest position in dollars: $630.00 of $700.00, $70.00 left (yours) · binds now" in text
    assert "micro-trades today: 0 of 10, 10 left (the house's)" in text
    assert "day trades in five sessions: 0 of 3, 3 left (a rule on margin)" in text


def test_the_houses_marks_are_told_with_the_distance_to_them() -> None:
    state = replace(invested(reserve=money("2000")), peak=money("12000"))
    text = words(show_limits(NoSlots(), a_view(state)))
    assert "reserve: 19.94% of the account, told beyond 30%; 16.42% below the peak, an emergency beyond 25%" in text


@pytest.mark.parametrize("whose", ["own", "tier", "sector", "exposure", "house", "law"])
def test_every_owner_of_a_limit_has_words(whose: str) -> None:
    assert words(Say(f"limits.of.{whose}"))


def test_a_tier_that_was_lowered_is_told_with_the_figures_that_decided_it() -> None:
    change = TierChange(
        at=NOON,
        previous=Tier.MODERATE,
        new=Tier.CONSERVATIVE,
        source=TierSource.AUTO,
        trades=12,
        win_rate=0.33,
        drawdown=0.16,
        reserve=0.05,
    )
    own = prefer(trading__risk_tolerance="moderate")
    state = replace(invested(), preferences=own, ceiling=Tier.CONSERVATIVE, tier_move=change)
    text = words(show_limits(NoSlots(), a_view(state)))
    assert (
        "the tier went from moderate to conservative on Fri 20 Nov 2026: in 30 sessions 12 trades closed, 33% of them "
        "won, and the account stood 16% below its peak\n"
    ) in text
    assert "to rise by themselves at a close they lack: " in text
    assert "the tier went" not in words(show_limits(NoSlots(), a_view(replace(state, ceiling=None))))
