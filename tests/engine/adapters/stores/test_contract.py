"""What every store keeps to; each test runs on all of them."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core import events as e
from engine.core.announcement import Announcement
from engine.core.apply import applied
from engine.core.journal import digest, first_bad
from engine.core.nouns import Term, Transfer
from engine.core.people import Person
from engine.core.preferences import Preferences
from engine.core.state import BreakerKey, State
from engine.core.words import BreakerKind, OrderStatus, Role, Side, Skip
from engine.ports import Batch, Conflict, Counts, Duplicate, Store
from tests.builders import (
    ACCOUNT,
    DAY,
    NOON,
    a_batch,
    a_breaker,
    a_change,
    a_decision,
    a_fill,
    a_ledger_row,
    a_lot,
    a_lot_sale,
    a_market_event,
    a_position,
    a_proposal,
    a_recommendation,
    a_snapshot,
    a_state,
    a_strategy,
    a_trade,
    an_action,
    an_announcement,
    an_order,
)
from tests.engine.adapters.stores.conftest import STORES, opened
from tests.strategies import (
    closed_trades,
    correlations,
    decisions,
    histories,
    ledger_rows,
    lot_sales,
    snapshots,
    tier_changes,
)

NOTHING = Counts(journal=0, decisions=0, orders=0, fills=0, notifications=0)
FRESH = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])


async def begun(store: Store, **changes: Any) -> State:
    """An account with one batch saved."""
    batch = a_batch(new=a_state(**changes))
    await store.save(batch)
    return batch.new


async def a_buy(store: Store) -> State:
    """An account that decided, ordered and filled a buy, in three batches, and announced it."""
    order, fill = an_order(), a_fill()
    begin = a_batch(new=a_state(pending={a_recommendation().id: a_recommendation()}))
    decide = a_batch(
        begin.new,
        replace(begin.new, pending={}, decided={a_recommendation().id: None}, orders={order.client_order_id: order}),
        (e.Decided(decision=a_decision()), e.OrderIntended(order=order)),
        key="decide",
    )
    done = replace(order, status=OrderStatus.FILLED, filled_shares=10, reserved=0)
    filled = a_batch(
        decide.new,
        replace(decide.new, cash=decide.new.cash - 600_0000, orders={}, positions={"KO": a_position()}),
        (
            e.Filled(fill=fill, order=done, position=a_position()),
            e.LotOpened(lot=a_lot()),
            e.LotSold(sale=a_lot_sale(), left=None),
        ),
        (an_announcement(id="3.0"),),
    )
    for batch in (begin, decide, filled):
        await store.save(batch)
    return filled.new


# --- what is saved comes back


async def test_nobody_is_there_at_first(store: Store) -> None:
    assert await store.load(ACCOUNT) is None
    assert await store.counts(ACCOUNT) == NOTHING
    assert await store.last_execution(ACCOUNT) is None
    assert await store.correlations(DAY) is None
    assert list(await store.sales(ACCOUNT, 5)) == []
    assert list(await store.tier_changes(ACCOUNT, 5)) == []
    assert list(await store.ledger(ACCOUNT, 5)) == []
    for found in (store.decisions(ACCOUNT, 5), store.trades(ACCOUNT, 5), store.undelivered(ACCOUNT, 5)):
        assert list(await found) == []
    assert list(await store.snapshots(ACCOUNT)) == []
    assert list(await store.journal(ACCOUNT)) == []


@pytest.mark.parametrize("kind", STORES)
def test_p29_every_state_comes_back_equal(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Stored and read back, every state and all in it is equal, whatever stood there before."""

    @FRESH
    @given(histories())
    def check(history: list[Batch]) -> None:
        asyncio.run(comes_back(kind, tmp_path_factory.mktemp("store"), history))

    check()


async def comes_back(kind: str, folder: Path, history: list[Batch]) -> None:
    async with opened(kind, folder) as store:
        for batch in history:
            await store.save(batch)
            assert await store.load(batch.new.account) == batch.new


