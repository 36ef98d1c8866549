"""The text of a value is the one that JSON would write of its plain form, to the last byte."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import events as e
from engine.core.journal import Body, canonical, plain
from engine.core.nouns import TraceLine
from engine.core.preferences import Preferences
from engine.core.texts import kept
from engine.core.words import Priority, Side, Skip, StopReason
from tests.builders import NOON, a_decision, a_position, a_recommendation, a_state


class Alone(NamedTuple):
    one: object


class Nothing(NamedTuple):
    pass


class Word(str):
    __slots__ = ()


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
    st.sampled_from([*Side, *Skip, *Priority, Word("own")]),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text(max_size=4) | st.integers(), inner, max_size=4),
        st.frozensets(st.text(max_size=4), max_size=4),
        st.builds(Alone, inner),
        st.builds(
            TraceLine,
            st.text(max_size=8),
            inner,
            st.none() | st.floats(-1e9, 1e9),
            st.sampled_from(["ok", "reject"]),
            st.none() | st.floats(-1e9, 1e9),
        ),
    ),
    max_leaves=12,
)


def as_json(value: object) -> str:
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@settings(max_examples=300)
@given(value=values)
def test_a_text_is_what_json_writes_of_the_plain_form(value: object) -> None:
    assert canonical(value) == as_json(value)


@pytest.mark.parametrize(
    "noun",
    [
        a_decision(),
        a_recommendation(thesis='a "quoted" é\n\u2028'),
        a_position(),
        a_state("100", positions={"KO": a_position()}),
        Preferences(),
        e.Decided(decision=a_decision()),
        e.StopMoved(ticker="KO", old=1, new=2, high=3, atr=4, reason=StopReason.TRAILING),
        Nothing(),
    ],
    ids=lambda noun: type(noun).__name__,
)
def test_nouns_and_events_are_written_as_before(noun: object) -> None:
    assert canonical(noun) == as_json(noun)


def test_a_text_to_the_letter() -> None:
    line = TraceLine("heat", 0.1, None, "reduced", 25)
    value = {"b": [line, True, None], "a": {"day": date(2026, 11, 20), "at": NOON, "cap": Decimal("25.50")}, "é": 1e-05}
    assert canonical(value) == (
        '{"a":{"at":"' + NOON.isoformat() + '","cap":"25.50","day":"2026-11-20"},'
        '"b":[{"left":25,"limit":null,"outcome":"reduced","step":"heat","value":0.1},true,null],"é":1e-05}'
    )
    assert canonical(datetime(2026, 11, 20, 17, tzinfo=UTC)) == '"2026-11-20T17:00:00+00:00"'


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_has_no_text_wherever_it_stands(number: float) -> None:
    for value in (number, [number], {"x": number}, Alone(number), TraceLine("x", number)):
        with pytest.raises(ValueError, match="Out of range"):
            canonical(value)


def test_what_nobody_knows_how_to_write_has_no_text() -> None:
    for value in (object(), [object()], Alone(object())):
        with pytest.raises(TypeError, match="not JSON serializable"):
            canonical(value)


def test_a_body_is_read_when_somebody_looks_into_it() -> None:
    body = Body.of(e.StopMoved(ticker="KO", old=1, new=2, high=3, atr=4, reason=StopReason.TRAILING))
    told: Mapping[str, Any] = {"ticker": "KO", "old": 1, "new": 2, "high": 3, "atr": 4, "reason": "trailing"}
    assert repr(body) == '{"atr":4,"high":3,"new":2,"old":1,"reason":"trailing","ticker":"KO"}'
    assert (dict(body), len(body), body["reason"], "low" in body) == (told, 6, "trailing", False)
    assert body == told
    assert canonical({"body": body}) == '{"body":' + body.text + "}"


def test_what_is_told_again_and_again_has_the_text_of_its_likes() -> None:
    line = kept(TraceLine("kept", 1, 2.5))
    assert canonical(line) == '{"left":null,"limit":2.5,"outcome":"ok","step":"kept","value":1}'
    assert canonical([line, line._replace(value=True)]) == as_json([line, line._replace(value=True)])
