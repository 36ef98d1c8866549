"""A broker behind a queue: orders go out as JSON on a list of Redis, and what became of them is read back.

docs/broker-queue.md says what an outside broker has to do.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Self, TypeVar
from uuid import uuid4

import redis
import structlog
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from engine import crash
from engine.adapters.redis import broker_words as said
from engine.adapters.redis import keys
from engine.adapters.redis.broker_book import Book, Line
from engine.core.abilities import Ability
from engine.core.nouns import AccountId, Fill, Order, Transfer
from engine.core.words import OrderStatus, Side
from engine.ports import Holdings, Receipt, Rejected, Unavailable

log = structlog.get_logger(__name__)

T = TypeVar("T")

ENTRY_GOOD_FOR: Final = timedelta(seconds=60)
"""A buy that nobody has taken from the queue by then must not be carried out any more."""

UNKNOWN_ORDER: Final = "unknown_order"
UNKNOWN: Final = "unknown"
"""What the outside broker answers where he is asked for an order that never reached him."""

PUT_AGAIN_AFTER: Final = timedelta(seconds=30)
"""An order that nobody has, and of which nobody has said anything for so long, was lost on its way."""

NO_ANSWER: Final = "the outside broker did not answer in time"
LONGEST_ANSWER_S: Final = 2.0
"""Three round trips of this length and a second each stay within the deadline of a send."""

PUSH_WITHIN_S: Final = 4.0
"""With the one attempt that follows, an order is there within the deadline of its send, or is never put there."""

PUSH_ONCE: Final = """
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 1 then
  redis.call('LPUSH', KEYS[2], ARGV[2])
  return 1
