"""The paper broker's own promises: its book in its own file, whole after any death."""

import asyncio
import os
import random
import signal
import sqlite3
import time
import warnings
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from engine.adapters.paper_broker import Book, PaperBroker, Terms, read_book
from engine.adapters.paper_broker.book_file import BookFile
from engine.adapters.paper_broker.tables import MIGRATIONS
from engine.core.happenings import CorporateAction
from engine.core.nouns import Fill, Transfer
from engine.core.scene import Quote
from engine.core.units import Money, money
from engine.core.words import ActionKind, OrderStatus, Side
from engine.ports import Holdings, Receipt, Rejected, Unavailable
from tests.engine.adapters.floor import CALENDAR, Floor, a_buy, a_sell, an_order, limited

CASH = money("10000")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paper.db"


async def test_a_book_opened_again_goes_on(path: Path) -> None:
    floor = Floor()
    with closing(floor.paper(path, CASH)) as broker:
        bought = await broker.submit(a_buy("one", 10))
        floor.close()
        await broker.submit(a_sell("two", 4))
        with pytest.raises(Rejected):
            await broker.submit(a_sell("three", 7))
        fills = await broker.fills(None)
    with closing(floor.paper(path, cash=money("1"))) as broker:
        assert await broker.fills(None) == fills
        assert await broker.submit(a_buy("one", 10)) == bought
        assert await broker.find("two") == Receipt(client_order_id="two", status=OrderStatus.ACCEPTED)
        with pytest.raises(Rejected, match="no_shares"):
            await broker.submit(a_sell("three", 7))
        floor.open(KO="60")
        assert [fill.execution_id for fill in await broker.fills(fills[-1].execution_id)] == ["paper-000002"]
        assert await broker.holdings() == Holdings(cash=money("9740"), shares={"KO": 6})


async def test_execution_ids_count_up_from_one(path: Path) -> None:
    with closing(Floor().paper(path, CASH)) as broker:
        for identity in ("one", "two"):
            await broker.submit(a_buy(identity, 1))
        assert [fill.execution_id for fill in await broker.fills(None)] == ["paper-000001", "paper-000002"]


async def test_instants_come_back_aware_utc(path: Path) -> None:
    floor = Floor()
    with closing(floor.paper(path, CASH)) as broker:
        await broker.submit(a_buy("one", 1))
        (fill,) = await broker.fills(None)
        assert fill.at.isoformat() == "2020-02-03T14:30:00+00:00"


async def test_a_price_of_the_session_before_fills_nothing(path: Path) -> None:
    """The exchange has opened but the market has not shown a price since: there is none to fill at."""
    floor = Floor()
    with closing(floor.paper(path, CASH)) as broker:
        floor.open(AAPL="80")
        assert (await broker.submit(a_buy("one", 10))).status is OrderStatus.ACCEPTED
        assert (await broker.submit(a_buy("two", 10, "AAPL"))).status is OrderStatus.FILLED
        assert await broker.find("one") == Receipt(client_order_id="one", status=OrderStatus.ACCEPTED)
        floor.show(KO="48")
        assert [(fill.ticker, fill.price) for fill in await broker.fills(None)] == [
            ("AAPL", money("80")),
            ("KO", money("48")),
        ]


async def test_an_order_left_alone_for_days_fills_at_the_price_of_the_day_it_is_asked_about(path: Path) -> None:
    floor = Floor()
    with closing(floor.paper(path, CASH)) as broker:
        floor.close()
        await broker.submit(a_buy("one", 10))
        floor.open(KO="52")
        floor.open(KO="47")
        assert [fill.price for fill in await broker.fills(None)] == [money("47")]


async def test_a_fee_is_taken_for_each_order(path: Path) -> None:
    floor = Floor()
    terms = Terms(fee_per_order=money("1"))
    broker = PaperBroker.open(path, floor.market, floor.clock, CALENDAR, money("101"), terms=terms)
    with closing(broker):
        await broker.submit(a_buy("one", 2))
        assert await broker.holdings() == Holdings(cash=0, shares={"KO": 2})
        await broker.submit(a_sell("two", 2))
        assert await broker.holdings() == Holdings(cash=money("99"), shares={})
        assert [fill.fee for fill in await broker.fills(None)] == [money("1"), money("1")]
        with pytest.raises(Rejected, match="no_cash"):
            await broker.submit(a_buy("three", 2))


