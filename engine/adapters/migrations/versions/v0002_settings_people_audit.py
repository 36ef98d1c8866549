"""Settings for a time, entries in parts, money moved, people of an account, signed checkpoints."""

import json
from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIERS = ("conservative", "moderate", "aggressive")
LISTS = ("acted_at", "terms", "tranches", "transfers", "invitations")


def upgrade() -> None:
    for name in LISTS:
        op.add_column("accounts", sa.Column(name, sa.Text(), nullable=False, server_default="[]"))
    op.add_column("accounts", sa.Column("config", sa.Text(), nullable=False, server_default=""))
    op.add_column("accounts", sa.Column("reset_at", INSTANT, nullable=True))
    op.add_column("accounts", sa.Column("opening", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("UPDATE accounts SET opening = contributed")
    _rises()
    _snapshots()
    _people()
    op.create_table(
        "checkpoints",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("heads", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_checkpoints"),
    )


def _rises() -> None:
    """When risk tolerance rose last, as the changes that can be put back have it."""
    op.add_column("accounts", sa.Column("tolerance_raised_at", INSTANT, nullable=True))
    table = sa.table("accounts", sa.column("account"), sa.column("changes"), sa.column("tolerance_raised_at", INSTANT))
    for account, changes in op.get_bind().execute(sa.select(table.c.account, table.c.changes)).all():
        rises = [change["at"] for change in json.loads(changes) if any(_rise(*field) for field in change["fields"])]
        if rises:
            values = {"tolerance_raised_at": datetime.fromisoformat(rises[-1])}
            op.execute(sa.update(table).where(table.c.account == account).values(values))


def _rise(path: str, old: str, new: str) -> bool:
    return path == "trading.risk_tolerance" and TIERS.index(new) > TIERS.index(old)


def _snapshots() -> None:
    """Nothing had been moved in or out before, and the benchmark was the S&P 500."""
    op.add_column("portfolio_snapshots", sa.Column("benchmark_ticker", sa.Text(), nullable=False, server_default="SPY"))
    op.add_column("portfolio_snapshots", sa.Column("contributed", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE portfolio_snapshots SET contributed = "
        "(SELECT contributed FROM accounts WHERE accounts.account = portfolio_snapshots.account)"
    )


def _people() -> None:
    """People belong to an account now; those known before to the first there is."""
    op.create_table(
        "account_people",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.account"], name="fk_account_people_account"),
        sa.PrimaryKeyConstraint("account", "id", name="pk_account_people"),
    )
    op.execute(
        "INSERT INTO account_people (account, id, role, since, name) "
        "SELECT (SELECT min(account) FROM accounts), id, role, since, '' FROM people "
        "WHERE EXISTS (SELECT 1 FROM accounts)"
    )
    op.drop_table("people")
