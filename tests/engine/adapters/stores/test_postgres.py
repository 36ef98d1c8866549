"""What a server does that a file does not: it is far away, restarts, gives up, and has more than one at its door."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import pytest
from sqlalchemy import Connection, text

from engine.adapters.sql_store import SqlStore, connect, schema, store
from engine.adapters.sql_store.postgres import Patience, PostgresDatabase
from engine.adapters.sql_store.store import database
from engine.core.state import State
from engine.ports import Conflict, Unavailable, Unknown
from tests.builders import ACCOUNT, a_batch, a_state
from tests.servers import Postgres, postgres


@pytest.fixture
async def on_server(postgres_address: str) -> AsyncIterator[SqlStore]:
    found = await SqlStore.open(postgres_address)
    yield found
    await found.close()


async def begun(found: SqlStore, **changes: Any) -> State:
    batch = a_batch(new=a_state(**changes))
    await found.save(batch)
    return batch.new


def richer(state: State) -> Any:
    return a_batch(state, replace(state, cash=state.cash + 1))


async def run(found: SqlStore, *statements: str) -> None:
    def all_of_them(connection: Connection) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)

    await found._write(all_of_them)


def at_commit(body: str) -> tuple[str, str]:
    """Statements by which the server does this when a transaction that wrote a journal row commits."""
    return (
        f"CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$",
        """CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON journal DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION at_commit()""",
    )


# --- connections that die


async def test_a_connection_that_the_server_ended_is_replaced_unnoticed(
    on_server: SqlStore, postgres_server: Postgres, postgres_address: str
) -> None:
    state = await begun(on_server)
    name = postgres_address.rpartition("/")[2]
    postgres_server.query(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    after = richer(state)
    await on_server.save(after)
    assert await on_server.load(ACCOUNT) == after.new


async def test_nobody_knows_what_became_of_a_commit_without_an_answer(on_server: SqlStore) -> None:
    state = await begun(on_server)
    await run(on_server, *at_commit("PERFORM pg_terminate_backend(pg_backend_pid())"))
    with pytest.raises(Unknown, match=r"is being stopped|closed"):
        await on_server.save(richer(state))
    assert await on_server.load(ACCOUNT) == state


async def test_what_the_server_gave_up_is_done_again(on_server: SqlStore) -> None:
    state = await begun(on_server)
    gives_up = "IF nextval('tries') < 3 THEN RAISE EXCEPTION 'again' USING ERRCODE = '{}'; END IF"
    await run(on_server, "CREATE SEQUENCE tries", *at_commit(gives_up.format("40001")))
    after = richer(state)
    await on_server.save(after)
    assert await on_server.load(ACCOUNT) == after.new
    assert (await on_server.counts(ACCOUNT)).journal == 2


async def test_a_commit_that_is_refused_is_a_plain_no(on_server: SqlStore) -> None:
    state = await begun(on_server)
    await run(on_server, *at_commit("RAISE EXCEPTION 'full' USING ERRCODE = '53100'"))
    with pytest.raises(Unavailable, match="no room on the server of postgresql://") as full:
        await on_server.save(richer(state))
    assert not isinstance(full.value, Unknown)
    assert await on_server.load(ACCOUNT) == state


@pytest.mark.slow
async def test_a_server_that_goes_away_is_missed_at_once_and_found_again() -> None:
    with postgres() as server:
        found = await SqlStore.open(server.new_database())
        assert await found.take(ACCOUNT, "one") == 1
        state = await begun(found)
        server.kill()
        since = time.monotonic()
        for _ in range(3):
            with pytest.raises(Unavailable):
                await found.save(richer(state))
        assert time.monotonic() - since < 2
        server.start()
        after = richer(state)
        await found.save(after)
        await found.confirm(ACCOUNT)
        lease = found._database._lease  # type: ignore[attr-defined]  # its own kind of database
        await asyncio.wait_for(lease._returning, 10)
        assert await found.load(ACCOUNT) == after.new
        await found.close()


# --- a server that does not answer


async def test_a_server_that_takes_calls_and_says_nothing_is_given_up() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as mute:
        url = connect.address(f"postgresql://parley:secret@127.0.0.1:{mute.getsockname()[1]}/parley")
        silent = SqlStore(PostgresDatabase(url, Patience(0.2, 0.2)), connect.shown(url))
        since = time.monotonic()
        with pytest.raises(Unavailable, match="no answer in time") as said:
            await silent.load(ACCOUNT)
        assert time.monotonic() - since < 3
        assert "secret" not in str(said.value)
        await silent.close()


async def test_a_statement_that_takes_too_long_is_given_up(postgres_address: str) -> None:
    url = connect.address(postgres_address)
    slow = SqlStore(PostgresDatabase(url, Patience(5, 0.2)), connect.shown(url))
    with pytest.raises(Unavailable, match="no answer in time"):
        await slow._read(lambda connection: connection.execute(text("SELECT pg_sleep(5)")))
    assert await slow.load(ACCOUNT) is None
    await slow.close()


# --- what is said


async def said_of(address: str) -> str:
    with pytest.raises(Unavailable) as said:
        await SqlStore.open(address)
    return str(said.value)


async def test_what_is_wrong_is_said_in_plain_sentences(postgres_server: Postgres, postgres_address: str) -> None:
    at = f"127.0.0.1:{postgres_server.port}"
    assert await said_of(f"postgresql://postgres:secret@{at}/nowhere") == (
        f"postgresql://postgres:***@{at}/nowhere does not exist: create that database, or correct database_url"
    )
    assert await said_of(f"postgresql://nobody:secret@{at}/postgres") == (
        f"postgresql://nobody:***@{at}/postgres does not let us in: "
        "check user and host in database_url, and who may connect there"
    )
    refused = await said_of("postgresql://parley:secret@127.0.0.1:1/parley")
    assert refused.startswith("postgresql://parley:***@127.0.0.1:1/parley did not answer: ")
    assert "secret" not in refused
    unknown = "database_url: target cannot be set there; only sslmode can"
    assert await said_of("postgresql://h/x?target=secret") == unknown
    assert "secret" not in await said_of("postgresql://me:a@secret@h/x")
    assert await said_of("postgresql://h:port/x") == (
        "database_url is no address: postgresql://user:password@host/name"
    )
    name = postgres_address.rpartition("/")[2]
    postgres_server.query(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    found = await SqlStore.open(postgres_address)
    with pytest.raises(Unavailable, match="may not be written: its server is read-only"):
        await begun(found)
    await found.close()


async def test_a_server_without_a_place_left_says_so(postgres_server: Postgres, postgres_address: str) -> None:
    name = postgres_address.rpartition("/")[2]
    postgres_server.query(f"CREATE ROLE {name} LOGIN CONNECTION LIMIT 0")
    assert (await said_of(postgres_address.replace("postgres@", f"{name}@"))).endswith(
        "takes no more connections: end other programs, or raise its max_connections"
    )


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "find_spec", lambda name: None if name == "asyncpg" else find_spec(name))
    with pytest.raises(Unavailable) as said:
        database(connect.address("postgresql://h/x"))
    assert str(said.value) == "database_url needs the extra postgres: uv sync --extra postgres"


# --- schema


async def test_of_several_that_find_an_empty_database_one_makes_the_tables(postgres_server: Postgres) -> None:
    address = postgres_server.new_database()
    stores = await asyncio.gather(*(SqlStore.open(address) for _ in range(3)))
    await begun(stores[0])
    assert await stores[2].load(ACCOUNT) is not None
    for one in stores:
        await one.close()


async def test_a_newer_schema_is_refused(on_server: SqlStore, postgres_address: str) -> None:
    await run(on_server, "UPDATE alembic_version SET version_num = '9999'")
    assert await said_of(postgres_address) == (
        f"{postgres_address} was written by a newer version (schema 9999, here {schema.HEAD}): update this program"
    )


# --- many at once


async def test_what_waits_goes_in_few_transactions_and_stale_ones_alone(on_server: SqlStore) -> None:
    """64 accounts of which two were moved by somebody else: those two are refused, all others saved together."""
    states = [await begun(on_server, account=f"a{number}") for number in range(64)]
    for stale in (5, 40):
        await on_server.save(richer(states[stale]))
    before = await transactions(on_server)
    outcomes = await asyncio.gather(
        *(on_server.save(a_batch(state, replace(state, cash=7))) for state in states), return_exceptions=True
    )
    assert await transactions(on_server) - before <= 2 + 2
    assert [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Conflict)] == [5, 40]
    assert [outcome for outcome in outcomes if outcome is not None and not isinstance(outcome, Conflict)] == []
    found = [(await on_server.load(state.account) or a_state()).cash for state in states]
    assert [number for number, cash in enumerate(found) if cash != 7] == [5, 40]


async def transactions(found: SqlStore) -> int:
    """A number that rises by one with each transaction that writes, this question's among them."""
    query = "SELECT pg_current_xact_id()::text"
    return int(await found._write(lambda connection: connection.execute(text(query)).scalar_one()))
