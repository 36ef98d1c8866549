"""What was said last in each conversation: read at a start, written with every answer."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select

from engine.adapters.sql_store import tables as t
from engine.adapters.sql_store.codec import columns, noun
from engine.adapters.sql_store.fences import Fences, check
from engine.core.nouns import AccountId
from engine.ports import CONVERSATIONS_KEPT, Conversation


def put_conversation(
    connection: Connection, account: AccountId, said: Conversation, since: datetime, fences: Fences
) -> None:
    """Instead of what was kept of its person and place; what is too old or too much leaves."""
    check(connection, fences, account)
    table, ours = t.conversations, t.conversations.c.account == account
    same = (table.c.person == said.person) & (table.c.place == said.place)
    connection.execute(delete(table).where(ours, or_(same, table.c.at < since)))
    connection.execute(insert(table), {"account": account, **columns(said)})
    others = select(table.c.person, table.c.place).where(ours, ~same)
    newest_first = others.order_by(table.c.at.desc(), table.c.person.desc(), table.c.place.desc())
    for person, place in connection.execute(newest_first.offset(CONVERSATIONS_KEPT - 1)).all():
        drop_conversation(connection, account, person, place)


def conversations(connection: Connection, account: AccountId) -> tuple[Conversation, ...]:
    table = t.conversations
    asked = select(table).where(table.c.account == account).order_by(table.c.at, table.c.person, table.c.place)
    return tuple(noun(Conversation, row) for row in connection.execute(asked).mappings())


def drop_conversation(connection: Connection, account: AccountId, person: str, place: str) -> None:
    table = t.conversations
    here = (table.c.account == account) & (table.c.person == person) & (table.c.place == place)
    connection.execute(delete(table).where(here))
