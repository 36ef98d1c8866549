"""What an account remembers of its tax lots, from the store at start and from events after it."""

from dataclasses import replace
from datetime import date, timedelta

from engine.core import commands as c
from engine.core import events as e
from engine.core.nouns import Order, Transfer
from engine.core.performance import UNBEGUN
from engine.core.policy import DEFAULT_POLICY
from engine.core.recall import ROWS_KEPT, Recall
from engine.core.units import money
from engine.core.words import BreakerKind, Side
from engine.view import History, View
from tests.builders import DAY, NOON, a_fill, a_position, a_recommendation, a_snapshot, a_split, a_state, an_order
from tests.engine.scenes import ACCOUNT, House, a_house, a_scene, holding


async def traded(house: House, history: History, key: str, side: Side, price: str) -> None:
    """Four shares of KO bought or sold at this price, and remembered."""
    order: Order = an_order("1000", client_order_id=key, side=side, shares=4)
    state = house.state
    house.bus.state = replace(state, orders={**state.orders, key: order})
    fill = a_fill(price, client_order_id=key, execution_id=f"x-{key}", side=side, shares=4)
    await history(await house.do(c.RecordFill(fill=fill)))


async def test_sales_of_lots_are_remembered_as_they_now_stand_and_again_after_a_restart() -> None:
    house, history = await a_house(), History()
    await traded(house, history, "b1", Side.BUY, "60")
    await traded(house, history, "s1", Side.SELL, "50")
    assert [(sale.id, sale.realised, sale.is_wash) for sale in history.sales.values()] == [
        ("x-s1/x-b1", money("-40"), False)
    ]
    await traded(house, history, "b2", Side.BUY, "51")
    (sale,) = history.sales.values()
    assert (sale.replaced, sale.disallowed) == (4, money("40"))
    again = await History.load(house.store, ACCOUNT)
    assert again.sales == history.sales
    await traded(house, history, "s2", Side.SELL, "70")
    assert list(history.sales) == ["x-s1/x-b1", "x-s2/x-b2"]
    view = View(house.state, a_scene(), DEFAULT_POLICY, history)
    assert [one.id for one in view.sales_between(NOON.date(), NOON.date())] == ["x-s1/x-b1", "x-s2/x-b2"]
    assert view.sales_between(date(2026, 11, 21), NOON.date() + timedelta(days=9)) == []


async def test_moves_of_the_reserve_are_remembered_and_again_after_a_restart() -> None:
    house, history = await a_house(), History()
    for amount in ("300", "200"):
        await history(await house.do(c.MoveReserve(amount=money(amount), by="owner")))
    assert [(row.amount, row.balance_after) for row in history.ledger] == [
        (money(300), money(300)),
        (money(200), money(500)),
    ]
    again = await History.load(house.store, ACCOUNT)
    assert again.ledger == history.ledger
    view = View(house.state, a_scene(), DEFAULT_POLICY, again)
    assert [row.amount for row in view.ledger] == [money(200), money(300)]
    begun = replace(view, state=replace(house.state, reset_at=view.ledger[0].at))
    assert begun.ledger == []


def test_closes_of_a_span_are_those_of_its_sessions_with_the_one_before() -> None:
    """Monday to Thursday are over, Friday goes on; a span that lies ahead has nothing but where it begins."""
    history = History(snapshots=[a_snapshot(str(10_000 + n), session=DAY - timedelta(days=4 - n)) for n in range(4)])
    view = View(a_state("10100"), a_scene(), DEFAULT_POLICY, history)
    found = view.closes(DAY - timedelta(days=2), DAY)
    assert [close.day.day for close in found] == [17, 18, 19, 20]
    assert [close.equity for close in found] == [money(one) for one in (10_001, 10_002, 10_003, 10_100)]
    assert [close.day.day for close in view.closes(DAY - timedelta(days=3), DAY - timedelta(days=2))] == [16, 17, 18]
    assert view.closes(DAY - timedelta(days=4), DAY)[0] == UNBEGUN
    ahead = view.closes(DAY + timedelta(days=1), DAY + timedelta(days=5))
    assert [close.day.day for close in ahead] == [19]


