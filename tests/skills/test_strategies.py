from dataclasses import replace
from datetime import timedelta
from typing import Any

from skills.skill import NoSlots
from skills.strategies import show_strategies
from tests.builders import NOON, a_position, a_state, a_strategy, a_trade
from tests.engine.scenes import a_scene, holding, prefer
from tests.skills.views import PRICES, a_view, words

SOURCES = ("breakout", "mean_reversion", "momentum")


def asked(sources: tuple[str, ...] = SOURCES, **changes: Any) -> str:
    """Ten shares of KO by momentum, bought at 60 and worth 63, and a trade of ten at 60 that it lost 90 on."""
    state = holding(a_state(preferences=prefer()), a_position(source="momentum"))
    state = replace(state, trades=(a_trade(source="momentum", realised="-90", closed_at=NOON - timedelta(days=1)),))
    view = a_view(replace(state, **changes), replace(a_scene(prices=PRICES), sources=sources))
    return words(show_strategies(NoSlots(), view))


def test_each_with_what_it_brought() -> None:
    """−90 + 30 of the 1,200 put to work."""
    assert asked() == (
        "PAPER · 3 strategies listened to, of 5 at most; one that loses more than 5% of what it put to work in 30 days"
        ", by 5 trades or more, open ones included, is paused\n"
        "  breakout: on; 0 trades closed since Wed 21 Oct 2026, too few to judge\n"
        "  mean reversion: on; 0 trades closed since Wed 21 Oct 2026, too few to judge\n"
        "  momentum: on; 1 trade closed, 1 position open since Wed 21 Oct 2026: −$60.00 (−5%), too few to judge"
    )


def test_five_are_enough_and_none_is_counted_from_before_the_account_began() -> None:
    """Four trades and a position, of an account that is ten days old: −360 + 30 of 3,000."""
    closed = (a_trade(source="momentum", realised="-90", closed_at=NOON - timedelta(days=1)),)
    text = asked(opened_at=NOON - timedelta(days=10), trades=closed * 4)
    assert "momentum: on; 4 trades closed, 1 position open since Tue 10 Nov 2026: −$330.00 (−11%)" in text
    assert text.count("too few to judge") == 2
    assert "since Tue 10 Nov 2026, too few" in text


def test_why_one_is_on_or_off() -> None:
    said = {
        "breakout": a_strategy(name="breakout", on=True, why="owner", result=None),
        "mean_reversion": a_strategy(name="mean_reversion", why="owner", result=None),
        "momentum": a_strategy(result=-0.11),
    }
    text = asked(strategies=said)
    assert text.startswith("PAPER · 1 strategy listened to, of 5 at most")
    assert "  breakout: on, switched on by you; 0 trades closed since it was switched on, Fri 20 Nov 2026, too" in text
    assert "  mean reversion: off since Fri 20 Nov 2026, at your word; " in text
    assert "  momentum: paused on Fri 20 Nov 2026 at −11%; " in text


def test_those_beyond_the_most_are_not_listened_to() -> None:
    text = asked(preferences=prefer(strategy__max_strategies=2, strategy__auto_pause_underperforming=False))
    assert text.startswith("PAPER · 2 strategies listened to, of 2 at most; none is paused for what it loses\n")
    assert "  momentum: not listened to, as 2 others come first; 1 trade closed" in text


def test_before_any_was_heard_of_that_is_said() -> None:
    assert words(show_strategies(NoSlots(), a_view())) == "PAPER · No strategy has been heard of yet."
