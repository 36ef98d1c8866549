import itertools
import math
import statistics
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.rules.metrics import Metrics, Series, grown, metrics, profit_factor, sharpe, win_rate
from tests.engine.core.rules.asks import quick

NO_LEVEL = 0


def a_series(
    equities: Sequence[int],
    moved: Sequence[int] = (),
    levels: Sequence[int] = (),
    trades: Sequence[tuple[int, int]] = (),
) -> Series:
    """Sessions with what had been moved in by each; trades are pairs of session and result."""
    flat = [0] * len(equities)
    results, closed_in = [result for _, result in trades], [place for place, _ in trades]
    return Series(equities, list(moved) or flat, list(levels) or flat, results, closed_in)


def test_a_flat_trade_is_no_win_but_counts() -> None:
    assert win_rate(3, 1, 0) == 0.75
    assert win_rate(3, 1, 2) == 0.5
    assert win_rate(0, 2, 0) == 0.0
    assert win_rate(0, 0, 0) == 0.0


def test_profit_factor_is_infinite_without_losses() -> None:
    assert profit_factor(3_000_000, 1_500_000) == 2.0
    assert profit_factor(0, 1) == 0.0
    assert profit_factor(1, 0) == math.inf


def test_p26_the_figures_of_four_sessions_by_hand() -> None:
    """$100, $110, $99, $104.94: +10 %, −10 %, +6 %."""
    trades = [(1, 200_000), (2, -50_000), (3, 0), (3, 40_000)]
    found = metrics(a_series([1_000_000, 1_100_000, 990_000, 1_049_400], (), [400, 404, 396, 412], trades), 30)

    assert (found.sessions, found.gain, found.day) == (3, 49_400, 59_400)
    assert found.growth == pytest.approx(0.0494)
    assert (found.trades, found.wins, found.losses, found.win_rate) == (4, 2, 1, 0.5)
    assert (found.won, found.lost, found.average_win, found.average_loss) == (240_000, 50_000, 120_000.0, 50_000.0)
    assert found.profit_factor == 4.8
    assert found.max_fall == pytest.approx(0.1)
    assert found.fall == pytest.approx(0.046)
    assert found.sharpe == pytest.approx(0.02 / 0.10583005 * 15.874507866, rel=1e-6)
    assert found.benchmark == pytest.approx(0.03)
    assert found.ahead == pytest.approx(0.0194)


def test_p26_a_window_begins_after_the_session_that_it_starts_from() -> None:
    trades = [(1, 200_000), (2, -50_000), (3, 10_000)]
    found = metrics(a_series([1_000_000, 1_100_000, 990_000, 1_049_400], (), [400, 404, 396, 412], trades), 2)

    assert (found.sessions, found.gain, found.day, found.trades, found.wins, found.losses) == (
        2,
        -50_600,
        59_400,
        2,
        1,
        1,
    )
    assert found.growth == pytest.approx(-0.046)
    assert found.benchmark == pytest.approx(412 / 404 - 1)


def test_p26_what_is_put_in_or_taken_out_is_no_gain() -> None:
    """$100 grow to $110; $50 come in and nothing happens; $60 go out and $1 is lost."""
    found = metrics(a_series([1_000_000, 1_100_000, 1_600_000, 990_000], [0, 0, 500_000, -100_000]), 30)

    assert found.gain == 90_000
    assert found.growth == pytest.approx(1.1 * (1 - 10_000 / 1_600_000) - 1)
    assert found.max_fall == pytest.approx(10_000 / 1_600_000)


def test_p26_a_return_is_of_what_was_there_and_what_came_in() -> None:
    """$100 and $50 more make $15; then $50 go and nothing happens."""
    found = metrics(a_series([1_000_000, 1_650_000, 1_150_000], [0, 500_000, 0]), 30)

    assert (found.gain, found.day) == (150_000, 0)
    assert found.growth == pytest.approx(0.1)


def test_p26_one_session_has_its_gain_and_its_comparison() -> None:
    found = metrics(a_series([1_000_000, 1_100_000], (), [400, 412]), 30)

    assert (found.sessions, found.gain, found.day) == (1, 100_000, 100_000)
    assert (found.growth, found.benchmark, found.ahead) == pytest.approx((0.1, 0.03, 0.07))


def test_p26_the_smallest_amounts_count_too() -> None:
    found = metrics(a_series([1, 2], (), [1, 2], [(1, 1), (1, -1), (1, 0)]), 1)

    assert (found.trades, found.wins, found.losses, found.win_rate) == (3, 1, 1, 1 / 3)
    assert (found.growth, found.benchmark) == (1.0, 1.0)
    assert metrics(a_series([2, 1], (), [2, 1]), 1).benchmark == -0.5


def test_p26_averages_are_of_the_wins_and_of_the_losses() -> None:
    found = metrics(a_series([100, 110], trades=[(1, 60), (1, -75), (1, 20), (1, -25)]), 1)

    assert (found.average_win, found.average_loss, found.profit_factor) == (40.0, 50.0, 0.8)


def test_p26_returns_and_their_squared_distances_are_summed() -> None:
    """+10 % alone has no distance; +10 % and −10 % are 0.1 from their mean each."""
    assert grown(a_series([1_000_000, 1_100_000]), 1)[3:] == pytest.approx((0.1, 0.0))
    assert grown(a_series([1_000_000, 1_100_000, 990_000]), 1)[3:] == pytest.approx((0.0, 0.02))


