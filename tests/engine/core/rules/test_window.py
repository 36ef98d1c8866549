from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.rules.window import in_window, no_price
from tests.engine.core.rules.asks import quick

OPENS, CLOSES, QUARTER = 34_200, 57_600, 900  # 9:30, 16:00, 15 min


@pytest.mark.parametrize(
    ("at_s", "inside"),
    [
        (34_200, False),
        (35_099, False),
        (35_100, True),  # 9:45:00
        (45_000, True),
        (56_700, True),  # 15:45:00
        (56_701, False),
        (57_600, False),
    ],
)
def test_the_window_of_a_full_day(at_s: int, *, inside: bool) -> None:
    assert in_window(at_s, OPENS, CLOSES, QUARTER, QUARTER) is inside


def test_a_session_shorter_than_its_margins_has_no_window() -> None:
    assert not any(in_window(second, 0, 1_700, QUARTER, QUARTER) for second in range(0, 1_701, 50))
    assert in_window(900, 0, 1_800, QUARTER, QUARTER)


@pytest.mark.parametrize(
    ("age_s", "interval_s", "others", "missing"),
    [
        (900, 60, True, False),
        (901, 60, True, True),
        (901, 60, False, False),
        (900, 600, True, False),
        (901, 600, True, True),
        (5_400, 3_600, True, False),  # an hour and a half for hourly bars
        (5_401, 3_600, True, True),
        (902, 601, True, True),
        (901, 601, True, False),  # 901.5 s allowed
    ],
)
def test_a_price_is_missing_when_too_old(age_s: int, interval_s: int, *, others: bool, missing: bool) -> None:
    assert no_price(age_s, interval_s, 900, others) is missing


SESSIONS = (
    ("2024-01-02T14:30", "2024-01-02T21:00"),  # winter
    ("2024-03-11T13:30", "2024-03-11T20:00"),  # the Monday after the clocks went forward
    ("2024-07-03T13:30", "2024-07-03T17:00"),  # half day before Independence Day
    ("2024-11-29T14:30", "2024-11-29T18:00"),  # half day after Thanksgiving
)
"""Opens and closes of the New York exchange, in UTC."""


@quick
@given(st.sampled_from(SESSIONS), st.integers(-20, 420), st.integers(-1, 1), st.sampled_from(["open", "close"]))
def test_p20_entries_keep_15_minutes_from_the_real_open_and_close(
    session: tuple[str, str], minutes: int, seconds: int, end: str
) -> None:
    """On half days and in summer time too; the fifteenth minute itself belongs to the window."""
    opens, closes = (datetime.fromisoformat(instant).replace(tzinfo=UTC) for instant in session)
    past = timedelta(minutes=minutes, seconds=seconds)
    at = closes - past if end == "close" else opens + past
    inside = in_window(int(at.timestamp()), int(opens.timestamp()), int(closes.timestamp()), QUARTER, QUARTER)
    quarter = timedelta(minutes=15)
    assert inside == (at - opens >= quarter and closes - at >= quarter)


@quick
@given(st.integers(0, 10**5), st.integers(0, 10**5), st.integers(1, 86_400))
def test_an_older_price_is_never_less_missing(one: int, other: int, interval_s: int) -> None:
    young, old = sorted((one, other))
    assert no_price(old, interval_s, 900, others_arrive=True) >= no_price(young, interval_s, 900, others_arrive=True)
    assert not no_price(old, interval_s, 900, others_arrive=False)
