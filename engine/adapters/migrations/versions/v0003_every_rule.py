"""Tax lots, the tier's history, earnings, market events, strategies, correlations; what accounts need for them."""

import json
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import dropwhile
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
A_YEAR: Final = timedelta(days=366)


def upgrade() -> None:
    _accounts()
    _trades_kept()
    _origins()
    _lots()
    _history()
    _outside()


def _accounts() -> None:
    """Nothing of this had happened before."""
    for name in ("losses", "unsettled", "day_trades", "actions"):
        op.add_column("accounts", sa.Column(name, sa.Text(), nullable=False, server_default="[]"))
    for name in ("dividends", "trades_kept"):
        op.add_column("accounts", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    for name in ("emergency", "high_water"):
        op.add_column("accounts", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("accounts", sa.Column("ceiling", sa.Text(), nullable=True))
    op.add_column("accounts", sa.Column("tier_move", sa.Text(), nullable=True))
    op.add_column("accounts", sa.Column("flatten_at", INSTANT, nullable=True))
    op.add_column("accounts", sa.Column("rebalance", sa.Text(), nullable=True))
    op.add_column("accounts", sa.Column("rebalanced", sa.Date(), nullable=True))


def _trades_kept() -> None:
    """Trades of the last year since an account began, or began anew, as its journal has them."""
    journal = sa.table("journal", *(sa.column(name) for name in ("account", "seq", "kind", "body")))
    told = sa.select(journal.c.account, journal.c.kind, journal.c.body).order_by(journal.c.account, journal.c.seq)
    closed: defaultdict[str, list[datetime]] = defaultdict(list)
    for account, kind, body in op.get_bind().execute(told.where(journal.c.kind.in_(("AccountReset", "TradeClosed")))):
        if kind == "AccountReset":
            closed[account].clear()
        else:
            closed[account].append(datetime.fromisoformat(json.loads(body)["trade"]["closed_at"]))
    accounts = sa.table("accounts", sa.column("account"), sa.column("trades_kept"))
    for account, times in closed.items():
        op.execute(sa.update(accounts).where(accounts.c.account == account).values(trades_kept=_lately(times)))


def _lately(times: list[datetime]) -> int:
    """How many are left when those leave that lie more than a year before the newest."""
    return len(list(dropwhile(lambda at: times[-1] - at > A_YEAR, times)))


def _origins() -> None:
    """No strategy was remembered, and no micro-trade made."""
    for name in ("positions", "orders", "closed_trades"):
        op.add_column(name, sa.Column("source", sa.Text(), nullable=False, server_default=""))
    for name in ("positions", "orders", "closed_trades", "decisions"):
        op.add_column(name, sa.Column("micro", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("positions", sa.Column("expires_at", INSTANT, nullable=True))
    op.add_column("position_stop_levels", sa.Column("stop_why", sa.Text(), nullable=False, server_default="initial"))
    _stop_reasons()


def _stop_reasons() -> None:
    """Why each stop stands where it does, as the journal has it: its last move since the last fill."""
    told = sa.table("journal", *(sa.column(name) for name in ("account", "seq", "kind", "body")))
    rows = sa.select(told.c.account, told.c.kind, told.c.body).order_by(told.c.account, told.c.seq)
    why: dict[tuple[str, str], str] = {}
    for account, kind, text in op.get_bind().execute(rows.where(told.c.kind.in_(("Filled", "StopMoved")))):
        body = json.loads(text)
        if kind == "Filled":
            why.pop((account, body["fill"]["ticker"]), None)
        elif body["new"] != body["old"]:
            why[account, body["ticker"]] = body["reason"]
    levels = sa.table("position_stop_levels", *(sa.column(name) for name in ("account", "ticker", "stop_why")))
    for (account, ticker), reason in why.items():
        here = (levels.c.account == account) & (levels.c.ticker == ticker)
        op.execute(sa.update(levels).where(here).values(stop_why=reason))


def words(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def wholes(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def instants(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, INSTANT, nullable=False) for name in names]


def fractions(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Double(), nullable=False) for name in names]


def _numbered(name: str, *parts: Any, once: str | None = None) -> None:  # noqa: ANN401  # columns and constraints
    """A table of an account whose rows a number counts; `once` is what no two of an account's rows share."""
    unique = [sa.UniqueConstraint("account", once, name=f"uq_{name}_account_{once}")] if once else []
    op.create_table(
        name,
        sa.Column("number", NUMBER, nullable=False),
        *words("account"),
        *parts,
        sa.ForeignKeyConstraint(["account"], ["accounts.account"], name=f"fk_{name}_account"),
        sa.PrimaryKeyConstraint("number", name=f"pk_{name}"),
        *unique,
    )


def _lots() -> None:
    """What is held already has none: they are opened when it is touched next."""
    held = (*words("id", "ticker"), *wholes("shares", "bought", "cost", "tax_basis"))
    _numbered("tax_lots", *held, *instants("opened_at"), *wholes("replaces"), once="id")
    _numbered(
        "tax_lot_sales",
        *words("id", "lot_id", "ticker"),
        *wholes("shares", "proceeds", "cost", "tax_basis", "realised"),
        *instants("opened_at", "closed_at"),
        *wholes("replaced", "disallowed"),
        *words("bought_again"),
        once="id",
    )


def _history() -> None:
    rate: sa.Column[float] = sa.Column("win_rate", sa.Double(), nullable=True)
    told = (*instants("at"), *words("previous", "new", "source"), *wholes("trades"))
    _numbered("risk_tier_history", *told, rate, *fractions("drawdown", "reserve"))
    op.create_index("ix_risk_tier_history_account_number", "risk_tier_history", ["account", "number"])


def _outside() -> None:
    op.create_table(
        "earnings_calendar",
        *words("account", "ticker"),
        sa.Column("date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.account"], name="fk_earnings_calendar_account"),
        sa.PrimaryKeyConstraint("account", "ticker", "date", name="pk_earnings_calendar"),
    )
    target: sa.Column[str] = sa.Column("target", sa.Text(), nullable=True)
    standing: sa.Column[bool] = sa.Column("standing", sa.Boolean(), nullable=False)
    told = (*words("id", "scope"), target, *words("severity", "title"), *instants("starts_at", "ends_at"))
    _numbered("market_events", *told, *words("source"), standing)
    op.create_index("ix_market_events_account_standing", "market_events", ["account", "standing"])
    said = (*words("name"), sa.Column("on", sa.Boolean(), nullable=False), *instants("at"), *words("why"))
    _numbered("strategies", *said, sa.Column("result", sa.Double(), nullable=True), once="name")
    op.create_table(
        "correlation_matrix",
        sa.Column("session", sa.Date(), nullable=False),
        *words("one", "other"),
        *fractions("value"),
        sa.PrimaryKeyConstraint("session", "one", "other", name="pk_correlation_matrix"),
    )
