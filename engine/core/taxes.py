"""Tax lots: what a sell takes of them, losses that are put off by purchases, and the sums of a tax report."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from engine.core.lots import Lot, LotSale
from engine.core.nouns import Fill, Position
from engine.core.rules import lots as rule
from engine.core.state import State
from engine.core.units import Money, Ticker
from engine.core.words import Side

EXCHANGE: Final = ZoneInfo("America/New_York")
BEGAN: Final = datetime(1970, 1, 1, tzinfo=UTC)
BEFORE: Final = "before/"


class Parting(NamedTuple):
    """Shares of one lot that a sell takes; `left` is what stays of the lot, None where nothing does."""

    sale: LotSale
    left: Lot | None


class Wash(NamedTuple):
    """A sale at a loss and the purchase that puts part of it off, both as they stand then.

    `shares` are those matched here, `amount` the part of the loss (positive) that goes to the lot's tax basis.
    """

    sale: LotSale
    lot: Lot
    shares: int
    amount: Money


class Foreseen(NamedTuple):
    """What a sell now would lose on its losing lots, and how much of that (both positive) would be put off.

    `shares` are those sold at a loss that were bought again within 30 days before.
    """

    loss: Money
    shares: int
    disallowed: Money


def held_before(position: Position) -> Lot:
    """All of a position as one lot, for what was bought before lots were kept."""
    return Lot(
        id=f"{BEFORE}{position.ticker}",
        ticker=position.ticker,
        shares=position.shares,
        bought=position.shares,
        cost=position.cost,
        tax_basis=position.cost,
        opened_at=position.opened_at,
    )


def is_from_before(lot_id: str) -> bool:
    """Whether a lot is all that was held of a ticker when lots began to be kept: perhaps several purchases."""
    return lot_id.startswith(BEFORE)


def lots_of(state: State, ticker: Ticker) -> tuple[Lot, ...]:
    """What is held of a ticker, lot by lot, oldest first; empty where nothing is."""
    position = state.positions.get(ticker)
    if position is None:
        return ()
    return state.lots.get(ticker) or (held_before(position),)


def parted(lots: Sequence[Lot], fill: Fill) -> list[Parting]:
    """What a sell takes of each lot that it touches, oldest first."""
    taken = rule.first_out([lot.shares for lot in lots], fill.shares)
    return [part_of(lot, shares, fill) for lot, shares in zip(lots, taken, strict=True) if shares]


def part_of(lot: Lot, shares: int, fill: Fill) -> Parting:
    """So many shares of one lot, with their part of its cost and tax basis, rounded down; the rest keeps the rest."""
    cost, basis = (rule.portion(amount, shares, lot.shares) for amount in (lot.cost, lot.tax_basis))
    sale = LotSale(
        id=f"{fill.execution_id}/{lot.id}",
        lot_id=lot.id,
        ticker=lot.ticker,
        shares=shares,
        proceeds=shares * fill.price,
        cost=cost,
        tax_basis=basis,
        realised=shares * fill.price - cost,
        opened_at=lot.opened_at,
        closed_at=fill.at,
    )
    left = replace(
        lot,
        shares=lot.shares - shares,
        cost=lot.cost - cost,
        tax_basis=lot.tax_basis - basis,
        replaces=rule.still_replacing(lot.replaces, shares),
    )
    return Parting(sale, left if left.shares else None)


def washed(sales: Iterable[LotSale], lots: Iterable[Lot]) -> list[Wash]:
    """Sales at a loss with the purchases within 30 days of them, share for share, the oldest of both first."""
    found: list[Wash] = []
    free = list(lots)
    for sale in sales:
        now = sale
        for place, lot in enumerate(free):
            wash = match(now, lot)
            if wash is not None:
                found.append(wash)
                now, free[place] = wash.sale, wash.lot
    return found


def match(sale: LotSale, lot: Lot) -> Wash | None:
    """A sale at a loss with one purchase near it; None where it puts nothing off. A lot is no purchase after itself."""
    shares = min(sale.shares - sale.replaced, rule.free_to_replace(lot.shares, lot.replaces))
    apart = sale.lot_id != lot.id and rule.near(day_number(lot.opened_at), day_number(sale.closed_at))
    if not sale.loss or shares <= 0 or not apart:
        return None
    disallowed = max(sale.disallowed, rule.put_off(sale.loss, sale.replaced + shares, sale.shares))
    amount = disallowed - sale.disallowed
    return Wash(
        replace(sale, replaced=sale.replaced + shares, disallowed=disallowed, bought_again=again(sale, lot)),
        replace(lot, tax_basis=lot.tax_basis + amount, replaces=lot.replaces + shares),
        shares,
        amount,
    )


def again(sale: LotSale, lot: Lot) -> tuple[datetime, ...]:
    """When the shares of a sale were bought again, with this purchase."""
    known = sale.bought_again
    return known if lot.opened_at in known else (*known, lot.opened_at)


def day_number(at: datetime) -> int:
    """The exchange's calendar day of an instant, counted from 1 January of the year 1."""
    return at.astimezone(EXCHANGE).toordinal()


