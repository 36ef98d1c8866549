"""Why something was bought, sold or left alone: from the stored trace alone."""

from dataclasses import replace
from typing import Any

import pytest

from engine.core.case import Case
from engine.core.evaluate import decision
from engine.core.nouns import Decision, TraceLine
from engine.core.standing import Rebalance, Trim
from engine.core.words import Origin, Side, Skip
from skills.explain import Explain, explain_decision
from tests.builders import NOON, a_decision, a_recommendation, a_state, a_trade
from tests.engine.scenes import a_ground, a_scene, prefer
from tests.skills.views import PRICES, a_view, invested, words


def decided(**changes: Any) -> Decision:
    """A real decision with its whole trace."""
    ground = a_ground(a_state("100000", preferences=prefer()), a_scene(prices=PRICES))
    wanted = a_recommendation(**changes)
    case = Case(wanted, Origin.RECOMMENDED, *ground[:2], ground.limits, ground.policy, ground.worth)
    return decision(case, f"d-{wanted.id}")


BOUGHT = decided(thesis="KO rose 5.6% in 20 sessions")
SKIPPED = decided(id="low", confidence=0.6)
STOPPED = a_decision(
    id="d7",
    side=Side.SELL,
    origin=Origin.STOP,
    price="58",
    trace=(TraceLine("stop", 580_000, 588_000, "crossed"),),
    recommendation_id=None,
    thesis="",
)


def said(view: Any, about: str, ticker: str | None = None) -> str:
    return words(explain_decision(Explain.model_validate({"about": about, "ticker": ticker}), view))


def test_why_it_was_bought() -> None:
    assert BOUGHT.acts
    text = said(a_view(decisions=(BOUGHT, SKIPPED)), "bought", "KO")
    assert text.startswith(f"Bought {BOUGHT.shares} shares of KO on Fri 20 Nov 12:00 at $63.00 = $")
    assert "because momentum recommended it with 80% confidence (your limits ask for 75%)" in text
    assert "KO rose 5.6% in 20 sessions." in text
    assert (
        "Size: the usual 2% of $100,000.00, times 1.07 as its confidence is 80% where 75% is the least, "
        "a fifth more, as its sector was new to the account, which makes 2.56%."
    ) in text


def test_what_is_bought_in_parts_is_told_as_decided_with_what_is_held_of_it() -> None:
    line = TraceLine("parts", 3, 50_000_000, "ok", 14)
    parts = replace(BOUGHT, trace=(*BOUGHT.trace, line))
    text = said(a_view(decisions=(parts,)), "bought", "KO")
    assert text.startswith(f"Decided on Fri 20 Nov 12:00 to buy {BOUGHT.shares} shares of KO at $63.00 = $")
    assert "in 3 parts, the first of 14 shares. momentum recommended it" in text
    assert "In parts, as it is more than $5,000.00; each later part is judged anew" in text
    assert "its numbers are in the audit trail, in its row TranchesPlanned." in text
    held = said(a_view(invested(), decisions=(parts,)), "bought", "KO")
    assert "the first of 14 shares; you hold 10 shares of it now." in held


def test_why_it_was_left_alone() -> None:
    text = said(a_view(decisions=(BOUGHT, SKIPPED)), "not_bought", "KO")
    assert text.startswith("KO was recommended on Fri 20 Nov 12:00 (buy, by momentum, 60% confidence) and left alone.")
    assert "Its confidence of 60% was under the 75% that your limits ask for" in text


def test_asked_the_wrong_way_round_it_says_what_was_done() -> None:
    assert said(a_view(decisions=(SKIPPED,)), "bought", "KO").startswith("I did not buy KO. KO was recommended")
    assert said(a_view(decisions=(SKIPPED, BOUGHT)), "not_bought", "KO").startswith("Bought ")
    assert said(a_view(decisions=(SKIPPED, BOUGHT)), "not_bought").startswith("KO was recommended")


def test_why_it_was_sold() -> None:
    trade = a_trade(decision_id="d7", exit_price="58", realised="-20", origin=Origin.STOP)
    view = a_view(decisions=(BOUGHT, STOPPED), trades=(trade,))
    for about in ("sold", "stopped"):
        assert said(view, about) == (
            "Sold 10 shares of KO on Fri 20 Nov 12:00 at $58.00: its stop of $58.80 was hit. Result −$20.00 (−3.33%)."
        )


@pytest.mark.parametrize("origin", [origin for origin in Origin if origin is not Origin.TRANCHE])
def test_every_kind_of_sale_can_be_explained(origin: Origin) -> None:
    sale = replace(STOPPED, origin=origin, thesis="KO fell" if origin is Origin.RECOMMENDED else "", source="momentum")
    assert said(a_view(decisions=(sale,)), "sold").startswith("Sold 10 shares of KO on Fri 20 Nov 12:00")


