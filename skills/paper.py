"""Paper money in and out, and the paper account from its beginning."""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from engine.core.commands import MoveCash, ResetAccount
from engine.core.units import MAX_CASH, dollars, money
from engine.view import View
from skills.skill import Answer, Skill, SlotModel

Amount: TypeAlias = Annotated[Decimal, Field(gt=0, le=dollars(MAX_CASH))]
"""Dollars."""


class Cash(SlotModel):
    """`paper_cash`: dollars put in or taken out."""

    direction: Literal["in", "out"]
    amount: Amount


class Beginning(SlotModel):
    """`reset_paper_account`: the dollars to begin with; None is what it began with the first time."""

    cash: Amount | None = None


def paper_cash(slots: Cash, view: View) -> Answer:  # noqa: ARG001
    amount = money(slots.amount)
    return MoveCash(amount=amount if slots.direction == "in" else -amount)


def reset_paper_account(slots: Beginning, view: View) -> Answer:  # noqa: ARG001
    return ResetAccount(cash=None if slots.cash is None else money(slots.cash))


SKILLS = (
    Skill("paper_cash", Cash, paper_cash, "neutral"),
    Skill("reset_paper_account", Beginning, reset_paper_account, "grave"),
)
