"""Orders and what becomes of them: instructions, executions, and where the broker's book differs from ours."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple

from engine.core.units import Money, Ticker
from engine.core.words import OrderStatus, OrderType, Origin, Side, TimeInForce


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An instruction to a broker. `reserved` is the cash that a buy holds until it is done.

    `kind` is how it is to be filled: a limit order at `limit` or better, a stop order once the price has reached
    `stop_at`, a stop-limit order both; those prices are None where the kind has none. `good` says how long it waits:
    for its session, or until it is cancelled. `stop` and `take` are the levels that its position gets.

    `cost_out` and `fees` add up over the fills of a sell, `proceeds` likewise: together its realised profit or loss.
    """

    client_order_id: str
    decision_id: str
    ticker: Ticker
    side: Side
    shares: int
    origin: Origin
    status: OrderStatus
    intended_at: datetime
    reserved: Money = 0
    filled_shares: int = 0
    stop: Money | None = None
    take: Money | None = None
    atr: Money | None = None
    confidence: float = 0.0
    sector: str | None = None
    trigger: Money | None = None
    proceeds: Money = 0
    cost_out: Money = 0
    fees: Money = 0
    why: str = ""
    micro: bool = False
    source: str = ""
    kind: OrderType = OrderType.MARKET
    limit: Money | None = None
    stop_at: Money | None = None
    good: TimeInForce = TimeInForce.GTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """What the broker did with an order, once: `execution_id` is the broker's own and never repeats."""

    execution_id: str
    client_order_id: str
    ticker: Ticker
    side: Side
    shares: int
    price: Money
    fee: Money
    at: datetime


LONGEST_ID: Final = 48
"""Characters that a client order id may have at most: brokers refuse longer ones."""


def client_order_id(account: str, decision_id: str, tranche: int, restored: str = "") -> str:
    """The name of an order at the broker, made from these alone, so that asking twice is asking once.

    `restored` says when the account was put back from a backup: the broker may know its decisions of before under
    names of before. It is their digest where they are too long to be written out, or hold what a broker may not take.
    """
    plain = "-".join([account, *filter(None, [restored]), decision_id, str(tranche)])
    if len(plain) <= LONGEST_ID and plain.isascii() and plain.isprintable() and " " not in plain:
        return plain
    return sha256(f"{len(account)}-{plain}".encode()).hexdigest()[:LONGEST_ID]


class Sent(NamedTuple):
    """That an order was meant: `at` in market time, `wall` in people's, both aware UTC; `decision_id` says for what.

    It is `idle` once it has ended without a share of it traded.
    """

    ticker: Ticker
    side: Side
    at: datetime
    wall: datetime
    decision_id: str = ""
    idle: bool = False


class Difference(NamedTuple):
    """What our book and the broker's say of a ticker's shares; without a ticker, of the cash.

    Found when both were held together last, at `at` (market time, aware UTC).
    """

    ticker: Ticker | None
    ours: int
    theirs: int
    at: datetime
