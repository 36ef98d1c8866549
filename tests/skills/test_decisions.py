from datetime import timedelta

from engine.core.nouns import TraceLine
from engine.core.words import Skip
from skills.decisions import Decisions, show_decisions
from tests.builders import DAY, a_decision
from tests.skills.views import a_view, words

LOW = TraceLine("confidence", 0.7, 0.75, "reject")


def test_the_newest_come_first_with_what_stood_against_them() -> None:
    bought = a_decision(id="d1", ticker="KO", shares=10, price="60")
    skipped = a_decision(id="d2", ticker="PEP", shares=0, reason=Skip.LOW_CONFIDENCE, trace=(LOW,))
    text = words(show_decisions(Decisions(), a_view(decisions=(bought, skipped))))
    first, second, third = text.split("\n")
    assert first == "PAPER · 2 decisions, newest first"
    assert "PEP buy: Its confidence of 70% was under the 75%" in second
    assert third.endswith("KO buy: done, 10 shares at $60.00.")


def test_only_those_that_were_asked_for() -> None:
    old = a_decision(id="d1", ticker="KO", session=DAY - timedelta(days=1))
    view = a_view(decisions=(old, a_decision(id="d2", ticker="PEP")))
    assert "PEP" in words(show_decisions(Decisions(period="today"), view))
    assert "KO" not in words(show_decisions(Decisions(period="today"), view))
    assert "KO" in words(show_decisions(Decisions(tickers=("KO",)), view))
    assert "1 decision, newest first (and 1 more)" in words(show_decisions(Decisions(count=1), view))


def test_ten_are_shown_and_the_rest_counted() -> None:
    view = a_view(decisions=tuple(a_decision(id=f"d{n}") for n in range(12)))
    assert words(show_decisions(Decisions(), view)).startswith("PAPER · 10 decisions, newest first (and 2 more)")


def test_nothing_decided_says_why_that_may_be() -> None:
    answer = words(show_decisions(Decisions(tickers=("AAPL",)), a_view()))
    assert answer == "Nothing has been decided about AAPL in that time. I trade by myself within your limits."
