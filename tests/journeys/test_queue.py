"""An account whose orders go to an outside broker by a queue: traded, restarted, and left alone by that broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path

import pytest

from bot import cli
from bot.bad_config import BadConfig
from bot.config import Broker, load
from engine.adapters.calendar import load_calendar
from engine.adapters.paper_broker import PaperBroker
from engine.adapters.redis import keys
from engine.adapters.replay_market import ReplayMarket
from engine.core.units import money
from engine.ports import Unavailable
from engine.wiring import brokers
from tests.builders import NOON
from tests.journeys.house import ONCE, People, Visit, visit
from tests.outside_broker import OutsideBroker

QUEUE = Broker(kind="queue", answer_seconds=1)


class Hours:
    """The outside broker's clock: the engine's, as soon as there is one."""

    def __init__(self) -> None:
        self.visit: Visit | None = None
        self.at = load_calendar().next_session(NOON).opens_at

    def market(self) -> datetime:
        if self.visit is not None:
            self.at = self.visit.house.engine.clock.market()
        return self.at

    def wall(self) -> datetime:
        return NOON


class Outside:
    """An outside broker with a book of its own, at work beside the engine."""

    def __init__(self, address: str, book: Path) -> None:
        self.hours = Hours()
        self.hours.at = datetime.fromisoformat("2020-02-03T14:30:00+00:00")
        market = ReplayMarket(ONCE["load_closes"](), ONCE["load_calendar"]())
        self.book = PaperBroker.open(book, market, self.hours, ONCE["load_calendar"](), money("50000"))
        self.service = OutsideBroker(address, self.book, self.hours)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator["Outside"]:
        await self.service.turn()
        task = asyncio.create_task(self._serve())
        try:
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            self.service.close()
            self.book.close()

    async def _serve(self) -> None:
        while True:
            await self.service.turn()
            await asyncio.sleep(0.005)


@pytest.fixture
async def outside(redis_address: str, tmp_path: Path) -> AsyncIterator[Outside]:
    async with Outside(redis_address, tmp_path / "outside.sqlite").at_work() as found:
        yield found


@asynccontextmanager
async def trading(outside: Outside, folder: Path, redis_address: str) -> AsyncIterator[Visit]:
    async with visit(folder, People(), redis_url=redis_address, broker=QUEUE) as found:
        outside.hours.visit = found
        yield found


async def test_an_account_trades_by_a_queue_and_goes_on_after_a_restart(
    outside: Outside, tmp_path: Path, redis_address: str
) -> None:
    folder = tmp_path / "account"
    async with trading(outside, folder, redis_address) as first:
        assert first.state.cash == money("50000"), "it begins with what the broker has"
        await first.agree("trade for me")
        await first.days(3)
        assert first.state.positions
        theirs = await outside.book.holdings()
        assert (first.state.cash, held(first)) == (theirs.cash, theirs.shares)
    sent = [one["client_order_id"] for one in outside.service.taken if one["kind"] == "submit"]
    assert len(sent) == len(set(sent)) > 3
    async with trading(outside, folder, redis_address) as second:
        assert second.well()
        await second.days(1)
        theirs = await outside.book.holdings()
        assert (second.state.cash, held(second)) == (theirs.cash, theirs.shares)
        assert not second.state.frozen


def held(visit: Visit) -> dict[str, int]:
    return {ticker: position.shares for ticker, position in visit.state.positions.items()}


async def test_an_outside_broker_that_goes_away_stops_entries_until_it_is_back(
    outside: Outside, tmp_path: Path, redis_address: str
) -> None:
    async with trading(outside, tmp_path / "account", redis_address) as account:
        for _ in range(2):  # to the open, and to the window
            await account.replay.beat()
        outside.service.away = True
        await outside.service.turn()
        await account.agree("buy 10 apple")
        assert not account.well()
        await account.seconds_pass()
        assert any("not well" in text or "degraded" in text.lower() for text in await account.news())
        outside.service.away = False
        await outside.service.turn()
        await account.recovers()
        assert account.well()
        assert held(account) == (await outside.book.holdings()).shares == {}, "it was never sent, and is given up"
        await account.agree("buy 10 apple")
        assert held(account) == (await outside.book.holdings()).shares == {"AAPL": 10}
        assert [one["client_order_id"] for one in outside.service.taken] == list(
            dict.fromkeys(one["client_order_id"] for one in outside.service.taken)
        )


async def test_a_sale_that_the_outside_broker_took_and_lost_is_carried_out_after_all(
    outside: Outside, tmp_path: Path, redis_address: str
) -> None:
    async with trading(outside, tmp_path / "account", redis_address) as account:
        for _ in range(2):
            await account.replay.beat()
        await account.agree("buy 10 apple")
        outside.service.deaf = True
        await account.agree("sell 10 apple")
        outside.service.lose()
        outside.service.deaf = False
        await account.recovers()
        assert not account.well()
        account.people.wait(40)
        await account.recovers()
        await outside.service.turn()
        await account.recovers()
        assert account.well()
        assert held(account) == (await outside.book.holdings()).shares == {}
        assert len([one for one in outside.service.taken if one["kind"] == "submit"]) == 2


async def test_records_are_verified_without_a_book_of_ours(
    outside: Outside, tmp_path: Path, redis_address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "account"
    async with trading(outside, folder, redis_address) as account:
        await account.days(1)
    config = tmp_path / "queue.yaml"
    config.write_text(f"broker: {{kind: queue}}\nredis_url: {redis_address}\n")
    command = ["--data", str(folder), "--config", str(config), "db", "verify"]
    assert await asyncio.to_thread(cli.main, command) == 0
    assert "the broker keeps its book elsewhere" in capsys.readouterr().out


async def test_a_new_account_needs_a_broker_that_says_what_it_holds(
    tmp_path: Path, redis_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brokers, "FIRST_S", 0.1)
    assert f"{brokers.HOLDINGS}:paper" == keys.broker_holdings("paper")
    what = r"start your broker first \(docs/broker-queue.md\): nothing stands at stonks:broker:holdings:paper"
    with pytest.raises(Unavailable, match=what):
        async with visit(tmp_path / "account", People(), redis_url=redis_address, broker=QUEUE):
            pass


def test_a_queue_without_redis_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_BROKER__KIND", "queue")
    with pytest.raises(BadConfig, match="needs redis_url"):
        load()
