"""Why things came out smaller, were broken off, moved or tripped: from what is stored."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.core import events as e
from engine.core.evaluate import CUT
from engine.core.judge.tranches import in_parts
from engine.core.nouns import TraceLine
from engine.core.units import money
from engine.core.words import BreakerKind, Origin, Side, Skip, StopReason, Tier, TierSource
from engine.view import View
from tests.builders import (
    DAY,
    NOON,
    a_breaker,
    a_change,
    a_plan,
    a_position,
    a_proposal,
    a_state,
    a_tier_change,
)
from tests.engine.scenes import a_ground, a_scene, holding, prefer
from tests.skills.test_explain import BOUGHT, SKIPPED
from tests.skills.views import PRICES, a_view, invested, told


def remembering(view: View, *events: e.Event) -> View:
    """The same account after these, all in today's session."""
    view.history.recall.hear(1, e.SessionBegan(session=DAY))
    for seq, event in enumerate(events, 2):
        view.history.recall.hear(seq, event)
    return replace(view, state=replace(view.state, seq=1 + len(events)))


def test_each_limit_that_cut_an_entry_is_told_from_what_to_what() -> None:
    kept = tuple(line for line in BOUGHT.trace if line.step not in ("sector", "exposure"))
    cuts = (TraceLine("sector", 0, 0.2, "reduced", 20_000_000), TraceLine("exposure", 0, 0.8, "reduced", 5_000_000))
    lines = told(a_view(decisions=(replace(BOUGHT, trace=(*kept, *cuts)),)), "resized", "KO").split("\n")
    assert lines[0].startswith(
        "40 shares of KO at $63.00 = $2,520.00, decided on Fri 20 Nov 12:00. Wished for were $2,560.00: "
    )
    assert lines[1] == (
        "Made smaller: from $2,560.00 to $2,000.00 by the sector limit of 20% "
        "and from $2,000.00 to $500.00 by the exposure limit of 80%."
    )


def test_an_entry_that_nothing_cut_is_said_to_be_whole() -> None:
    assert "No limit made it smaller" in told(a_view(decisions=(BOUGHT,)), "resized")


def test_a_later_part_that_was_cut_is_told_with_its_limit() -> None:
    line = TraceLine(CUT, "sector_full", 14, "reduced", 9)
    planned = e.TranchesPlanned(tranches=a_plan(decision_id=BOUGHT.id), trace=(line,))
    view = remembering(a_view(decisions=(BOUGHT,)), planned)
    assert told(view, "resized", "KO").endswith(
        "A later part was made smaller, from 14 shares to 9 shares, as its sector was at its limit."
    )


def test_what_the_owner_named_and_what_waits_for_a_yes_have_their_sizes_too() -> None:
    own = replace(BOUGHT, origin=Origin.OWNER, source=None)
    assert told(a_view(decisions=(own,)), "resized").endswith("on Fri 20 Nov 12:00: so many as you named.")
    waits = a_state(preferences=prefer(), proposals={BOUGHT.id: a_proposal(decision=BOUGHT)})
    assert told(a_view(waits), "resized", "KO").startswith("40 shares of KO")
    assert told(a_view(decisions=(SKIPPED,)), "resized", "KO").startswith("I did not buy KO. KO was recommended on")
    assert told(a_view(decisions=(SKIPPED,)), "resized").startswith("I have bought nothing so far. ")


PLAN = a_plan(left=(14, 14), bought=(14,), shares=42)


def test_a_rest_that_was_given_up_is_told_by_the_gate_that_closed() -> None:
    trace = (TraceLine("open_positions", 10, 10, "reject"),)
    view = remembering(a_view(), e.TranchesEnded(tranches=PLAN, outcome=Skip.MAX_POSITIONS, trace=trace))
    for ticker in ("KO", None):
        assert told(view, "parts", ticker) == (
            "KO was to be bought in 3 parts, 42 shares in all. 14 shares were bought in 1 part; "
            "the rest of 28 shares was given up on Fri 20 Nov 2026.\n10 positions were open, and 10 is your most."
        )


