"""An entry in parts is told with its first fill, and when it is over; parts between are not news."""

from dataclasses import replace
from typing import Any

import pytest

from engine.core import commands as c
from engine.core import events as e
from engine.core.announce import announced
from engine.core.announcement import Announcement, Moment
from engine.core.apply import applied
from engine.core.journal import canonical
from engine.core.state import State
from engine.core.units import money
from engine.core.words import OrderStatus, Origin, Priority, Skip
from tests.builders import a_fill, a_plan, a_recommendation, an_order
from tests.engine.scenes import a_holding, a_scene, an_account, holding, judged, later

KO = a_recommendation()


def said(state: State, *events: e.Event) -> tuple[Announcement, ...]:
    found = announced(events, Moment(state, applied(state, events), a_scene()))
    for one in found:
        canonical(one.facts)
    return found


def buying(part: int, held: int, **plan: Any) -> State:
    """Part `part` of three is on its way; `held` shares of KO were bought before."""
    account = an_account()
    state = holding(account, a_holding("KO", "60", held, stop="58.20", take="64")) if held else account
    name = f"paper-d1-{part}"
    origin = Origin.RECOMMENDED if part == 1 else Origin.TRANCHE
    order = an_order(client_order_id=name, origin=origin, status=OrderStatus.ACCEPTED)
    usual: dict[str, Any] = {"bought": (10,) * part, "left": (10,) * (3 - part), "recommendation": KO}
    return replace(state, orders={name: order}, tranches=(a_plan(**usual | plan),))


def fill(part: int, shares: int = 10) -> c.RecordFill:
    return c.RecordFill(fill=a_fill(client_order_id=f"paper-d1-{part}", shares=shares))


def test_the_first_fill_says_which_part_of_how_many_it_is() -> None:
    state = buying(1, 0)
    (told,) = said(state, *judged(fill(1), state))
    assert (told.key, told.event_type) == ("push.trade_opened", "trade_opened")
    assert (told.facts["part"], told.facts["parts"], told.facts["shares"]) == (1, 3, 10)


def test_an_entry_that_is_whole_has_no_parts() -> None:
    state = replace(buying(1, 0), tranches=())
    (told,) = said(state, *judged(fill(1), state))
    assert (told.facts["part"], told.facts["parts"]) == (None, None)


def test_the_fill_of_a_part_between_is_no_news() -> None:
    state = buying(2, 10)
    assert said(state, *judged(fill(2), state)) == ()


def test_the_last_fill_tells_of_all_parts_together() -> None:
    state = buying(3, 20)
    (told,) = said(state, *judged(fill(3), state))
    facts = told.facts
    assert (told.key, told.event_type, told.priority) == ("push.tranches_ended", "trade_opened", Priority.MEDIUM)
    assert (facts["shares"], facts["parts"], facts["rest"], facts["reason"]) == (30, 3, None, None)
    assert (facts["held"], facts["entry"], facts["dollars"]) == (30, money("60"), money("1800"))
    assert facts["share_frac"] == pytest.approx(0.018)
    assert facts["at_risk"] == 30 * (money("60") - facts["stop"])


def test_a_part_that_a_limit_made_smaller_is_told_with_that_limit() -> None:
    state = buying(3, 16, bought=(10, 6, 10), cut=Skip.ABSOLUTE_CAP)
    (told,) = said(state, *judged(fill(3), state))
    assert (told.facts["shares"], told.facts["rest"], told.facts["reason"]) == (26, 4, "absolute_cap")


def test_a_gate_that_closed_is_told_with_what_was_bought_till_then() -> None:
    state = replace(buying(1, 10), orders={})
    (told,) = said(state, e.TranchesEnded(tranches=state.tranches[0], outcome=Skip.PAUSED))
    facts = told.facts
    assert (told.key, facts["shares"], facts["parts"]) == ("push.tranches_ended", 10, 1)
    assert (facts["rest"], facts["reason"], facts["held"]) == (20, "paused", 10)


def test_what_is_still_on_its_way_does_not_count_as_bought() -> None:
    state = buying(2, 10)
    (told,) = said(state, e.TranchesEnded(tranches=state.tranches[0], outcome=Skip.KILLED))
    assert (told.facts["shares"], told.facts["rest"]) == (10, 20)


def test_a_fill_that_comes_after_the_end_is_told_by_itself() -> None:
    state = replace(buying(2, 10), tranches=())
    (told,) = said(state, *judged(fill(2), state))
    assert (told.key, told.facts["shares"], told.facts["part"]) == ("push.trade_opened", 10, None)


def test_a_refused_first_part_leaves_nothing_bought() -> None:
    state = buying(1, 0)
    events = judged(c.RecordOrder(client_order_id="paper-d1-1", status=OrderStatus.REJECTED, why="halted"), state)
    rejected, ended = said(state, *events)
    assert (rejected.key, ended.key) == ("push.order_rejected", "push.tranches_off")
    assert (ended.facts["rest"], ended.facts["reason"]) == (30, "a_part_was_not_filled")


def test_a_refused_later_part_is_told_with_the_shares_that_came() -> None:
    state = buying(2, 10)
    state = applied(state, judged(fill(2, shares=4), state))
    events = judged(c.RecordOrder(client_order_id="paper-d1-2", status=OrderStatus.CANCELLED), state)
    cancelled, ended = said(state, *events)
    assert (cancelled.key, cancelled.facts["shares"], cancelled.facts["filled"]) == ("push.order_cancelled", 6, 4)
    assert (ended.facts["shares"], ended.facts["rest"]) == (14, 16)


def test_a_sale_in_between_says_that_it_is_the_reason() -> None:
    state = replace(buying(1, 10), orders={})
    (told,) = said(state, *judged(c.ExitPosition(ticker="KO", origin=Origin.STOP, trigger=money("58.20")), state))
    assert (told.key, told.facts["reason"]) == ("push.tranches_ended", "it_is_sold")


def test_an_order_that_waited_too_long_is_told_once_it_is_cancelled() -> None:
    order = an_order(status=OrderStatus.ACCEPTED, filled_shares=4)
    state, late = an_account(orders={"paper-d1-1": order}), later(a_scene(), minutes=5)
    events = judged(c.TimeOutOrder(client_order_id="paper-d1-1"), state, late)
    assert said(state, *events) == ()
    state = applied(state, events)
    over = c.RecordOrder(client_order_id="paper-d1-1", status=OrderStatus.CANCELLED)
    (told,) = said(state, *judged(over, state, late))
    assert (told.key, told.event_type) == ("push.order_timed_out", "order_rejected")
    assert (told.facts["shares"], told.facts["filled"], told.facts["reason"]) == (6, 4, "order_timeout")


@pytest.mark.parametrize(("bought_before", "key", "shares"), [(0, "tranches_off", 0), (4, "tranches_ended", 4)])
def test_a_reset_tells_only_what_the_parts_had_brought(bought_before: int, key: str, shares: int) -> None:
    state = buying(1, bought_before)
    order = replace(state.orders["paper-d1-1"], filled_shares=bought_before)
    state = replace(state, orders={"paper-d1-1": order})
    told = {one.key.removeprefix("push."): one.facts for one in said(state, *judged(c.ResetAccount(by="owner"), state))}
    assert (told[key]["shares"], told[key]["rest"]) == (shares, 30 - shares)
    assert "held" not in told[key]
