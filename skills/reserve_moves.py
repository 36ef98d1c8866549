"""The owner's hand on the reserve: money set aside, or taken back to be traded with."""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from engine.core.commands import MoveReserve
from engine.core.units import MAX_CASH, dollars, money
from engine.view import View
from skills.skill import Answer, Say, Skill, SlotModel

Amount: TypeAlias = Annotated[Decimal, Field(gt=0, le=dollars(MAX_CASH))]
"""Dollars."""


class Move(SlotModel):
    """`move_reserve`: dollars into the reserve, or out of it; out without an amount is all of it."""

    direction: Literal["in", "out"]
    amount: Amount | None = None


def move_reserve(slots: Move, view: View) -> Answer:
    if slots.direction == "in":
        return set_aside(slots.amount)
    if not view.state.reserve:
        return Say("reserve.empty", {"account": view.state.kind.value}, ("balance",))
    return MoveReserve(amount=-(view.state.reserve if slots.amount is None else money(slots.amount)))


def set_aside(amount: Decimal | None) -> Answer:
    return Say("ask.missing", {"slot": Say("slot.amount")}) if amount is None else MoveReserve(amount=money(amount))


SKILLS = (Skill("move_reserve", Move, move_reserve, "by_direction"),)
