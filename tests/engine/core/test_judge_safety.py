"""The last look at every order: what is not safe is not bought, what is unusual is sold all the same."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.core import commands as c
from engine.core import events as e
from engine.core import judge as judges
from engine.core.announce import announced
from engine.core.announcement import Announcement, Moment
from engine.core.apply import applied
from engine.core.judge import JUDGES, Ground, judge
from engine.core.judge.safety import SAFEGUARDS, safe
from engine.core.nouns import Decision, Order, Sent
from engine.core.policy import DEFAULT_POLICY, Policy
from engine.core.refusals import Refusal, Refused
from engine.core.scene import Quote, Scene
from engine.core.state import State
from engine.core.units import money
from engine.core.words import OrderStatus, Origin, Side, Skip
from tests.builders import a_decision, a_plan, a_proposal, a_recommendation, an_order
from tests.engine.scenes import MINUTE_S, NOON, TODAY, a_holding, a_scene, an_account, holding, prefer

KO = a_recommendation(ticker="KO")
CONSIDER = c.Consider(recommendation_id=KO.id)
WAITING = an_account(pending={KO.id: KO})
SELLING = an_order("0", client_order_id="s", decision_id="d0", side=Side.SELL, shares=40, stop=None)
JUST_NOW = Sent("KO", Side.BUY, NOON - timedelta(seconds=9), NOON - timedelta(seconds=9), "d0")


def priced(price: str, previous: str | None = None, **changes: Any) -> Scene:
    scene = a_scene(prices={"KO": price, "PEP": "150"})
    last = None if previous is None else money(previous)
    return replace(scene, quotes={**scene.quotes, "KO": scene.quotes["KO"]._replace(previous=last)}, **changes)


def stale(scene: Scene, minutes: int) -> Scene:
    """The last price of KO came so long ago, in a market that gives one a minute."""
    old = Quote(money("60"), NOON - timedelta(minutes=minutes), None)
    return replace(scene, quotes={**scene.quotes, "KO": old}, interval_s=MINUTE_S)


def ruled(**numbers: Any) -> Policy:
    return DEFAULT_POLICY._replace(**numbers)


def asked(command: c.Command, state: State, scene: Scene | None = None, policy: Policy = DEFAULT_POLICY) -> Any:
    return judge(command, Ground(state, scene or a_scene(), policy))


def decisions(events: tuple[e.Event, ...]) -> list[Decision]:
    return [event.decision for event in events if isinstance(event, e.Decided)]


def orders(events: tuple[e.Event, ...]) -> list[Order]:
    return [event.order for event in events if isinstance(event, e.OrderIntended)]


def told(events: tuple[e.Event, ...], state: State, scene: Scene | None = None) -> list[Announcement]:
    made = announced(events, Moment(state, applied(state, events), scene or a_scene()))
    return [one for one in made if one.key == "push.order_unusual"]


# --- each check


BARRED: dict[str, tuple[State, Scene, Policy, Skip, Any, Any]] = {
    "price_far": (WAITING, priced("60", "50"), ruled(price_band=0.1), Skip.PRICE_FAR, 0.2, 0.1),
    "order_value": (WAITING, a_scene(), ruled(max_order=money("100")), Skip.ORDER_VALUE, None, money("100")),
    "order_shares": (WAITING, a_scene(), ruled(max_order_shares=3), Skip.ORDER_SHARES, None, 3),
    "repeated": (replace(WAITING, sent=(JUST_NOW,)), a_scene(), DEFAULT_POLICY, Skip.REPEATED, 9.0, 10),
    "order_rate": (
        replace(WAITING, sent=(JUST_NOW._replace(ticker="PEP"), JUST_NOW._replace(ticker="XOM", side=Side.SELL))),
        a_scene(),
        ruled(orders_a_minute=2),
        Skip.ORDER_RATE,
        3,
        2,
    ),
    "own_crossing": (
        replace(holding(WAITING, a_holding(shares=40)), orders={"s": SELLING}),
        a_scene(),
        DEFAULT_POLICY,
        Skip.OWN_CROSSING,
        40,
        0,
    ),
}


@pytest.mark.parametrize("name", BARRED)
def test_an_entry_that_is_not_safe_is_a_skip_whose_trace_says_why(name: str) -> None:
    state, scene, policy, reason, value, limit = BARRED[name]

    (event,) = asked(CONSIDER, state, scene, policy)

    decision = event.decision
    assert (decision.reason, decision.shares, decision.recommendation_id) == (reason, 0, KO.id)
    line = decision.trace[-1]
    assert (line.step, line.limit, line.outcome) == (f"safety.{name}", limit, "reject")
    assert value is None or line.value == pytest.approx(value)
    assert decision.trace[-2].step != "safety"


@pytest.mark.parametrize("name", [*BARRED])
def test_the_owners_own_buy_is_refused_for_the_same_reason(name: str) -> None:
    state, scene, policy, reason, *_ = BARRED[name]

    refused = asked(c.Buy(ticker="KO", shares=4, by="owner"), state, scene, policy)

    assert isinstance(refused, Refused)
    assert (refused.code, refused.facts["reason"], refused.facts["shares"]) == (Refusal.NOT_BOUGHT, reason.code, 4)


def test_the_owner_learns_how_many_shares_an_order_may_have() -> None:
    fewer = asked(c.Buy(ticker="KO", shares=4, by="owner"), an_account(), policy=ruled(max_order_shares=3))
    cheaper = asked(c.Buy(ticker="KO", shares=4, by="owner"), an_account(), policy=ruled(max_order=money("130")))
    never = asked(c.Buy(ticker="KO", shares=4, by="owner"), an_account(), policy=ruled(max_order=money("59")))

    assert [one.facts["possible"] for one in (fewer, cheaper, never)] == [3, 2, None]


def test_every_safeguard_has_a_reason_of_its_own_and_stands_in_the_order_of_the_page() -> None:
    assert [one.step.removeprefix("safety.") for one in SAFEGUARDS] == [
        *("stale_price", "price_far", "order_value", "order_shares"),
        *("repeated", "order_rate", "own_crossing", "buying_power"),
    ]
    assert len({one.reason for one in SAFEGUARDS}) == 8
    assert [one.step for one in SAFEGUARDS if not one.told_of_exits] == ["safety.own_crossing", "safety.buying_power"]


@pytest.mark.parametrize(("minutes", "goes"), [(15, True), (16, False)])
def test_an_entry_at_a_price_of_more_than_a_quarter_of_an_hour_does_not_go(minutes: int, *, goes: bool) -> None:
    """Whoever means it: the gates look at the same age, and this one at what they have let pass."""
    meant = (e.OrderIntended(order=an_order("600", origin=Origin.RECOMMENDED, ticker="KO", shares=10)),)

    found = safe(meant, Ground(an_account(), stale(a_scene(), minutes), DEFAULT_POLICY))

    if goes:
        assert not isinstance(found, Refused)
        assert [event.wall for event in found if isinstance(event, e.OrderIntended)] == [NOON]
    else:
        assert isinstance(found, Refused)
        assert found.facts["reason"] == "stale_price"


def test_the_house_says_how_old_a_price_may_be() -> None:
    scene = replace(stale(a_scene(), 16), stale_s=1_000)
    meant = (e.OrderIntended(order=an_order("600", ticker="KO", shares=10)),)

    assert not isinstance(safe(meant, Ground(an_account(), scene, DEFAULT_POLICY)), Refused)


def test_parallel_orders_cannot_pass_together() -> None:
    """Each would be paid for alone: $700 of $1,000 twice."""
    first = e.OrderIntended(order=an_order("700", client_order_id="1", decision_id="d1", ticker="KO", shares=10))
    second = e.OrderIntended(order=an_order("700", client_order_id="2", decision_id="d2", ticker="PEP", shares=4))

    found = safe((first, second), Ground(an_account("1000"), a_scene(), DEFAULT_POLICY))

    assert not isinstance(found, Refused)
    assert [order.client_order_id for order in orders(found)] == ["1"]


def test_an_order_is_paid_from_what_open_ones_leave() -> None:
    state = an_account("1000", orders={"1": an_order("700", client_order_id="1", ticker="PEP")})
    meant = (e.OrderIntended(order=an_order("600", client_order_id="2", ticker="KO", shares=10)),)

    found = safe(meant, Ground(state, a_scene(), DEFAULT_POLICY))

    assert isinstance(found, Refused)
    assert (found.facts["reason"], found.facts["value"], found.facts["limit"]) == (
        "buying_power",
        money("300"),
        money("600"),
    )


# --- what is no objection


def test_what_is_safe_has_one_line_more_in_its_trace_and_its_instant_of_peoples_time() -> None:
    decided, intended = asked(CONSIDER, WAITING, priced("60", "59"))

    assert decided.decision.trace[-1] == ("safety", None, None, "ok", None)
    assert (intended.wall, intended.unusual) == (NOON, ())


def test_without_a_last_close_a_price_is_not_called_far_and_the_trace_says_so() -> None:
    decided, _ = asked(CONSIDER, WAITING, priced("60"))

    assert decided.decision.trace[-1] == ("safety", None, None, "no_data", None)


@pytest.mark.parametrize(
    "sent",
    [
        JUST_NOW._replace(ticker="PEP"),
        JUST_NOW._replace(side=Side.SELL),
        JUST_NOW._replace(at=NOON - timedelta(seconds=10), wall=NOON - timedelta(seconds=10)),
        JUST_NOW._replace(at=NOON - timedelta(days=1)),  # the day before, in a replay
        JUST_NOW._replace(idle=True),  # nothing came of it
        JUST_NOW._replace(wall=NOON - timedelta(minutes=1)),  # the same price, a minute of the owner's later
        JUST_NOW._replace(at=NOON + timedelta(hours=1), wall=NOON + timedelta(hours=1)),  # the clock was put back
    ],
)
def test_another_ticker_side_or_time_is_no_repetition(sent: Sent) -> None:
    events = asked(CONSIDER, replace(WAITING, sent=(sent,)))

    assert len(orders(events)) == 1


def test_parts_of_one_entry_are_no_repetitions_of_each_other() -> None:
    plan = a_plan(recommendation=KO, left=(10,), bought=(10,), next_at=NOON, shares=20)
    state = an_account(tranches=(plan,), sent=(JUST_NOW._replace(decision_id=plan.decision_id),))

    events = asked(c.BuyTranche(decision_id=plan.decision_id), state)

    assert [order.origin for order in orders(events)] == [Origin.TRANCHE]


def test_a_yes_to_two_ideas_about_one_ticker_is_one_command() -> None:
    state = an_account(proposals={"d1": proposed("d1"), "d2": proposed("d2")})

    events = asked(c.Approve(tickers=("KO",), by="owner"), state)

    assert [order.decision_id for order in orders(events)] == ["d1", "d2"]


# --- what else ends with an entry that is not made


def proposed(identity: str, ticker: str = "KO") -> Any:
    wanted = replace(a_recommendation(ticker=ticker), id=f"r-{identity}")
    decision = a_decision(id=identity, ticker=ticker, origin=Origin.RECOMMENDED, recommendation_id=wanted.id)
    return a_proposal(decision=decision, recommendation=wanted, asked_at=NOON, lapses_at=NOON + timedelta(minutes=5))


def test_a_question_closes_with_the_entry_that_a_yes_could_not_make() -> None:
    state = an_account(proposals={"d1": proposed("d1")})

    decided, closed = asked(c.Approve(by="owner"), state, policy=ruled(max_order_shares=1))

    assert decided.decision.reason is Skip.ORDER_SHARES
    assert (closed.decision_id, closed.outcome) == ("d1", Skip.ORDER_SHARES)
    assert not applied(state, (decided, closed)).proposals


def test_one_of_two_answers_may_be_safe() -> None:
    """An order of PEP that was just made stands against the one, and not against the other."""
    state = an_account(
        proposals={"d1": proposed("d1", "PEP"), "d2": proposed("d2")}, sent=(JUST_NOW._replace(ticker="PEP"),)
    )

    events = asked(c.Approve(tickers=("KO", "PEP"), by="owner"), state)

    assert [(one.id, one.reason) for one in decisions(events)] == [("d1", Skip.REPEATED), ("d2", Skip.NONE)]
    assert [order.decision_id for order in orders(events)] == ["d2"]


def test_a_large_entry_that_is_not_safe_begins_no_parts() -> None:
    sure = replace(KO, confidence=1.0)
    state = an_account("1000000", pending={KO.id: sure}, preferences=prefer())

    (event,) = asked(CONSIDER, state, policy=ruled(max_order=money("1000")))

    assert event.decision.reason is Skip.ORDER_VALUE
    assert not applied(state, (event,)).tranches


def test_a_later_part_that_is_not_safe_ends_the_rest() -> None:
    plan = a_plan(recommendation=KO, left=(10, 10), bought=(10,), next_at=NOON, shares=30)
    state = an_account(tranches=(plan,), sent=(JUST_NOW,))

    (ended,) = asked(c.BuyTranche(decision_id=plan.decision_id), state)

    assert (ended.outcome, ended.tranches) == (Skip.REPEATED, plan)
    assert ended.trace[-1].step == "safety.repeated"


# --- exits always go


def test_an_unusual_exit_goes_and_is_told_once() -> None:
    state = holding(an_account("1000000"), a_holding(shares=5_000, entry="100"))
    state = replace(state, sent=(JUST_NOW._replace(side=Side.SELL),))
    scene, policy = priced("60", "100"), ruled(max_order=money("1000"), max_order_shares=10, orders_a_minute=1)

    events = asked(c.ClosePosition(tickers=("KO",), by="owner"), state, scene, policy)

    (intended,) = [event for event in events if isinstance(event, e.OrderIntended)]
    assert [line.step for line in intended.unusual] == [
        *("safety.price_far", "safety.order_value", "safety.order_shares", "safety.repeated", "safety.order_rate"),
    ]
    assert intended.order.shares == 5_000
    (news,) = told(events, state, scene)
    assert [row["reason"] for row in news.facts["rows"]] == [
        *("price_far", "order_value", "order_shares", "repeated", "order_rate"),
    ]


def test_an_exit_at_an_old_price_goes_and_is_told_unless_it_is_sold_for_that() -> None:
    state = holding(an_account(), a_holding())
    scene = stale(a_scene(), 16)
    gone = c.ExitPosition(ticker="KO", origin=Origin.PRICE_UNAVAILABLE, trigger=money("60"))

    by_owner, by_engine = asked(c.ClosePosition(tickers=("KO",)), state, scene), asked(gone, state, scene)

    assert [row["reason"] for one in told(by_owner, state, scene) for row in one.facts["rows"]] == ["stale_price"]
    assert len(orders(by_engine)) == 1
    assert told(by_engine, state, scene) == []


def test_of_many_exits_at_once_only_the_first_that_is_too_many_is_told() -> None:
    held = [a_holding(ticker) for ticker in ("AAPL", "JNJ", "KO", "PEP", "XOM")]
    state = holding(an_account("1000000"), *held)
    prices = dict.fromkeys(("AAPL", "JNJ", "KO", "PEP", "XOM"), "60")

    events = asked(c.Flatten(by="owner"), state, a_scene(prices=prices), ruled(orders_a_minute=3))

    assert len(orders(events)) == 5
    assert [one.facts["ticker"] for one in told(events, state)] == ["PEP"]


def test_an_unusual_exit_while_the_market_is_closed_says_when_it_is_sold() -> None:
    state = holding(an_account(), a_holding(shares=100))
    evening = a_scene(TODAY.closes_at + timedelta(hours=1))

    events = asked(c.ClosePosition(tickers=("KO",)), state, evening, ruled(max_order_shares=10))

    (news,) = told(events, state, evening)
    assert news.facts["opens_at"] == evening.upcoming[0].opens_at


# --- what is remembered


def test_an_order_is_remembered_for_five_minutes_of_both_times() -> None:
    early = Sent("PEP", Side.BUY, NOON - timedelta(minutes=5), NOON - timedelta(minutes=5), "d0")
    yesterday = JUST_NOW._replace(at=NOON - timedelta(days=1))
    state = replace(WAITING, sent=(early, yesterday, JUST_NOW._replace(ticker="XOM")))

    after = applied(state, asked(CONSIDER, state))

    assert [(one.ticker, one.at, one.wall) for one in after.sent] == [
        ("XOM", NOON - timedelta(seconds=9), NOON - timedelta(seconds=9)),
        ("KO", NOON, NOON),
    ]


def test_never_more_than_two_thousand_orders_are_remembered() -> None:
    sent = tuple(JUST_NOW._replace(ticker="PEP", decision_id=f"d{number}") for number in range(2_000))
    state = replace(WAITING, sent=sent)

    after = applied(state, asked(CONSIDER, state, policy=ruled(orders_a_minute=5_000)))

    assert len(after.sent) == 2_000
    assert after.sent[-1].ticker == "KO"


def test_an_order_of_an_old_journal_is_not_remembered() -> None:
    assert applied(an_account(), (e.OrderIntended(order=an_order()),)).sent == ()


@pytest.mark.parametrize(
    ("status", "filled", "idle"),
    [
        (OrderStatus.REJECTED, 0, True),
        (OrderStatus.CANCELLED, 0, True),
        (OrderStatus.CANCELLED, 1, False),
        (OrderStatus.IN_DOUBT, 0, False),
        (OrderStatus.CANCELLING, 0, False),
    ],
)
def test_what_ended_without_a_share_is_remembered_as_idle(status: OrderStatus, filled: int, *, idle: bool) -> None:
    order = an_order(filled_shares=filled)
    state = applied(an_account(sent=(JUST_NOW,)), (e.OrderIntended(order=order, wall=NOON),))

    now = applied(state, (e.OrderUpdated(order=replace(order, status=status), old=order.status),))

    assert [one.idle for one in now.sent] == [False, idle]


def test_what_came_to_nothing_counts_among_the_orders_of_a_minute() -> None:
    sent = tuple(JUST_NOW._replace(ticker="PEP", decision_id=f"d{number}", idle=True) for number in range(60))

    (decided,) = decisions(asked(CONSIDER, replace(WAITING, sent=sent)))

    assert decided.reason is Skip.ORDER_RATE


@pytest.mark.parametrize("kind", JUDGES, ids=lambda kind: kind.__name__)
def test_no_judge_can_go_around_the_last_look(kind: type[c.Command], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is replaced by one that buys whatever it is asked: what is not safe does not come out."""
    meant = (e.OrderIntended(order=an_order("600", ticker="KO", shares=10), wall=NOON),)
    monkeypatch.setattr(judges, "JUDGES", {**JUDGES, kind: lambda *_: meant})
    barred = Ground(replace(an_account(), sent=(JUST_NOW,)), a_scene(), DEFAULT_POLICY)
    command = object.__new__(kind)

    assert isinstance(judge(command, barred), Refused)
    assert judge(command, barred._replace(state=an_account())) == meant