def test_why_it_was_not_sold() -> None:
    text = said(a_view(invested()), "not_sold", "KO")
    assert text.startswith("KO is still held: at $63.00 (+5%) it stands between its stop $58.80, 6.67% below,")
    left = replace(STOPPED, reason=Skip.NO_POSITION, origin=Origin.RECOMMENDED)
    assert "You did not hold it" in said(a_view(decisions=(left,)), "not_sold")
    assert said(a_view(decisions=(left,)), "sold", "KO").startswith("I did not sell KO. KO was recommended")
    assert said(a_view(decisions=(STOPPED,)), "not_sold").startswith("Sold ")


def test_the_last_decision_of_any_kind() -> None:
    assert said(a_view(decisions=(STOPPED, BOUGHT)), "last").startswith("Bought ")
    assert said(a_view(decisions=(BOUGHT, STOPPED)), "last").startswith("Sold ")
    assert said(a_view(decisions=(BOUGHT, SKIPPED)), "last").startswith("KO was recommended")


@pytest.mark.parametrize("about", ["bought", "not_bought", "sold", "not_sold", "stopped", "last"])
@pytest.mark.parametrize("ticker", [None, "PEP"])
def test_nothing_to_explain(about: str, ticker: str | None) -> None:
    assert "I trade by myself within your limits." in said(a_view(), about, ticker) or about == "stopped"


def test_a_company_that_is_not_in_this_market() -> None:
    assert said(a_view(), "bought", "NVDA") == "NVDA has no price in this market, so it was never considered."


@pytest.mark.parametrize("skip", [skip for skip in Skip if skip is not Skip.NONE])
def test_a_skip_without_a_trace_is_explained_or_falls_silent_on_the_value(skip: Skip) -> None:
    """Declined and lapsed questions keep the trace of the gates that they had passed."""
    passed = (TraceLine("autonomy", "ask"), TraceLine("confidence", 0.8, 0.75))
    if skip in (Skip.DECLINED, Skip.LAPSED, Skip.KILLED, Skip.PAUSED, Skip.AUTONOMY_OFF):
        assert said(a_view(decisions=(a_decision(reason=skip, trace=passed),)), "not_bought").startswith("KO was")


@pytest.mark.parametrize(
    ("step", "limit", "words_of_it"),
    [
        ("position", 0.05, "by the position limit of 5%"),
        ("sector", 0.2, "by the sector limit of 20%"),
        ("exposure", 0.8, "by the exposure limit of 80%"),
        ("absolute_cap", 250_000, "by your cap of $25.00 a position"),
        ("buying_power", None, "which was all the buying power left"),
    ],
)
def test_what_cut_the_size(step: str, limit: float | None, words_of_it: str) -> None:
    uncut = tuple(line for line in BOUGHT.trace if line.step not in ("position", "sector", "exposure"))
    cut = replace(BOUGHT, trace=(*uncut, TraceLine(step, 0.04, limit, "reduced", 250_000)))
    assert words_of_it in said(a_view(decisions=(cut,)), "bought")


@pytest.mark.parametrize(
    ("step", "value", "left", "words_of_it"),
    [
        ("earnings", 2, 0.5, ", half of it, as earnings are 2 sessions away,"),
        ("correlation", 0.7, 0.33, ", 33% of it, as it moves with what you hold (correlation 0.7),"),
    ],
)
def test_what_changed_the_size(step: str, value: float, left: float, words_of_it: str) -> None:
    changed = replace(BOUGHT, trace=(*BOUGHT.trace, TraceLine(step, value, None, "reduced", left)))
    assert words_of_it in said(a_view(decisions=(changed,)), "bought")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (
            TraceLine("position", 0.072, 0.05, "over"),
            "the position was 7.2% of what may be invested, over the limit of 5%.",
        ),
        (TraceLine("sector", 0.31, 0.3, "over"), "its sector was 31% of what may be invested, over the limit of 30%,"),
        (TraceLine("count", 11, 10, "over"), "there were 11 positions, more than the 10 that you allow, and it was"),
    ],
)
def test_what_a_rebalancing_sold_is_told_by_the_limit_that_asked_for_it(line: TraceLine, text: str) -> None:
    sale = replace(STOPPED, origin=Origin.REBALANCE, trace=(line,))
    assert f"in the week's rebalancing: {text}" in said(a_view(decisions=(sale,)), "sold")


