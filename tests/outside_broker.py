"""An outside broker as tests know it: it serves the order queue by what a broker in memory does."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import uuid4

import redis

from engine.adapters.redis import keys
from engine.adapters.redis.queue_broker import QueueBroker
from engine.core.abilities import Ability
from engine.core.nouns import Fill, Order, Transfer
from engine.core.units import dollars, money
from engine.core.words import OrderStatus, OrderType, Origin, Side, TimeInForce
from engine.ports import Broker, Clock, Holdings, Receipt, Rejected, Unavailable

T = TypeVar("T")

PATIENT_S = 2.0
"""How long an answer is waited for that comes as soon as the machine has time."""


class OutsideBroker:
    """Takes requests from the queue and publishes what came of them, as docs/broker-queue.md asks for.

    `deaf` leaves requests where they are, `mute` carries them out without an answer, `away` lets it be known no more,
    `dying` takes the next request and does nothing any more, until it is started again.
    """

    def __init__(self, address: str, broker: Broker, clock: Clock, account: str = "paper") -> None:
        self.deaf = self.mute = self.away = self.dying = False
        self.epoch = ""
        self._left: list[str] | None = None
        self._cut_at: datetime | None = None
        self._turning = asyncio.Lock()
        self.taken: list[dict[str, Any]] = []
        self._line: Any = redis.Redis.from_url(address, decode_responses=True)
        self._broker, self._clock, self._account = broker, clock, account
        self._answered: dict[str, str] = {}
        self._whys: dict[str, str] = {}
        self._told: list[str] = []
        self._booked: list[str] = []
        self._over: set[str] = set()

    def close(self) -> None:
        self._line.close()

    async def turn(self) -> None:
        """Serve what was taken before and whatever waits, then say how everything stands."""
        async with self._turning:
            await self._turned()

    async def _turned(self) -> None:
        self.is_there()
        while not self.deaf and (raw := self._next()):
            if self.dying:
                self.deaf = True
                return
            asked = json.loads(raw)
            self.taken.append(asked)
            answer = await SERVED[asked["kind"]](self, asked)
            await self.publish()
            with self._line.pipeline(transaction=True) as line:
                if not self.mute:
                    line.lpush(asked["answer_to"], json.dumps({"v": 1, **answer}))
                    line.expire(asked["answer_to"], 60)
                line.lrem(keys.BROKER_TAKEN, 0, raw)
                line.execute()
        await self.publish()

    def cut(self, at: datetime) -> None:
        """With the next turn, what ended before then is published no more."""
        self._cut_at, self.epoch = at, ""

    def lose(self) -> None:
        """What waits is taken by somebody who forgets it."""
        self._line.delete(keys.BROKER_ORDERS)

    def start_again(self) -> None:
        """After it died: what it has taken and not brought to its end is done first."""
        self.dying = self.deaf = False
        self._left = None

    def _next(self) -> str | None:
        """What was taken before and not brought to its end, the oldest first; else what is taken now."""
        if self._left is None:
            self._left = self._line.lrange(keys.BROKER_TAKEN, 0, -1)
        if self._left:
            return self._left.pop()
        taken: str | None = self._line.lmove(keys.BROKER_ORDERS, keys.BROKER_TAKEN, "RIGHT", "LEFT")
        return taken

    def is_there(self) -> None:
        if self.away:
            self._line.delete(keys.BROKER_SERVICE)
            return
        kinds = sorted(one.value for one in self._broker.abilities)
        self._line.set(keys.BROKER_SERVICE, json.dumps({"v": 1, "name": "tests", "abilities": kinds}), ex=15)

    async def publish(self) -> None:
        """All in one transaction: nobody sees one without the others; everything anew where Redis has lost it."""
        try:
            found = {name: await self._broker.find(name) for name in self._answered}
            fills = self._kept(await self._broker.fills(None))
            holdings = await self._broker.holdings()
        except Unavailable:
            return
        lost = self._line.get(keys.broker_epoch(self._account)) != self.epoch
        with self._line.pipeline(transaction=True) as line:
            if lost or not self.epoch:
                self._anew(line)
            for name, receipt in found.items():
                if name in self._over:
                    line.hdel(keys.broker_receipts(self._account), name)
                    line.hdel(keys.broker_sent(self._account), name)
                    continue
                line.hset(keys.broker_receipts(self._account), name, json.dumps(self._receipt(name, receipt)))
            for fill in fills:
                if fill.execution_id not in self._told:
                    self._told.append(fill.execution_id)
                    line.rpush(keys.broker_fills(self._account), json.dumps(told(fill)))
            line.set(keys.broker_holdings(self._account), json.dumps(self._holdings(holdings)))
            line.execute()

    def _kept(self, fills: Sequence[Fill]) -> Sequence[Fill]:
        """Those that are published: the newest always, for from there the engine goes on."""
        if self._cut_at is None:
            return fills
        old = [fill for fill in fills[:-1] if fill.at < self._cut_at]
        self._over = {fill.client_order_id for fill in old}
        return [fill for fill in fills if fill not in old]

    def _anew(self, line: Any) -> None:
        self.epoch = uuid4().hex
        self._told.clear()
        line.delete(keys.broker_fills(self._account))
        for moved in self._booked:
            line.hset(keys.broker_transfers(self._account), moved, json.dumps({"v": 1, "status": "booked"}))
        line.set(keys.broker_epoch(self._account), self.epoch)

    def _holdings(self, holdings: Holdings) -> dict[str, Any]:
        now = self._clock.wall().isoformat()
        shares = {"cash": str(dollars(holdings.cash)), "shares": dict(holdings.shares)}
        return {"v": 1, "epoch": self.epoch, "at": now, **shares}

    def _receipt(self, name: str, receipt: Receipt | None) -> dict[str, Any]:
        if receipt is None:
            return {"v": 1, "status": "rejected", "answered": "rejected", "why": self._whys.get(name, "expired")}
        return {
            "v": 1,
            "status": receipt.status.value,
            "answered": self._answered[name],
            "filled_shares": receipt.filled_shares,
            "why": receipt.why,
        }

    async def submit(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = asked["client_order_id"]
        expires_at = asked["expires_at"]
        if name in self._answered:
            return self._receipt(name, await self._broker.find(name))
        if expires_at and datetime.fromisoformat(expires_at) <= self._clock.wall():
            self._answered[name], self._whys[name] = "rejected", "expired"
            return self._receipt(name, None)
        try:
            receipt = await self._broker.submit(order_of(asked))
        except Rejected:
            self._answered[name] = "rejected"
        else:
            self._answered[name] = receipt.status.value
        return self._receipt(name, await self._broker.find(name))

    async def cancel(self, asked: dict[str, Any]) -> dict[str, Any]:
        """One that was never seen is refused from now on, also where it comes after all."""
        name = asked["client_order_id"]
        if name not in self._answered:
            self._answered[name], self._whys[name] = "rejected", "unknown_order"
        if self._whys.get(name):
            return self._receipt(name, None)
        return self._receipt(name, await self._broker.cancel(name))

    async def find(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = asked["client_order_id"]
        if name not in self._answered:
            return {"status": "unknown"}
        return self._receipt(name, await self._broker.find(name))

    async def transfer(self, asked: dict[str, Any]) -> dict[str, Any]:
        at = datetime.fromisoformat(asked["at"])
        moved = Transfer(id=asked["id"], amount=money(asked["amount"]), at=at, resets=asked["resets"])
        try:
            await self._broker.transfer(moved)
        except Rejected as no:
            return {"status": "refused", "why": str(no)}
        with self._line.pipeline(transaction=True) as line:
            if moved.resets and moved.id not in self._booked:
                line.rpush(keys.broker_fills(self._account), json.dumps({"v": 1, "reset": moved.id}))
            booked = {"v": 1, "status": "booked"}
            line.hset(keys.broker_transfers(self._account), moved.id, json.dumps(booked))
            line.execute()
        self._booked.append(moved.id)
        return booked


SERVED: dict[str, Callable[[OutsideBroker, dict[str, Any]], Awaitable[dict[str, Any]]]] = {
    "submit": OutsideBroker.submit,
    "cancel": OutsideBroker.cancel,
    "find": OutsideBroker.find,
    "transfer": OutsideBroker.transfer,
}


def order_of(asked: dict[str, Any]) -> Order:
    return Order(
        client_order_id=asked["client_order_id"],
        decision_id="",
        ticker=asked["ticker"],
        side=Side(asked["side"]),
        shares=asked["shares"],
        origin=Origin.OWNER,
        status=OrderStatus.INTENDED,
        intended_at=datetime.fromisoformat(asked["meant_at"]),
        kind=OrderType(asked["type"]),
        limit=money(asked["limit"]) if asked["limit"] else None,
        stop_at=money(asked["stop"]) if asked["stop"] else None,
        good=TimeInForce(asked["time_in_force"]),
    )


def told(fill: Fill) -> dict[str, Any]:
    return {
        "v": 1,
        "execution_id": fill.execution_id,
        "client_order_id": fill.client_order_id,
        "ticker": fill.ticker,
        "side": fill.side.value,
        "shares": fill.shares,
        "price": str(dollars(fill.price)),
        "fee": str(dollars(fill.fee)),
        "at": fill.at.isoformat(),
    }


class Attended:
    """A queue broker whose outside broker is at work whenever it is asked anything: as quick as one in memory."""

    def __init__(self, broker: QueueBroker, service: OutsideBroker) -> None:
        self.broker, self.service = broker, service
        self._soon_s = broker.answer_s

    @property
    def abilities(self) -> frozenset[Ability]:
        return self.broker.abilities

    async def submit(self, order: Order) -> Receipt:
        return await self._served(self.broker.submit(order))

    async def find(self, client_order_id: str) -> Receipt | None:
        return await self._served(self.broker.find(client_order_id))

    async def cancel(self, client_order_id: str) -> Receipt:
        return await self._served(self.broker.cancel(client_order_id))

    async def fills(self, after: str | None) -> Sequence[Fill]:
        return await self._served(self.broker.fills(after))

    async def holdings(self) -> Holdings:
        return await self._served(self.broker.holdings())

    async def transfer(self, transfer: Transfer) -> None:
        await self._served(self.broker.transfer(transfer))

    async def _served(self, asking: Awaitable[T]) -> T:
        silent = self.service.mute or self.service.deaf or self.service.dying or self.service.away
        self.broker.answer_s = self._soon_s if silent else PATIENT_S
        await self.service.turn()
        task = asyncio.ensure_future(cast("asyncio.Future[T]", asking))
        while not task.done():
            await self.service.turn()
            await asyncio.sleep(0.001)
        self.broker.answer_s = self._soon_s
        return task.result()
