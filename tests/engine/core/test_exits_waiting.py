"""A sale that the broker took and does not fill is no secret: told once a session, while it could be filled."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.apply import applied
from engine.core.decide import safeguards
from engine.core.judge import Ground, judge
from engine.core.policy import DEFAULT_POLICY
from engine.core.refusals import Refused
from engine.core.scene import Scene
from engine.core.state import State, Tally
from engine.core.words import OrderStatus, Side
from tests.builders import an_order
from tests.engine.scenes import DAY, TODAY, a_scene, an_account

OPENS = TODAY.opens_at
SALE = an_order(
    client_order_id="sale", side=Side.SELL, status=OrderStatus.ACCEPTED, intended_at=OPENS - timedelta(hours=12)
)


def selling(**changes: Any) -> State:
    order = replace(SALE, **changes)
    return replace(an_account(), orders={order.client_order_id: order}, tally=Tally(session=DAY))


def warned(state: State, scene: Scene) -> bool:
    return any(isinstance(one, c.WarnOfExit) for one in safeguards(state, scene, DEFAULT_POLICY))


@given(st.integers(-600, 7_200))
def test_it_is_told_after_a_quarter_of_an_hour_of_trading(seconds: int) -> None:
    scene = a_scene(OPENS + timedelta(seconds=max(0, seconds)))
    assert warned(selling(), scene) is (seconds >= 900)


def test_it_is_counted_from_when_it_was_meant() -> None:
    meant = selling(intended_at=OPENS + timedelta(hours=1))
    assert not warned(meant, a_scene(OPENS + timedelta(hours=1, minutes=14, seconds=59)))
    assert warned(meant, a_scene(OPENS + timedelta(hours=1, minutes=15)))


def test_what_is_not_traded_cannot_be_sold_and_entries_have_their_own_time() -> None:
    late = OPENS + timedelta(hours=2)
    assert not warned(selling(), a_scene(late, halted=frozenset({"KO"})))
    assert not warned(selling(), a_scene(late, traded_since={"KO": late - timedelta(minutes=14)}))
    assert not warned(selling(), a_scene(OPENS - timedelta(hours=1)))
    assert not warned(selling(side=Side.BUY), a_scene(late))


def test_it_is_told_once_a_session() -> None:
    state, scene = selling(), a_scene(OPENS + timedelta(hours=1))
    verdict = judge(c.WarnOfExit(client_order_id="sale"), Ground(state, scene, DEFAULT_POLICY))
    assert verdict == (e.ExitWaited(order=state.orders["sale"], seconds=3_600),)
    after = applied(state, verdict)
    assert not warned(after, a_scene(OPENS + timedelta(hours=3)))
    again = judge(c.WarnOfExit(client_order_id="sale"), Ground(after, scene, DEFAULT_POLICY))
    assert isinstance(again, Refused)
