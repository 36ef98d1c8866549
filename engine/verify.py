"""Do the books hold together? The store against itself, and against the paper broker's own book."""

import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from engine.adapters.paper_broker import Book, read_book
from engine.adapters.sql_store.verify import Finding, Findings, opened, verify
from engine.core.units import Ticker, dollars
from engine.core.words import OrderStatus, Side
from engine.ports import Counts, Unavailable
from engine.wiring import ACCOUNT

ATTEMPTS: Final = 5
PAUSE_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class OurBook:
    """What the store says that a broker's book also says."""

    cash: int
    holdings: Mapping[Ticker, int]
    orders: Mapping[str, OrderStatus]
    executions: frozenset[str]


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
    """Check both files, changing nothing, again while an engine is at work on them and they do not agree yet.

    Raises Unavailable where one of them is missing or unreadable.
    """
    for path in (database, book):
        if not path.is_file():
            raise Unavailable(f"{path} is not there; name the account's folder with --data DIR")
    report = read_both(database, book)
    for _ in range(ATTEMPTS):
        if report.sound:
            break
        time.sleep(PAUSE_S)
        earlier, report = report, read_both(database, book)
        if report.counts == earlier.counts:
            break
    return report


def read_both(database: Path, book: Path) -> Report:
    """Both files once; an engine at work between the two readings can make them look different."""
    own, ours = verify(database), our_book(database)
    return compared(own, ours, read_book(book))


def our_book(database: Path) -> OurBook:
    """Cash, holdings, orders and executions as the store has them."""
    with closing(opened(database)) as connection:
        connection.execute("BEGIN")
        rows = connection.execute
        cash = rows("SELECT cash FROM accounts WHERE account = ?", (ACCOUNT,)).fetchone()
        held = rows("SELECT ticker, shares FROM positions WHERE account = ?", (ACCOUNT,))
        orders = rows("SELECT client_order_id, status FROM orders WHERE account = ?", (ACCOUNT,))
        fills = rows("SELECT execution_id FROM fills WHERE account = ?", (ACCOUNT,))
        return OurBook(
            cash=cash["cash"] if cash else 0,
            holdings={row["ticker"]: row["shares"] for row in held},
            orders={row["client_order_id"]: OrderStatus(row["status"]) for row in orders},
            executions=frozenset(row["execution_id"] for row in fills),
        )


def compared(own: Findings, ours: OurBook, theirs: Book) -> Report:
    """Findings of both sides; executions of orders that are still open with us are waiting, not wrong."""
    waiting = [fill for fill in theirs.executions if fill.execution_id not in ours.executions]
    known = {fill.execution_id for fill in theirs.executions}
    unknown = ours.executions - known
    cash, holdings = ours.cash, dict(ours.holdings)
    for fill in waiting:
        sign = 1 if fill.side is Side.BUY else -1
        cash -= sign * fill.shares * fill.price + fill.fee
        holdings[fill.ticker] = holdings.get(fill.ticker, 0) + sign * fill.shares
    lost = [fill for fill in waiting if not ours.orders.get(fill.client_order_id, OrderStatus.FILLED).is_open]
    found = [*own.found, *differences(cash, holdings, theirs)]
    found += [
        wrong("execution_lost", f"{one.execution_id} is at the broker, but its order is not open") for one in lost
    ]
    found += [wrong("execution_unknown", f"{one} is in the store, but not at the broker") for one in sorted(unknown)]
    found += [wrong("order_unknown", f"{one} is at the broker only") for one in theirs.orders if one not in ours.orders]
    return Report(own.counts, tuple(found), len(waiting))


def differences(cash: int, holdings: Mapping[Ticker, int], theirs: Book) -> Iterator[Finding]:
    if cash != theirs.cash:
        yield wrong("cash_differs", f"the store has ${dollars(cash)}, the broker ${dollars(theirs.cash)}")
    for ticker in sorted({*holdings, *theirs.holdings}):
        here, there = holdings.get(ticker, 0), theirs.holdings.get(ticker, 0)
        if here != there:
            yield wrong("shares_differ", f"{ticker}: {here} in the store, {there} at the broker")


def wrong(code: str, sentence: str) -> Finding:
    return Finding(code, ACCOUNT, sentence)
