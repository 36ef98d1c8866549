"""Whose account it is: fencing tokens that only rise, and signs of life.

An account's own row carries the token under which it may be changed, so that changing it checks that for nothing. The
table of tokens has those of accounts that are yet to come, too, and who was given them.
"""

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from engine.adapters.sql_store import tables as t
from engine.adapters.sql_store.codec import columns
from engine.core.nouns import AccountId
from engine.ports import Fenced, Heartbeat

Fences = Mapping[AccountId, int]

NOT_TAKEN: Final = 0
"""What an account's row has until it is taken for the first time."""


def take(connection: Connection, account: AccountId, holder: str) -> int:
    """A token that is higher than any given before; who changes the account meanwhile comes before or after."""
    table = t.fences
    here = table.c.account == account
    raised = connection.execute(update(table).where(here).values(fence=table.c.fence + 1, holder=holder)).rowcount
    if not raised:
        connection.execute(insert(table), {"account": account, "fence": 1, "holder": holder})
    fence = int(connection.execute(select(table.c.fence).where(here)).scalar_one())
    connection.execute(update(t.accounts).where(t.accounts.c.account == account).values(fence=fence))
    return fence


def lost(
    connection: Connection, fences: Fences, accounts: Collection[AccountId], *, kept: bool = False
) -> dict[AccountId, Fenced]:
    """Those of these accounts for which a higher token than ours was given; where `kept`, none is given meanwhile."""
    ours = sorted(account for account in accounts if account in fences)
    if not ours:
        return {}
    table = t.fences
    asked = select(table.c.account, table.c.fence, table.c.holder).where(table.c.account.in_(ours))
    return {
        account: Fenced(f"account {account} is run by {holder} now")
        for account, fence, holder in connection.execute(asked.with_for_update() if kept else asked)
        if fence != fences[account]
    }


def check(connection: Connection, fences: Fences, *accounts: AccountId) -> None:
    """Raises Fenced where one of these, or of all where none is named, was taken over."""
    for fenced in lost(connection, fences, accounts or fences).values():
        raise fenced


def confirmed(connection: Connection, fences: Fences, account: AccountId) -> str | None:
    """Who threw the kill switch in the database. Raises Fenced where the account was taken over."""
    table = t.fences
    asked = select(table.c.fence, table.c.holder, table.c.killed).where(table.c.account == account)
    row = connection.execute(asked).one_or_none()
    if row is None:
        return None
    if row.fence != fences.get(account, row.fence):
        raise Fenced(f"account {account} is run by {row.holder} now")
    return str(row.killed) if row.killed is not None else None


def holder_of(connection: Connection, account: AccountId) -> str:
    """Who was given the account last."""
    found = connection.execute(select(t.fences.c.holder).where(t.fences.c.account == account)).scalar_one_or_none()
    return found or "another process"


def put_heartbeat(connection: Connection, heartbeat: Heartbeat) -> None:
    """Raises Fenced for a sign of life of whom somebody else replaced."""
    check(connection, {heartbeat.account: heartbeat.fence})
    connection.execute(delete(t.heartbeats).where(t.heartbeats.c.account == heartbeat.account))
    connection.execute(insert(t.heartbeats), columns(heartbeat))
