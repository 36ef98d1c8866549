"""What became of orders, and of what is held."""

from dataclasses import dataclass
from datetime import date, datetime

from engine.core.events.event import Event
from engine.core.happenings import CorporateAction
from engine.core.lots import Lot, LotSale
from engine.core.nouns import ClosedTrade, Difference, Fill, Order, Position, TraceLine
from engine.core.units import Money, Ticker
from engine.core.words import OrderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIntended(Event):
    """An order that will be sent; `wall` is people's time, None in journals of before it was noted.

    `unusual` are the checks of safety that an exit did not pass and went on in spite of.
    """

    order: Order
    wall: datetime | None = None
    unusual: tuple[TraceLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUpdated(Event):
    """The broker's word on an order; `order` is the order as it now stands."""

    order: Order
    old: OrderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled(Event):
    """A fill, the order as it stands after it, and the position that it left (None: sold out).

    Proceeds of a sell settle on `settles_on`. `day_trade` says that the sell came after a buy of the same ticker in the
    session of the fill, which is `session`; the fills of one order make one.
    """

    fill: Fill
    order: Order
    position: Position | None
    settles_on: date | None = None
    day_trade: bool = False
    session: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitWaited(Event):
    """A sale that the broker has not filled for so many seconds of trading; told once an order and session."""

    order: Order
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeClosed(Event):
    """A finished sell; `large` where it won or lost more than the house's share of tradable money."""

    trade: ClosedTrade
    large: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TickerFrozen(Event):
    """Both books differ on it; `why` is a word for a known reason, empty where none is."""

    ticker: Ticker
    ours: int
    theirs: int
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TickerThawed(Event):
    """Both books agree on it again."""

    ticker: Ticker


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceNoted(Event):
    """Both books were held together and differ in another way than was known; on cash, that they agree again, too.

    They agree where `ours` is `theirs`. A ticker on which they differ is frozen besides.
    """

    difference: Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAccepted(Event):
    """The owner took the broker's word for a ticker's shares or, without a ticker, for the cash.

    `position` and `lots` are the ticker's as they stand now (None and empty: nothing is held). `cost` is what the
    shares that came (+) or went (−) had cost, `worth` the same at the last price; of cash both are the amount. The
    worth counts as put in or taken out, and what it is more or less than the cost as realised: as if what is gone had
    been sold and the money taken. `peak` is the highest equity as it counts from then on.
    """

    difference: Difference
    position: Position | None = None
    lots: tuple[Lot, ...] = ()
    cost: Money = 0
    worth: Money = 0
    peak: Money = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LotOpened(Event):
    lot: Lot


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSold(Event):
    """Shares of a lot were sold; `left` is what stays of it, None where nothing does."""

    sale: LotSale
    left: Lot | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WashSaleFound(Event):
    """A loss that counts no more, because the ticker was bought again: put off to the tax basis of `lot`.

    Both are as they stand now: the sale with the loss that is disallowed, the lot with its higher basis. `shares` were
    matched here, and `amount` (positive) is what the basis rose by.
    """

    sale: LotSale
    lot: Lot
    shares: int = 0
    amount: Money = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitApplied(Event):
    """A split: the position, its lots and open orders as they stand after it, and money for a fraction of a share.

    `cash` is paid for the fraction that no whole share is left for, `cost_out` what had been paid for it.
    """

    action: CorporateAction
    position: Position | None
    lots: tuple[Lot, ...]
    orders: tuple[Order, ...]
    cash: Money = 0
    cost_out: Money = 0


def orders_told(event: Event) -> tuple[Order, ...]:
    """The orders that an event says something of, as they stand after it."""
    match event:
        case OrderIntended(order=order) | OrderUpdated(order=order) | Filled(order=order):
            return (order,)
        case SplitApplied(orders=orders):
            return orders
    return ()
