"""Tax lots and their sales: rows that stay when all is sold, as they now stand."""

from collections.abc import Iterable
from typing import Final

from engine.adapters.sql_store import tables as t
from engine.adapters.sql_store.codec import columns
from engine.adapters.sql_store.mirror import replacement
from engine.adapters.sql_store.plan import Plan, Values
from engine.core import events as e
from engine.core.lots import Lot, LotSale
from engine.core.state import State
from engine.ports import Batch

NOTHING_LEFT: Final[Values] = {"shares": 0, "cost": 0, "tax_basis": 0, "replaces": 0}


def held(state: State | None) -> dict[str, Lot]:
    """The lots of a state, by their ids."""
    return {lot.id: lot for lots in state.lots.values() for lot in lots} if state else {}


def lots_told(event: e.Event) -> tuple[Lot, ...]:
    """The lots that an event says something of, as they stand after it."""
    match event:
        case e.LotOpened(lot=lot) | e.WashSaleFound(lot=lot):
            return (lot,)
        case e.LotSold(left=lot):
            return (lot,) if lot else ()
        case e.SplitApplied(lots=lots) | e.BrokerAccepted(lots=lots):
            return lots
    return ()


def lot_row(lot: Lot, *, stands: bool) -> Values:
    """A lot's columns; of one that is not held any more nothing is left."""
    return columns(lot) if stands else columns(lot) | NOTHING_LEFT


def write_lots(plan: Plan, batch: Batch) -> None:
    """A row a buy: new ones join, and those that are held no more stay with nothing left."""
    told = {lot.id: lot for event in batch.events for lot in lots_told(event)}
    if not told and batch.old is not None and batch.old.lots is batch.new.lots:
        return
    account, old, new = batch.new.account, held(batch.old), held(batch.new)
    opened = [event.lot.id for event in batch.events if isinstance(event, e.LotOpened)]
    known = {**old, **told, **new}
    fresh = [*opened, *(key for key in new if key not in old and key not in opened)]
    after = {key: lot_row(lot, stands=key in new) for key, lot in known.items()}
    plan.put(t.lots, [{"account": account, **after[key]} for key in fresh])
    changed = [key for key in after if key not in fresh and new.get(key) != old.get(key, known[key])]
    rows = [{"at_account": account, "at_key": key, **after[key]} for key in changed]
    if rows:
        plan.change(replacement(t.lots, "id", frozenset(after[changed[0]]) - {"id"}), rows)


def sales_told(events: Iterable[e.Event]) -> dict[str, LotSale]:
    """The sales of lots that events say something of, as they stand after the last."""
    return {event.sale.id: event.sale for event in events if isinstance(event, e.LotSold | e.WashSaleFound)}


def write_sales(plan: Plan, batch: Batch) -> None:
    told = sales_told(batch.events)
    if not told:
        return
    account = batch.new.account
    sold = [event.sale.id for event in batch.events if isinstance(event, e.LotSold)]
    plan.put(t.lot_sales, [{"account": account, **columns(told[key])} for key in sold])
    changed = [columns(sale) for key, sale in told.items() if key not in sold]
    rows = [{"at_account": account, "at_key": row["id"], **row} for row in changed]
    if rows:
        plan.change(replacement(t.lot_sales, "id", frozenset(changed[0]) - {"id"}), rows)