async def test_money_moved_stands_in_the_book(path: Path) -> None:
    floor = Floor()
    at = floor.clock.market()
    into = Transfer(id="t1", amount=money("500"), at=at)
    anew = Transfer(id="t2", amount=money("700"), at=at, resets=True)
    with closing(floor.paper(path, CASH)) as broker:
        await broker.submit(a_buy("one", 1))
        for transfer in (into, anew):
            await broker.transfer(transfer)
    with closing(floor.paper(path, CASH)) as broker:
        await broker.transfer(anew)
        book = read_book(path)
        assert (book.cash, book.holdings, book.transfers) == (money("700"), {}, (into, anew))
        assert [fill.client_order_id for fill in book.executions] == ["one"]
        assert await broker.fills(None) == []


async def test_everything_of_a_transfer_is_one_commit(path: Path) -> None:
    with closing(Floor().paper(path, CASH)) as broker:
        await broker.submit(a_buy("one", 1))
        before = read_book(path)
        with (
            patch.object(BookFile, "_empty", side_effect=sqlite3.OperationalError("disk full")),
            pytest.raises(Unavailable, match="disk full"),
        ):
            await broker.transfer(Transfer(id="t1", amount=1, at=Floor().clock.market(), resets=True))
        assert read_book(path) == before


async def test_a_book_of_before_transfers_is_read_and_goes_on(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in MIGRATIONS[0]:
            connection.execute(statement)
        connection.execute("PRAGMA user_version = 1")
        connection.execute("INSERT INTO book VALUES (1, ?, ?)", (CASH, CASH))
    assert read_book(path) == Book(cash=CASH, holdings={}, orders={}, executions=())
    floor = Floor()
    with closing(floor.paper(path, 1)) as broker:
        await broker.transfer(Transfer(id="t1", amount=money("5"), at=floor.clock.market()))
        assert (await broker.holdings()).cash == CASH + money("5")


def of_ko(floor: Floor, name: str, **changes: Any) -> CorporateAction:
    coming = CALENDAR.next_session(floor.clock.market())
    usual: dict[str, Any] = {"id": name, "kind": ActionKind.SPLIT, "ticker": "KO", "ex_date": coming.date, "new": 2}
    return CorporateAction(opens_at=coming.opens_at, **usual | changes)


async def test_splits_and_dividends_stand_in_the_book_and_are_booked_once_after_a_restart(path: Path) -> None:
    floor = Floor()
    with closing(floor.paper(path, CASH)) as broker:
        await broker.submit(a_buy("one", 10))
        floor.market.act(of_ko(floor, "a1", new=3, old=4))
        floor.market.act(of_ko(floor, "a2", kind=ActionKind.DIVIDEND, new=1, per_share=money("0.41")))
        floor.close()
    for _ in range(2):
        with closing(floor.paper(path, CASH)) as broker:
            assert read_book(path).actions == ()
            floor.market.down = True
            assert (await broker.holdings()).shares == {"KO": 10}
            floor.market.down = False
    floor.open(KO="67")
    for _ in range(2):
        with closing(floor.paper(path, CASH)) as broker:
            # half a share at $66.6667, then $0.41 for each of seven
            assert await broker.holdings() == Holdings(cash=money("9536.2033"), shares={"KO": 7})
    book = read_book(path)
    assert (book.cash, book.holdings) == (money("9536.2033"), {"KO": 7})
    assert book.actions == (("a1", "KO", -3, money("33.3333")), ("a2", "KO", 0, money("2.87")))


async def test_everything_of_a_split_is_one_commit(path: Path) -> None:
    floor = Floor()
    with closing(floor.paper(path, CASH)) as broker:
        await broker.submit(a_buy("one", 10))
        floor.market.act(of_ko(floor, "a1"))
        floor.open(KO="25")
        before = read_book(path)
        with (
            patch("engine.adapters.paper_broker.actions._hold", side_effect=sqlite3.OperationalError("disk full")),
            pytest.raises(Unavailable, match="disk full"),
        ):
            await broker.holdings()
        assert read_book(path) == before
        assert (await broker.holdings()).shares == {"KO": 20}


async def test_a_book_of_before_splits_is_read_and_goes_on(path: Path) -> None:
    """What was held then was last traded on Monday: what came into force before that is not booked any more."""
    floor = Floor()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in (*MIGRATIONS[0], *MIGRATIONS[1]):
            connection.execute(statement)
        connection.execute("PRAGMA user_version = 2")
        connection.execute("INSERT INTO book VALUES (1, ?, ?)", (CASH, money("9500")))
        connection.execute(
            "INSERT INTO orders VALUES"
            " (1, 'one', 'KO', 'buy', 10, 'filled', 'filled', 10, '', '2020-02-03T14:30:00+00:00')"
        )
        connection.execute(
            "INSERT INTO executions (client_order_id, shares, price, fee, at)"
            " VALUES ('one', 10, 500000, 0, '2020-02-03T14:30:00+00:00')"
        )
        connection.execute("INSERT INTO holdings VALUES ('KO', 10)")
    assert (read_book(path).holdings, read_book(path).actions) == ({"KO": 10}, ())
    now = floor.clock.market()
    floor.market.act(replace(of_ko(floor, "old"), ex_date=now.date(), opens_at=now))
    floor.market.act(of_ko(floor, "new", new=5))
    with closing(floor.paper(path, CASH)) as broker:
        assert (await broker.holdings()).shares == {"KO": 10}
        floor.open(KO="10")
        assert (await broker.holdings()).shares == {"KO": 50}


async def test_two_tasks_book_a_split_once(path: Path) -> None:
    floor = Floor()
    with closing(floor.paper(path, CASH)) as broker:
        await broker.submit(a_buy("one", 10))
        floor.market.act(of_ko(floor, "a1"))
        floor.open(KO="25")
        found = await asyncio.gather(*(broker.holdings() for _ in range(5)))
        assert [dict(one.shares) for one in found] == [{"KO": 20}] * 5


async def test_two_tasks_with_one_order_make_one_execution(path: Path) -> None:
    with closing(Floor().paper(path, CASH)) as broker:
        receipts = await asyncio.gather(*(broker.submit(a_buy("one", 10)) for _ in range(5)))
        assert len({receipt.status for receipt in receipts}) == 1
        assert len(await broker.fills(None)) == 1


async def test_an_order_is_met_by_no_price_from_before_it(path: Path) -> None:
    """The market was slow to answer somebody who asked before: what it showed then is not what the order finds."""
    floor = Floor()
    with closing(floor.paper(path, CASH)) as broker:
        await broker.submit(a_buy("waits", 1, **limited("1")))
        quotes, answers, asked = floor.market.quotes, asyncio.Event(), asyncio.Event()

        async def slow(at: datetime) -> Mapping[str, Quote]:
            floor.market.quotes = quotes  # type: ignore[method-assign]  # the next is answered at once
            found = await quotes(at)
            asked.set()
            await answers.wait()
            return found

        floor.market.quotes = slow  # type: ignore[method-assign]
        finding = asyncio.create_task(broker.find("waits"))
        await asked.wait()
        floor.clock.forward(timedelta(minutes=10))
        floor.show(KO="60")
        assert (await broker.submit(a_buy("limit", 10, **limited("55")))).status is OrderStatus.ACCEPTED
        answers.set()
        await finding
        assert await broker.fills(None) == []
        floor.clock.forward(timedelta(minutes=10))
        floor.show(KO="54")
        assert [(fill.price, fill.at) for fill in await broker.fills(None)] == [(money("54"), floor.clock.market())]


async def test_everything_of_a_submit_is_one_commit(path: Path) -> None:
    """A failure in the middle of a fill leaves nothing of the order behind."""
    with closing(Floor().paper(path, CASH)) as broker:
        before = read_book(path)
        with (
            patch.object(BookFile, "_hold", side_effect=sqlite3.OperationalError("disk full")),
            pytest.raises(Unavailable, match=r"paper\.db cannot be used: disk full"),
        ):
            await broker.submit(a_buy("one", 10))
        assert read_book(path) == before
        assert (await broker.submit(a_buy("one", 10))).status is OrderStatus.FILLED


async def test_a_book_is_read_while_it_is_written(path: Path) -> None:
    floor = Floor()
    with closing(floor.paper(path, CASH)) as broker:
        await broker.submit(a_buy("one", 10))
        floor.close()
        await broker.submit(a_buy("two", 5))
        with pytest.raises(Rejected):
            await broker.submit(a_sell("three", 11))
        assert read_book(path) == Book(
            cash=money("9500"),
            holdings={"KO": 10},
            orders={
                "one": Receipt(client_order_id="one", status=OrderStatus.FILLED, filled_shares=10),
                "two": Receipt(client_order_id="two", status=OrderStatus.ACCEPTED),
                "three": Receipt(client_order_id="three", status=OrderStatus.REJECTED, why="no_shares"),
            },
            executions=(
                Fill(
                    execution_id="paper-000001",
                    client_order_id="one",
                    ticker="KO",
                    side=Side.BUY,
                    shares=10,
                    price=money("50"),
                    fee=0,
                    at=read_book(path).executions[0].at,
                ),
            ),
        )
    assert read_book(path).cash == money("9500")


def test_reading_makes_no_file(path: Path) -> None:
    with pytest.raises(Unavailable, match=r"paper\.db cannot be used"):
        read_book(path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no database at all " * 100])
def test_a_file_that_is_no_book_is_not_read(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(Unavailable, match=r"paper\.db cannot be used"):
        read_book(path)


def test_a_file_that_is_no_database_is_not_opened(path: Path) -> None:
    path.write_bytes(b"no database at all " * 100)
    with pytest.raises(Unavailable, match=r"paper\.db cannot be used"):
        Floor().paper(path, CASH)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="unable to open"):
        Floor().paper(tmp_path / "nowhere" / "paper.db", CASH)


def test_a_book_of_a_newer_program_is_left_alone(path: Path) -> None:
    Floor().paper(path, CASH).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(Unavailable, match="install the newer program"):
        Floor().paper(path, CASH)
    with pytest.raises(Unavailable, match="install the newer program"):
        read_book(path)


async def test_a_closed_broker_is_unavailable(path: Path) -> None:
    broker = Floor().paper(path, CASH)
    broker.close()
    with pytest.raises(Unavailable):
        await broker.submit(a_buy("one", 1))
    with pytest.raises(Unavailable):
        await broker.find("one")


async def test_beyond_the_calendar_nothing_is_done(path: Path) -> None:
    floor = Floor()
    with closing(floor.paper(path, CASH)) as broker:
        floor.clock.stand_at(floor.clock.market().replace(year=2040))
        with pytest.raises(Unavailable, match="outside the exchange calendar"):
            await broker.submit(a_buy("one", 1))
        assert await broker.find("one") is None


@pytest.mark.parametrize("cash", [-1, money("1000000000000") + 1])
def test_a_book_begins_with_a_possible_sum(path: Path, cash: Money) -> None:
    with pytest.raises(ValueError, match="cannot begin with"):
        Floor().paper(path, cash)
    assert not path.exists()


def test_the_file_is_written_through_to_the_disk(path: Path) -> None:
    with closing(Floor().paper(path, CASH)) as broker:
        connection = broker._writer._connection
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_death_at_any_moment_leaves_a_whole_book(path: Path) -> None:
    """Killed again and again between and within submits: what was answered is kept, what is kept adds up."""
    lots = random.Random(20200203)
    told: dict[str, str] = {}
    for life in range(15):
        told |= _a_short_life(path, life, answers=lots.randint(1, 25), then_s=lots.uniform(0, 0.002))
        book = read_book(path)
        _check(path, book)
        assert {identity: book.orders[identity].status.value for identity in told} == told
    asyncio.run(_repeat_everything(path))


def _a_short_life(path: Path, life: int, answers: int, then_s: float) -> dict[str, str]:
    """Fork a trader and kill it a moment after so many answers; returns what it was told, by client order id."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking beside threads: the child uses none of them
        child = os.fork()
    if not child:
        try:
            asyncio.run(_trade(path, life, writer))
        finally:
            os._exit(1)
    os.close(writer)
    with os.fdopen(reader) as lines:
        told = [lines.readline() for _ in range(answers)]
        time.sleep(then_s)
        os.kill(child, signal.SIGKILL)
        told += lines.readlines()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    return dict(line.split() for line in told if line.endswith("\n"))


async def _trade(path: Path, life: int, writer: int) -> None:
    lots, broker = random.Random(life), Floor().paper(path, CASH)
    for number in range(100_000):
        identity = f"life-{life}-{number}"
        try:
            receipt = await broker.submit(
                an_order(identity, lots.choice(list(Side)), lots.randint(1, 5), lots.choice(["AAPL", "KO"]))
            )
            status = receipt.status
        except Rejected:
            status = OrderStatus.REJECTED
        os.write(writer, f"{identity} {status}\n".encode())


def _check(path: Path, book: Book) -> None:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        (opening,) = connection.execute("SELECT opening_cash FROM book").fetchone()
        rows = connection.execute(
            "SELECT client_order_id, ticker, side, executions.shares, price FROM executions"
            " JOIN orders USING (client_order_id)"
        ).fetchall()
    cash, holdings = opening, {"AAPL": 0, "KO": 0}
    for _, ticker, side, shares, price in rows:
        bought = shares if side == "buy" else -shares
        cash -= bought * price
        holdings[ticker] += bought
    assert book.cash == cash
    assert book.holdings == {ticker: shares for ticker, shares in holdings.items() if shares}
    filled = {identity for identity, receipt in book.orders.items() if receipt.status is OrderStatus.FILLED}
    assert sorted(filled) == sorted(identity for identity, *_ in rows)
    numbered = [f"paper-{number:06d}" for number in range(1, len(rows) + 1)]
    assert [one.execution_id for one in book.executions] == numbered


async def _repeat_everything(path: Path) -> None:
    """Send every order once more: nothing is executed twice."""
    before = read_book(path)
    with closing(Floor().paper(path, CASH)) as broker:
        for identity, receipt in before.orders.items():
            if receipt.status is OrderStatus.FILLED:
                assert await broker.submit(a_buy(identity, receipt.filled_shares)) == receipt
        assert read_book(path) == before
