"""One paper book for many accounts: apart in what they have, together in what is written."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest

from engine.adapters.paper_broker import PaperBroker, read_book
from engine.adapters.paper_broker.book_file import BookFile
from engine.adapters.paper_broker.tables import MIGRATIONS
from engine.core.nouns import Order, Transfer
from engine.core.units import money
from engine.core.words import OrderStatus, Side
from engine.ports import Holdings, Rejected, Unavailable
from tests.engine.adapters.floor import Floor, a_buy, a_sell, limited

CASH = money("10000")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paper.db"


async def test_accounts_know_nothing_of_each_other(path: Path) -> None:
    """The same client order id, transfer and ticker are each account's own."""
    floor = Floor()
    with closing(floor.books(path)) as books:
        ann, bob = books.broker("ann", CASH), books.broker("bob", money("500"))
        await ann.submit(a_buy("one", 10))
        assert await bob.find("one") is None
        with pytest.raises(Rejected, match="no_cash"):
            await bob.submit(a_buy("one", 11))
        with pytest.raises(Rejected, match="no_shares"):
            await bob.submit(a_sell("two", 1))
        for one in (ann, bob):
            await one.transfer(Transfer(id="t1", amount=money("100"), at=floor.clock.market()))
        assert await ann.holdings() == Holdings(cash=money("9600"), shares={"KO": 10})
        assert await bob.holdings() == Holdings(cash=money("600"), shares={})
        (fill,) = await ann.fills(None)
        with pytest.raises(Rejected, match="unknown_execution"):
            await bob.fills(fill.execution_id)
        await ann.transfer(Transfer(id="t2", amount=0, at=floor.clock.market(), resets=True))
        assert (await bob.holdings()).cash == money("600")


async def test_every_book_is_read_by_its_account(path: Path) -> None:
    with closing(Floor().books(path)) as books:
        for name, shares in (("ann", 1), ("bob", 2)):
            await books.broker(name, CASH).submit(a_buy("one", shares))
    assert read_book(path, "ann").holdings == {"KO": 1}
    assert read_book(path, "bob").cash == money("9900")
    assert [fill.execution_id for fill in read_book(path, "bob").executions] == ["paper-000002"]
    with pytest.raises(Unavailable, match="it has no account carol"):
        read_book(path, "carol")


async def test_an_account_has_one_broker_and_begins_with_its_cash_once(path: Path) -> None:
    floor = Floor()
    with closing(floor.books(path)) as books:
        assert books.broker("ann", CASH) is books.broker("ann", 1)
        await books.broker("ann", CASH).submit(a_buy("one", 1))
        with pytest.raises(ValueError, match="cannot begin with"):
            books.broker("bob", -1)
    with closing(floor.books(path)) as books:
        assert await books.broker("ann", 1).holdings() == Holdings(cash=money("9950"), shares={"KO": 1})


async def test_a_book_of_one_account_goes_on_among_many(path: Path) -> None:
    floor = Floor()
    with closing(floor.paper(path, CASH)) as alone:
        await alone.submit(a_buy("one", 1))
    with closing(floor.books(path)) as books:
        assert (await books.broker("paper", 1).holdings()).shares == {"KO": 1}
        assert (await books.broker("ann", 7).holdings()).cash == 7


async def test_orders_that_come_together_are_written_together(path: Path) -> None:
    """A hundred accounts buy at once: 64 in one commit, and the others in the next."""
    commits = 0

    def count(statement: str) -> None:
        nonlocal commits
        commits += statement == "COMMIT"

    with closing(Floor().books(path)) as books:
        brokers = [books.broker(f"account-{number}", CASH) for number in range(100)]
        await asyncio.gather(*(broker.holdings() for broker in brokers))
        books._writer._connection.set_trace_callback(count)
        await asyncio.gather(*(broker.submit(a_buy("one", 1)) for broker in brokers))
        assert commits == 2
        assert {(await broker.holdings()).cash for broker in brokers} == {money("9950")}


async def test_the_file_is_written_by_a_thread_of_its_own(path: Path) -> None:
    threads: set[str] = set()
    enter = BookFile.enter

    def watched(book: BookFile, *args: object) -> None:
        threads.add(threading.current_thread().name)
        enter(book, *args)  # type: ignore[arg-type]  # passed on as they came

    with closing(Floor().books(path)) as books, patch.object(BookFile, "enter", watched):
        await books.broker("ann", CASH).submit(a_buy("one", 1))
    assert [name.partition("_")[0] for name in threads] == ["paper-book"]


async def test_a_failure_of_one_takes_no_other_with_it(path: Path) -> None:
    enter = BookFile.enter

    def frail(book: BookFile, order: Order, *args: object) -> None:
        enter(book, order, *args)  # type: ignore[arg-type]  # passed on as they came
        if order.shares == 13:
            raise sqlite3.OperationalError("disk full")

    with closing(Floor().books(path)) as books, patch.object(BookFile, "enter", frail):
        brokers = {shares: books.broker(f"account-{shares}", CASH) for shares in (12, 13, 14)}
        answers = await asyncio.gather(
            *(broker.submit(a_buy("one", shares)) for shares, broker in brokers.items()), return_exceptions=True
        )
        assert isinstance(answers[1], Unavailable)
        assert str(answers[1]).endswith("paper.db cannot be used: disk full")
        assert [dict((await broker.holdings()).shares) for broker in brokers.values()] == [{"KO": 12}, {}, {"KO": 14}]


