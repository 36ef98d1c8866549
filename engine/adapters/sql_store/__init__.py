"""Accounts in a SQL database."""

from engine.adapters.sql_store.store import SqlStore

__all__ = ["SqlStore"]
