"""Asking for money to move: in and out of an account, in and out of its reserve."""

from dataclasses import dataclass

from engine.core.commands.command import Command
from engine.core.units import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccount(Command):
    """Begin a paper account with `cash`."""

    cash: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveCash(Command):
    """Put paper money in (+) or take it out (−)."""

    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetAccount(Command):
    """Begin a paper account anew with `cash`, or with what it began with; settings and journal stay."""

    cash: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTransfer(Command):
    """Note that the broker has booked money moved in or out."""

    transfer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveReserve(Command):
    """Move the owner's money into (+) or out of (−) the reserve."""

    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class LiquidateReserve(Command):
    """Give the whole reserve back to the active pool and go to the lowest tier, because of a deep fall."""

    fall: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RearmEmergency(Command):
    """The fall that gave the reserve back is over: the next one may do so again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkReserve(Command):
    """Note that the reserve's share of the account has passed the house's mark (`above`), or is under it again."""

    above: bool
    share: float
