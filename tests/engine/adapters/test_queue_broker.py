"""Orders by a queue: put there once, in doubt until answered, never carried out late."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any, cast

import pytest
import redis as library

from engine import crash
from engine.adapters.redis import broker_words as said
from engine.adapters.redis import keys
from engine.adapters.redis.queue_broker import QueueBroker
from engine.core.abilities import Ability
from engine.core.nouns import Order
from engine.core.units import money
from engine.core.words import OrderStatus
from engine.line import Line
from engine.ports import Holdings, Receipt, Rejected, Unavailable
from tests.engine.adapters.floor import Floor, a_buy, a_sell
from tests.fakes import FakeBroker
from tests.outside_broker import Attended, OutsideBroker
from tests.servers import Redis, redis

SOON_S = 0.05
ROOT = Path(__file__).parents[3]


class Desk:
    """Both ends of a queue: the engine's broker, and the outside one at work on a floor."""

    def __init__(self, address: str) -> None:
        self.floor = Floor()
        self.outside = FakeBroker(self.floor.market, self.floor.clock, money("10000"), self.floor.is_open)
        self.service = OutsideBroker(address, self.outside, self.floor.clock)
        self.broker = QueueBroker.at(address, "paper", answer_s=SOON_S, now=self.floor.clock.wall)
        self.attended = Attended(self.broker, self.service)
        self.line: Any = library.Redis.from_url(address, decode_responses=True)

    def close(self) -> None:
        for one in (self.broker, self.service, self.line):
            one.close()

    def waiting(self) -> list[dict[str, Any]]:
        """Requests that nobody has taken yet, the oldest first."""
        return [json.loads(raw) for raw in reversed(self.line.lrange(keys.BROKER_ORDERS, 0, -1))]


@pytest.fixture
def desk(redis_address: str) -> Iterator[Desk]:
    made = Desk(redis_address)
    yield made
    made.close()


async def test_an_order_goes_out_as_json_with_exact_amounts(desk: Desk) -> None:
    await desk.service.turn()
    desk.service.deaf = True
    with pytest.raises(Unavailable, match="did not answer in time"):
        await desk.broker.submit(a_buy("one", 10))
    (asked,) = desk.waiting()
    answer_to, expires_at = asked.pop("answer_to"), asked.pop("expires_at")
    assert answer_to.startswith("stonks:broker:answer:")
    assert expires_at == "2020-02-03T14:31:00+00:00"
    assert asked == {
        "v": 1,
        "kind": "submit",
        "account": "paper",
        "client_order_id": "one",
        "ticker": "KO",
        "side": "buy",
        "shares": 10,
        "type": "market",
        "limit": None,
        "stop": None,
        "time_in_force": "gtc",
        "meant_at": "2020-02-03T14:30:00+00:00",
        "sent_at": "2020-02-03T14:30:00+00:00",
    }


async def test_an_exit_is_good_for_ever(desk: Desk) -> None:
    await desk.attended.submit(a_buy("one", 10))
    desk.service.deaf = True
    with pytest.raises(Unavailable):
        await desk.broker.submit(a_sell("two", 10))
    assert [one["expires_at"] for one in desk.waiting()] == [None]


async def test_while_nobody_serves_the_queue_nothing_is_put_there(desk: Desk) -> None:
    desk.service.away = True
    await desk.service.turn()
    with pytest.raises(Unavailable, match="no outside broker serves"):
        await desk.broker.submit(a_buy("one", 10))
    assert desk.waiting() == []
    desk.service.away = False
    assert await desk.attended.find("one") is None


async def test_an_order_without_an_answer_is_on_its_way_and_not_put_there_again(desk: Desk) -> None:
    await desk.service.turn()
    desk.service.deaf = True
    for _ in range(3):
        with pytest.raises(Unavailable):
            await desk.broker.submit(a_buy("one", 10))
    assert len(desk.waiting()) == 1
    with pytest.raises(Unavailable, match="has said nothing of an order yet"):
        await desk.broker.find("one")
    desk.service.deaf = False
    filled = Receipt(client_order_id="one", status=OrderStatus.FILLED, filled_shares=10)
    assert await desk.attended.find("one") == filled
    assert [order.client_order_id for order in desk.outside.sent] == ["one"]


