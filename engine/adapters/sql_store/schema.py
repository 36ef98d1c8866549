"""The schema in the database: which version it has, and Alembic brought in only when it is not this program's."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from engine.adapters.asides import put_aside
from engine.ports import Unavailable

HEAD: Final = "0005"
"""The newest revision in `migrations/versions`."""

MIGRATING: Final = 0x7061726C6579
"""The number of the lock that whoever migrates a server's tables has: `parley` in ASCII."""

MIGRATIONS: Final = Path(__file__).parent.parent / "migrations"


def bring_up_to_date(connection: Connection, where: str) -> None:
    """Create or migrate the tables; raises Unavailable for a database that is newer, or not ours.

    An old file is copied aside before.

    Of several processes that find an old one on a server, one migrates, and the others wait for it.
    """
    version = version_of(connection, where)
    if version == HEAD:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
        version = version_of(connection, where)
        if version == HEAD:
            return
    if version is not None and version > HEAD:
        raise Unavailable(
            f"{where} was written by a newer version (schema {version}, here {HEAD}): update this program"
        )
    file = connection.engine.url.database
    if version is not None and connection.dialect.name == "sqlite" and file and Path(file).is_file():
        put_aside(Path(file), HEAD)
    upgrade(connection)


def version_of(connection: Connection, where: str) -> str | None:
    """The schema's revision; None for an empty database."""
    names = inspect(connection).get_table_names() if connection.dialect.name != "sqlite" else sqlite_tables(connection)
    if "alembic_version" in names:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if names and connection.dialect.name == "sqlite":
        raise Unavailable(f"{where} is a database of another program: name another file")
    return None


def sqlite_tables(connection: Connection) -> list[str]:
    return list(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars())


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to `revision` inside the connection's transaction."""
    from alembic import command  # noqa: PLC0415  # half a second, needed once in a database's life
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
