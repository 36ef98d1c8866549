"""Whose account it is: fencing tokens that only rise, and signs of life."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, insert, select, update

from engine.adapters.sql_store import tables as t
from engine.adapters.sql_store.codec import columns
from engine.core.nouns import AccountId
from engine.ports import Fenced, Heartbeat


def take(connection: Connection, account: AccountId, holder: str) -> int:
    """A token that is higher than any given before."""
    table = t.fences
    here = table.c.account == account
    raised = connection.execute(update(table).where(here).values(fence=table.c.fence + 1, holder=holder)).rowcount
    if not raised:
        connection.execute(insert(table), {"account": account, "fence": 1, "holder": holder})
    return int(connection.execute(select(table.c.fence).where(here)).scalar_one())


def lost(connection: Connection, fences: Mapping[AccountId, int], accounts: Collection[AccountId]) -> dict[str, Fenced]:
    """Those of these accounts for which a higher token than ours was given; nobody can be given one meanwhile."""
    ours = {account: fences[account] for account in accounts if account in fences}
    if not ours:
        return {}
    table = t.fences
    asked = select(table.c.account, table.c.fence, table.c.holder).where(table.c.account.in_(ours))
    return {
        account: Fenced(f"account {account} is run by {holder} now")
        for account, fence, holder in connection.execute(asked.with_for_update())
        if fence != ours[account]
    }


def put_heartbeat(connection: Connection, heartbeat: Heartbeat) -> None:
    connection.execute(delete(t.heartbeats).where(t.heartbeats.c.account == heartbeat.account))
    connection.execute(insert(t.heartbeats), columns(heartbeat))
