from dataclasses import replace
from datetime import timedelta

import pytest

from engine.core.nouns import ClosedTrade
from engine.core.summary import day_facts
from engine.core.units import money
from engine.view import View
from skills.performance import Period, show_performance
from skills.pnl import Pnl, show_pnl
from tests.builders import DAY, NOON, a_snapshot, a_state, a_strategy, a_trade
from tests.engine.scenes import a_scene
from tests.skills.views import PHRASES, PRICES, a_view, days, invested, words


def closed(*results: str, micro: bool = False) -> tuple[ClosedTrade, ...]:
    return tuple(a_trade(closed_at=NOON, realised=result, micro=micro) for result in results)


def said(view: View, period: str = "all") -> str:
    return words(show_performance(Period(period=period), view))


def test_all_figures_of_an_account() -> None:
    """$10,000, then +10, −20 and +40; trades of +12, +8, −5 and 0, and two micro-trades of −1 and +3."""
    trades = (*closed("12", "8", "-5", "0"), *closed("-1", "3", micro=True))
    view = a_view(invested(reserve=money(50)), snapshots=days("10000", "10010", "9990"), trades=trades)
    assert said(view) == (
        "PAPER · Since the start, 4 sessions: +$30.00 (+0.3%) · $10,030.00 now, $9,980.00 of it active and $50.00 in "
        "reserve\n"
        "4 trades closed for +$15.00: 2 won, 1 lost, 1 at zero, 50% won; $10.00 an average win; $5.00 an average loss; "
        "profit factor 4.\n"
        "Apart from them 2 micro-trades closed for +$2.00, 50% of them won.\n"
        "Sharpe ratio 4.77 a year. Deepest fall 0.2%; at the end 0% under its highest.\n"
        "Open positions stand at +$30.00 now: 6.31% invested, heat 0.12% (lost if every stop is hit)."
    )


def test_without_trades_and_sessions_there_is_less_to_say() -> None:
    text = said(a_view(invested(), snapshots=days("10000", "10010")), "today")
    assert text == (
        "PAPER · Today, 1 session: +$20.00 (+0.2%) · $10,030.00 now\n"
        "No trade was closed.\n"
        "Too few sessions for a Sharpe ratio. Deepest fall 0%; at the end 0% under its highest.\n"
        "Open positions stand at +$30.00 now: 6.28% invested, heat 0.12% (lost if every stop is hit)."
    )
    flat = said(a_view(snapshots=days("10000", "10000", "10000")))
    assert "No Sharpe ratio, as all sessions were alike." in flat


def test_without_a_losing_trade_there_is_no_profit_factor() -> None:
    text = said(a_view(invested(), trades=closed("12", "8")), "today")
    assert "2 trades closed for +$20.00: 2 won, 0 lost, 100% won; $10.00 an average win; no losing trade." in text
    assert "profit factor" not in text


def test_a_time_before_the_account_has_no_figures() -> None:
    text = said(a_view(invested(), snapshots=days("10000")), "last_year")
    assert text == "PAPER · Last year: this account has no session in that time."


def test_the_benchmark_is_told_with_the_distance_to_it() -> None:
    """SPY from 100 to 105 and 84; the account from 10,000 to 10,010 and 10,030."""
    levels = {DAY - timedelta(days=2): "100", DAY - timedelta(days=1): "105"}
    snapshots = tuple(
        a_snapshot(equity, session=day, benchmark=money(level), contributed=money(10_000))
        for equity, (day, level) in zip(("10000", "10010"), levels.items(), strict=True)
    )
    view = a_view(invested(), a_scene(prices=PRICES, benchmark=money(84)), snapshots=snapshots)
    assert "+$10.00 (+0.1%), 4.9% behind SPY, which made +5% · " in said(view, "yesterday")
    assert "+$20.00 (+0.2%), 20.2% ahead of SPY, which made −20% · " in said(view, "today")
    assert "16.3% ahead of SPY, which made −16% since Wed 18 Nov 2026 · " in said(view), "no level at the beginning"


PERIODS = ("today", "yesterday", "this_week", "last_week", "this_month", "last_month", "this_year", "all")


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("put_in", ["10000", "9000", "15000"])
def test_profit_and_performance_of_a_period_are_the_same_numbers(period: str, put_in: str) -> None:
    """Whatever was put in or taken out meanwhile."""
    state = replace(invested(reserve=money(5)), contributed=money(put_in))
    trades = (*closed("12", "-5"), *closed("3", micro=True), a_trade(closed_at=NOON - timedelta(days=9)))
    taken = days("10000", "10010", "9990", "10070", "9930", "10100", "10020", "10015")
    view = a_view(state, a_scene(prices=PRICES, benchmark=money(600)), trades=trades, snapshots=taken)
    pnl, found = show_pnl(Pnl(period=period), view).facts, show_performance(Period(period=period), view).facts
    if "pnl" not in found:
        assert (pnl["pnl"], pnl["trades"]) == (0, 0)
        return
    assert [found[name] for name in ("pnl", "pnl_frac", "equity", "unrealised", "reserve")] == [
        pnl[name] for name in ("pnl", "pnl_frac", "equity", "unrealised", "reserve")
    ]
    shown = found["trades"].facts
    assert shown.get("trades", 0) == pnl["trades"]
    assert [shown.get(name) for name in ("wins", "win_frac")] == [pnl["wins"], pnl["win_frac"]]
    assert shown.get("realised", 0) == pnl["realised"]
    assert (found["micro"].facts["realised"] if found["micro"] else None) == pnl["micro_realised"]


def test_the_days_summary_has_words_for_all_that_it_tells() -> None:
    """A trade of two won; KO 5 % above its stop; earnings tomorrow; $40 put off; and a day on which nothing is so."""
    state = invested(last=a_snapshot("10030"), trades=closed("12", "-5"))
    state = replace(state, tally=replace(state.tally, washed=money(40)))
    state = replace(state, positions={"KO": replace(state.positions["KO"], stop=money("59.85"))})
    scene = a_scene(prices=PRICES, earnings={"KO": 1})
    facts = day_facts(state, scene, a_view(state, scene).worth)
    told = PHRASES.say("push.daily_summary", {**facts, "account": "paper"}).text.splitlines()
    assert told[2:] == [
        "Won 50% of 2 trades in 30 sessions.",
        "Nearest to a stop: KO 5%",
        "Earnings with the next session: KO.",
        "Wash sales today put off $40.00 of losses for taxes.",
    ]
    off = replace(state, strategies={"momentum": a_strategy(name="momentum", on=False)})
    facts = day_facts(off, scene, a_view(off, scene).worth)
    told = PHRASES.say("push.daily_summary", {**facts, "account": "paper"}).text.splitlines()
    assert told[5] == 'No strategy is followed; off: momentum. "Show strategies" tells why.'
    quiet = a_view(a_state(last=a_snapshot()))
    facts = day_facts(quiet.state, quiet.scene, quiet.worth)
    assert len(PHRASES.say("push.daily_summary", {**facts, "account": "paper"}).text.splitlines()) == 2
