"""Settings for a time, entries in parts, money moved, people of an account, signed checkpoints."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LISTS = ("acted_at", "terms", "tranches", "transfers", "invitations")


def upgrade() -> None:
    for name in LISTS:
        op.add_column("accounts", sa.Column(name, sa.Text(), nullable=False, server_default="[]"))
    op.add_column("accounts", sa.Column("config", sa.Text(), nullable=False, server_default=""))
    op.add_column("accounts", sa.Column("reset_at", INSTANT, nullable=True))
    op.add_column("accounts", sa.Column("opening", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("UPDATE accounts SET opening = contributed")
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
