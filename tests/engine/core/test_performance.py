"""Series made of an account's closes and trades, and the figures of its windows."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import events as e
from engine.core.apply import applied
from engine.core.judge import Ground
from engine.core.nouns import ClosedTrade
from engine.core.performance import UNBEGUN, Standing, at_close, compared, lately, performance, series
from engine.core.policy import DEFAULT_POLICY
from engine.core.summary import day_facts
from engine.core.tiering import figures
from engine.core.units import Money, money
from tests.builders import DAY, NOON, a_lot, a_lot_sale, a_position, a_snapshot, a_state, a_trade
from tests.engine.core.rules.asks import quick
from tests.engine.scenes import a_scene, holding, prefer

MONDAY = date(2026, 11, 16)


def a_close(equity: str, day: int, contributed: str = "10000", benchmark: str | None = None) -> Standing:
    """The close so many days after a Monday."""
    level = None if benchmark is None else money(benchmark)
    return Standing(money(equity), money(contributed), level, MONDAY + timedelta(days=day))


def on(day: int, realised: str, *, micro: bool = False) -> ClosedTrade:
    """A trade closed so many days after that Monday, at noon in New York."""
    return a_trade(closed_at=NOON - timedelta(days=4 - day), realised=realised, micro=micro)


def test_a_trade_belongs_to_the_session_of_its_day() -> None:
    closes = [a_close("10000", 0), a_close("10010", 1), a_close("10020", 3)]
    found = series(closes, [on(0, "1"), on(1, "2"), on(3, "3")])
    assert found.equities == [money("10000"), money("10010"), money("10020")]
    assert (found.results, found.closed_in) == ([money(1), money(2), money(3)], [0, 1, 2])


def test_a_window_has_its_figures_from_the_close_before_it() -> None:
    """$10,000, then +100, −50 and +60: trades of +30 and −10 in it, one of +99 before it."""
    closes = [a_close("10000", 0), a_close("10100", 1), a_close("10050", 2), a_close("10110", 3)]
    found = performance(closes, [on(0, "99"), on(1, "30"), on(3, "-10")]).standard
    assert (found.sessions, found.gain, found.day) == (3, money(110), money(60))
    assert found.growth == pytest.approx(0.011)
    assert (found.trades, found.wins, found.losses, found.won, found.lost) == (2, 1, 1, money(30), money(10))
    assert found.max_fall == pytest.approx(50 / 10_100)
    assert found.fall == 0.0


def test_money_moved_is_no_profit() -> None:
    """10,000 grow by a hundredth, 5,000 come in and nothing happens, 8,000 go out and half a hundredth is lost."""
    closes = [a_close("10000", 0), a_close("10100", 1), a_close("15100", 2, "15000"), a_close("7024.5", 3, "7000")]
    found = performance(closes, ()).standard
    assert found.gain == money("24.5")
    assert found.growth == pytest.approx(1.01 * 0.995 - 1)


def test_what_an_account_began_with_is_no_profit() -> None:
    found = performance([UNBEGUN, a_close("10010", 0)], ()).standard
    assert (found.sessions, found.gain) == (1, money(10))
    assert found.growth == pytest.approx(0.001)


def test_without_a_session_there_are_no_figures() -> None:
    found = performance([UNBEGUN], ()).standard
    assert (found.sessions, found.gain, found.growth, found.trades) == (0, 0, 0.0, 0)


def test_a_benchmark_is_compared_over_the_closes_that_know_it() -> None:
    """From 100 to 103, while the account made 2 of a hundred; its first session knew no level."""
    closes = [a_close("9000", 0), a_close("10000", 1, benchmark="100"), a_close("10200", 2, benchmark="103")]
    found = compared(closes)
    assert found is not None
    assert found.benchmark == pytest.approx(0.03)
    assert found.ahead == pytest.approx(-0.01)
    assert found.since == MONDAY + timedelta(days=1)
    assert compared(closes[:2]) is None
    assert compared([*closes, a_close("10200", 3)]) is None
    assert compared([UNBEGUN]) is None


def test_a_close_beside_another_benchmark_has_no_level() -> None:
    snapshot = a_snapshot("10000", benchmark=money(600))
    assert at_close(snapshot, "SPY") == Standing(money(10_000), money(10_000), money(600), DAY)
    assert at_close(snapshot, "QQQ").benchmark is None


Made = list[tuple[int, Money]]
"""Day and result of each trade."""

amounts = st.integers(-(10**8), 10**8)
trades = st.lists(st.tuples(st.integers(0, 4), amounts), max_size=12)


def made(pairs: Made, *, micro: bool) -> list[ClosedTrade]:
    return [replace(on(day, "0", micro=micro), realised=result) for day, result in pairs]


@quick
@given(trades, trades, st.randoms(use_true_random=False))
def test_p33_no_figure_of_standard_trades_knows_of_micro_trades(standard: Made, micro: Made, random: Random) -> None:
    """Whatever micro-trades lie among them, the figures of each kind are those that it has alone."""
    closes = [a_close(str(10_000 + day), day) for day in range(5)]
    mixed = made(standard, micro=False) + made(micro, micro=True)
    random.shuffle(mixed)
    found = performance(closes, mixed)
    assert repr(found.standard) == repr(performance(closes, made(standard, micro=False)).standard)
    assert repr(found.micro) == repr(performance(closes, made(micro, micro=True)).micro)
    assert found.standard.trades == sum(day > 0 for day, _ in standard)
    assert found.micro.won == sum(result for day, result in micro if day > 0 and result > 0)


@quick
@given(trades)
def test_p26_the_tier_is_judged_by_the_same_win_rate(pairs: Made) -> None:
    """Of the last 30 sessions, micro-trades left out; the summary tells it, too."""
    closed = tuple(made(pairs, micro=False) + made(pairs, micro=True))
    state = a_state(trades=closed, last=a_snapshot())
    scene = replace(a_scene(), lookback=MONDAY + timedelta(days=2))
    counted = [result for day, result in pairs if day >= 2]
    found = lately(state, scene)
    assert (found.trades, found.wins) == (len(counted), sum(result > 0 for result in counted))
    assert figures(state, scene)[:2] == (found.trades, found.wins)
    told = day_facts(state, scene, Ground(state, scene, DEFAULT_POLICY).worth)
    assert told["trades"] == (len(counted) or None)
    assert told["win_rate"] == (sum(result > 0 for result in counted) / len(counted) if counted else None)


def test_the_summary_names_the_nearest_stops_and_the_earnings_of_tomorrow() -> None:
    """KO 5 %, PEP 2 %, AAPL 10 % and MSFT 1 % above their stops; PEP has its earnings with the next session."""
    stops = {"KO": "95", "PEP": "98", "AAPL": "90", "MSFT": "99"}
    state = a_state(preferences=prefer(), last=a_snapshot())
    for ticker, stop in stops.items():
        state = holding(state, a_position("100", stop=stop, ticker=ticker, decision_id=ticker))
    state = replace(state, tally=replace(state.tally, washed=money(40)))
    scene = a_scene(prices=dict.fromkeys(stops, "100"), earnings={"PEP": 1, "KO": 2, "IBM": 1})
    facts = day_facts(state, scene, Ground(state, scene, DEFAULT_POLICY).worth)
    assert [facts[f"stop_{place}"] for place in (1, 2, 3)] == ["MSFT", "PEP", "KO"]
    assert [facts[f"stop_{place}_frac"] for place in (1, 2, 3)] == [pytest.approx(one) for one in (0.01, 0.02, 0.05)]
    assert (facts["earnings"], facts["washed"]) == (["PEP"], money(40))
    alone = day_facts(a_state(last=a_snapshot()), scene, Ground(a_state(), scene, DEFAULT_POLICY).worth)
    assert [alone[name] for name in ("stop_1", "stop_1_frac", "earnings", "washed", "win_rate")] == [None] * 5


def test_what_wash_sales_put_off_adds_up_over_a_session() -> None:
    first = e.WashSaleFound(sale=a_lot_sale(replaced=2, disallowed=money(4)), lot=a_lot(), shares=2, amount=money(4))
    more = e.WashSaleFound(sale=a_lot_sale(replaced=5, disallowed=money(10)), lot=a_lot(), shares=3, amount=money(6))
    state = applied(a_state(), (first, more))
    assert state.tally.washed == money(10)
    assert applied(state, (e.SessionBegan(session=DAY),)).tally.washed == 0


def test_money_taken_out_in_a_session_counts_as_there_till_its_end() -> None:
    """30 won on the 10,000 of the morning, of which 8,000 left."""
    state = a_state(last=a_snapshot("2030", day_pnl=money(30), contributed=money("2000")))
    state = replace(state, tally=replace(state.tally, moved=money("-8000")))
    facts = day_facts(state, a_scene(), Ground(state, a_scene(), DEFAULT_POLICY).worth)
    assert facts["pnl_frac"] == pytest.approx(0.003)