@pytest.mark.parametrize(
    ("outcome", "words_of_it"),
    [
        (Skip.BREAKER, "That was so, as a breaker stands."),
        (Skip.KILLED, "That was so, as the kill switch stands."),
        (Skip.TRANCHE_STOPPED, "It was being sold, or a part of it was not filled"),
    ],
)
def test_a_rest_that_no_gate_was_asked_about_is_told_by_its_reason(outcome: Skip, words_of_it: str) -> None:
    assert words_of_it in told(remembering(a_view(), e.TranchesEnded(tranches=PLAN, outcome=outcome)), "parts", "KO")


def test_parts_that_go_on_and_parts_that_are_complete() -> None:
    whole = replace(PLAN, left=(), bought=(14, 14, 14))
    done = remembering(a_view(), e.TranchesEnded(tranches=whole, outcome=Skip.NONE))
    assert told(done, "parts") == "KO was bought in 3 parts, 42 shares in all; nothing was left out."
    on = a_view(a_state(preferences=prefer(), tranches=(PLAN,)))
    assert told(on, "parts", "KO").startswith("KO goes on: 14 shares of 42 shares are ordered, in 1 part of 3.")
    assert told(a_view(), "parts", "KO").startswith("Nothing of KO was bought in parts lately.")


def moved(old: str, new: str, reason: StopReason, ticker: str = "KO") -> e.StopMoved:
    return e.StopMoved(
        ticker=ticker, old=money(old), new=money(new), high=money("64"), atr=money("1.10"), reason=reason
    )


def test_each_move_of_a_stop_is_told_with_its_rule() -> None:
    account = holding(a_state(preferences=prefer()), replace(a_position(), stop=money("61")))
    events = (
        moved("58", "58.80", StopReason.EARNINGS),
        moved("58.80", "60", StopReason.TRAILING),
        moved("60", "60", StopReason.TRAILING),
        moved("60", "61", StopReason.OWNER),
    )
    view = remembering(a_view(account), *events)
    for ticker in ("KO", None):
        assert told(view, "stop_moved", ticker).split("\n") == [
            "KO's stop is at $61.00, 3.17% below its price of $63.00; at first it was $58.80.",
            "Fri 20 Nov 2026: from $60.00 to $61.00, as you said so.",
            "Fri 20 Nov 2026: from $58.80 to $60.00, as it follows the price up.",
            "… and 1 move before.",
        ]


def test_a_stop_that_never_moved_or_whose_move_is_forgotten() -> None:
    assert "It stands where it was put when you bought at $60.00: $1.20 below" in told(
        a_view(invested()), "stop_moved", "KO"
    )
    far = replace(a_position(), stop=money("61"), stop_why=StopReason.HEAT)
    text = told(a_view(holding(a_state(preferences=prefer()), far)), "stop_moved", "KO")
    assert text.endswith("It was moved longer ago than I look back, as too much was at risk in all.")
    assert told(a_view(), "stop_moved", "KO") == "You hold no KO, so it has no stop."
    assert told(a_view(), "stop_moved") == "No stop of what you hold has been moved so far."


def test_a_stop_that_a_further_buy_put_elsewhere_says_so() -> None:
    bought_again = replace(a_position(), stop=money("61.50"), stop_why=StopReason.AVERAGED)
    account = holding(a_state(preferences=prefer()), bought_again)
    view = remembering(a_view(account), moved("58.80", "60", StopReason.TRAILING))
    assert told(view, "stop_moved", "KO").split("\n") == [
        f"{WHERE} It was put there when more of it was bought: the higher of both stops counts.",
        "Fri 20 Nov 2026: from $58.80 to $60.00, as it follows the price up.",
    ]


WHERE = "KO's stop is at $61.50, 2.38% below its price of $63.00; at first it was $58.80."


def test_moves_for_an_earlier_holding_of_the_same_company_are_left_out() -> None:
    later = replace(a_position(), opened_at=NOON + timedelta(days=3))
    view = remembering(a_view(holding(a_state(preferences=prefer()), later)), moved("50", "51", StopReason.TRAILING))
    assert "$51.00" not in told(view, "stop_moved", "KO")


