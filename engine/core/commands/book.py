"""Asking that the broker's and the market's word be written down."""

from dataclasses import dataclass

from engine.core.commands.command import Command
from engine.core.happenings import CorporateAction
from engine.core.nouns import Fill, Order
from engine.core.units import Money, Ticker
from engine.core.words import OrderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOutOrder(Command):
    """Give up an entry order that has waited too long for its fill."""

    client_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WarnOfExit(Command):
    """Tell the owner that a sale stays open although its ticker is traded."""

    client_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOrder(Command):
    """Note what the broker said of an order."""

    client_order_id: str
    status: OrderStatus
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFill(Command):
    """Note what the broker did with an order; the same execution counts once.

    `order` is given where it has ended, as it ended: its fill comes late.
    """

    fill: Fill
    order: Order | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeTicker(Command):
    """Stop entries in a ticker on which the broker's book and ours differ; `why` is a word for a known reason."""

    ticker: Ticker
    ours: int
    theirs: int
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThawTicker(Command):
    """Allow entries again in a ticker on which the broker's book and ours agree again."""

    ticker: Ticker


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDifference(Command):
    """Note that the broker's cash is not ours: nothing is entered until both agree, or the owner takes his word."""

    ours: Money
    theirs: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptBroker(Command):
    """Take the broker's word for the shares of a ticker; without a ticker, for the cash.

    `seen` are our number and the broker's that whoever says so was told; None takes whatever they are.
    """

    ticker: Ticker | None = None
    seen: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAction(Command):
    """Book a split or a dividend, once."""

    action: CorporateAction