@pytest.mark.parametrize("kind", STORES)
def test_p29_every_record_comes_back_equal(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Decisions with all lines of their traces, trades, sales of lots, moves of tier and reserve, snapshots: equal."""

    @FRESH
    @given(
        st.tuples(
            st.lists(decisions.map(lambda each: replace(each, recommendation_id=None)), unique_by=lambda each: each.id),
            st.lists(closed_trades, unique_by=lambda each: each.client_order_id, max_size=4),
            st.lists(snapshots, unique_by=lambda each: each.session, max_size=4),
            st.lists(lot_sales, unique_by=lambda each: each.id, max_size=4),
            st.lists(tier_changes, max_size=4),
            st.lists(ledger_rows, max_size=4),
        )
    )
    def check(records: tuple[list[Any], ...]) -> None:
        asyncio.run(records_come_back(kind, tmp_path_factory.mktemp("store"), *records))

    check()


async def records_come_back(kind: str, folder: Path, *records: list[Any]) -> None:
    decided, closed, taken, sold, moved, rows = records
    events = (
        *(e.Decided(decision=each) for each in decided),
        *(e.TradeClosed(trade=each) for each in closed),
        *(e.SnapshotTaken(snapshot=each) for each in taken),
        *(e.LotSold(sale=each, left=None) for each in sold),
        *(e.TierChanged(change=each) for each in moved),
        *(e.ReserveMoved(row=each) for each in rows),
    )
    async with opened(kind, folder) as store:
        await store.save(a_batch(events=events))
        assert list(await store.decisions(ACCOUNT, 100)) == decided[::-1]
        assert list(await store.trades(ACCOUNT, 100)) == closed[::-1]
        assert list(await store.snapshots(ACCOUNT)) == sorted(taken, key=lambda each: each.session)
        assert list(await store.sales(ACCOUNT, 100)) == sold[::-1]
        assert list(await store.tier_changes(ACCOUNT, 100)) == moved[::-1]
        assert list(await store.ledger(ACCOUNT, 100)) == rows[::-1]


@pytest.mark.parametrize("kind", STORES)
def test_p29_correlations_come_back_equal(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    @FRESH
    @given(correlations, correlations)
    def check(first: dict[tuple[str, str], float], again: dict[tuple[str, str], float]) -> None:
        asyncio.run(correlations_come_back(kind, tmp_path_factory.mktemp("store"), first, again))

    check()


async def correlations_come_back(kind: str, folder: Path, *kept: dict[tuple[str, str], float]) -> None:
    """What is kept later of a session takes the place of what was kept before."""
    async with opened(kind, folder) as store:
        for pairs in kept:
            await store.keep_correlations(DAY, pairs)
            assert await store.correlations(DAY) == (pairs or None)


async def test_a_trade_from_recommendation_to_position_comes_back(store: Store) -> None:
    state = await a_buy(store)
    assert await store.load(ACCOUNT) == state
    assert await store.decisions(ACCOUNT, 10) == (a_decision(),)
    assert await store.last_execution(ACCOUNT) == "x1"
    assert await store.counts(ACCOUNT) == Counts(journal=3, decisions=1, orders=1, fills=1, notifications=1)


async def test_heads_stand_in_the_order_of_their_accounts_letter_by_letter(store: Store) -> None:
    for name in ("b", "B", "a-1", "a1"):
        await begun(store, account=name)
    assert list(await store.heads()) == ["B", "a-1", "a1", "b"]


async def test_mappings_keep_their_order(store: Store) -> None:
    """A restarted engine walks positions, orders and waiting recommendations as it did before."""
    held = {ticker: a_position(ticker=ticker) for ticker in ("T", "KO", "AAPL")}
    waiting = {name: a_recommendation(id=name) for name in ("z", "a", "m")}
    first = await begun(store, positions=held, pending=waiting, decided=dict.fromkeys("cab"))
    moved = replace(first, positions={**held, "T": a_position(ticker="T", stop="59"), "GE": a_position(ticker="GE")})
    await store.save(a_batch(first, moved))
    found = await store.load(ACCOUNT)
    assert found
    assert list(found.positions) == ["T", "KO", "AAPL", "GE"]
    assert list(found.pending) == ["z", "a", "m"]
    assert list(found.decided) == ["c", "a", "b"]


async def test_a_position_that_is_sold_and_bought_again_starts_anew(store: Store) -> None:
    first = await begun(store, positions={"KO": a_position()})
    gone = a_batch(first, replace(first, positions={}))
    back = a_batch(gone.new, replace(gone.new, positions={"KO": a_position(entry="70", shares=3)}))
    await store.save(gone)
    await store.save(back)
    assert await store.load(ACCOUNT) == back.new


async def test_accounts_do_not_see_each_other(store: Store) -> None:
    await a_buy(store)
    other = replace(a_batch(new=a_state(account="other")), key="decide")
    await store.save(other)
    assert await store.load("other") == other.new
    assert list(await store.decisions("other", 5)) == []
    assert await store.counts("other") == replace(NOTHING, journal=1)


async def test_an_order_filled_after_it_was_cancelled_stays_one_order(store: Store) -> None:
    order = an_order()
    first = await begun(store, orders={order.client_order_id: order})
    cancelled = replace(order, status=OrderStatus.CANCELLED)
    second = a_batch(first, replace(first, orders={}), (e.OrderUpdated(order=cancelled, old=order.status),))
    late = e.Filled(fill=a_fill(shares=4), order=replace(cancelled, filled_shares=4), position=a_position(shares=4))
    third = a_batch(second.new, replace(second.new, positions={"KO": a_position(shares=4)}), (late,))
    await store.save(second)
    await store.save(third)
    assert await store.load(ACCOUNT) == third.new
    assert (await store.counts(ACCOUNT)).orders == 1


async def test_an_order_intended_and_refused_in_one_batch_is_kept_but_not_open(store: Store) -> None:
    first = await begun(store)
    refused = an_order(status=OrderStatus.REJECTED)
    events = (e.OrderIntended(order=an_order()), e.OrderUpdated(order=refused, old=OrderStatus.INTENDED))
    await store.save(a_batch(first, events=events))
    found = await store.load(ACCOUNT)
    assert found
    assert found.orders == {}
    assert (await store.counts(ACCOUNT)).orders == 1


async def test_breakers_trip_resolve_and_trip_again(store: Store) -> None:
    key: BreakerKey = (BreakerKind.DAILY_LOSS, None)
    state = await begun(store)
    for tripped in ({key: a_breaker()}, {}, {key: a_breaker(actual=0.05)}, {key: a_breaker(actual=0.06)}):
        batch = a_batch(state, replace(state, breakers=tripped))
        await store.save(batch)
        state = batch.new
        assert await store.load(ACCOUNT) == state


async def test_a_breaker_may_trip_and_resolve_in_one_batch(store: Store) -> None:
    state = await begun(store)
    events = (e.BreakerTripped(breaker=a_breaker()), e.BreakerResolved(kind=BreakerKind.DAILY_LOSS, ticker=None))
    batch = a_batch(state, events=events)
    await store.save(batch)
    assert await store.load(ACCOUNT) == batch.new


async def moved(store: Store, state: State, *events: e.Event) -> State:
    """The account after these, saved together, as it comes back."""
    batch = a_batch(state, applied(state, events), events)
    await store.save(batch)
    assert await store.load(ACCOUNT) == batch.new
    return batch.new


async def test_lots_are_held_in_the_order_in_which_they_came(store: Store) -> None:
    state = await begun(store)
    for name, ticker in (("x9", "KO"), ("x1", "T"), ("x5", "KO")):
        state = await moved(store, state, e.LotOpened(lot=a_lot(id=name, ticker=ticker)))
    half = a_lot(id="x9", shares=5, cost="300")
    sale = a_lot_sale(id="x6/x9", lot_id="x9", shares=5, cost="300", proceeds="290")
    state = await moved(store, state, e.LotSold(sale=sale, left=half))
    found = await store.load(ACCOUNT)
    assert found
    assert found.lots["KO"] == (half, a_lot(id="x5"))
    state = await moved(store, state, e.LotSold(sale=replace(sale, id="x7/x9"), left=None))
    assert state.lots == {"T": (a_lot(id="x1", ticker="T"),), "KO": (a_lot(id="x5"),)}


async def test_a_lot_may_be_opened_and_sold_in_one_batch(store: Store) -> None:
    """As one is of a position that is older than lots are."""
    state = await moved(store, await begun(store), e.LotOpened(lot=a_lot()), e.LotSold(sale=a_lot_sale(), left=None))
    assert state.lots == {}
    assert await store.sales(ACCOUNT, 5) == (a_lot_sale(),)


async def test_sales_of_lots_come_as_they_now_stand(store: Store) -> None:
    """A later purchase makes a wash sale of one that stood there already."""
    first, second = a_lot_sale(), a_lot_sale(id="x4/x3", lot_id="x3", proceeds="700")
    state = await moved(store, await begun(store), e.LotOpened(lot=a_lot()), e.LotOpened(lot=a_lot(id="x3")))
    state = await moved(store, state, e.LotSold(sale=first, left=None), e.LotSold(sale=second, left=None))
    assert await store.sales(ACCOUNT, 5) == (second, first)
    washed = replace(first, replaced=10, disallowed=200_000)
    replacing = a_lot(id="x5", tax_basis=6_200_000, replaces=10)
    await moved(store, state, e.LotOpened(lot=a_lot(id="x5")), e.WashSaleFound(sale=washed, lot=replacing))
    assert await store.sales(ACCOUNT, 5) == (second, washed)
    assert await store.sales(ACCOUNT, 1) == (second,)


async def test_lots_and_orders_that_a_split_changed_come_back(store: Store) -> None:
    order = an_order(side=Side.SELL)
    begin = {"positions": {"KO": a_position()}, "orders": {order.client_order_id: order}}
    state = await begun(store, **begin, lots={"KO": (a_lot(shares=1, cost="60"), a_lot(id="x2", shares=9))})
    merged = e.SplitApplied(
        action=an_action(new=1, old=2),
        position=a_position("120", shares=5),
        lots=(a_lot(id="x2", shares=5),),
        orders=(replace(order, shares=5),),
    )
    state = await moved(store, state, merged)
    assert list(state.lots["KO"]) == [a_lot(id="x2", shares=5)]
    over = replace(merged, position=None, lots=(), orders=(replace(order, status=OrderStatus.CANCELLED),))
    assert (await moved(store, state, over)).orders == {}


async def test_nothing_is_held_after_an_account_began_anew(store: Store) -> None:
    state = await begun(store, lots={"KO": (a_lot(),)}, earnings={"KO": (DAY,)})
    state = await moved(store, state, e.TradeClosed(trade=a_trade()))
    assert state.trades == (a_trade(),)
    again = e.AccountReset(transfer=Transfer(id="t1", amount=7, at=NOON, resets=True), at=NOON)
    state = await moved(store, state, again)
    assert (state.lots, state.trades, state.earnings) == ({}, (), {"KO": (DAY,)})
    assert await store.trades(ACCOUNT, 5) == (a_trade(),)
    assert (await moved(store, state, e.TradeClosed(trade=a_trade(client_order_id="o2")))).trades == (
        a_trade(client_order_id="o2"),
    )


async def test_market_events_are_told_told_anew_and_end(store: Store) -> None:
    one, other, worse = a_market_event(), a_market_event(id="e2"), a_market_event(title="it is worse")
    state = await moved(store, await begun(store), e.EventMarked(event=one), e.EventMarked(event=other))
    state = await moved(store, state, e.EventMarked(event=worse))
    assert state.market_events == (other, worse)
    state = await moved(store, state, e.EventMarked(event=worse), e.EventEnded(event=other, called_off=False))
    state = await moved(store, state, e.EventEnded(event=worse, called_off=True), e.EventMarked(event=one))
    state = await moved(store, state, e.EventMarked(event=other), e.EventEnded(event=other, called_off=True))
    assert state.market_events == (one,)


async def test_earnings_and_strategies_are_as_they_were_told_last(store: Store) -> None:
    later = DAY + timedelta(days=90)
    state = await moved(
        store, await begun(store), e.EarningsImported(dates={"KO": (DAY,), "T": (later,)}, source="csv")
    )
    state = await moved(store, state, e.EarningsImported(dates={"KO": (DAY, later), "T": ()}, source="csv"))
    assert state.earnings == {"KO": (DAY, later)}
    for strategy in (a_strategy(), a_strategy(name="mean_reversion"), a_strategy(on=True, why="owner", result=None)):
        state = await moved(store, state, e.StrategySet(strategy=strategy))
    assert list(state.strategies.values()) == [
        a_strategy(on=True, why="owner", result=None),
        a_strategy(name="mean_reversion"),
    ]


async def test_correlations_are_kept_of_the_newest_sessions(store: Store) -> None:
    days = [DAY - timedelta(days=ago) for ago in range(7)]
    for number, day in enumerate((*days[3:], *days[:3])):
        await store.keep_correlations(day, {("KO", "T"): number / 10, ("T", "KO"): -1.0})
    assert await store.correlations(days[0]) == {("KO", "T"): 0.4, ("T", "KO"): -1.0}
    assert await store.correlations(days[4]) == {("KO", "T"): 0.1, ("T", "KO"): -1.0}
    assert [await store.correlations(day) for day in days[5:]] == [None, None]


async def test_a_proposal_is_asked_and_answered(store: Store) -> None:
    state = await begun(store)
    asked = a_batch(state, replace(state, proposals={"d1": a_proposal()}), (e.Proposed(proposal=a_proposal()),))
    await store.save(asked)
    assert await store.load(ACCOUNT) == asked.new
    answer = e.ProposalClosed(decision_id="d1", ticker="KO", outcome=Skip.DECLINED)
    answered = a_batch(asked.new, replace(asked.new, proposals={}), (answer,))
    await store.save(answered)
    assert await store.load(ACCOUNT) == answered.new


async def test_changes_come_back_with_the_types_of_their_settings(store: Store) -> None:
    change = a_change(fields=(("trading.watchlist", (), ("KO", "T")), ("engine.pause", None, "until resumed")))
    state = await begun(store, changes=(a_change(), change))
    found = await store.load(ACCOUNT)
    assert found
    assert found == state
    assert type(found.changes[0].fields[0][1]) is type(a_change().fields[0][1])


async def test_newest_records_come_first_and_as_many_as_asked(store: Store) -> None:
    events = tuple(e.Decided(decision=a_decision(id=f"d{n}", recommendation_id=None)) for n in range(5))
    trades = tuple(e.TradeClosed(trade=a_trade(client_order_id=f"o{n}")) for n in range(5))
    await store.save(a_batch(events=(*events, *trades)))
    assert [each.id for each in await store.decisions(ACCOUNT, 2)] == ["d4", "d3"]
    assert [each.client_order_id for each in await store.trades(ACCOUNT, 3)] == ["o4", "o3", "o2"]
    assert list(await store.decisions(ACCOUNT, 0)) == []


async def test_fills_come_newest_first_and_as_many_as_asked(store: Store) -> None:
    fills = [a_fill(execution_id=f"x{n}", shares=2) for n in range(3)]
    orders = [an_order(filled_shares=2 * (n + 1), status=OrderStatus.ACCEPTED) for n in range(3)]
    filled = [e.Filled(fill=fill, order=order, position=None) for fill, order in zip(fills, orders, strict=True)]
    await store.save(
        a_batch(events=(e.Decided(decision=a_decision()), e.OrderIntended(order=an_order()), *filled)),
    )
    assert list(await store.fills(ACCOUNT, 2)) == [fills[2], fills[1]]
    assert list(await store.fills(ACCOUNT, 9)) == fills[::-1]
    assert list(await store.fills("another", 9)) == []


async def test_recommendations_come_newest_first_whether_they_wait_or_are_decided(store: Store) -> None:
    wanted = [a_recommendation(id=f"r{n}") for n in range(4)]
    events = tuple(e.RecommendationReceived(recommendation=one) for one in wanted)
    first = a_batch(new=a_state(pending={one.id: one for one in wanted}), events=events)
    await store.save(first)
    split = replace(wanted[3], atr=5_500)
    await store.save(a_batch(first.new, replace(first.new, pending={"r3": split}, decided={"r0": None})))
    assert list(await store.recommendations(ACCOUNT, 2)) == [split, wanted[2]]
    assert list(await store.recommendations(ACCOUNT, 9)) == [split, *reversed(wanted[:3])]
    assert list(await store.recommendations("other", 9)) == []


async def test_changes_of_settings_come_newest_first_with_all_that_was_said_of_them(store: Store) -> None:
    """Undone and ended ones too, with values as JSON has them; how many is for who asks to say."""
    term = Term(path="risk.reserve_pct", until=NOON, back=20.0, seq=1)
    lists = (("trading.watchlist", (), ("KO", "T")), ("trading.absolute_position_cap", None, Decimal("25.50")))
    made = [
        a_change(seq=1),
        a_change(seq=2, fields=lists, by="telegram:42", channel="telegram", message="telegram:m1"),
        a_change(seq=3, fields=(("risk.reserve_pct", 30.0, 20.0),), by="engine", how="term", before=(term,)),
    ]
    changed = [e.PreferencesChanged(change=each, preferences=Preferences(), loosened=False) for each in made]
    state = await begun(store)
    for event in changed:
        batch = a_batch(state, events=(event,))
        await store.save(batch)
        state = batch.new
    await store.save(a_batch(state, events=(e.Noted(topic="engine_started", facts={}),)))
    written: tuple[tuple[str, Any, Any], ...] = (
        ("trading.watchlist", [], ["KO", "T"]),
        ("trading.absolute_position_cap", None, "25.50"),
    )
    expected = [made[2], replace(made[1], fields=written), made[0]]
    assert list(await store.changes(ACCOUNT, 10)) == expected
    assert list(await store.changes(ACCOUNT, 2)) == expected[:2]
    assert list(await store.changes(ACCOUNT, 0)) == []
    assert list(await store.changes("other", 9)) == []


async def test_snapshots_come_oldest_first_from_a_day_on(store: Store) -> None:
    days = [date(2026, 11, 18), date(2026, 11, 19), DAY]
    state: State | None = None
    for day in days:
        taken = a_snapshot(session=day)
        batch = a_batch(state, replace(state or a_state(), last=taken), (e.SnapshotTaken(snapshot=taken),))
        await store.save(batch)
        state = batch.new
    assert [each.session for each in await store.snapshots(ACCOUNT)] == days
    assert [each.session for each in await store.snapshots(ACCOUNT, date(2026, 11, 19))] == days[1:]
    assert await store.load(ACCOUNT) == state


async def test_people_are_remembered_and_their_role_replaced(store: Store) -> None:
    state = await begun(store)
    owner = Person(id="terminal:local", role=Role.OWNER, since=NOON, name="Owner")
    batch = a_batch(state, replace(state, people={owner.id: owner}))
    await store.save(batch)
    assert await store.load(ACCOUNT) == batch.new
    viewer = replace(owner, role=Role.VIEWER)
    batch = a_batch(batch.new, replace(batch.new, people={viewer.id: viewer}))
    await store.save(batch)
    assert await store.load(ACCOUNT) == batch.new


# --- announcements


async def test_announcements_wait_in_the_journals_order_and_are_delivered_once(store: Store) -> None:
    told = tuple(an_announcement(id=f"1.{n}", facts={"n": n}) for n in range(12))
    await store.save(a_batch(announcements=told))
    assert await store.undelivered(ACCOUNT, 3) == told[:3]
    await store.delivered(ACCOUNT, "1.1", NOON)
    await store.delivered(ACCOUNT, "1.1", NOON + timedelta(hours=1))
    await store.delivered(ACCOUNT, "nobody's", NOON)
    assert await store.undelivered(ACCOUNT, 100) == (told[0], *told[2:])
    assert (await store.counts(ACCOUNT)).notifications == 12


async def test_facts_come_back_as_plain_values(store: Store) -> None:
    told = an_announcement(facts={"at": NOON, "side": Side.BUY, "amounts": (1, 2), "why": None})
    await store.save(a_batch(announcements=(told,)))
    (found,) = await store.undelivered(ACCOUNT, 1)
    assert found.facts == {"at": "2026-11-20T17:00:00+00:00", "side": "buy", "amounts": [1, 2], "why": None}


# --- the journal


async def test_the_chain_holds_after_many_saves(store: Store) -> None:
    state = await begun(store)
    for number in range(40):
        event = e.Noted(topic="engine_started", facts={"number": number, "share": number / 7, "text": "µ “…” \u2028"})
        batch = a_batch(state, events=(event,))
        await store.save(batch)
        state = batch.new
    journal = await store.journal(ACCOUNT)
    assert len(journal) == 41
    assert first_bad(journal) is None
    assert all(digest(entry) == entry.hash for entry in journal)
    assert journal[-1].hash == state.head
    assert list(await store.journal(ACCOUNT, after=39)) == list(journal[39:])


# --- nothing twice, and nothing half


async def untouched(store: Store, state: State, batch: Batch, error: type[Exception]) -> None:
    """Saving `batch` raises, and everything is as it was."""
    before = await store.counts(state.account), await store.journal(state.account)
    with pytest.raises(error):
        await store.save(batch)
    assert await store.load(state.account) == state
    assert (await store.counts(state.account), await store.journal(state.account)) == before


async def test_a_batch_that_begins_elsewhere_conflicts(store: Store) -> None:
    state = await a_buy(store)
    stale = replace(state, seq=state.seq - 1)
    await untouched(store, state, a_batch(stale, events=(e.Noted(topic="x", facts={}),)), Conflict)
    await untouched(store, state, a_batch(new=a_state(cash="1")), Conflict)


async def test_a_batch_on_an_account_that_is_not_there_conflicts(store: Store) -> None:
    with pytest.raises(Conflict):
        await store.save(a_batch(replace(a_state(), seq=3)))
    assert await store.load(ACCOUNT) is None


TWICE: dict[str, dict[str, Any]] = {
    "command": {"key": "decide"},
    "decision": {"events": (e.Decided(decision=a_decision(recommendation_id="another")),)},
    "recommendation decided": {"events": (e.Decided(decision=a_decision(id="d9")),)},
    "recommendation received": {"events": (e.RecommendationReceived(recommendation=a_recommendation()),)},
    "order": {"events": (e.OrderIntended(order=an_order()),)},
    "execution": {"events": (e.Filled(fill=a_fill(), order=an_order(), position=a_position()),)},
    "tax lot": {"events": (e.LotOpened(lot=a_lot()),)},
    "sale of a tax lot": {"events": (e.LotSold(sale=a_lot_sale(), left=None),)},
    "announcement": {"announcements": (an_announcement(id="3.0"),)},
}


@pytest.mark.parametrize("what", TWICE)
async def test_what_comes_twice_is_refused_as_a_whole(store: Store, what: str) -> None:
    state = await a_buy(store)
    news = e.Decided(decision=a_decision(id="new", recommendation_id=None))
    asked = {"key": "new key", **TWICE[what]}
    batch = a_batch(state, replace(state, cash=0), (news, *asked.get("events", ())), asked.get("announcements", ()))
    await untouched(store, state, replace(batch, key=asked["key"]), Duplicate)
    # and the keys that came with it are free
    await store.save(a_batch(state, events=(news,), key="new key"))


async def test_a_journal_number_or_a_snapshot_comes_once(store: Store) -> None:
    taken = a_snapshot()
    first = await begun(store, last=taken)
    again = a_batch(first, events=(e.SnapshotTaken(snapshot=replace(taken, equity=1)),))
    await untouched(store, first, again, Duplicate)
    rewritten = a_batch(first)
    rewritten = replace(rewritten, entries=(replace(rewritten.entries[0], seq=1),))
    await untouched(store, first, rewritten, Duplicate)


async def test_a_trade_closes_once(store: Store) -> None:
    first = await begun(store)
    second = a_batch(first, events=(e.TradeClosed(trade=a_trade()),))
    await store.save(second)
    await untouched(store, second.new, a_batch(second.new, events=(e.TradeClosed(trade=a_trade()),)), Duplicate)


async def test_what_comes_twice_within_one_batch_is_refused(store: Store) -> None:
    state = await begun(store)
    twice = tuple(e.Decided(decision=a_decision(id=name)) for name in ("d1", "d2"))
    await untouched(store, state, a_batch(state, events=twice), Duplicate)


async def test_a_failure_in_the_middle_leaves_nothing(store: Store) -> None:
    """The last thing that is written cannot be: so nothing was."""
    state = await a_buy(store)
    unspeakable = Announcement(**{**_fields(an_announcement(id="4.0")), "facts": {"what": object()}})
    events = (e.Decided(decision=a_decision(id="d7", recommendation_id=None)), e.ReserveMoved(row=a_ledger_row()))
    await untouched(store, state, a_batch(state, replace(state, cash=1), events, (unspeakable,)), TypeError)


def _fields(announcement: Announcement) -> dict[str, Any]:
    return {name: getattr(announcement, name) for name in announcement.__dataclass_fields__}


async def test_of_two_writers_at_once_one_wins(store: Store) -> None:
    state = await begun(store)
    batches = [a_batch(state, replace(state, cash=cash)) for cash in range(8)]
    outcomes = await asyncio.gather(*(store.save(batch) for batch in batches), return_exceptions=True)
    won = [batch for batch, outcome in zip(batches, outcomes, strict=True) if outcome is None]
    assert len(won) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 7
    assert await store.load(ACCOUNT) == won[0].new