def test_an_open_rebalancing_is_explained_with_its_limits() -> None:
    trims = (Trim("KO", 5, "position"), Trim("PEP", 2, "count"))
    asked = Rebalance(id="r1", trims=trims, asked_at=NOON, lapses_at=NOON)
    assert said(a_view(invested(rebalance=asked)), "last").split("\n")[1:] == [
        "  5 shares of KO: the position was over the limit of 5%",
        "  2 shares of PEP: there were more than the 10 that you allow, and it was among the least sure",
        "Yes or no?",
    ]


def test_what_the_owner_bought_himself_was_bought_because_he_said_so() -> None:
    own = replace(BOUGHT, origin=Origin.OWNER, source=None, recommendation_id=None)
    text = said(a_view(decisions=(own,)), "bought", "KO")
    assert text.startswith(f"Bought {BOUGHT.shares} shares of KO on Fri 20 Nov 12:00 at $63.00 = $")
    assert "because you said so; your limits let it pass. Stop $" in text
    parts = replace(own, trace=(*own.trace, TraceLine("parts", 3, 50_000_000, "ok", 14)))
    assert (
        "In 3 parts, the first of 14 shares, as it is more than $5,000.00; the numbers of each later one are"
        in said(a_view(decisions=(parts,)), "bought")
    )


def refused(reason: Skip, *lines: TraceLine) -> str:
    """What is said of a skipped idea whose last line failed."""
    trace = (*lines[:-1], lines[-1]._replace(outcome="reject"))
    return said(a_view(decisions=(a_decision(reason=reason, trace=trace),)), "not_bought")


def test_what_would_have_to_change_is_told_in_numbers() -> None:
    tradable, price = TraceLine("tradable", 5_000_000, 1_000_000), TraceLine("price", 3_000_000, 10_000)
    size = TraceLine("allocation", 0.02, 0.02, "ok", 0.02)
    cut = TraceLine("sector", 900_000, 0.2, "reduced", 50_000)
    power = TraceLine("buying_power", 700_000, None, "ok", 50_000)
    text = refused(Skip.BELOW_ONE_SHARE, tradable, price, size, cut, power, TraceLine("shares", 0, 1))
    assert "What the limits left, $5.00, was less than one share at $300.00." in text
    assert "Cut to $5.00 by the sector limit of 20%." in text
    assert "Buying power was used up: $70.00 was left, and one share cost $300.00." in refused(
        Skip.BUYING_POWER, tradable, price, size, power
    )
    assert "Its earnings were due in 1 session, and nothing is bought so close before them." in refused(
        Skip.EARNINGS_IMMINENT, TraceLine("earnings", 1, 1)
    )
    assert "It moves too much for a stop to be set: usually $50.00 a day, at a price of $90.00." in refused(
        Skip.ATR_TOO_LARGE, TraceLine("atr", 500_000, 900_000)
    )
    assert "The position was at its limit of 5% already, $502.00." in refused(
        Skip.POSITION_FULL, TraceLine("position", 5_020_000, 0.05)
    )


NEW = {
    Skip.HALTED: (None, None, "Trading in KO is halted."),
    Skip.SPLIT: (None, None, "KO was split."),
    Skip.STRATEGY_OFF: ("momentum", 5, 'is not followed; 5 at most are; "turn momentum on" lets such trades through.'),
    Skip.UNSETTLED: (400_000, 630_000, "Settled money, $40.00, paid for no share at $63.00;"),
    Skip.DAY_TRADES: (3, 3, "3 day trades were made in five sessions, and 3 is the most on margin"),
    Skip.MICRO_LIMIT: (10, 10, "10 micro-trades had been made or asked about that day, and 10 is the most."),
    Skip.OTHER_KIND: ("micro", "standard", "It is held or bought as a standard trade, and this would be a micro one;"),
    Skip.CANCELLED: (None, None, "You gave it up."),
}


@pytest.mark.parametrize("skip", list(NEW))
def test_each_of_the_newer_gates_says_which_value_met_which_limit(skip: Skip) -> None:
    value, limit, words_of_it = NEW[skip]
    assert words_of_it in refused(skip, TraceLine("mode", None), TraceLine(skip.code, value, limit))


def test_a_size_without_factors_names_none() -> None:
    usual = replace(BOUGHT, confidence=0.75, trace=tuple(one for one in BOUGHT.trace if one.step != "diversification"))
    assert "Size: the usual 2% of $100,000.00. Stop" in said(a_view(decisions=(usual,)), "bought", "KO")


def test_where_nothing_was_bought_no_other_company_is_explained() -> None:
    assert said(a_view(decisions=(SKIPPED,)), "bought").startswith("I have bought nothing so far. ")
