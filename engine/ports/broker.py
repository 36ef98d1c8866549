"""Where orders go, and what is said of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.core.abilities import Ability
from engine.core.nouns import Fill, Order, Transfer
from engine.core.units import Money, Ticker
from engine.core.words import OrderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The broker's word on one order."""

    client_order_id: str
    status: OrderStatus
    filled_shares: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """The broker's own book of an account: cash, and shares held of each ticker."""

    cash: Money
    shares: Mapping[Ticker, int]


class Broker(Protocol):
    """Where orders go. Implementations raise Unavailable (nothing is known) or Rejected (the broker said no).

    A split or dividend is booked before anything else of its session: shares held, cash for fractions of a share, sells
    that wait in new shares. Buys that wait end then. In a ticker that is halted nothing is filled.
    """

    async def submit(self, order: Order) -> Receipt:
        """Place `order` once: the same client order id again returns the first receipt."""

    async def find(self, client_order_id: str) -> Receipt | None:
        """What the broker knows under this id; None if it never saw it."""

    async def cancel(self, client_order_id: str) -> Receipt:
        """Cancel what is still open of it and say how it ended; raises Rejected for an unknown id."""

    async def fills(self, after: str | None) -> Sequence[Fill]:
        """Executions in the order they happened, after the execution id `after` (None: from the first)."""

    async def holdings(self) -> Holdings:
        """Cash and shares as the broker has them."""

    @property
    def abilities(self) -> frozenset[Ability]:
        """The kinds of orders, securities and hours that this broker takes."""

    async def transfer(self, transfer: Transfer) -> None:
        """Book paper money in or out, once: the same id again does nothing. Raises Rejected where there is too little.

        One that `resets` leaves the book with nothing but its amount in cash: orders that wait end, and executions of
        before are told no more, though they are known as places from which to go on.
        """
