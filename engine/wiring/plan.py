"""What an engine is to be, as the configuration asks for it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from os import getpid
from pathlib import Path
from socket import gethostname
from types import MappingProxyType
from typing import Final, TypeAlias

from engine.adapters.audit.notary import Places
from engine.adapters.calendar_csv import earnings_of, events_of
from engine.adapters.paper_broker import EXACT, Terms
from engine.core import commands as c
from engine.core.journal import canonical, plain
from engine.core.policy import Policy
from engine.core.units import Money, Ticker

ACCOUNT: Final = "paper"

Reads: TypeAlias = Callable[[str, Collection[Ticker]], c.ImportEarnings | c.ImportEvents]
CALENDARS: Final[Mapping[str, Reads]] = MappingProxyType({"earnings": earnings_of, "events": events_of})
"""Readers of files that can be brought in, by what they hold; each takes the text and the tickers that have prices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """How the journal is vouched for: a checkpoint every so many seconds of people's time, if anything happened.

    `key` is the file of the key that signs (None: `audit.key` beside the database), `copies` the address of a folder
    elsewhere that gets each checkpoint too (None: nowhere).
    """

    key: Path | None = None
    every_s: float = 60.0
    copies: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """Signs of life: one every so many seconds of people's time, and the address that is pinged with each, if any."""

    every_s: float = 10.0
    ping_url: str | None = field(default=None, repr=False)


class BadStart(Exception):
    """The replay cannot begin on the day asked for; the message says which days it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an engine is to be: where its files are, when its market begins and how fast it goes.

    `server` is the address of a PostgreSQL database that holds the account instead of the file `database`, `redis` that
    of a Redis in which other processes see it, `kill` the file that stops entries while it is there; None where there
    is none. `answer_s` is how long a broker behind the queue in that Redis may take to answer; None for one on paper.
    `start` is the day to begin a new account with; where `start_asked`, a different account already begun is an
    error. `cash` is what a new paper account begins with, `terms` are those of its paper broker.
    """

    database: Path
    book: Path
    start: date
    start_asked: bool
    cash: Money
    policy: Policy
    audit: Audit = Audit()
    signs: Signs = Signs()
    server: str | None = field(default=None, repr=False)
    redis: str | None = field(default=None, repr=False)
    kill: Path | None = None
    answer_s: float | None = None
    terms: Terms = EXACT


def myself() -> str:
    """Host and process, as others name who holds an account."""
    return f"{gethostname()} (process {getpid()})"


def places(database: Path, audit: Audit) -> Places:
    """Where the key and the checkpoints of this database are."""
    key = audit.key or database.with_name("audit.key")
    return Places(key=key, file=database.with_name("checkpoints.jsonl"), copies=audit.copies)


def in_force(policy: Policy) -> Mapping[str, object]:
    """The house's own numbers as the journal notes them, with the digest that tells whether they are others."""
    numbers = plain(policy)
    return {"digest": sha256(canonical(numbers).encode()).hexdigest(), "policy": numbers}
