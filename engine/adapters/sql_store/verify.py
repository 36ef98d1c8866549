"""Does the book add up? Reads a SQLite database, changing nothing, also while an engine works on it."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from engine.adapters.sql_store.audit import end_of, last
from engine.adapters.sql_store.connect import BUSY_S, translated
from engine.adapters.sql_store.schema import HEAD
from engine.core.chain import Link
from engine.core.journal import BadRow
from engine.core.nouns import AccountId
from engine.core.units import dollars
from engine.ports import Counts, Unavailable


class Finding(NamedTuple):
    """One thing that does not hold; `code` is stable, the sentence says what and where."""

    code: str
    account: AccountId
    sentence: str


@dataclass(frozen=True, slots=True)
class Findings:
    """Row counts an account, and everything that is wrong: empty when the book adds up."""

    counts: Mapping[AccountId, Counts]
    found: tuple[Finding, ...]


class Check(NamedTuple):
    """Rows that `query` finds for `:account` are wrong; each is told by `sentence`."""

    code: str
    sentence: str
    query: str


def unique(table: str, key: str) -> Check:
    return Check(
        f"{table}_twice",
        f"{table}: {key} {{name}} stands there {{times}} times",
        f"SELECT {key} AS name, count(*) AS times FROM {table} "  # noqa: S608  # names from the table below
        f"WHERE account = :account AND {key} IS NOT NULL GROUP BY {key} HAVING times > 1",
    )


# fills of before the last reset belong to positions that are gone; none without a reset, as numbers begin with 1
RESET: Final = "(SELECT coalesce(max(seq), 0) FROM journal WHERE account = :account AND kind = 'AccountReset')"
COUNTED: Final = (
    "(SELECT * FROM fills WHERE account = :account AND execution_id NOT IN ("  # noqa: S608  # a part of ours
    "SELECT json_extract(body, '$.fill.execution_id') FROM journal WHERE account = :account AND kind = 'Filled' "
    f"AND seq < {RESET}))"
)

# where a ticker's shares were counted anew; with max(), SQLite takes the other columns from the row that has it
SPLITS: Final = (
    "(SELECT coalesce(json_extract(body, '$.action.ticker'), "  # noqa: S608  # a part of ours
    "json_extract(body, '$.difference.ticker')) AS ticker, max(seq) AS seq, "
    "coalesce(json_extract(body, '$.position.shares'), 0) AS shares FROM journal "
    f"WHERE account = :account AND kind IN ('SplitApplied', 'BrokerAccepted') AND seq > {RESET} "
    "GROUP BY 1 HAVING ticker IS NOT NULL)"
)
BEFORE_SPLITS: Final = (
    "(SELECT json_extract(body, '$.fill.execution_id') FROM journal AS j "  # noqa: S608  # a part of ours
    f"JOIN {SPLITS} AS s ON s.ticker = json_extract(body, '$.fill.ticker') AND j.seq < s.seq "
    "WHERE account = :account AND kind = 'Filled')"
)

# orders whose filled shares were counted anew
SPLIT_ORDERS: Final = (
    "(SELECT json_extract(o.value, '$.client_order_id') AS id, max(seq) AS since, "
    "json_extract(o.value, '$.filled_shares') AS filled FROM journal, json_each(body, '$.orders') AS o "
    "WHERE account = :account AND kind = 'SplitApplied' GROUP BY 1)"
)

# what an account was paid for its shares besides selling them
PAID: Final = (
    "(SELECT coalesce(sum(coalesce(json_extract(body, '$.amount'), 0) + "  # noqa: S608  # a part of ours
    "coalesce(json_extract(body, '$.cash'), 0)), 0) FROM journal WHERE account = :account "
    f"AND kind IN ('DividendPaid', 'SplitApplied') AND seq > {RESET})"
)

# what was put in or taken out as shares, by taking the broker's word for them
BROUGHT: Final = (
    "(SELECT coalesce(sum(json_extract(body, '$.worth')), 0) FROM journal "  # noqa: S608  # a part of ours
    f"WHERE account = :account AND kind = 'BrokerAccepted' AND seq > {RESET} "
    "AND json_extract(body, '$.difference.ticker') IS NOT NULL)"
)

CHECKS: Final = (
    unique("decisions", "id"),
    unique("decisions", "recommendation_id"),
    unique("orders", "client_order_id"),
    unique("fills", "execution_id"),
    unique("notifications", "id"),
    unique("closed_trades", "client_order_id"),
    unique("tax_lots", "id"),
    unique("tax_lot_sales", "id"),
    Check(
        "decision_without_order",
        "decision {id} on {ticker} acts but has no order",
        "SELECT id, ticker FROM decisions AS d WHERE account = :account AND reason = 'none' AND NOT EXISTS "
        "(SELECT 1 FROM orders AS o WHERE o.account = d.account AND o.decision_id = d.id)",
    ),
    Check(
        "order_without_decision",
        "order {client_order_id} on {ticker} follows from no decision",
        "SELECT client_order_id, ticker FROM orders AS o WHERE account = :account AND NOT EXISTS "
        "(SELECT 1 FROM decisions AS d WHERE d.account = o.account AND d.id = o.decision_id AND d.reason = 'none')",
    ),
    Check(
        "fill_without_order",
        "fill {execution_id} on {ticker} belongs to no order of that ticker and side",
        "SELECT execution_id, ticker FROM fills AS f WHERE account = :account AND NOT EXISTS "
        "(SELECT 1 FROM orders AS o WHERE o.account = f.account AND o.client_order_id = f.client_order_id "
        "AND o.ticker = f.ticker AND o.side = f.side)",
    ),
    Check(
        "filled_shares",
        "order {client_order_id} says {filled_shares} of {shares} shares are filled, its fills add up to {sum}",
        "SELECT client_order_id, filled_shares, shares, "  # noqa: S608  # a part of ours
        "coalesce(s.filled, 0) + coalesce((SELECT sum(f.shares) FROM fills AS f "
        "WHERE f.account = o.account AND f.client_order_id = o.client_order_id AND (since IS NULL OR NOT EXISTS "
        "(SELECT 1 FROM journal AS j WHERE j.account = o.account AND j.kind = 'Filled' AND j.seq < since "
        "AND json_extract(j.body, '$.fill.execution_id') = f.execution_id))), 0) AS sum "
        f"FROM orders AS o LEFT JOIN {SPLIT_ORDERS} AS s ON s.id = o.client_order_id "
        "WHERE account = :account AND (filled_shares <> sum OR filled_shares > shares)",
    ),
    Check(
        "position_shares",
        "{ticker}: the position holds {held} shares, its fills, splits and what was taken over add up to {sum}",
        "SELECT ticker, sum(held) AS held, sum(bought) AS sum FROM ("  # noqa: S608  # a part of ours
        "SELECT ticker, shares AS held, 0 AS bought FROM positions WHERE account = :account UNION ALL "
        f"SELECT ticker, 0, shares FROM {SPLITS} UNION ALL "
        f"SELECT ticker, 0, iif(side = 'buy', shares, -shares) FROM {COUNTED} WHERE execution_id NOT IN {BEFORE_SPLITS}"
        ") GROUP BY ticker HAVING sum(held) <> sum(bought)",
    ),
    Check(
        "position_lots",
        "{ticker}: the position holds {held} shares that cost {spent}, its tax lots {sum} that cost {paid}",
        # a position of before there were lots has none until it is touched
        "SELECT ticker, sum(shares) AS sum, sum(cost) AS paid, coalesce((SELECT p.shares FROM positions AS p "
        "WHERE p.account = l.account AND p.ticker = l.ticker), 0) AS held, coalesce((SELECT p.cost FROM positions AS p "
        "WHERE p.account = l.account AND p.ticker = l.ticker), 0) AS spent FROM tax_lots AS l "
        "WHERE account = :account GROUP BY account, ticker "
        "HAVING sum(shares) > 0 AND (sum(shares) <> held OR sum(cost) <> spent)",
    ),
    Check(
        "position_levels",
        "{ticker}: the position has no stop levels",
        "SELECT ticker FROM positions AS p WHERE account = :account AND NOT EXISTS "
        "(SELECT 1 FROM position_stop_levels AS l WHERE l.account = p.account AND l.ticker = p.ticker)",
    ),
    Check(
        "cash_and_cost",
        "cash {cash} and cost of positions {cost} are not what was paid in {contributed}, realised {realised}, "
        "received in dividends {dividends} and paid in fees {fees}",
        "SELECT cash, contributed, realised, dividends, fees, coalesce((SELECT sum(cost) FROM positions AS p "
        "WHERE p.account = a.account), 0) AS cost FROM accounts AS a "
        "WHERE account = :account AND cash + cost <> contributed + realised + dividends - fees",
    ),
    Check(
        "cash_and_fills",
        "cash is {cash}, but {contributed} paid in, all fills with their fees and what shares paid leave {left}",
        "SELECT cash, contributed, contributed + coalesce((SELECT sum("  # noqa: S608  # a part of ours
        "iif(side = 'buy', -1, 1) * shares * price - fee) "
        f"FROM {COUNTED}), 0) + {PAID} - {BROUGHT} AS left FROM accounts AS a "
        "WHERE account = :account AND cash <> left",
    ),
    Check(
        "reserve",
        "the reserve pool holds {reserve}, its ledger adds up to {sum}",
        "SELECT reserve, coalesce((SELECT sum(amount) FROM reserve_pool_ledger AS l WHERE l.account = a.account), 0) "
        "AS sum FROM accounts AS a WHERE account = :account AND reserve <> sum",
    ),
    Check(
        "ledger_balance",
        "the reserve pool's ledger row for {reference} says {balance_after} afterwards, the rows add up to {sum}",
        "SELECT reference, balance_after, sum FROM (SELECT reference, balance_after, sum(amount) OVER "
        "(ORDER BY number) AS sum FROM reserve_pool_ledger WHERE account = :account) WHERE balance_after <> sum",
    ),
)

_AMOUNTS: Final = frozenset(
    {
        "cash",
        "contributed",
        "realised",
        "dividends",
        "fees",
        "cost",
        "spent",
        "paid",
        "left",
        "reserve",
        "balance_after",
    }
)


def verify(path: Path) -> Findings:
    """Check every account of the database. Raises Unavailable where it cannot be read, or is of another version."""
    where = str(path)
    with translated(where), closing(opened(path)) as connection:
        connection.execute("BEGIN")  # one picture of everything, whatever is written meanwhile
        check_version(connection, where)
        accounts = [row["account"] for row in connection.execute("SELECT account FROM accounts ORDER BY account")]
        counts = {account: counted(connection, account) for account in accounts}
        return Findings(counts, tuple(finding for account in accounts for finding in findings(connection, account)))


def opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_S, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def check_version(connection: sqlite3.Connection, where: str) -> None:
    ours = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
    if connection.execute(ours).fetchone() is None:
        raise Unavailable(f"{where} holds no accounts of ours: name the database of an engine")
    (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if version != HEAD:
        what = "bring it up to date with parley db upgrade" if version < HEAD else "update this program"
        raise Unavailable(f"{where} has schema {version}, this program checks {HEAD}: {what}")


def findings(connection: sqlite3.Connection, account: AccountId) -> Iterator[Finding]:
    yield from chain(connection, account)
    for check in CHECKS:
        for row in connection.execute(check.query, {"account": account}):
            facts = {name: shown(check, name, row[name]) for name in row.keys()}  # noqa: SIM118  # a Row iterates values
            yield Finding(check.code, account, check.sentence.format(**facts))


def shown(check: Check, name: str, value: Any) -> object:  # noqa: ANN401  # columns differ in type
    amount = name in _AMOUNTS or (name == "sum" and check.code in ("reserve", "ledger_balance"))
    return f"${dollars(value):,.2f}" if amount and isinstance(value, int) else value


def chain(connection: sqlite3.Connection, account: AccountId) -> Iterator[Finding]:
    """The journal is whole, untouched, and ends where the account says."""
    bad = end_of(connection, account)
    if isinstance(bad, BadRow):
        yield Finding("journal_chain", account, f"journal row {bad.seq}: {bad.what}")
    query = "SELECT seq, head FROM accounts WHERE account = ?"
    stands, end = Link(*connection.execute(query, (account,)).fetchone()), last(connection, account)
    if stands != end:
        sentence = f"the journal ends with row {end.seq}, the account stands at row {stands.seq}"
        if stands.seq == end.seq:
            sentence = f"the journal's last row {end.seq} has another hash than the account's head"
        yield Finding("journal_head", account, sentence)


def counted(connection: sqlite3.Connection, account: AccountId) -> Counts:
    def count(table: str) -> int:
        query = f"SELECT count(*) FROM {table} WHERE account = ?"  # noqa: S608  # names from below
        found: int = connection.execute(query, (account,)).fetchone()[0]
        return found

    return Counts(
        journal=count("journal"),
        decisions=count("decisions"),
        orders=count("orders"),
        fills=count("fills"),
        notifications=count("notifications"),
    )
