"""Rows by the text of their columns: the same text and the same verdict as by the nouns, only faster."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.adapters.sql_store.audit import iso
from engine.core.chain import COLUMNS, KEPT, START, Frames, Link, Row, line, read_line, walk
from engine.core.journal import BadRow, Entry, canonical, digest, first_bad

texts = st.text(st.characters(codec="utf-8"), max_size=12)
hexes = st.text("0123456789abcdef", min_size=64, max_size=64)
instants = st.datetimes(timezones=st.just(UTC)) | st.datetimes(timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=0)
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    entry = Entry(
        account=draw(texts),
        seq=draw(st.integers(1, 10**15)),
        at=draw(instants),
        actor=draw(texts),
        channel=draw(texts),
        kind=draw(texts),
        body=draw(st.dictionaries(texts, json_values, max_size=4)),
        path=draw(st.none() | texts),
        old=draw(st.none() | texts),
        new=draw(st.none() | texts),
        reason=draw(st.none() | texts),
        previous=draw(st.just("") | hexes),
    )
    return replace(entry, hash=digest(entry))


def row_of(entry: Entry) -> Row:
    """As the columns of a database hold it."""
    held: dict[str, Any] = {name: getattr(entry, name) for name in COLUMNS}
    return tuple((held | {"at": entry.at.isoformat(), "body": canonical(entry.body)})[name] for name in COLUMNS)


@settings(max_examples=100)
@given(entry=entries())
def test_the_text_of_a_row_is_the_canonical_one(entry: Entry) -> None:
    whole = {field.name: getattr(entry, field.name) for field in fields(Entry)}
    assert line(Frames(entry.account), row_of(entry)) == canonical(whole)


@settings(max_examples=60)
@given(entry=entries())
def test_a_row_holds_by_its_text_as_it_does_by_its_noun(entry: Entry) -> None:
    before = Link(entry.seq - 1, entry.previous)
    assert walk(entry.account, [row_of(entry)], before) == Link(entry.seq, entry.hash)


@settings(max_examples=60)
@given(entry=entries())
def test_an_exported_line_is_read_as_the_row_that_it_was(entry: Entry) -> None:
    text = line(Frames(entry.account), row_of(entry))
    assert read_line(text) == (entry.account, row_of(entry))


@settings(max_examples=60)
@given(entry=entries(), place=st.integers(0), sign=st.sampled_from(' ~0a"\\\u00e9'))
def test_any_other_text_is_no_row_or_does_not_hold(entry: Entry, place: int, sign: str) -> None:
    text = line(Frames(entry.account), row_of(entry))
    place %= len(text)
    other = text[:place] + sign + text[place + 1 :]
    found = read_line(other)
    if other == text or found is None:
        return
    account, row = found
    assert walk(account, [row], Link(row[0] - 1, row[3])) != Link(entry.seq, entry.hash)


@settings(max_examples=60)
@given(many=st.integers(0, 6), seed=st.lists(entries(), min_size=6, max_size=6))
def test_a_chain_ends_where_its_last_row_is(many: int, seed: list[Entry]) -> None:
    chain: list[Entry] = []
    for seq, one in enumerate(seed[:many], 1):
        row = replace(one, account="paper", seq=seq, previous=chain[-1].hash if chain else "")
        chain.append(replace(row, hash=digest(row)))
    assert first_bad(chain) is None
    end = Link(chain[-1].seq, chain[-1].hash) if chain else START
    assert walk("paper", map(row_of, chain)) == end


def test_what_is_no_text_does_not_hold() -> None:
    good = row_of(
        Entry(account="a", seq=1, at=datetime(2026, 1, 1, tzinfo=UTC), actor="", channel="", kind="", body={})
    )
    for place in range(1, len(COLUMNS)):
        bad: Any = (*good[:place], b"\xff", *good[place + 1 :])
        assert isinstance(walk("a", [bad]), BadRow), COLUMNS[place]


@settings(max_examples=100)
@given(at=instants)
def test_an_instant_in_a_file_reads_as_it_was(at: datetime) -> None:
    assert iso(at.strftime("%Y-%m-%d %H:%M:%S.%f").rjust(26, "0")) == at.isoformat()


def test_an_instant_written_otherwise_is_another_text() -> None:
    as_written = iso("2026-11-20 17:00:00.000000")
    assert as_written == "2026-11-20T17:00:00+00:00"
    for other in ("2026-11-20T17:00:00.000000", "2026-11-20 17:00:00", "2026-11-20 17:00:00.0", "2026-11-20 17:00:00Z"):
        assert iso(other) != as_written


def test_rows_that_differ_in_everything_do_not_fill_the_memory() -> None:
    frames = Frames("paper")
    for number in range(KEPT + 10):
        frames[str(number), "", "", None, None, None, None]
    assert len(frames) == 10


def test_a_line_with_a_name_twice_or_a_number_in_another_form_is_no_row() -> None:
    entry = Entry(account="a", seq=1, at=datetime(2026, 1, 1, tzinfo=UTC), actor="x", channel="", kind="", body={})
    text = line(Frames("a"), row_of(replace(entry, hash=digest(entry))))
    assert read_line(text) is not None
    assert read_line(text.replace('"seq":1}', '"seq":1.0}')) is None
    assert read_line(text.replace('"seq":1}', '"seq":"1"}')) is None
    assert read_line(text.replace('"actor":"x"', '"actor":"y","actor":"x"')) is None
    assert read_line(json.dumps(json.loads(text))) is None
