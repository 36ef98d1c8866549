"""What is no part of this build says so, and what can be done instead."""

from engine.core.words import Tier
from skills.skill import NoSlots
from skills.unbuilt import (
    Backtest,
    Goal,
    Mode,
    forget_me,
    run_backtest,
    set_account_mode,
    show_backtest,
    suggest_settings,
)
from tests.skills.views import a_view, words


def test_a_backtest_points_to_the_replay() -> None:
    asked = Backtest(period="last_month", tier=Tier.AGGRESSIVE, capital="10000")
    for say in (run_backtest(asked, a_view()), show_backtest(NoSlots(), a_view())):
        assert words(say).startswith("Backtests are no part of this build. What your settings do at past prices shows")
        assert words(say).endswith("Nothing was changed.")


def test_suggestions_point_to_limits_and_to_the_preset() -> None:
    assert words(suggest_settings(Goal(goal="growth"), a_view())) == (
        'Suggested settings are no part of this build. "Show my limits" tells what binds, and "use the first steps '
        'preset" sets a careful beginning. Nothing was changed.'
    )


def test_an_account_of_paper_money_stays_one() -> None:
    assert words(set_account_mode(Mode(mode="paper"), a_view())) == (
        "PAPER · It is on paper money already. Nothing was changed."
    )
    assert words(set_account_mode(Mode(mode="live"), a_view())) == (
        "Real money is no part of this build: it trades paper money only, so nothing real can happen. "
        "Nothing was changed."
    )


def test_deleting_says_where_all_that_is_kept_lies() -> None:
    assert "All that is kept lies in the account's folder, the one after --data" in words(
        forget_me(NoSlots(), a_view())
    )
