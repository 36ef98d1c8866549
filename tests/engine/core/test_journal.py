"""The chain that shows every touch, and the one text of every value."""

import json
import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.events import Noted
from engine.core.journal import Entry, canonical, digest, first_bad, plain
from engine.core.preferences import Preferences
from engine.core.words import Priority, Side, Skip
from tests.builders import NOON, a_decision, a_state, an_entry


def a_chain(length: int) -> list[Entry]:
    rows: list[Entry] = []
    state = None
    for number in range(length):
        row = an_entry(state, Noted(topic="t", facts={"number": number, "money": number * 10_000}))
        rows.append(row)
        state = a_state(seq=row.seq, head=row.hash)
    return rows


def test_an_untouched_chain_holds() -> None:
    assert first_bad([]) is None
    assert first_bad(a_chain(12)) is None


EDITS: dict[str, Any] = {
    "account": "other",
    "at": NOON + timedelta(microseconds=1),
    "actor": "someone",
    "channel": "elsewhere",
    "kind": "Other",
    "body": {"topic": "t", "facts": {}},
    "path": "risk.reserve_pct",
    "old": "1",
    "new": "2",
    "reason": "none",
    "hash": "0" * 64,
    "previous": "f" * 64,
    "seq": 99,
}


@settings(max_examples=60)
@given(place=st.integers(0, 8), field=st.sampled_from(sorted(EDITS)))
def test_any_edit_of_a_row_is_found_there_or_at_the_next(place: int, field: str) -> None:
    rows = a_chain(9)
    rows[place] = replace(rows[place], **{field: EDITS[field]})
    bad = first_bad(rows)
    assert bad is not None
    assert bad.seq in (place + 1, place + 2)


@settings(max_examples=40)
@given(place=st.integers(0, 7))
def test_an_edit_with_a_new_hash_is_found_at_the_next_row(place: int) -> None:
    rows = a_chain(9)
    forged = replace(rows[place], body={"topic": "t", "facts": {"number": -1}})
    rows[place] = replace(forged, hash=digest(forged))
    bad = first_bad(rows)
    assert bad is not None
    assert bad.seq == place + 2


@settings(max_examples=40)
@given(first=st.integers(0, 8), span=st.integers(1, 4))
def test_rows_taken_out_before_the_last_are_found(first: int, span: int) -> None:
    rows = a_chain(10)
    del rows[first : min(first + span, 9)]
    bad = first_bad(rows)
    assert bad is not None
    assert bad.seq == first + 1


@settings(max_examples=40)
@given(one=st.integers(0, 8), other=st.integers(0, 8))
def test_rows_in_another_order_are_found(one: int, other: int) -> None:
    rows = a_chain(9)
    rows[one], rows[other] = rows[other], rows[one]
    bad = first_bad(rows)
    assert (bad is None) is (one == other)
    if bad is not None:
        assert bad.seq == min(one, other) + 1


def test_a_row_put_in_is_found() -> None:
    rows = a_chain(5)
    rows.insert(2, rows[1])
    bad = first_bad(rows)
    assert bad is not None
    assert bad.seq == 3


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=80)
@given(value=json_values)
def test_the_text_of_a_value_is_the_same_after_it_was_stored(value: object) -> None:
    text = canonical(value)
    assert canonical(json.loads(text)) == text


@settings(max_examples=40)
@given(facts=st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=4), max_size=6))
def test_the_order_in_which_facts_were_written_does_not_matter(facts: dict[str, Any]) -> None:
    assert canonical(dict(reversed(facts.items()))) == canonical(facts)


def test_every_kind_of_value_has_its_plain_form() -> None:
    value = {
        "side": Side.BUY,
        "skip": Skip.LOW_CONFIDENCE,
        "priority": Priority.HIGH,
        "at": datetime(2026, 11, 20, 17, tzinfo=UTC),
        "day": date(2026, 11, 20),
        "cap": Decimal("25.50"),
        "some": {"b", "a"},
        "more": ("x", 1),
        "none": None,
        1: True,
    }
    assert plain(value) == {
        "side": "buy",
        "skip": "low_confidence",
        "priority": "high",
        "at": "2026-11-20T17:00:00+00:00",
        "day": "2026-11-20",
        "cap": "25.50",
        "some": ["a", "b"],
        "more": ["x", 1],
        "none": None,
        "1": True,
    }


def test_a_decision_is_plain_with_its_whole_trace() -> None:
    found = plain(a_decision())
    assert found["trace"][0] == {"step": "window", "value": "open", "limit": None, "outcome": "ok", "left": None}
    assert found["reason"] == "none"
    assert json.loads(canonical(a_decision())) == found
    assert plain(Preferences())["trading"]["watchlist"] == []


def test_what_is_no_number_has_no_text() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        canonical({"x": math.nan})
