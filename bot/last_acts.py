"""What each person did last, as the journal has it: a start knows by it what "undo" must not step over."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from bot.confirm import Place
from engine.core.journal import Entry, plain
from engine.core.skips import Skip
from engine.core.words import Side

FINAL_ROWS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "StopMoved": "level",
        "TakeMoved": "level",
        "OrderUpdated": "orders",
        "FlattenBegan": "flatten",
        "EngineKilled": "stop",
        "AccountReset": "reset",
        "CashMoved": "cash",
        "RoleSet": "role",
        "ReserveMoved": "reserve",
        "BreakerTripped": "breaker",
        "BreakerResolved": "breaker_reset",
        "BrokerAccepted": "broker",
        "EventMarked": "event",
        "EventEnded": "event_ended",
        "StrategySet": "strategy",
        "EntriesResumed": "resume",
    }
)
"""What undo does not put back, by the row that it leaves."""

CHANGES: Final = frozenset({"PreferencesChanged", "EntriesPaused", "EntriesResumed"})
"""Rows that may tell of a change that undo puts back."""


def finals(rows: Iterable[Entry]) -> dict[Place, str]:
    """For each person and channel the last thing done there, if undo cannot put it back; by the journal's rows."""
    found: dict[Place, str] = {}
    for row in rows:
        place = (row.actor, row.channel)
        if row.kind in CHANGES and row.body["change"] is not None:
            found.pop(place, None)
        elif (name := final_of(row)) is not None:
            found[place] = name
    return found


def final_of(row: Entry) -> str | None:
    """What kind of thing a row tells that undo does not put back; None for any other row."""
    if row.kind == "OrderIntended":
        return "close" if row.body["order"]["side"] == plain(Side.SELL) else "buy"
    if row.kind == "ProposalClosed":
        return "approve" if row.body["outcome"] == plain(Skip.NONE) else "reject"
    return FINAL_ROWS.get(row.kind)
