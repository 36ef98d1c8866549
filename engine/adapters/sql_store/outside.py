"""What happened outside an account: market events, dates of earnings, strategies, correlations of the market."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Final

from sqlalchemy import Connection, Delete, Update, bindparam, delete, insert, select, update

from engine.adapters.sql_store import tables as t
from engine.adapters.sql_store.codec import columns
from engine.adapters.sql_store.mirror import Mirror, reflect
from engine.adapters.sql_store.plan import Plan, Values
from engine.core import events as e
from engine.core.happenings import MarketEvent
from engine.core.standing import StrategyStanding
from engine.core.state import State
from engine.core.units import Ticker
from engine.ports import CORRELATIONS_KEPT, Batch


def write_market_events(plan: Plan, batch: Batch) -> None:
    """A row a telling; `standing` ends when the event leaves the state, or is told anew."""
    account, new = batch.new.account, marks(batch.new)
    old = marks(batch.old) if batch.old else {}
    told = [event.event for event in batch.events if isinstance(event, e.EventMarked)]
    told += [each for key, each in new.items() if old.get(key) != each and each not in told]
    again = {each.id for each in told}
    ended = [key for key, each in old.items() if key in again or new.get(key) != each]
    plan.change(end_of_event(), [{"at_account": account, "at_id": key} for key in ended])
    last = {each.id: number for number, each in enumerate(told)}
    plan.put(
        t.market_events,
        [
            {"account": account, **columns(each), "standing": last[each.id] == number and new.get(each.id) == each}
            for number, each in enumerate(told)
        ],
    )


def marks(state: State) -> dict[str, MarketEvent]:
    return {each.id: each for each in state.market_events}


@cache
def end_of_event() -> Update:
    table = t.market_events
    where = (table.c.account == bindparam("at_account")) & (table.c.id == bindparam("at_id")) & table.c.standing
    return update(table).where(where).values(standing=False)


def write_earnings(plan: Plan, batch: Batch) -> None:
    account = batch.new.account
    old: Mapping[Ticker, tuple[date, ...]] = batch.old.earnings if batch.old else {}
    if old is batch.new.earnings:
        return
    before, after = reports(old), reports(batch.new.earnings)
    gone = [
        {"at_account": account, "at_ticker": ticker, "at_date": day}
        for ticker, day in before
        if (ticker, day) not in after
    ]
    plan.drop(report_gone(), gone)
    fresh = [
        {"account": account, "ticker": ticker, "date": day} for ticker, day in after if (ticker, day) not in before
    ]
    plan.put(t.earnings, fresh)


def reports(earnings: Mapping[Ticker, tuple[date, ...]]) -> dict[tuple[Ticker, date], None]:
    return {(ticker, day): None for ticker, days in earnings.items() for day in days}


@cache
def report_gone() -> Delete:
    table = t.earnings
    return delete(table).where(
        table.c.account == bindparam("at_account"),
        table.c.ticker == bindparam("at_ticker"),
        table.c.date == bindparam("at_date"),
    )


def write_strategies(plan: Plan, batch: Batch) -> None:
    old: Mapping[str, StrategyStanding] = batch.old.strategies if batch.old else {}
    if old is not batch.new.strategies:
        reflect(plan, STRATEGIES, batch.new.account, old, batch.new.strategies)


def strategy_row(_name: str, strategy: StrategyStanding) -> Values:
    return {name: value for name, value in columns(strategy).items() if name != "name"}


STRATEGIES: Final = Mirror(t.strategies, "name", strategy_row)


# --- of no account


def put_correlations(connection: Connection, session: date, pairs: Mapping[tuple[Ticker, Ticker], float]) -> None:
    """Instead of what was kept of that session; the oldest sessions leave."""
    table = t.correlations
    connection.execute(delete(table).where(table.c.session == session))
    rows = [{"session": session, "one": one, "other": other, "value": value} for (one, other), value in pairs.items()]
    if rows:
        connection.execute(insert(table), rows)
    newest = select(table.c.session).distinct().order_by(table.c.session.desc()).limit(CORRELATIONS_KEPT)
    kept = connection.execute(newest).scalars().all()
    if len(kept) == CORRELATIONS_KEPT:
        connection.execute(delete(table).where(table.c.session < kept[-1]))


def correlations(connection: Connection, session: date) -> dict[tuple[Ticker, Ticker], float] | None:
    """Those kept of a session; None where none are."""
    table = t.correlations
    found = connection.execute(select(table).where(table.c.session == session))
    return dict(sorted(((row.one, row.other), row.value) for row in found)) or None
