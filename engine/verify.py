"""Do the books hold together? The store against itself, and against the paper broker's own book."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from engine.adapters.paper_broker import Book, read_book
from engine.adapters.sql_store.verify import Finding, Findings, opened, verify
from engine.core.units import Money, Ticker, dollars
from engine.core.words import OrderStatus, Side
from engine.ports import Counts, Unavailable
from engine.wiring import ACCOUNT


class Moved(NamedTuple):
    """What one execution changed: shares of a ticker, and cash; what is spent or sold is negative."""

    client_order_id: str
    ticker: Ticker
    shares: int
    cash: Money


@dataclass(frozen=True, slots=True)
class OurBook:
    """What the store says that a broker's book also says."""

    cash: Money
    holdings: Mapping[Ticker, int]
    orders: Mapping[str, OrderStatus]
    executions: Mapping[str, Moved]


@dataclass(frozen=True, slots=True)
class Report:
    """Row counts, what is wrong, and how many executions the engine will book when it runs next."""

    counts: Mapping[str, Counts]
    found: tuple[Finding, ...]
    waiting: int

    @property
    def sound(self) -> bool:
        return not self.found

    def as_json(self) -> dict[str, Any]:
        """For programs: counts of the account, findings, and whether all is well."""
        counts = asdict(self.counts[ACCOUNT]) if ACCOUNT in self.counts else {}
        return {"ok": self.sound, **counts, "waiting": self.waiting, "findings": [one._asdict() for one in self.found]}

    def as_text(self) -> str:
        """For people: one line of counts, one line a finding."""
        rows = [
            f"{name}: " + ", ".join(f"{n} {what}" for what, n in asdict(c).items()) for name, c in self.counts.items()
        ]
        rows += [f"executions at the broker that the engine will book next: {self.waiting}"] if self.waiting else []
        return "\n".join(
            [*rows, *(f"{one.code}: {one.sentence}" for one in self.found), "sound" if self.sound else "NOT SOUND"]
        )


def verify_files(database: Path, book: Path) -> Report:
    """Check both files, changing nothing; an engine may be at work on them.

    Raises Unavailable where one of them is missing or unreadable.
    """
    for path in (database, book):
        if not path.is_file():
            raise Unavailable(f"{path} is not there; name the account's folder with --data DIR")
    own, before = verify(database), our_book(database)
    theirs = read_book(book)
    return compared(own, before, theirs, our_book(database))


def our_book(database: Path) -> OurBook:
    """Cash, holdings, orders and executions as the store has them."""
    with closing(opened(database)) as connection:
        connection.execute("BEGIN")
        rows = connection.execute
        cash = rows("SELECT cash FROM accounts WHERE account = ?", (ACCOUNT,)).fetchone()
        held = rows("SELECT ticker, shares FROM positions WHERE account = ?", (ACCOUNT,))
        orders = rows("SELECT client_order_id, status FROM orders WHERE account = ?", (ACCOUNT,))
        fills = rows("SELECT * FROM fills WHERE account = ?", (ACCOUNT,))
        return OurBook(
            cash=cash["cash"] if cash else 0,
            holdings={row["ticker"]: row["shares"] for row in held},
            orders={row["client_order_id"]: OrderStatus(row["status"]) for row in orders},
            executions={row["execution_id"]: moved(row) for row in fills},
        )


def moved(row: Mapping[str, Any]) -> Moved:
    """From a fill as it is stored."""
    sign = 1 if row["side"] == Side.BUY.value else -1
    cash = -sign * row["shares"] * row["price"] - row["fee"]
    return Moved(row["client_order_id"], row["ticker"], sign * row["shares"], cash)


def compared(own: Findings, before: OurBook, theirs: Book, after: OurBook) -> Report:
    """Findings of both sides. The store was read before and after the broker's book, for an engine may be at work.

    What the store had before must be at the broker, and what the broker has must be in the store by now or, if it is an
    execution, belong to an order that is still open there. What the store got since does not count.
    """
    known = {fill.execution_id: moved(asdict(fill)) for fill in theirs.executions}
    waiting = {name: one for name, one in known.items() if name not in after.executions}
    since = {name: one for name, one in after.executions.items() if name not in known}
    found = [*own.found, *differences(*brought_to(after, waiting, since), theirs)]
    for name, one in waiting.items():
        if not after.orders.get(one.client_order_id, OrderStatus.FILLED).is_open:
            found.append(wrong("execution_lost", f"{name} is at the broker, but its order is not open"))
    unknown = sorted(before.executions.keys() - known.keys())
    found += [wrong("execution_unknown", f"{name} is in the store, but not at the broker") for name in unknown]
    strange = [name for name in theirs.orders if name not in after.orders]
    found += [wrong("order_unknown", f"{name} is at the broker only") for name in strange]
    return Report(own.counts, tuple(found), len(waiting))


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