async def test_an_answer_that_was_lost_is_found_by_asking(desk: Desk) -> None:
    await desk.service.turn()
    desk.service.mute = True
    receipt = await desk.attended.submit(a_buy("one", 10))
    assert receipt == Receipt(client_order_id="one", status=OrderStatus.FILLED, filled_shares=10)
    assert len(desk.outside.sent) == 1


async def test_an_entry_that_waited_too_long_in_the_queue_is_refused(desk: Desk) -> None:
    await desk.service.turn()
    desk.service.deaf = True
    with pytest.raises(Unavailable):
        await desk.broker.submit(a_buy("one", 10))
    desk.floor.clock.forward(timedelta(seconds=61))
    desk.service.deaf = False
    expired = Receipt(client_order_id="one", status=OrderStatus.REJECTED, why="expired")
    assert await desk.attended.find("one") == expired
    assert desk.outside.sent == []
    with pytest.raises(Rejected, match="expired"):
        await desk.attended.submit(a_buy("one", 10))


async def test_a_broker_that_starts_again_knows_what_was_told_before(desk: Desk, redis_address: str) -> None:
    await desk.attended.submit(a_buy("one", 10))
    await desk.attended.submit(a_sell("two", 4))
    first, second = await desk.broker.fills(None)
    again = QueueBroker.at(redis_address, "paper", answer_s=SOON_S, now=desk.floor.clock.wall)
    assert await again.fills(first.execution_id) == [second]
    assert await again.holdings() == Holdings(cash=money("9700"), shares={"KO": 6})
    with pytest.raises(Rejected, match="unknown_execution"):
        await again.fills("elsewhere")
    again.close()


async def test_accounts_share_the_queue_and_nothing_else(desk: Desk, redis_address: str) -> None:
    await desk.attended.submit(a_buy("one", 10))
    other = QueueBroker.at(redis_address, "another", answer_s=SOON_S, now=desk.floor.clock.wall)
    for asking in (other.find("one"), other.fills(None), other.holdings()):
        with pytest.raises(Unavailable, match="has not said yet"):
            await asking
    other.close()


async def test_what_the_outside_broker_takes_is_what_it_says(desk: Desk) -> None:
    assert desk.broker.abilities == {Ability.MARKET_ORDERS}
    desk.outside.abilities = frozenset({Ability.MARKET_ORDERS, Ability.LIMIT_ORDERS})
    await desk.attended.submit(a_buy("one", 1))
    assert desk.broker.abilities == {Ability.MARKET_ORDERS, Ability.LIMIT_ORDERS}


@pytest.mark.parametrize(
    ("key", "raw"),
    [
        (keys.broker_holdings("paper"), '{"v": 2, "cash": "1", "shares": {}}'),
        (keys.broker_holdings("paper"), '{"v": 1, "epoch": EPOCH, "cash": "much", "shares": {}}'),
        (keys.broker_holdings("paper"), "no json"),
    ],
)
async def test_what_makes_no_sense_is_no_answer(desk: Desk, key: str, raw: str) -> None:
    await desk.service.turn()
    desk.line.set(key, raw.replace("EPOCH", json.dumps(desk.service.epoch)))
    with pytest.raises(Unavailable, match="is not understood"):
        await desk.broker.holdings()


async def test_a_fill_that_makes_no_sense_stops_the_reading_and_loses_nothing(desk: Desk) -> None:
    await desk.attended.submit(a_buy("one", 10))
    desk.line.rpush(keys.broker_fills("paper"), '{"v": 1, "execution_id": "x"}')
    with pytest.raises(Unavailable, match="no fill"):
        await desk.broker.fills(None)
    desk.line.rpop(keys.broker_fills("paper"))
    assert [fill.client_order_id for fill in await desk.broker.fills(None)] == ["one"]


