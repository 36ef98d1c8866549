"""Do the books hold together? The store against itself, and against the paper broker's own book."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from engine.adapters.paper_broker import Book, read_book
from engine.adapters.sql_store.audit import reading
from engine.adapters.sql_store.connect import translated
from engine.adapters.sql_store.follows import Followed, followed
from engine.adapters.sql_store.verify import Finding, Findings, opened, verify
from engine.core.nouns import AccountId, Transfer
from engine.core.units import Money, Ticker, dollars
from engine.core.words import OrderStatus, Side, Skip
from engine.ports import Counts, Unavailable
from engine.wiring import ACCOUNT

TRANSFERS: Final = "SELECT body FROM journal WHERE account = ? AND kind IN ('CashMoved', 'AccountReset') ORDER BY seq"
BAD_CHAIN: Final = frozenset({"journal_chain", "journal_head"})
RESET: Final = (OrderStatus.CANCELLED.value, Skip.RESET.code)
"""Status of an order, and its reason, that ended because the account began anew."""


class Moved(NamedTuple):
    """What one execution changed: shares of a ticker, and cash; what is spent or sold is negative."""

    client_order_id: str
    ticker: Ticker
    shares: int
    cash: Money


@dataclass(frozen=True, slots=True)
class OurBook:
    """What the store says that a broker's book also says.

    `transfers` are all there ever were, in order; `unbooked` those that the broker had yet to book, `reset` the orders
    that ended by a new beginning, `actions` the newest splits and dividends. A start that broke off has not `begun`.
    """

    begun: bool
    cash: Money
    holdings: Mapping[Ticker, int]
    orders: Mapping[str, OrderStatus]
    executions: Mapping[str, Moved]
    transfers: tuple[Transfer, ...]
    unbooked: frozenset[str]
    reset: frozenset[str]
    actions: tuple[str, ...] = ()

    @property
    def current(self) -> tuple[Transfer, ...]:
        """Transfers from the last reset on; those before are overtaken by it."""
        resets = [place for place, one in enumerate(self.transfers) if one.resets]
        return self.transfers[resets[-1] if resets else 0 :]


@dataclass(frozen=True, slots=True)
class Report:
    """Row counts, what is wrong, and how many executions and transfers will be booked when the engine runs next."""

    counts: Mapping[str, Counts]
    found: tuple[Finding, ...]
    waiting: int
    transfers: int = 0
    notes: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        return not self.found

    def as_json(self) -> dict[str, Any]:
        """For programs: counts of the account, findings, and whether all is well."""
        counts = asdict(self.counts[ACCOUNT]) if ACCOUNT in self.counts else {}
        waiting = {"waiting": self.waiting, "transfers_waiting": self.transfers}
        notes = {"notes": list(self.notes)}
        return {"ok": self.sound, **counts, **waiting, **notes, "findings": [one._asdict() for one in self.found]}

    def as_text(self) -> str:
        """For people: one line of counts, one line a finding."""
        rows = [
            f"{name}: " + ", ".join(f"{n} {what}" for what, n in asdict(c).items()) for name, c in self.counts.items()
        ]
        rows += [f"executions at the broker that the engine will book next: {self.waiting}"] if self.waiting else []
        rows += [f"transfers that the broker will book next: {self.transfers}"] if self.transfers else []
        return "\n".join(
            [
                *rows,
                *self.notes,
                *(f"{one.code}: {one.sentence}" for one in self.found),
                "sound" if self.sound else "NOT SOUND",
            ]
        )


def verify_files(database: Path, book: Path | None) -> Report:
    """Check both files, changing nothing; an engine may be at work on them. Without a book it is kept elsewhere.

    Raises Unavailable where one of them is missing or unreadable.
    """
    for path in (database, book or database):
        if not path.is_file():
            raise Unavailable(f"{path} is not there; name the account's folder with --data DIR")
    own = verify(database)
    bad = {one.account for one in own.found if one.code in BAD_CHAIN}
    with translated(str(database)), reading(database) as connection:
        told = {name: followed(connection, name) for name in own.counts if name not in bad}
    tables = [Finding(one.code, name, one.sentence) for name, each in told.items() for one in each.found]
    all_found = replace(own, found=(*own.found, *tables))
    report = beside_broker(all_found, database, book) if book else alone(all_found)
    return replace(report, notes=(*report.notes, *notes_of(told, bad)))


def alone(own: Findings) -> Report:
    """The store by itself."""
    return Report(own.counts, own.found, 0, notes=("the broker keeps its book elsewhere: it is not compared",))


def beside_broker(own: Findings, database: Path, book: Path) -> Report:
    """The store against the broker's book; not where its tables were edited so that nobody can read them any more."""
    try:
        before = our_book(database)
        theirs = read_book(book)
        return compared(own, before, theirs, our_book(database))
    except (LookupError, TypeError, ValueError):
        if not own.found:
            raise
        return Report(own.counts, own.found, 0, notes=("the broker's book is not compared with unreadable tables",))


def notes_of(told: Mapping[AccountId, Followed], bad: Iterable[AccountId]) -> tuple[str, ...]:
    """What could not be compared, and why."""
    broken = (f"{name}: its tables are not compared with a journal that does not hold" for name in sorted(bad))
    return (*broken, *(note for each in told.values() for note in each.notes))