def test_p26_a_small_deviation_makes_a_large_sharpe_until_it_is_rounding() -> None:
    """+1 % and +2 %: 1.5 % over 0.7071 %, a year's worth. Then 10^-12 of the mean, and just over."""
    assert sharpe(0.03, 0.00005, 2) == pytest.approx(33.67491648, rel=1e-9)
    assert math.isnan(sharpe(2.0, 1e-24, 2))
    assert sharpe(2.0, 1.21e-24, 2) == pytest.approx(15.874507866 / 1.1e-12, rel=1e-9)
    assert sharpe(-2.0, 1.21e-24, 2) == pytest.approx(-15.874507866 / 1.1e-12, rel=1e-9)


def none(found: Metrics) -> list[str]:
    """Names of the figures that there are not."""
    return [name for name, value in found._asdict().items() if isinstance(value, float) and math.isnan(value)]


@pytest.mark.parametrize("equities", [[], [1_000_000]])
def test_p26_before_two_sessions_there_is_hardly_a_figure(equities: list[int]) -> None:
    found = metrics(a_series(equities), 30)

    assert (found.sessions, found.gain, found.growth, found.day, found.trades) == (0, 0, 0.0, 0, 0)
    assert (found.max_fall, found.fall) == (0.0, 0.0)
    assert none(found) == ["win_rate", "average_win", "average_loss", "profit_factor", "sharpe", "benchmark", "ahead"]


@pytest.mark.parametrize("levels", [[0, 404], [400, 0], [0, 0]])
def test_p26_an_unknown_level_is_no_comparison(levels: list[int]) -> None:
    found = metrics(a_series([100, 110], (), levels), 1)

    assert none(found)[-2:] == ["benchmark", "ahead"]


def test_p26_without_losses_the_profit_factor_has_no_end() -> None:
    found = metrics(a_series([100, 110], trades=[(1, 5)]), 1)

    assert (found.profit_factor, found.win_rate) == (math.inf, 1.0)
    assert none(found)[0] == "average_loss"


def test_p26_equal_returns_have_no_sharpe() -> None:
    assert math.isnan(metrics(a_series([1_000_000, 1_100_000]), 30).sharpe)
    assert math.isnan(metrics(a_series([1_000_000, 1_100_000, 1_210_000, 1_331_000]), 30).sharpe)
    assert math.isnan(metrics(a_series([500, 500, 500]), 30).sharpe)
    assert metrics(a_series([1_000_000, 1_010_000, 999_900]), 30).sharpe == pytest.approx(0.0, abs=1e-9)


def test_an_account_of_nothing_has_no_return() -> None:
    found = metrics(a_series([0, 0, 1_000_000], [0, 0, 1_000_000]), 30)

    assert (found.gain, found.growth, found.max_fall) == (0, 0.0, 0.0)


histories = st.lists(st.integers(10**6, 10**9), min_size=2, max_size=40)


@quick
@given(histories, st.integers(1, 50))
def test_p26_without_moves_growth_sharpe_and_fall_are_those_of_the_equities(equities: list[int], window: int) -> None:
    found = metrics(a_series(equities), window)
    seen = equities[-found.sessions - 1 :]
    returns = [late / early - 1 for early, late in itertools.pairwise(seen)]
    falls = [(early - late) / early for place, early in enumerate(seen) for late in seen[place:] if late <= early]

    assert found.sessions == min(window, len(equities) - 1)
    assert found.gain == seen[-1] - seen[0]
    assert found.growth == pytest.approx(seen[-1] / seen[0] - 1, abs=1e-9)
    assert found.max_fall == pytest.approx(max(falls, default=0.0), abs=1e-9)
    assert found.fall == pytest.approx((max(seen) - seen[-1]) / max(seen), abs=1e-9)
    if len(returns) > 1 and statistics.stdev(returns) > 1e-9:
        sharpe = statistics.fmean(returns) / statistics.stdev(returns) * 252**0.5
        assert found.sharpe == pytest.approx(sharpe, rel=1e-6, abs=1e-6)


@quick
@given(histories, st.data())
def test_p26_a_windows_gain_and_growth_follow_from_its_parts(equities: list[int], data: st.DataObject) -> None:
    moved = data.draw(st.lists(st.integers(-(10**5), 10**9), min_size=len(equities), max_size=len(equities)))
    series = a_series(equities, moved)
    whole, half = metrics(series, len(equities)), len(equities) // 2
    first = metrics(Series(equities[: half + 1], moved[: half + 1], equities[: half + 1], [], []), half)
    last = metrics(series, len(equities) - 1 - half)

    assert whole.gain == first.gain + last.gain == equities[-1] - equities[0] - (moved[-1] - moved[0])
    assert 1 + whole.growth == pytest.approx((1 + first.growth) * (1 + last.growth), rel=1e-9, abs=1e-9)


@quick
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-(10**6), 10**6)), max_size=30), st.integers(1, 12))
def test_p26_trades_count_from_the_windows_first_session_on(trades: list[tuple[int, int]], window: int) -> None:
    found = metrics(a_series([10**6] * 10, trades=trades), window)
    counted = [result for place, result in trades if place >= 10 - found.sessions]

    assert found.trades == len(counted)
    assert found.wins == len([result for result in counted if result > 0])
    assert found.losses == len([result for result in counted if result < 0])
    assert found.won - found.lost == sum(counted)
    if counted:
        assert found.win_rate == pytest.approx(found.wins / len(counted))