async def test_an_execution_told_twice_counts_once(desk: Desk) -> None:
    await desk.attended.submit(a_buy("one", 10))
    desk.line.rpush(keys.broker_fills("paper"), desk.line.lindex(keys.broker_fills("paper"), 0))
    assert len(await desk.broker.fills(None)) == 1


async def test_without_redis_nothing_is_known_and_it_comes_back(redis_address: str) -> None:
    del redis_address
    with redis() as server:
        desk = Desk(server.address)
        await desk.attended.submit(a_buy("one", 10))
        server.kill()
        for asking in (desk.broker.find("one"), desk.broker.submit(a_buy("two", 1)), desk.broker.fills(None)):
            with pytest.raises(Unavailable, match="order queue does not answer"):
                await asking
        await back(server, desk)
        desk.close()


async def back(server: Redis, desk: Desk) -> None:
    """It comes back empty; the outside broker, who has a book of his own, says everything again."""
    server.start()
    filled = Receipt(client_order_id="one", status=OrderStatus.FILLED, filled_shares=10)
    assert await desk.attended.find("one") == filled
    assert len(await desk.broker.fills(None)) == 1
    assert (await desk.attended.submit(a_buy("one", 10))) == filled
    assert len(desk.outside.sent) == 1


async def test_a_cancel_that_nobody_answers_leaves_the_order_as_it_is(desk: Desk) -> None:
    desk.floor.close()
    await desk.attended.submit(a_buy("one", 10))
    desk.service.deaf = True
    with pytest.raises(Unavailable, match="did not answer"):
        await desk.broker.cancel("one")
    assert (await desk.broker.find("one")) == Receipt(client_order_id="one", status=OrderStatus.ACCEPTED)


async def deaf_to(desk: Desk, order: Order) -> None:
    """It was sent, and lies in the queue."""
    await desk.service.turn()
    desk.service.deaf = True
    with pytest.raises(Unavailable, match="did not answer in time"):
        await desk.broker.submit(order)


async def test_an_order_that_was_taken_and_lost_is_put_there_again(desk: Desk) -> None:
    await deaf_to(desk, a_sell("one", 10))
    (lost,) = desk.waiting()
    desk.line.rpop(keys.BROKER_ORDERS)
    desk.floor.clock.forward(timedelta(seconds=29))
    for later, waiting in ((0, 0), (2, 1), (2, 1), (60, 1)):
        desk.floor.clock.forward(timedelta(seconds=later))
        desk.service.is_there()
        with pytest.raises(Unavailable, match="has said nothing"):
            await desk.broker.find("one")
        assert len(desk.waiting()) == waiting
    assert desk.waiting() == [{**lost, "sent_at": "2020-02-03T14:30:31+00:00"}]
    desk.service.deaf = False
    assert await desk.attended.find("one") is not None
    assert [order.client_order_id for order in desk.outside.sent] == ["one"]


async def test_an_order_that_somebody_has_taken_is_not_put_there_again(desk: Desk) -> None:
    await desk.service.turn()
    desk.service.dying = True
    with pytest.raises(Unavailable):
        await desk.attended.submit(a_buy("one", 10))
    desk.floor.clock.forward(timedelta(seconds=40))
    with pytest.raises(Unavailable, match="has said nothing"):
        await desk.broker.find("one")
    assert (desk.waiting(), desk.line.llen(keys.BROKER_TAKEN)) == ([], 1)
    desk.service.start_again()
    filled = Receipt(client_order_id="one", status=OrderStatus.FILLED, filled_shares=10)
    assert await desk.attended.find("one") == filled
    assert desk.line.llen(keys.BROKER_TAKEN) == 0


async def test_an_order_that_is_cancelled_before_it_was_seen_is_never_carried_out(desk: Desk) -> None:
    await deaf_to(desk, a_buy("one", 10))
    raw = desk.line.rpop(keys.BROKER_ORDERS)
    desk.service.deaf = False
    with pytest.raises(Rejected, match="unknown_order"):
        await desk.attended.cancel("one")
    desk.line.lpush(keys.BROKER_ORDERS, raw)
    refused = Receipt(client_order_id="one", status=OrderStatus.REJECTED, why="unknown_order")
    assert await desk.attended.find("one") == refused
    assert desk.outside.sent == []


