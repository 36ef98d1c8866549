from dataclasses import replace
from datetime import timedelta

import pytest

from engine.core.units import money
from engine.view import View
from skills.reserve import show_reserve
from skills.skill import NoSlots
from tests.builders import NOON, a_ledger_row, a_trade
from tests.skills.views import PHRASES, a_view, invested, words


def said(view: View) -> str:
    return words(show_reserve(NoSlots(), view))


def test_what_is_set_aside_and_how_it_came_to_be() -> None:
    view = a_view(invested(reserve=money(3)), trades=(a_trade(),))
    view.history.ledger.extend([a_ledger_row(), a_ledger_row("-2", "3", kind="manual_adjustment", reference="m1")])
    assert said(view) == (
        "PAPER · $3.00 in reserve, 0.03% of the account; 20% of each profit is set aside. Over 30% you are told; all "
        "of it goes back to trading when the account falls more than 25% from its peak (now 0%).\n"
        "Last moves:\n"
        "  Fri 20 Nov 2026  −$2.00 by hand, $3.00 then\n"
        "  Fri 20 Nov 2026  +$5.00 of a profit in KO, $5.00 then"
    )


def test_an_empty_reserve_has_no_moves() -> None:
    text = said(a_view(invested()))
    assert text.startswith("PAPER · $0.00 in reserve, 0% of the account; ")
    assert "Last moves" not in text


def test_over_the_mark_and_under_the_peak() -> None:
    text = said(a_view(invested(reserve=money(3100), peak=money("20060"))))
    assert "Over 30% you are told (now over it); " in text
    assert "more than 25% from its peak (now 50%)." in text


def test_five_moves_are_shown_and_those_before_a_reset_are_gone() -> None:
    view = a_view(invested())
    view.history.ledger.extend(a_ledger_row(str(n), str(n), at=NOON + timedelta(hours=n)) for n in range(1, 8))
    text = said(view)
    assert text.count(" of a profit, ") == 5
    assert "  and 2 moves before" in text
    begun = replace(view, state=replace(view.state, reset_at=NOON + timedelta(hours=6)))
    assert said(begun).endswith("Last moves:\n  Fri 20 Nov 2026  +$7.00 of a profit, $7.00 then")


@pytest.mark.parametrize("kind", ["profit_siphon", "emergency_liquidation", "manual_adjustment", "initial"])
def test_every_kind_of_move_has_words(kind: str) -> None:
    assert f"reserve.move.{kind}" in PHRASES
