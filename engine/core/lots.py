"""What was bought when, as taxes see it, and cash that is not settled yet. Ten-thousandths of a dollar."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from engine.core.units import Money, Ticker


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """What is left of one buy. `id` is the execution that bought it, `shares` are those still held, of `bought`.

    `cost` is what was paid for the shares still held, without fees; `tax_basis` is that and the losses that a wash
    sale put off to them. `replaces` are those of its shares that stand for shares sold at a loss: each stands for one.
    """

    id: str
    ticker: Ticker
    shares: int
    bought: int
    cost: Money
    tax_basis: Money
    opened_at: datetime
    replaces: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSale:
    """Shares of one lot that were sold. `id` is the selling execution and the lot, `<execution>/<lot>`.

    `realised` = proceeds − cost, before fees. Where it is a loss for taxes, `replaced` of its shares were bought again
    within 30 days before or after, and `disallowed` is the part of the loss (positive) that goes to those: a wash sale.
    `bought_again` says when those were bought, each time once, in the order in which they were found.
    """

    id: str
    lot_id: str
    ticker: Ticker
    shares: int
    proceeds: Money
    cost: Money
    tax_basis: Money
    realised: Money
    opened_at: datetime
    closed_at: datetime
    replaced: int = 0
    disallowed: Money = 0
    bought_again: tuple[datetime, ...] = ()

    @property
    def loss(self) -> Money:
        """The loss for taxes, positive, put-off losses of earlier sales included; 0 for a gain."""
        return max(0, self.tax_basis - self.proceeds)

    @property
    def is_wash(self) -> bool:
        return self.replaced > 0


class Unsettled(NamedTuple):
    """Proceeds of sells that are not settled before the session of `on`."""

    amount: Money
    on: date