async def test_an_order_that_redis_forgot_was_not_necessarily_never_seen(desk: Desk) -> None:
    """He has filled it, said nothing of it yet, and Redis was emptied."""
    await deaf_to(desk, a_buy("one", 10))
    (asked,) = desk.waiting()
    await desk.service.submit(asked)
    desk.line.flushall()
    for present in (False, True):
        if present:
            desk.service.is_there()
        for asking in (desk.broker.find("one"), desk.broker.holdings(), desk.broker.fills(None)):
            with pytest.raises(Unavailable, match="has not said yet" if present else "no outside broker serves"):
                await asking
    desk.service.deaf = False
    filled = Receipt(client_order_id="one", status=OrderStatus.FILLED, filled_shares=10)
    assert await desk.attended.find("one") == filled


async def test_that_an_order_was_never_seen_the_outside_broker_says_himself(desk: Desk) -> None:
    await deaf_to(desk, a_buy("one", 10))
    desk.line.flushall()
    await desk.service.turn()
    with pytest.raises(Unavailable, match="did not answer in time"):
        await desk.broker.find("one")
    assert desk.waiting() == [], "a question that nobody takes is taken back"
    desk.service.deaf = False
    assert await desk.attended.find("one") is None
    await desk.attended.submit(a_buy("one", 10))
    assert len(desk.outside.sent) == 1


async def test_what_an_outside_broker_said_before_it_went_away_is_not_believed(desk: Desk) -> None:
    await desk.attended.submit(a_buy("one", 10))
    desk.service.away = True
    desk.service.is_there()
    for asking in (desk.broker.find("one"), desk.broker.holdings(), desk.broker.fills(None)):
        with pytest.raises(Unavailable, match="no outside broker serves"):
            await asking
    desk.service.is_there()
    desk.service.away = False
    assert (await desk.attended.holdings()).shares == {"KO": 10}


async def test_holdings_of_before_redis_was_emptied_are_not_believed(desk: Desk) -> None:
    await desk.attended.submit(a_buy("one", 10))
    desk.line.set(keys.broker_epoch("paper"), "another")
    with pytest.raises(Unavailable, match="has not said anew"):
        await desk.broker.holdings()


async def test_executions_are_read_anew_where_they_were_told_anew(desk: Desk) -> None:
    await desk.attended.submit(a_buy("one", 10))
    await desk.attended.submit(a_buy("two", 1))
    first, second = await desk.broker.fills(None)
    desk.line.delete(keys.broker_epoch("paper"))
    await desk.attended.submit(a_sell("three", 1))
    told = await desk.broker.fills(first.execution_id)
    assert [fill.client_order_id for fill in told] == ["two", "three"]
    assert [fill.client_order_id for fill in await desk.broker.fills(second.execution_id)] == ["three"]
    assert [fill.client_order_id for fill in await desk.broker.fills(None)] == ["one", "two", "three"]


async def test_what_was_cut_is_still_known_to_the_outside_broker(desk: Desk) -> None:
    for name in ("one", "two", "three"):
        await desk.attended.submit(a_buy(name, 1))
    first, _, newest = await desk.broker.fills(None)
    desk.floor.clock.forward(timedelta(days=31))
    desk.service.cut(desk.floor.clock.market())
    await desk.service.turn()
    assert desk.line.hkeys(keys.broker_receipts("paper")) == desk.line.hkeys(keys.broker_sent("paper")) == ["three"]
    assert await desk.broker.fills(newest.execution_id) == []
    with pytest.raises(Rejected, match="unknown_execution"):
        await desk.broker.fills(first.execution_id)
    filled = Receipt(client_order_id="one", status=OrderStatus.FILLED, filled_shares=1)
    assert await desk.attended.find("one") == filled
    assert await desk.attended.submit(a_buy("one", 1)) == filled
    assert len(desk.outside.sent) == 3