end
return 0
"""

PUT_AGAIN: Final = """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] or redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return 0 end
if redis.call('LPOS', KEYS[3], ARGV[2]) or redis.call('LPOS', KEYS[4], ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('LPUSH', KEYS[3], ARGV[3])
return 1
"""
"""Only what was neither answered nor waits in the queue, nor was taken by somebody who will answer yet."""


class QueueBroker:
    """Orders by the queue of an outside broker.

    An order is put there once, together with a note that it was, and again only where it was lost on its way. It is in
    doubt until the outside broker has answered. That he never saw it he says himself: an empty Redis does not tell.
    Nothing is put there, and nothing that stands there is believed, while nobody serves the queue.
    `answer_s` is how long an answer is waited for, `push_within_s` how long after it was asked to an order is still put
    there.
    """

    def __init__(self, line: Line, account: AccountId, answer_s: float, now: Callable[[], datetime]) -> None:
        self._line, self._account, self.answer_s, self._now = line, account, answer_s, now
        self._book = Book(line, account)
        self._abilities = frozenset({Ability.MARKET_ORDERS})
        self._reading = asyncio.Lock()
        self.push_within_s = PUSH_WITHIN_S

    @classmethod
    async def open(
        cls,
        address: str,
        account: AccountId,
        *,
        answer_s: float = 2.0,
        now: Callable[[], datetime],
    ) -> Self:
        """Reach the queue in this Redis; `now` is people's time. Raises Unavailable where there is none."""
        broker = cls.at(address, account, answer_s=answer_s, now=now)
        await broker.look()
        return broker

    @classmethod
    def at(cls, address: str, account: AccountId, *, answer_s: float, now: Callable[[], datetime]) -> Self:
        """As `open`, without looking whether anybody is there."""
        wait_s = min(answer_s, LONGEST_ANSWER_S)
        line = redis.Redis.from_url(
            address,
            decode_responses=True,
            socket_timeout=wait_s + 1,
            socket_connect_timeout=wait_s,
            retry=Retry(NoBackoff(), 0),
        )
        return cls(line, account, wait_s, now)

    async def look(self) -> None:
        """Learn what the outside broker takes, if it is there. Raises Unavailable where the queue is not."""
        await self._asked(self.is_served)

    def close(self) -> None:
        """Let go of the connections; the broker is not used afterwards."""
        self._line.close()

    @property
    def abilities(self) -> frozenset[Ability]:
        """What the outside broker said last that it takes; market orders until it has spoken."""
        return self._abilities

    async def submit(self, order: Order) -> Receipt:
        return _accepted(await self._asked(self._submit, order, time.monotonic() + self.push_within_s))

    async def find(self, client_order_id: str) -> Receipt | None:
        return await self._asked(self._find, client_order_id)

    async def cancel(self, client_order_id: str) -> Receipt:
        return await self._asked(self._cancel, client_order_id)

    async def fills(self, after: str | None) -> Sequence[Fill]:
        async with self._reading:
            return await self._asked(self._book.fills, after)

    async def holdings(self) -> Holdings:
        return await self._asked(self._book.holdings)

    async def transfer(self, transfer: Transfer) -> None:
        await self._asked(self._transfer, transfer)

    async def _asked(self, ask: Callable[..., T], *arguments: object) -> T:
        """Ask in a thread of its own; what keeps an answer from coming, or makes no sense, is no answer."""
        thread = asyncio.ensure_future(asyncio.to_thread(ask, *arguments))
        try:
            return await _ended_together(thread)
        except (RedisError, OSError) as error:
            raise Unavailable(f"the order queue does not answer: {error}") from error
        except said.Strange as error:
            log.exception("queue.strange")
            raise Unavailable(f"the outside broker is not understood: {error}") from error

    def _submit(self, order: Order, until: float) -> Receipt:
        known = self._book.receipt(order.client_order_id)
        if known:
            return said.receipt(order.client_order_id, known, "answered")
        if not self.is_served():
            raise Unavailable("no outside broker serves the order queue")
        expires_at = self._now() + ENTRY_GOOD_FOR if order.side is Side.BUY else None
        answer_to = keys.broker_answer(uuid4().hex)
        wanted = said.text(said.order(self._account, order, answer_to, expires_at, self._now()))
        crash.reached("before_push")
        if time.monotonic() >= until:
            raise Unavailable("the order queue took too long, so nothing was put there")
        self._line.eval(
            PUSH_ONCE, 2, keys.broker_sent(self._account), keys.BROKER_ORDERS, order.client_order_id, wanted
        )
        crash.reached("after_push")
        answer = self._answer(answer_to) or self._book.receipt(order.client_order_id)
        if answer is None:
            raise Unavailable(NO_ANSWER)
        return said.receipt(order.client_order_id, answer, "answered")

    def _find(self, client_order_id: str) -> Receipt | None:
        self._book.epoch()
        known = self._book.receipt(client_order_id)
        if known:
            return said.receipt(client_order_id, known)
        sent = self._line.hget(keys.broker_sent(self._account), client_order_id)
        if sent is None:
            return self._inquired(client_order_id)
        self._put_again(client_order_id, sent)
        raise Unavailable("the outside broker has said nothing of an order yet")

    def _inquired(self, client_order_id: str) -> Receipt | None:
        """He takes one request after the other, and so has by his answer all that was put there before."""
        answer_to = keys.broker_answer(uuid4().hex)
        asked = said.text(said.question(self._account, client_order_id, answer_to))
        self._line.lpush(keys.BROKER_ORDERS, asked)
        answer = self._answer(answer_to)
        if answer is None:
            self._line.lrem(keys.BROKER_ORDERS, 0, asked)  # it will be asked again
            raise Unavailable(NO_ANSWER)
        if answer.get("status") != UNKNOWN:
            return said.receipt(client_order_id, answer)
        if self._line.hexists(keys.broker_sent(self._account), client_order_id):
            raise Unavailable("an order was put in the queue meanwhile")
        return None

    def _put_again(self, client_order_id: str, sent: str) -> None:
        """Put there what was lost on its way: an id is an order, so that it cannot be carried out twice."""
        wanted, now = said.words_of(sent), self._now()
        if now - said.when(wanted, "sent_at") < PUT_AGAIN_AFTER:
            return
        places = (keys.broker_sent(self._account), keys.broker_receipts(self._account))
        anew = said.text({**wanted, "sent_at": said.instant(now)})
        arguments = (keys.BROKER_ORDERS, keys.BROKER_TAKEN, client_order_id, sent, anew)
        if self._line.eval(PUT_AGAIN, 4, *places, *arguments):
            log.warning("queue.put_again", client_order_id=client_order_id)

    def _cancel(self, client_order_id: str) -> Receipt:
        self._book.epoch()
        known = self._book.receipt(client_order_id)
        now = said.receipt(client_order_id, known) if known else None
        if now is None or now.status.is_open:
            now = self._cancelled(client_order_id)
        if now.status is OrderStatus.REJECTED and now.why == UNKNOWN_ORDER:
            raise Rejected(UNKNOWN_ORDER)
        return now

    def _cancelled(self, client_order_id: str) -> Receipt:
        answer_to = keys.broker_answer(uuid4().hex)
        self._line.lpush(keys.BROKER_ORDERS, said.text(said.cancellation(self._account, client_order_id, answer_to)))
        answer = self._answer(answer_to)
        if answer is None:
            raise Unavailable(NO_ANSWER)
        return said.receipt(client_order_id, answer)

    def _transfer(self, transfer: Transfer) -> None:
        known = self._book.transfer(transfer.id)
        if known is None or known.get("status") != "booked":
            answer_to = keys.broker_answer(uuid4().hex)
            self._line.lpush(keys.BROKER_ORDERS, said.text(said.movement(self._account, transfer, answer_to)))
            known = self._answer(answer_to)
        if known is None:
            raise Unavailable(NO_ANSWER)
        if known.get("status") != "booked":
            raise Rejected(str(known.get("why", "")) or "refused")

    def _answer(self, answer_to: str) -> said.Words | None:
        """What was answered; None where nothing was in time."""
        found = self._line.blpop([answer_to], self.answer_s)
        return said.words_of(found[1]) if found else None

    def is_served(self) -> bool:
        """Whether an outside broker is there, as it says itself every few seconds; it says what it takes, too."""
        words = self._book.server()
        if words is None:
            return False
        kinds = words.get("abilities", ())
        self._abilities = frozenset(one for one in Ability if one.value in kinds) or self._abilities
        return True


async def _ended_together(thread: asyncio.Task[T]) -> T:
    """What a thread answers. Given up meanwhile, this ends with it and not before: nobody can cancel a thread."""
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        await asyncio.wait({thread})
        if not thread.cancelled():
            log.warning("queue.answered_late", error=str(thread.exception() or ""))
        raise


def _accepted(receipt: Receipt) -> Receipt:
    if receipt.status is OrderStatus.REJECTED:
        raise Rejected(receipt.why)
    return receipt