def kept(lots: Sequence[Lot], parts: Sequence[Parting]) -> list[Lot]:
    """The lots that a sell leaves, oldest first."""
    after = {part.sale.lot_id: part.left for part in parts}
    return [left for lot in lots if (left := after.get(lot.id, lot)) is not None]


def cost_of(state: State, ticker: Ticker, shares: int) -> Money:
    """What the shares had cost that a sell of so many would take, the oldest first; more than is held counts as all."""
    parts = parted(lots_of(state, ticker), _sell(ticker, shares, 0, BEGAN))
    return sum(part.sale.cost for part in parts)


def foreseen(state: State, ticker: Ticker, shares: int, price: Money, at: datetime) -> Foreseen | None:
    """What a sell of so many shares at this price and market time would lose, and how much of it would be put off.

    None where it would be no wash sale; a purchase after it can still make it one. More than is held counts as all.
    """
    lots = lots_of(state, ticker)
    parts = parted(lots, _sell(ticker, shares, price, at))
    sales = [part.sale for part in parts]
    washes = washed(sales, kept(lots, parts))
    if not washes:
        return None
    loss, disallowed = sum(sale.loss for sale in sales), sum(wash.amount for wash in washes)
    return Foreseen(loss, sum(wash.shares for wash in washes), disallowed)


def _sell(ticker: Ticker, shares: int, price: Money, at: datetime) -> Fill:
    return Fill(
        execution_id="",
        client_order_id="",
        ticker=ticker,
        side=Side.SELL,
        shares=shares,
        price=price,
        fee=0,
        at=at,
    )


class Result(NamedTuple):
    """Sums over sales of lots, before fees; `counts` is what counts for taxes: proceeds − tax basis + put-off losses.

    `disallowed` are losses put off to later purchases (positive), `realised` = proceeds − cost.
    """

    sales: int
    proceeds: Money
    cost: Money
    tax_basis: Money
    realised: Money
    disallowed: Money

    @property
    def counts(self) -> Money:
        return self.proceeds - self.tax_basis + self.disallowed


class Taxed(NamedTuple):
    """What was sold, apart by how long it was held: over a year is long."""

    short: Result
    long: Result


def taxed(sales: Iterable[LotSale]) -> Taxed:
    """The sums of a tax report over these sales."""
    found = list(sales)
    return Taxed(
        result(sale for sale in found if not over_a_year(sale)),
        result(sale for sale in found if over_a_year(sale)),
    )


def result(sales: Iterable[LotSale]) -> Result:
    found = list(sales)
    return Result(
        sales=len(found),
        proceeds=sum(sale.proceeds for sale in found),
        cost=sum(sale.cost for sale in found),
        tax_basis=sum(sale.tax_basis for sale in found),
        realised=sum(sale.realised for sale in found),
        disallowed=sum(sale.disallowed for sale in found),
    )


def over_a_year(sale: LotSale) -> bool:
    """Whether it was sold later than on the day of its purchase a year on, by the exchange's calendar days."""
    bought, sold = (at.astimezone(EXCHANGE).date() for at in (sale.opened_at, sale.closed_at))
    return sold > anniversary(bought)


def anniversary(day: date) -> date:
    """The same day a year on; for 29 February the 28th."""
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28 if leap else day.day)