@pytest.mark.parametrize(
    ("breaker", "text"),
    [
        (
            a_breaker(kind=BreakerKind.DAILY_LOSS, threshold=0.03, actual=0.034, until=NOON + timedelta(days=3)),
            "as the day's loss of 3.4% was more than your 3%. It stands until Mon 23 Nov 12:00; exits and stops go on.",
        ),
        (
            a_breaker(kind=BreakerKind.VOLATILITY, threshold=3, actual=4, until=None),
            "as 4 stops were hit within a short time, and 3 are enough. It stands until you say",
        ),
        (
            a_breaker(kind=BreakerKind.SINGLE_POSITION, ticker="KO", threshold=0.1, actual=0.12),
            "breaker for KO tripped on Fri 20 Nov 12:00, as the holding had lost 12%, more than your 10%.",
        ),
        (a_breaker(kind=BreakerKind.MAX_DRAWDOWN, threshold=0.15, actual=0.2), "stood 20% below its peak"),
        (a_breaker(kind=BreakerKind.MANUAL, threshold=0.0, actual=0.0), "12:00, at your word."),
        (
            a_breaker(kind=BreakerKind.MANUAL, threshold=1_000_000.0, actual=900_000.0),
            "as cash differs from the broker's book ($100.00 here, $90.00 there)",
        ),
    ],
)
def test_a_breaker_is_told_with_its_numbers_and_its_end(breaker: Any, text: str) -> None:
    account = a_state(preferences=prefer(), breakers={(breaker.kind, breaker.ticker): breaker})
    assert text in told(a_view(account), "breaker")


def test_a_breaker_that_is_over_is_told_with_how_it_ended() -> None:
    tripped = e.BreakerTripped(breaker=a_breaker(kind=BreakerKind.DAILY_LOSS, threshold=0.03, actual=0.034))
    reset = e.BreakerResolved(kind=BreakerKind.DAILY_LOSS, ticker=None, waived=True)
    text = told(remembering(a_view(), tripped, reset), "breaker")
    assert text.endswith("was more than your 3%. It is over since Fri 20 Nov 2026, as you reset it.")
    assert told(a_view(), "breaker", "KO") == "No breaker for KO has tripped lately, and none stands."


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"drawdown": 0.17}, "as the account stood 17% below its peak at the close, more than 15%."),
        ({"drawdown": 0.02, "trades": 12, "win_rate": 0.33}, "as of 12 trades closed in 30 sessions 33% were won"),
        ({"drawdown": 0.26, "source": TierSource.EMERGENCY}, "26% below its peak, which counts as an emergency."),
    ],
)
def test_a_tier_that_was_lowered_is_told_with_the_figure_that_decided(change: dict[str, Any], text: str) -> None:
    move = a_tier_change(previous=Tier.MODERATE, new=Tier.CONSERVATIVE, **change)
    preferences = prefer(trading__risk_tolerance="moderate")
    account = a_state(preferences=preferences, ceiling=Tier.CONSERVATIVE, tier_move=move)
    found = told(a_view(account), "tier")
    assert found.startswith("You chose moderate, in force is conservative. On ")
    assert text in found
    assert found.endswith("more than 20% of the account in reserve (it is 0%).")


def test_a_tier_as_chosen_is_said_to_be_with_the_move_before() -> None:
    view = a_view()
    assert told(view, "tier") == "The conservative tier in force is the one that you chose."
    rise = a_tier_change(previous=Tier.CONSERVATIVE, new=Tier.MODERATE, trades=12, win_rate=0.7, drawdown=0.01)
    view.history.tiers.append(rise)
    assert "it went from conservative to moderate, as of 12 trades closed in 30 sessions 70% were won" in told(
        view, "tier"
    )


def test_an_answer_about_parts_fits_what_the_engine_itself_writes() -> None:
    """The lines of a real decision in parts, not those of a builder."""
    ground = a_ground(a_state("1000000", preferences=prefer()), a_scene(prices=PRICES))
    whole = in_parts(ground, replace(BOUGHT, shares=400))
    assert whole.trace[-1].step == "parts"
    assert told(a_view(decisions=(whole,)), "resized").startswith("400 shares of KO")
    assert whole.side is Side.BUY


def test_a_tier_that_somebody_chose_says_from_what_when_and_by_whom() -> None:
    view = a_view()
    fields = (("trading.risk_tolerance", Tier.AGGRESSIVE, Tier.CONSERVATIVE),)
    view.history.changes.append(a_change(fields=fields, by="owner"))
    assert told(replace(view, asker="owner"), "tier") == (
        "The conservative tier in force is the one that you chose. "
        "It was set from aggressive to conservative on Fri 20 Nov 12:00, by you."
    )
