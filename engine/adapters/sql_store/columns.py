"""The kinds of columns that tables are made of: exact on SQLite and PostgreSQL alike."""

from datetime import UTC, date, datetime
from typing import Annotated, Final

from sqlalchemy import BigInteger, DateTime, Dialect, Double, Integer, MetaData, Text
from sqlalchemy.orm import registry
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel


class Instant(TypeDecorator[datetime]):
    """An aware instant, UTC going in and coming out; SQLite keeps no zone of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_NAMES: Final = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}


class Row(SQLModel, registry=registry(metadata=MetaData(naming_convention=_NAMES))):
    """What all our tables share: one catalogue, and names that are the same on every database."""


# `X | None` around an annotated type would lose the column's type: hence the second name of each
Number = Annotated[int, Field(sa_type=BigInteger().with_variant(Integer, "sqlite"), primary_key=True)]
"""Counts the rows of a table in the order in which they came."""
Whole = Annotated[int, Field(sa_type=BigInteger)]
MaybeWhole = Annotated[int | None, Field(sa_type=BigInteger)]
Fraction = Annotated[float, Field(sa_type=Double)]
MaybeFraction = Annotated[float | None, Field(sa_type=Double)]
Word = Annotated[str, Field(sa_type=Text)]
MaybeWord = Annotated[str | None, Field(sa_type=Text)]
Json = Annotated[str, Field(sa_type=Text)]
"""Canonical JSON text."""
MaybeJson = Annotated[str | None, Field(sa_type=Text)]
At = Annotated[datetime, Field(sa_type=Instant)]
MaybeAt = Annotated[datetime | None, Field(sa_type=Instant)]
Owner = Annotated[str, Field(sa_type=Text, foreign_key="accounts.account")]
OwnerKey = Annotated[str, Field(sa_type=Text, foreign_key="accounts.account", primary_key=True)]
KeyWord = Annotated[str, Field(sa_type=Text, primary_key=True)]
KeyWhole = Annotated[int, Field(sa_type=BigInteger, primary_key=True)]
KeyDate = Annotated[date, Field(primary_key=True)]
