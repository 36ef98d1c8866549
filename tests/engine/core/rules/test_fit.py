from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.core.rules import fit
from engine.core.rules.fit import Merits, above_least, points, room_left, score
from tests.engine.core.rules.asks import quick

BEST = Merits(
    confidence=1.0, least=0.65, horizon=1.0, room=1.0, correlation=0.0, watched=True, allowed=True, excluded=False
)

shares = st.sampled_from([0.0, 0.5, 1.0]) | st.floats(0, 1)
merits = st.builds(
    Merits,
    confidence=shares,
    least=st.sampled_from([0.55, 0.65, 0.75, 1.0]) | st.floats(0.01, 1),
    horizon=shares,
    room=shares,
    correlation=st.sampled_from([-1.0, 0.5, 0.8]) | st.floats(-1, 1),
    watched=st.booleans(),
    allowed=st.booleans(),
    excluded=st.booleans(),
)


def test_the_weights_add_to_100() -> None:
    weights = (fit.TIER, fit.STYLE, fit.CONFIDENCE, fit.ROOM, fit.LIKENESS, fit.WATCHED, fit.CLASS)

    assert sum(weights) == 100
    assert points(BEST) == weights


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, 100),
        ({"confidence": 0.86}, 89),  # three fifths of the way above the least: 12 of 20, and 17.2 of 20
        ({"confidence": 0.65}, 73),
        ({"confidence": 0.6}, 72),
        ({"horizon": 0.7}, 94),
        ({"room": 0.2}, 88),
        ({"correlation": 0.65}, 95),
        ({"correlation": 0.9}, 90),
        ({"watched": False}, 90),
        ({"allowed": False}, 95),
        ({"excluded": True}, 0),
    ],
)
def test_each_merit_brings_its_share(changed: dict[str, Any], expected: int) -> None:
    assert score(BEST._replace(**changed)) == expected


def test_where_no_more_can_be_asked_the_most_confident_has_all_of_the_tiers_points() -> None:
    assert above_least(1.0, 1.0) == 1.0
    assert above_least(0.99, 1.0) == 0.0


def test_room_is_what_the_sectors_limit_leaves() -> None:
    assert room_left(150, 1_000, 0.2) == 0.25
    assert room_left(300, 1_000, 0.2) == 0.0
    assert room_left(0, 0, 0.2) == 0.0


@quick
@given(merits)
def test_a_score_is_from_0_to_100(one: Merits) -> None:
    assert 0 <= score(one) <= 100


@quick
@given(merits, shares)
def test_more_confidence_never_lowers_it(one: Merits, confidence: float) -> None:
    assume(confidence >= one.confidence)

    assert score(one._replace(confidence=confidence)) >= score(one)


@quick
@given(merits)
def test_the_watchlist_never_lowers_it(one: Merits) -> None:
    assert score(one._replace(watched=True)) >= score(one._replace(watched=False))


@quick
@given(merits)
def test_what_is_excluded_has_none(one: Merits) -> None:
    assert score(one._replace(excluded=True)) == 0


@quick
@given(merits, shares)
def test_more_room_never_lowers_it(one: Merits, room: float) -> None:
    assume(room >= one.room)

    assert score(one._replace(room=room)) >= score(one)


@quick
@given(merits, st.floats(-1, 1))
def test_more_likeness_never_raises_it(one: Merits, correlation: float) -> None:
    assume(correlation >= one.correlation)

    assert score(one._replace(correlation=correlation)) <= score(one)


@quick
@given(st.integers(0, 10**12), st.integers(0, 10**12), shares)
def test_room_is_a_share(held: int, tradable: int, most: float) -> None:
    assert 0.0 <= room_left(held, tradable, most) <= 1.0
