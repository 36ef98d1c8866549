"""Lines and bars of characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.drawing import BLOCKS, bar, fitting, sparkline

POINTS = st.lists(st.integers(0, 10**12) | st.floats(-1, 1), min_size=1, max_size=300)


@given(POINTS)
def test_a_line_fits_and_is_made_of_blocks(points: list[float]) -> None:
    line = sparkline(points)
    assert len(line) == min(len(points), 40)
    assert set(line) <= set(BLOCKS)


@given(POINTS)
def test_what_is_higher_is_never_drawn_lower(points: list[float]) -> None:
    line = sparkline(points)
    drawn = sorted(zip(fitting(points), line, strict=True))
    assert [block for _, block in drawn] == sorted(line)


def test_a_line_rises_from_its_lowest_point_to_its_highest() -> None:
    assert sparkline([1, 2, 3, 4, 5, 6, 7, 8]) == "▁▂▃▄▅▆▇█"
    assert sparkline([8, 1]) == "█▁"


def test_a_level_line_lies_in_the_middle() -> None:
    assert sparkline([5, 5, 5]) == "▄▄▄"


def test_of_too_many_points_the_first_and_the_last_are_kept() -> None:
    assert fitting([*range(100)])[0] == 0
    assert fitting([*range(100)])[-1] == 99


@pytest.mark.parametrize(("fraction", "blocks"), [(0.0, 1), (0.01, 1), (0.1, 2), (0.5, 10), (1.0, 20), (1.4, 20)])
def test_a_bar_is_as_long_as_its_part(fraction: float, blocks: int) -> None:
    assert bar(fraction) == "█" * blocks
