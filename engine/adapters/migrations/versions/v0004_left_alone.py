"""Kinds of orders, what safety looks back on, differences between books, fencing tokens, signs of life."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for name in ("sent", "differences"):
        op.add_column("accounts", sa.Column(name, sa.Text(), nullable=False, server_default="[]"))
    op.add_column("accounts", sa.Column("restored", sa.Text(), nullable=False, server_default=""))
    op.add_column("accounts", sa.Column("fence", sa.BigInteger(), nullable=False, server_default="0"))
    for name, was in (("kind", "market"), ("good", "gtc")):
        op.add_column("orders", sa.Column(name, sa.Text(), nullable=False, server_default=was))
    for name in ("limit", "stop_at"):
        op.add_column("orders", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_table(
        "fences",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("killed", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("account", name="pk_fences"),
    )
    op.create_table(
        "heartbeats",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("market_at", INSTANT, nullable=True),
        sa.Column("healthy", sa.Boolean(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_heartbeats"),
    )
