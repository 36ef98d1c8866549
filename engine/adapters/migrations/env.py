"""What Alembic runs: the revisions on the connection that it was handed, in that connection's transaction."""

from alembic import context

from engine.adapters.sql_store import tables

context.configure(connection=context.config.attributes["connection"], target_metadata=tables.CATALOGUE)
context.run_migrations()
