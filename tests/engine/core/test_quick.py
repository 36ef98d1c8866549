"""Short ways that find what the long ones find: copies, what was asked last, stops that stand, texts written once."""

import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import events as e
from engine.core.copying import replace
from engine.core.journal import Body, Entry, canonical, digest, plain
from engine.core.latest import latest
from engine.core.policy import DEFAULT_POLICY
from engine.core.stopping import Watch, raised, stands
from engine.core.units import money
from engine.core.words import StopReason
from tests.builders import NOON, a_position, a_recommendation, a_state
from tests.engine.scenes import a_ground, a_scene


def test_a_copy_is_what_dataclasses_would_make() -> None:
    state = a_state("100", positions={"KO": a_position()})
    copy = replace(state, cash=money("7"), frozen=frozenset({"KO"}))
    assert copy == dataclasses.replace(state, cash=money("7"), frozen=frozenset({"KO"}))
    assert copy.positions is state.positions
    assert state.cash == money("100")


def test_a_field_that_there_is_not_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        replace(a_state(), no_such_field=1)


@dataclass(frozen=True)
class Checked:
    one: int
    other: int

    def __post_init__(self) -> None:
        assert self.one < self.other


def test_what_checks_itself_is_not_copied_past_its_checks() -> None:
    with pytest.raises(TypeError, match="Checked is not to be copied field by field"):
        replace(Checked(1, 2), one=3)


def test_what_was_asked_last_is_not_found_twice_and_everything_else_is_found_anew() -> None:
    asked: list[tuple[int, ...]] = []

    @latest
    def added(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
        asked.append(one)
        return one + other

    first, second = (1,), (2,)
    assert [added(first, second), added(first, second)] == [(1, 2), (1, 2)]
    assert len(asked) == 1
    assert added(second, first) == (2, 1)
    assert added(first, other=second) == (1, 2)
    assert added(first, second) == (1, 2)
    assert len(asked) == 4


prices = st.integers(400_000, 900_000)


@settings(max_examples=300)
@given(prices, prices, st.integers(0, 60_000), st.integers(1, 60_000), st.integers(1, 40_000), st.integers(-1, 5))
def test_a_stop_that_stands_at_a_glance_is_moved_by_no_rule(  # noqa: PLR0917  # drawn one by one
    price: int, high: int, below: int, above: int, atr: int, earnings: int
) -> None:
    entry = money("60")
    position = dataclasses.replace(
        a_position("60"), stop=entry - below, take=entry + above, high=max(high, entry), atr=atr
    )
    scene = dataclasses.replace(
        a_scene(prices={"KO": "60"}), atr={"KO": 11_000}, earnings={"KO": earnings} if earnings >= 0 else {}
    )
    ground = a_ground(a_state(positions={"KO": position}), scene)
    watch = Watch(ground.state, scene, ground.limits, DEFAULT_POLICY)
    if stands(watch, position, price):
        assert raised(watch, position, price, None) is None


def test_a_body_is_written_once_and_says_what_it_said() -> None:
    moved = e.StopMoved(ticker="KO", old=1, new=2, high=3, atr=4, reason=StopReason.TRAILING)
    body = Body.of(moved)
    assert body == plain(moved)
    assert canonical(body) == canonical(dict(body)) == body.text


@given(st.text(), st.text())
def test_a_row_has_the_hash_of_its_whole_text(account: str, actor: str) -> None:
    """Also where names look like the text of a row."""
    event = e.RecommendationReceived(recommendation=a_recommendation(thesis='","body":null,"'))
    for name in (account, '","body":null,"', 'x"body":null'):
        row = Entry(account=name, seq=1, at=NOON, actor=actor, channel="c", kind="k", body=Body.of(event))
        assert digest(row) == digest(dataclasses.replace(row, body=plain(event)))


def test_the_hash_of_a_row_has_not_changed() -> None:
    row = Entry(
        account="paper",
        seq=1,
        at=datetime(2026, 11, 20, 17, tzinfo=UTC),
        actor="owner",
        channel="terminal",
        kind="Noted",
        body={"topic": "hello", "facts": {"b": 1, "a": [None, "é"]}},
    )
    text = (
        '{"account":"paper","actor":"owner","at":"2026-11-20T17:00:00+00:00",'
        '"body":{"facts":{"a":[null,"é"],"b":1},"topic":"hello"},"channel":"terminal","kind":"Noted",'
        '"new":null,"old":null,"path":null,"previous":"","reason":null,"seq":1}'
    )
    assert digest(row) == sha256(text.encode()).hexdigest()