async def test_where_the_commit_fails_nobody_is_told_that_it_was_done(path: Path) -> None:
    class Frail:
        """A connection whose disk is full at the end of a transaction."""

        def __init__(self, real: sqlite3.Connection) -> None:
            self.real, self.full = real, True

        def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
            if self.full and statement == "COMMIT":
                raise sqlite3.OperationalError("database or disk is full")
            return self.real.execute(statement, *values)  # type: ignore[arg-type]  # passed on as they came

        def __getattr__(self, name: str) -> object:
            return getattr(self.real, name)

    with closing(Floor().books(path)) as books:
        brokers = [books.broker(name, CASH) for name in ("ann", "bob")]
        await asyncio.gather(*(broker.holdings() for broker in brokers))
        real = books._writer._connection
        frail = Frail(real)
        books._writer._connection = frail  # type: ignore[assignment]  # as a connection is used
        answers = await asyncio.gather(*(one.submit(a_buy("one", 1)) for one in brokers), return_exceptions=True)
        assert [type(answer) for answer in answers] == [Unavailable, Unavailable]
        frail.full = False
        assert [await broker.find("one") for broker in brokers] == [None, None]
        assert (await brokers[0].submit(a_buy("one", 1))).status is OrderStatus.FILLED
        books._writer._connection = real


async def test_an_order_whose_sender_went_away_is_done_all_the_same(path: Path) -> None:
    """A deadline of the sender's ends its wait, not the work: the order is found, and what waits is filled after it."""
    floor = Floor()
    with closing(floor.books(path)) as books:
        ann = books.broker("ann", CASH)
        await ann.holdings()
        task = asyncio.create_task(ann.submit(a_buy("one", 10, **limited("49"))))
        for _ in range(20):
            await asyncio.sleep(0)
            if books._writer._waiting:
                break
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        found = await ann.find("one")
        assert found is not None
        assert found.status is OrderStatus.ACCEPTED


async def test_who_waits_for_the_book_is_let_go_when_writing_is_cancelled(path: Path) -> None:
    """Whatever waits for it: what is being written, and what came since."""
    with closing(Floor().books(path)) as books:
        stalled, writer = threading.Event(), books._writer
        first = asyncio.create_task(writer.run(lambda _connection: stalled.wait(5), changes=False))
        for _ in range(3):
            await asyncio.sleep(0)
        second = asyncio.create_task(writer.run(lambda _connection: None, changes=False))
        await asyncio.sleep(0)
        assert writer._draining is not None
        writer._draining.cancel()
        outcomes = await asyncio.wait_for(asyncio.gather(first, second, return_exceptions=True), 5)
        stalled.set()
        assert [type(one) for one in outcomes] == [asyncio.CancelledError, asyncio.CancelledError]
        assert await writer.run(lambda _connection: 3, changes=False) == 3


async def test_a_book_is_written_by_one_at_a_time(path: Path) -> None:
    floor = Floor()
    books = floor.books(path)
    with pytest.raises(Unavailable, match=r"paper\.db cannot be used: somebody else trades in it"):
        floor.paper(path, CASH)
    assert (await books.broker("ann", CASH).submit(a_buy("one", 1))).status is OrderStatus.FILLED
    books.close()
    with closing(floor.books(path)) as again:
        assert (await again.broker("ann", CASH).holdings()).shares == {"KO": 1}


def an_old_book(path: Path, version: int) -> None:
    """A book of that version: ten KO bought, four of them being sold, and in later ones $5 put in, a split taken."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statements in MIGRATIONS[:version]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {version}")
        at = "2020-02-03T14:30:00+00:00"
        connection.execute("INSERT INTO book VALUES (1, ?, ?)", (CASH, money("9500")))
        connection.execute(
            "INSERT INTO orders VALUES (1, 'one', 'KO', 'buy', 10, 'filled', 'filled', 10, '', ?),"
            " (2, 'two', 'KO', 'sell', 4, 'accepted', 'accepted', 0, '', ?)",
            (at, at),
        )
        connection.execute(
            "INSERT INTO executions (client_order_id, shares, price, fee, at) VALUES ('one', 10, 500000, 0, ?)", (at,)
        )
        holding = ("KO", 10, at) if version >= 3 else ("KO", 10)
        connection.execute(f"INSERT INTO holdings VALUES ({', '.join('?' * len(holding))})", holding)
        if version >= 2:
            connection.execute("INSERT INTO transfers VALUES (1, 't1', ?, 0, ?, 1)", (money("5"), at))
        if version >= 3:
            connection.execute("INSERT INTO actions VALUES (1, 'a1', 'AAPL', 0, 0, ?)", (at,))


@pytest.mark.parametrize("version", [1, 2, 3])
async def test_a_book_of_an_older_program_is_the_same_after_it_was_brought_up_to_date(path: Path, version: int) -> None:
    an_old_book(path, version)
    before = read_book(path)
    assert (before.cash, before.holdings, len(before.executions)) == (money("9500"), {"KO": 10}, 1)
    assert (len(before.transfers), len(before.actions)) == (version >= 2, version >= 3)
    with pytest.raises(Unavailable, match="it has no account ann"):
        read_book(path, "ann")
    floor = Floor()
    with closing(floor.paper(path, 1)) as broker:
        assert read_book(path) == before
        assert (await broker.submit(a_buy("one", 10))).filled_shares == 10
        assert (await broker.submit(a_sell("two", 4))).status is OrderStatus.ACCEPTED
        assert [(fill.execution_id, fill.side) for fill in await broker.fills(None)][-1] == ("paper-000002", Side.SELL)
        assert await broker.holdings() == Holdings(cash=money("9700"), shares={"KO": 6})


def test_closing_twice_is_closing_once(path: Path) -> None:
    books = Floor().books(path)
    books.close()
    books.close()


async def test_a_closed_book_is_unavailable(path: Path) -> None:
    books = Floor().books(path)
    ann: PaperBroker = books.broker("ann", CASH)
    books.close()
    with pytest.raises(Unavailable):
        await ann.holdings()
