"""The tables' history: one revision a change, applied by Alembic when a database is behind."""
