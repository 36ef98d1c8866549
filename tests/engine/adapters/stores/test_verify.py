"""Verifying a book: a right one has no findings, and each thing that can be wrong is found and named."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from engine.adapters.sql_store import SqlStore
from engine.adapters.sql_store.schema import HEAD
from engine.adapters.sql_store.verify import verify
from engine.core import events as e
from engine.core.nouns import TraceLine
from engine.core.state import State
from engine.core.units import money
from engine.core.words import ActionKind, OrderStatus, Origin, Side
from engine.ports import Counts, Unavailable
from tests.builders import (
    ACCOUNT,
    a_batch,
    a_decision,
    a_fill,
    a_ledger_row,
    a_lot,
    a_position,
    a_state,
    a_trade,
    an_action,
    an_announcement,
    an_order,
)
from tests.engine.adapters.stores.conftest import a_file


def bought(state: State, ticker: str, number: int) -> tuple[State, tuple[e.Event, ...]]:
    """Ten shares at $60 with $1 of fees."""
    name, decision = f"o{number}", f"d{number}"
    order = an_order(client_order_id=name, decision_id=decision, ticker=ticker)
    done = replace(order, status=OrderStatus.FILLED, filled_shares=10, reserved=0)
    position = a_position(ticker=ticker, decision_id=decision)
    fill = a_fill(fee="1", execution_id=f"x{number}", client_order_id=name, ticker=ticker)
    events = (
        e.Decided(decision=a_decision(id=decision, ticker=ticker, recommendation_id=f"r{number}")),
        e.OrderIntended(order=order),
        e.Filled(fill=fill, order=done, position=position),
    )
    cash, fees = state.cash - money("601"), state.fees + money("1")
    return replace(state, cash=cash, fees=fees, positions={**state.positions, ticker: position}), events


def sold(state: State, ticker: str, number: int) -> tuple[State, tuple[e.Event, ...]]:
    """The ten shares at $70 with $1 of fees, and $19.80 set aside."""
    name, decision = f"o{number}", f"d{number}"
    made = {"client_order_id": name, "decision_id": decision, "ticker": ticker, "side": Side.SELL}
    done = an_order(**made, status=OrderStatus.FILLED, filled_shares=10, origin=Origin.TAKE, reserved="0")
    act = a_decision(id=decision, ticker=ticker, side=Side.SELL, recommendation_id=None, trace=(TraceLine("held", 10),))
    sale = a_fill("70", "1", execution_id=f"x{number}", client_order_id=name, ticker=ticker, side=Side.SELL)
    aside = state.reserve + money("19.80")
    events = (
        e.Decided(decision=act),
        e.OrderIntended(order=replace(done, status=OrderStatus.INTENDED, filled_shares=0)),
        e.Filled(fill=sale, order=done, position=None),
        e.TradeClosed(trade=a_trade(client_order_id=name, decision_id=decision, ticker=ticker, realised="99")),
        e.ReserveMoved(row=replace(a_ledger_row("19.80"), balance_after=aside, reference=name)),
    )
    left = {key: position for key, position in state.positions.items() if key != ticker}
    cash, fees = state.cash + money("699"), state.fees + money("1")
    realised = state.realised + money("100")
    return replace(state, cash=cash, fees=fees, realised=realised, reserve=aside, positions=left), events


@pytest.fixture
async def book(tmp_path: Path) -> Path:
    """Three buys and two sells; one position is left."""
    path = a_file(tmp_path)
    store = await SqlStore.open(path)
    await store.save(first := a_batch(new=a_state()))
    state = first.new
    for number, (act, ticker) in enumerate(
        [(bought, "KO"), (bought, "T"), (sold, "KO"), (bought, "KO"), (sold, "T")], 1
    ):
        after, events = act(state, ticker, number)
        batch = a_batch(state, after, events, (an_announcement(id=f"{number}.0"),), key=f"k{number}")
        await store.save(batch)
        state = batch.new
    await store.close()
    return path


def test_a_right_book_has_no_findings(book: Path) -> None:
    checked = verify(book)
    assert checked.found == ()
    assert checked.counts == {ACCOUNT: Counts(journal=6, decisions=5, orders=5, fills=5, notifications=5)}


async def test_a_book_in_use_can_be_verified(book: Path) -> None:
    store = await SqlStore.open(book)
    await store.save(a_batch(new=a_state(account="other")))
    assert set(verify(book).counts) == {ACCOUNT, "other"}
    assert verify(book).found == ()
    await store.close()


WRONG = {
    "UPDATE journal SET body = '{}' WHERE seq = 2": "journal_chain",
    "DELETE FROM journal WHERE seq = 3": "journal_chain",
    "DELETE FROM journal WHERE seq = 6": "journal_head",
    "UPDATE accounts SET head = 'x'": "journal_head",
    "DELETE FROM orders WHERE client_order_id = 'o2'": "decision_without_order, fill_without_order",
    "DELETE FROM decisions WHERE id = 'd2'": "order_without_decision",
    "UPDATE decisions SET reason = 'paused' WHERE id = 'd2'": "order_without_decision",
    "UPDATE fills SET ticker = 'GE' WHERE execution_id = 'x2'": "fill_without_order, position_shares, position_shares",
    "UPDATE orders SET filled_shares = 9 WHERE client_order_id = 'o2'": "filled_shares",
    "UPDATE orders SET shares = 9 WHERE client_order_id = 'o2'": "filled_shares",
    "DELETE FROM fills WHERE execution_id = 'x5'": "filled_shares, position_shares, cash_and_fills",
    "UPDATE positions SET shares = 11": "position_shares",
    "UPDATE positions SET cost = cost + 1": "cash_and_cost",
    "DELETE FROM position_stop_levels": "position_levels",
    "UPDATE accounts SET cash = cash + 10000": "cash_and_cost, cash_and_fills",
    "UPDATE accounts SET realised = 0": "cash_and_cost",
    "UPDATE accounts SET reserve = 0": "reserve",
    "UPDATE reserve_pool_ledger SET amount = 1 WHERE reference = 'o3'": "reserve, ledger_balance, ledger_balance",
    "UPDATE reserve_pool_ledger SET balance_after = 1 WHERE reference = 'o5'": "ledger_balance",
}


@pytest.mark.parametrize("damage", WRONG)
def test_what_is_wrong_is_found(book: Path, damage: str) -> None:
    with closing(sqlite3.connect(book)) as connection:
        connection.execute(damage)
        connection.commit()
    assert ", ".join(finding.code for finding in verify(book).found) == WRONG[damage]


async def acted(path: Path, act: Callable[[State], tuple[State, tuple[e.Event, ...]]]) -> None:
    """Whatever `act` makes of the account, each event with a row of its own."""
    store = await SqlStore.open(path)
    state = await store.load(ACCOUNT)
    assert state is not None
    after, events = act(state)
    for event in events:
        batch = a_batch(state, state if event is not events[-1] else after, (event,))
        await store.save(batch)
        state = batch.new
        after = replace(after, seq=state.seq, head=state.head)
    await store.close()


@pytest.fixture
async def told(tmp_path: Path) -> Path:
    """Ten shares of KO, and a row of the journal for each event that brought them."""
    path = a_file(tmp_path)
    store = await SqlStore.open(path)
    await store.save(a_batch(new=a_state()))
    await store.close()
    await acted(path, lambda state: bought(state, "KO", 4))
    return path


def split(state: State) -> tuple[State, tuple[e.Event, ...]]:
    """Three for two of the ten shares of KO, of which a sell had sold two of five; $4 for the half that is over."""
    part = {"client_order_id": "o9", "decision_id": "d9", "ticker": "KO", "side": Side.SELL, "reserved": "0"}
    sell = an_order(**part, shares=5, filled_shares=2, status=OrderStatus.ACCEPTED)
    fill = a_fill("70", execution_id="x9", client_order_id="o9", side=Side.SELL, shares=2)
    left = replace(state.positions["KO"], shares=8, cost=money("480"))
    after = replace(left, shares=11, cost=money("460"))
    events = (
        e.Decided(decision=a_decision(id="d9", side=Side.SELL, recommendation_id=None)),
        e.OrderIntended(order=replace(sell, filled_shares=0)),
        e.Filled(fill=fill, order=sell, position=left),
        e.SplitApplied(
            action=an_action(new=3, old=2),
            position=after,
            lots=(),
            orders=(replace(sell, shares=7, filled_shares=3),),
            cash=money("24"),
            cost_out=money("20"),
        ),
    )
    cash, realised = state.cash + money("164"), state.realised + money("24")
    orders = {"o9": replace(sell, shares=7, filled_shares=3)}
    return replace(state, cash=cash, realised=realised, positions={"KO": after}, orders=orders), events


def paid(state: State) -> tuple[State, tuple[e.Event, ...]]:
    action = an_action(id="dividend-KO", kind=ActionKind.DIVIDEND, new=1, per_share=money("0.50"))
    after = replace(state, cash=state.cash + money("5"), dividends=money("5"))
    return after, (e.DividendPaid(action=action, shares=10, amount=money("5")),)


def with_lot(state: State) -> tuple[State, tuple[e.Event, ...]]:
    return replace(state, lots={"KO": (a_lot(id="x4"),)}), (e.LotOpened(lot=a_lot(id="x4")),)


@pytest.mark.parametrize("act", [split, paid, with_lot])
async def test_a_book_with_splits_dividends_and_lots_adds_up(
    told: Path, act: Callable[[State], tuple[State, tuple[e.Event, ...]]]
) -> None:
    await acted(told, act)
    assert verify(told).found == ()


LATER_WRONG = {
    "UPDATE positions SET shares = 12": (split, "position_shares"),
    "UPDATE orders SET filled_shares = 2 WHERE client_order_id = 'o9'": (split, "filled_shares"),
    "UPDATE accounts SET dividends = 0": (paid, "cash_and_cost"),
    "UPDATE accounts SET cash = cash - 50000, realised = realised - 50000": (paid, "cash_and_fills"),
    "UPDATE tax_lots SET shares = 9": (with_lot, "position_lots"),
    "UPDATE tax_lots SET cost = 5990000": (with_lot, "position_lots"),
    "UPDATE tax_lots SET ticker = 'T'": (with_lot, "position_lots"),
}


@pytest.mark.parametrize("damage", LATER_WRONG)
async def test_what_does_not_follow_from_splits_dividends_and_lots_is_found(told: Path, damage: str) -> None:
    act, code = LATER_WRONG[damage]
    await acted(told, act)
    with closing(sqlite3.connect(told)) as connection:
        connection.execute(damage)
        connection.commit()
    assert [finding.code for finding in verify(told).found] == [code]


def test_ids_that_stand_twice_are_found(book: Path) -> None:
    """Only where somebody took the unique keys away."""
    with closing(sqlite3.connect(book)) as connection:
        connection.execute("CREATE TABLE copies AS SELECT * FROM fills")
        connection.execute("DROP TABLE fills")
        connection.execute("ALTER TABLE copies RENAME TO fills")
        connection.execute("INSERT INTO fills SELECT * FROM fills WHERE execution_id = 'x2'")
        connection.commit()
    found = {finding.code: finding.sentence for finding in verify(book).found}
    assert found["fills_twice"] == "fills: execution_id x2 stands there 2 times"


def test_sentences_say_what_and_how_much(book: Path) -> None:
    with closing(sqlite3.connect(book)) as connection:
        connection.execute("UPDATE accounts SET cash = cash + 12500")
        connection.commit()
    (cost, fills) = verify(book).found
    assert cost.sentence == (
        "cash $9,596.25 and cost of positions $600.00 are not what was paid in $10,000.00, realised $200.00, "
        "received in dividends $0.00 and paid in fees $5.00"
    )
    assert fills.sentence == (
        "cash is $9,596.25, but $10,000.00 paid in, all fills with their fees and what shares paid leave $9,595.00"
    )


def test_what_cannot_be_verified_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"nothing\.db cannot be opened"):
        verify(tmp_path / "nothing.db")
    noise = tmp_path / "noise.db"
    noise.write_text("no database" * 500)
    with pytest.raises(Unavailable, match="is not a database"):
        verify(noise)
    with closing(sqlite3.connect(tmp_path / "photos.db")) as connection:
        connection.execute("CREATE TABLE photos (id INTEGER)")
    with pytest.raises(Unavailable, match="holds no accounts of ours"):
        verify(tmp_path / "photos.db")


@pytest.mark.parametrize(
    ("version", "what"), [("0002", "bring it up to date with parley db upgrade"), ("9001", "update this program")]
)
def test_a_database_of_another_version_is_refused_with_what_to_do(tmp_path: Path, version: str, what: str) -> None:
    path = a_file(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
        connection.commit()
    with pytest.raises(Unavailable) as caught:
        verify(path)
    assert str(caught.value) == f"{path} has schema {version}, this program checks {HEAD}: {what}"
