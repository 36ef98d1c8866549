"""Which broker carries out an account's orders: the one on paper, or one outside behind a queue."""

from asyncio import sleep
from collections.abc import Callable
from time import monotonic
from typing import Final, NamedTuple

from engine.adapters.calendar import Calendar
from engine.adapters.paper_broker import PaperBroker
from engine.core.units import Money
from engine.ports import Broker, Clock, Market, Unavailable
from engine.wiring.elsewhere import MISSING
from engine.wiring.plan import ACCOUNT, BadStart, Plan

FIRST_S: Final = 5.0
"""How long a new account waits for an outside broker to say for the first time what it holds."""
AGAIN_S: Final = 0.25
HOLDINGS: Final = "stonks:broker:holdings"


class Opened(NamedTuple):
    """A broker, how it is let go of, and with how much cash a new account begins there."""

    broker: Broker
    close: Callable[[], None]
    cash: Money


async def broker_of(plan: Plan, market: Market, clock: Clock, calendar: Calendar, *, is_new: bool) -> Opened:
    """The broker that was asked for. Raises Unavailable where it is out of reach, or a new account has no cash yet."""
    if plan.answer_s is None or plan.redis is None:
        paper = PaperBroker.open(plan.book, market, clock, calendar, plan.cash, terms=plan.terms)
        return Opened(paper, paper.close, plan.cash)
    try:
        from engine.adapters.redis.queue_broker import QueueBroker  # noqa: PLC0415  # an extra brings its library
    except ModuleNotFoundError as missing:
        raise BadStart(MISSING) from missing
    queue = await QueueBroker.open(plan.redis, ACCOUNT, answer_s=plan.answer_s, now=clock.wall)
    try:
        return Opened(queue, queue.close, await _first_cash(queue) if is_new else 0)
    except BaseException:
        queue.close()
        raise


async def _first_cash(queue: Broker) -> Money:
    """What a new account begins with: the broker may have been started a moment later than we."""
    until = monotonic() + FIRST_S
    while True:
        try:
            return (await queue.holdings()).cash
        except Unavailable as error:
            if monotonic() >= until:
                first = f"start your broker first (docs/broker-queue.md): nothing stands at {HOLDINGS}:{ACCOUNT}"
                raise Unavailable(f"{first} ({error})") from error
        await sleep(AGAIN_S)