async def lived(house: House, history: History) -> None:
    """Today: a stop that its owner moved, a breaker that he tripped and reset, and a kill."""
    house.bus.state = holding(house.state, a_position())
    for command in (
        c.MoveStop(ticker="KO", stop=money("59"), by="owner"),
        c.TripBreaker(kind=BreakerKind.MANUAL, ticker=None, threshold=0.0, actual=0.0),
        c.ResetBreakers(by="owner"),
        c.StopEverything(by="owner"),
    ):
        await history(await house.do(command))


async def test_what_no_table_keeps_is_remembered_and_again_after_a_restart() -> None:
    house = await a_house()
    history = await History.load(house.store, ACCOUNT)
    await lived(house, history)
    again = await History.load(house.store, ACCOUNT)
    assert again.recall == history.recall
    view = View(house.state, a_scene(), DEFAULT_POLICY, again)
    kinds = [type(one.event) for one in view.past()]
    assert kinds == [e.EngineKilled, e.BreakerResolved, e.BreakerTripped, e.StopMoved]
    assert {one.session for one in view.past()} == {DAY}


async def test_a_session_that_began_too_long_ago_is_not_looked_back_on() -> None:
    """So it is before a restart, too: both know the same."""
    house = await a_house()
    history = await History.load(house.store, ACCOUNT)
    await lived(house, history)
    began = history.recall.began
    view = View(replace(house.state, seq=began + ROWS_KEPT - 1), a_scene(), DEFAULT_POLICY, history)
    assert len(list(view.past())) == 4
    assert list(replace(view, state=replace(house.state, seq=began + ROWS_KEPT)).past()) == []
    history.recall.hear(began + ROWS_KEPT, e.BreakerResolved(kind=BreakerKind.MANUAL, ticker=None))
    assert not history.recall.kept


def test_an_account_that_began_anew_has_no_past() -> None:
    recall = Recall()
    recall.hear(5, e.SessionBegan(session=DAY))
    recall.hear(6, e.BreakerResolved(kind=BreakerKind.MANUAL, ticker=None))
    transfer = Transfer(id="t1", amount=money("5000"), at=NOON, resets=True)
    recall.hear(7, e.AccountReset(transfer=transfer, at=NOON))
    assert not recall.kept
    recall.hear(8, e.BreakerResolved(kind=BreakerKind.MANUAL, ticker=None))
    assert [one.seq for one in recall.newest(8)] == [8]


async def test_fills_are_remembered_and_again_after_a_restart() -> None:
    house, history = await a_house(), History()
    await traded(house, history, "b1", Side.BUY, "60")
    await traded(house, history, "s1", Side.SELL, "50")
    assert [(one.execution_id, one.side) for one in history.fills] == [("x-b1", Side.BUY), ("x-s1", Side.SELL)]
    again = await History.load(house.store, ACCOUNT)
    assert again.fills == history.fills
    view = View(house.state, a_scene(), DEFAULT_POLICY, again)
    assert view.fills_between(NOON.date(), NOON.date()) == list(again.fills)
    assert view.fills_between(date(2026, 11, 21), date(2026, 11, 30)) == []
    begun = replace(view, state=replace(house.state, reset_at=again.fills[0].at))
    assert begun.fills_between(NOON.date(), NOON.date()) == []


async def test_recommendations_are_remembered_as_they_now_stand_and_again_after_a_restart() -> None:
    """One that waits when its ticker is split has its ATR in new shares; one that was decided is kept as it was."""
    house, history = await a_house(), History()
    wanted = [a_recommendation(id=f"r{n}", source=f"s{n}") for n in range(2)]
    for one in wanted:
        await history(await house.do(c.ReceiveRecommendation(recommendation=one)))
    await history(await house.do(c.Consider(recommendation_id="r0")))
    assert list(house.state.pending) == ["r1"]
    await history(await house.do(c.TakeAction(action=a_split())))
    kept = {"r0": wanted[0], "r1": replace(wanted[1], atr=money("0.55"))}
    assert history.ideas == kept
    again = await History.load(house.store, ACCOUNT)
    assert again.ideas == kept
    assert list(again.ideas) == ["r0", "r1"]
