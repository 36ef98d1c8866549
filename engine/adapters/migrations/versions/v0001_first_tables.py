"""All tables of the first version."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def number() -> sa.Column[Any]:
    return sa.Column("number", NUMBER, nullable=False)


def text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def whole(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def fraction(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Double(), nullable=nullable)


def instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, INSTANT, nullable=nullable)


def day(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def yes_no(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "accounts",
        text("account"),
        text("kind"),
        instant("opened_at", nullable=True),
        whole("cash"),
        whole("contributed"),
        whole("realised"),
        whole("fees"),
        whole("reserve"),
        whole("peak"),
        whole("version"),
        text("pause", nullable=True),
        instant("killed_at", nullable=True),
        text("changes"),
        text("frozen"),
        text("tally"),
        day("last_session", nullable=True),
        instant("market_at", nullable=True),
        whole("seq"),
        text("head"),
        sa.PrimaryKeyConstraint("account", name="pk_accounts"),
    )
    op.create_table(
        "people",
        text("id"),
        text("role"),
        instant("since"),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    op.create_table(
        "circuit_breaker_events",
        number(),
        text("account"),
        text("kind"),
        text("ticker", nullable=True),
        instant("tripped_at"),
        fraction("threshold"),
        fraction("actual"),
        instant("until", nullable=True),
        yes_no("standing"),
        instant("resolved_at", nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.account"], name="fk_circuit_breaker_events_account"),
        sa.PrimaryKeyConstraint("number", name="pk_circuit_breaker_events"),
    )
    op.create_index("ix_circuit_breaker_events_account_standing", "circuit_breaker_events", ["account", "standing"])
    op.create_table(
        "closed_trades",
        number(),
        text("account"),
        text("client_order_id"),
        text("decision_id"),
        text("ticker"),
        whole("shares"),
        whole("entry"),
        whole("exit"),
        whole("realised"),
        text("origin"),
        instant("opened_at"),
        instant("closed_at"),
        sa.ForeignKeyConstraint(["account"], ["accounts.account"], name="fk_closed_trades_account"),
        sa.PrimaryKeyConstraint("number", name="pk_closed_trades"),
        sa.UniqueConstraint("account", "client_order_id", name="uq_closed_trades_account_client_order_id"),
    )
    op.create_table(
        "commands",
        text("account"),
        text("key"),
        whole("seq"),
        sa.ForeignKeyConstraint(["account"], ["accounts.account"], name="fk_commands_account"),
        sa.PrimaryKeyConstraint("account", "key", name="pk_commands"),
    )
    op.create_table(
        "decided_recommendations",
        number(),
        text("account"),
        text("recommendation_id"),
        sa.ForeignKeyConstraint(["account"], ["accounts.account"], name="fk_decided_recommendations_account"),
        sa.PrimaryKeyConstraint("number", name="pk_decided_recommendations"),
        sa.UniqueConstraint(
            "account", "recommendation_id", name="uq_decided_recommendations_account_recommendation_id"
        ),
    )
    op.create_table(
        "decisions",
        number(),
        text("account"),
        text("id"),
        instant("at"),
        day("session"),
        text("ticker"),
        text("side"),
        text("origin"),
        text("reason"),
        whole("shares"),
        whole("price", nullable=True),
        whole("stop", nullable=True),
        whole("take", nullable=True),
        text("recommendation_id", nullable=True),
        text("source", nullable=True),
        fraction("confidence", nullable=True),
        text("thesis"),
        text("trace"),
        sa.ForeignKeyConstraint(["account"], ["accounts.account"], name="fk_decisions_account"),
        sa.PrimaryKeyConstraint("number", name="pk_decisions"),
        sa.UniqueConstraint("account", "id", name="uq_decisions_account_id"),
        sa.UniqueConstraint("account", "recommendation_id", name="uq_decisions_account_recommendation_id"),
    )
    op.create_table(
        "journal",
        text("account"),
        whole("seq"),
        instant("at"),
        text("actor"),
        text("channel"),
        text("kind"),
        text("body"),
        text("path", nullable=True),
        text("old", nullable=True),
        text("new", nullable=True),
        text("reason", nullable=True),
        text("previous"),
        text("hash"),
        sa.ForeignKeyConstraint(["account"], ["accounts.account"], name="fk_journal_account"),
        sa.PrimaryKeyConstraint("account", "seq", name="pk_journal"),
    )
    op.create_table(
        "notifications",
        number(),
        text("account"),
        text("id"),
        text("event_type"),
        text("key"),
        text("priority"),
        instant("at"),
        text("facts"),
        text("status"),
        whole("attempts"),
        instant("delivered_at", nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.account"], name="fk_notifications_account"),
        sa.PrimaryKeyConstraint("number", name="pk_notifications"),
        sa.UniqueConstraint("account", "id", name="uq_notifications_account_id"),
    )
    op.create_index("ix_notifications_account_status", "notifications", ["account", "status"])
    op.create_table(
        "orders",
        number(),
        text("account"),
        text("client_order_id"),
        text("decision_id"),
        text("ticker"),
        text("side"),
        whole("shares"),
        text("origin"),
        text("status"),
        instant("intended_at"),
        whole("reserved"),
        whole("filled_shares"),
        whole("stop", nullable=True),
        whole("take", nullable=True),
        whole("atr", nullable=True),
        fraction("confidence"),
        text("sector", nullable=True),
        whole("trigger", nullable=True),
        whole("proceeds"),
        whole("cost_out"),
        whole("fees"),
        text("why"),
        sa.ForeignKeyConstraint(["account"], ["accounts.account"], name="fk_orders_account"),
        sa.PrimaryKeyConstraint("number", name="pk_orders"),
        sa.UniqueConstraint("account", "client_order_id", name="uq_orders_account_client_order_id"),
    )
    op.create_index("ix_orders_account_status", "orders", ["account", "status"])
    op.create_table(
        "portfolio_snapshots",
        text("account"),
        day("session"),
        instant("at"),
        whole("equity"),
        whole("cash"),
        whole("reserve"),
        whole("day_pnl"),
        whole("realised_day"),
        whole("peak"),
        whole("exposure"),
        whole("open_positions"),
        whole("entries"),
        whole("exits"),
        whole("benchmark", nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.account"], name="fk_portfolio_snapshots_account"),
        sa.PrimaryKeyConstraint("account", "session", name="pk_portfolio_snapshots"),
    )
    op.create_table(
        "positions",
        number(),
        text("account"),
        text("ticker"),
        whole("shares"),
        whole("cost"),
        fraction("confidence"),
        text("sector", nullable=True),
        instant("opened_at"),
        text("decision_id"),
        sa.ForeignKeyConstraint(["account"], ["accounts.account"], name="fk_positions_account"),
        sa.PrimaryKeyConstraint("number", name="pk_positions"),
        sa.UniqueConstraint("account", "ticker", name="uq_positions_account_ticker"),
    )
    op.create_table(
        "preferences",
        text("account"),
        text("path"),
        text("value"),
        sa.ForeignKeyConstraint(["account"], ["accounts.account"], name="fk_preferences_account"),
        sa.PrimaryKeyConstraint("account", "path", name="pk_preferences"),
    )
    op.create_table(
        "proposals",
        number(),
        text("account"),
        text("decision_id"),
        text("decision"),
        text("recommendation"),
        instant("asked_at"),
        instant("lapses_at"),
        yes_no("open"),
        sa.ForeignKeyConstraint(["account"], ["accounts.account"], name="fk_proposals_account"),
        sa.PrimaryKeyConstraint("number", name="pk_proposals"),
        sa.UniqueConstraint("account", "decision_id", name="uq_proposals_account_decision_id"),
    )
    op.create_index("ix_proposals_account_open", "proposals", ["account", "open"])
    op.create_table(
        "recommendations",
        number(),
        text("account"),
        text("id"),
        text("source"),
        text("ticker"),
        text("action"),
        fraction("confidence"),
        text("window"),
        text("thesis"),
        instant("generated_at"),
        yes_no("paper_eligible"),
        yes_no("live_eligible"),
        whole("atr", nullable=True),
        text("sector", nullable=True),
        yes_no("pending"),
        sa.ForeignKeyConstraint(["account"], ["accounts.account"], name="fk_recommendations_account"),
        sa.PrimaryKeyConstraint("number", name="pk_recommendations"),
        sa.UniqueConstraint("account", "id", name="uq_recommendations_account_id"),
    )
    op.create_index("ix_recommendations_account_pending", "recommendations", ["account", "pending"])
    op.create_table(
        "reserve_pool_ledger",
        number(),
        text("account"),
        text("kind"),
        whole("amount"),
        whole("balance_after"),
        instant("at"),
        text("reference"),
        sa.ForeignKeyConstraint(["account"], ["accounts.account"], name="fk_reserve_pool_ledger_account"),
        sa.PrimaryKeyConstraint("number", name="pk_reserve_pool_ledger"),
    )
    op.create_index("ix_reserve_pool_ledger_account_number", "reserve_pool_ledger", ["account", "number"])
    op.create_table(
        "fills",
        number(),
        text("account"),
        text("execution_id"),
        text("client_order_id"),
        text("ticker"),
        text("side"),
        whole("shares"),
        whole("price"),
        whole("fee"),
        instant("at"),
        sa.ForeignKeyConstraint(
            ["account", "client_order_id"],
            ["orders.account", "orders.client_order_id"],
            name="fk_fills_account_client_order_id",
        ),
        sa.ForeignKeyConstraint(["account"], ["accounts.account"], name="fk_fills_account"),
        sa.PrimaryKeyConstraint("number", name="pk_fills"),
        sa.UniqueConstraint("account", "execution_id", name="uq_fills_account_execution_id"),
    )
    op.create_index("ix_fills_account_client_order_id", "fills", ["account", "client_order_id"])
    op.create_table(
        "position_stop_levels",
        text("account"),
        text("ticker"),
        whole("stop"),
        whole("initial_stop"),
        whole("take"),
        whole("high"),
        whole("atr"),
        sa.ForeignKeyConstraint(
            ["account", "ticker"],
            ["positions.account", "positions.ticker"],
            name="fk_position_stop_levels_account_ticker",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account", "ticker", name="pk_position_stop_levels"),
    )