async def test_executions_that_were_asked_for_are_not_kept(desk: Desk) -> None:
    for name in ("one", "two"):
        await desk.attended.submit(a_buy(name, 1))
    first, second = await desk.broker.fills(None)
    assert await desk.broker.fills(second.execution_id) == []
    assert desk.broker._book._told == []
    assert await desk.broker.fills(first.execution_id) == [second], "they are read again where somebody asks"
    assert await desk.broker.fills(None) == [first, second]


async def test_many_orders_at_once_are_each_put_there_once(desk: Desk) -> None:
    await desk.service.turn()
    orders = [a_buy(f"order-{number}", 1) for number in range(20)]
    desk.service.deaf = True
    await asyncio.gather(*(desk.broker.submit(one) for one in orders * 2), return_exceptions=True)
    assert sorted(one["client_order_id"] for one in desk.waiting()) == sorted(one.client_order_id for one in orders)


class Held:
    """The queue's line, which holds up whoever asks it first until it may go on."""

    def __init__(self, line: Any) -> None:
        self._line, self.may_go = line, Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._line, name)

    def hget(self, name: str, key: str) -> Any:
        self.may_go.wait(5)
        return self._line.hget(name, key)


async def test_an_order_that_is_late_at_the_queue_is_not_put_there(desk: Desk) -> None:
    await desk.service.turn()
    desk.broker.push_within_s = 0.0
    with pytest.raises(Unavailable, match="took too long, so nothing was put there"):
        await desk.broker.submit(a_buy("one", 10))
    assert (desk.waiting(), desk.line.hkeys(keys.broker_sent("paper"))) == ([], [])


@pytest.mark.parametrize(("within_s", "put"), [(0.0, []), (60.0, ["one"])])
async def test_an_order_that_was_given_up_may_arrive_until_its_thread_has_ended(
    desk: Desk, within_s: float, put: list[str]
) -> None:
    await desk.service.turn()
    desk.service.deaf = True
    desk.broker._line = desk.broker._book._line = held = cast("Any", Held(desk.line))
    desk.broker.push_within_s = within_s
    line = Line(desk.broker, deadline_s=0.01)
    with pytest.raises(Unavailable, match="no answer in time"):
        await line.submit(a_buy("one", 10))
    assert line.may_arrive("one")
    held.may_go.set()
    await asyncio.wait([*line._given_up])
    assert not line.may_arrive("one")
    assert [one["client_order_id"] for one in desk.waiting()] == put


def test_prices_are_text_so_that_they_stay_exact() -> None:
    assert said.amount(money("0.1")) == "0.1"
    assert said.fill(
        {
            "execution_id": "e",
            "client_order_id": "c",
            "ticker": "KO",
            "side": "buy",
            "shares": 3,
            "price": "58.2001",
            "at": "2020-02-03T14:30:00+00:00",
        }
    ).price == money("58.2001")


PUSHES = """
import asyncio, sys
from engine.adapters.redis.queue_broker import QueueBroker
from tests.engine.adapters.floor import Floor, a_buy
broker = QueueBroker.at(sys.argv[1], "paper", answer_s=0.05, now=Floor().clock.wall)
asyncio.run(broker.submit(a_buy("one", 10)))
"""


@pytest.mark.parametrize(("point", "there"), [("before_push", []), ("after_push", ["one"])])
async def test_a_death_beside_the_push_puts_an_order_there_once(
    desk: Desk, redis_address: str, point: str, there: list[str]
) -> None:
    """Whoever comes after asks first, and sends again only what was never seen."""
    await desk.service.turn()
    command = [sys.executable, "-c", PUSHES, redis_address]
    environment = {**os.environ, crash.VARIABLE: point}
    died = await asyncio.to_thread(subprocess.run, command, env=environment, cwd=ROOT, check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL
    assert [one["client_order_id"] for one in desk.waiting()] == there
    found = await desk.attended.find("one")
    assert (found is not None) is bool(there)
    assert (await desk.attended.submit(a_buy("one", 10))).status is OrderStatus.FILLED
    assert [order.client_order_id for order in desk.outside.sent] == ["one"]
    assert (await desk.attended.holdings()).shares == {"KO": 10}