def our_book(database: Path) -> OurBook:
    """Cash, holdings, orders, executions and transfers as the store has them."""
    with closing(opened(database)) as connection:
        connection.execute("BEGIN")
        rows = connection.execute
        found = rows("SELECT cash, transfers, actions FROM accounts WHERE account = ?", (ACCOUNT,)).fetchone()
        held = rows("SELECT ticker, shares FROM positions WHERE account = ?", (ACCOUNT,))
        orders = rows("SELECT client_order_id, status, why FROM orders WHERE account = ?", (ACCOUNT,)).fetchall()
        fills = rows("SELECT * FROM fills WHERE account = ?", (ACCOUNT,))
        return OurBook(
            begun=found is not None,
            cash=found["cash"] if found else 0,
            holdings={row["ticker"]: row["shares"] for row in held},
            orders={row["client_order_id"]: OrderStatus(row["status"]) for row in orders},
            executions={row["execution_id"]: moved(row) for row in fills},
            transfers=tuple(transfer(row["body"]) for row in rows(TRANSFERS, (ACCOUNT,))),
            unbooked=frozenset(one["id"] for one in json.loads(found["transfers"])) if found else frozenset(),
            reset=frozenset(row["client_order_id"] for row in orders if (row["status"], row["why"]) == RESET),
            actions=tuple(json.loads(found["actions"])) if found else (),
        )


def transfer(body: str) -> Transfer:
    """From the journal's row of it."""
    found = json.loads(body)["transfer"]
    return Transfer(**found | {"at": datetime.fromisoformat(found["at"])})


def moved(row: Mapping[str, Any]) -> Moved:
    """From a fill as it is stored."""
    sign = 1 if row["side"] == Side.BUY.value else -1
    cash = -sign * row["shares"] * row["price"] - row["fee"]
    return Moved(row["client_order_id"], row["ticker"], sign * row["shares"], cash)


def compared(own: Findings, before: OurBook, theirs: Book, after: OurBook) -> Report:
    """Findings of both sides. The store was read before and after the broker's book, for an engine may be at work.

    What the store had before must be at the broker, and what the broker has must be in the store by now or, if it is an
    execution, belong to an order that is still open there. What the store got since does not count. While the broker
    has yet to begin its book anew, or we our account, there is nothing to hold it against.
    """
    known = {fill.execution_id: moved(asdict(fill)) for fill in theirs.executions}
    missing = [(name, one) for name, one in known.items() if name not in after.executions]
    waiting = {name: one for name, one in missing if one.client_order_id not in after.reset}
    since = {name: one for name, one in after.executions.items() if name not in known}
    booked = {one.id for one in theirs.transfers}
    unbooked = [one for one in after.current if one.id not in booked]
    found = [*own.found, *strange(before, theirs, after)]
    if (after.begun or theirs.orders) and not any(one.resets for one in unbooked):
        acted = {one.id: Moved("", one.ticker, one.shares, one.cash) for one in theirs.acted_after(after.actions)}
        cash, holdings = brought_to(after, waiting | acted, since)
        found += differences(cash - sum(one.amount for one in unbooked), holdings, theirs)
    for name, one in waiting.items():
        if not after.orders.get(one.client_order_id, OrderStatus.FILLED).is_open:
            found.append(wrong("execution_lost", f"{name} is at the broker, but its order is not open"))
    return Report(own.counts, tuple(found), len(waiting), len(unbooked))


def strange(before: OurBook, theirs: Book, after: OurBook) -> Iterator[Finding]:
    """What one side has and the other does not know."""
    for name in sorted(before.executions.keys() - {fill.execution_id for fill in theirs.executions}):
        yield wrong("execution_unknown", f"{name} is in the store, but not at the broker")
    for name in theirs.orders:
        if name not in after.orders:
            yield wrong("order_unknown", f"{name} is at the broker only")
    booked, ours = {one.id for one in theirs.transfers}, {one.id for one in after.transfers}
    for name in sorted(booked - ours):
        yield wrong("transfer_unknown", f"money moved as {name} is at the broker only")
    for one in before.current:
        if one.id not in before.unbooked | booked:
            yield wrong("transfer_lost", f"money moved as {one.id} is booked in the store, but not at the broker")


def brought_to(
    ours: OurBook, waiting: Mapping[str, Moved], since: Mapping[str, Moved]
) -> tuple[Money, dict[Ticker, int]]:
    """Our cash and holdings, had we booked what the broker had executed and nothing else."""
    cash, holdings = ours.cash, dict(ours.holdings)
    for sign, executions in ((1, waiting), (-1, since)):
        for one in executions.values():
            cash += sign * one.cash
            holdings[one.ticker] = holdings.get(one.ticker, 0) + sign * one.shares
    return cash, holdings


def differences(cash: Money, holdings: Mapping[Ticker, int], theirs: Book) -> Iterator[Finding]:
    if cash != theirs.cash:
        yield wrong("cash_differs", f"the store has ${dollars(cash)}, the broker ${dollars(theirs.cash)}")
    for ticker in sorted({*holdings, *theirs.holdings}):
        here, there = holdings.get(ticker, 0), theirs.holdings.get(ticker, 0)
        if here != there:
            yield wrong("shares_differ", f"{ticker}: {here} in the store, {there} at the broker")


def wrong(code: str, sentence: str) -> Finding:
    return Finding(code, ACCOUNT, sentence)
