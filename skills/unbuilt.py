"""What can be asked for and is no part of this build: what is missing, and what can be done instead."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from engine.core.refusals import Refusal
from engine.core.units import MAX_CASH, dollars
from engine.core.words import Tier
from engine.view import View
from skills.skill import NoSlots, Say, Skill, SlotModel


class Backtest(SlotModel):
    """`run_backtest`: over a period, at a tier, with so many dollars."""

    period: str | None = None
    tier: Tier | None = None
    capital: Annotated[Decimal, Field(gt=0, le=dollars(MAX_CASH))] | None = None


class Goal(SlotModel):
    """`suggest_settings`: what they should serve."""

    goal: str | None = None


class Mode(SlotModel):
    """`set_account_mode`: paper money or real money."""

    mode: Literal["paper", "live"]


def missing(part: str) -> Say:
    return Say(f"refused.{Refusal.NO_SUCH_PART.value}", {"part": Say(f"part.{part}")})


def run_backtest(slots: Backtest, view: View) -> Say:  # noqa: ARG001  # every skill sees the account
    return missing("backtest")


def show_backtest(slots: NoSlots, view: View) -> Say:  # noqa: ARG001
    return missing("backtest")


def suggest_settings(slots: Goal, view: View) -> Say:  # noqa: ARG001
    return missing("suggestions")


def set_account_mode(slots: Mode, view: View) -> Say:
    """An account stays of the kind that it is."""
    kind = view.state.kind.value
    if slots.mode == kind:
        return Say("mode.already", {"account": kind, "mode": kind})
    return missing(f"{slots.mode}_account")


def forget_me(slots: NoSlots, view: View) -> Say:  # noqa: ARG001
    return missing("delete_my_data")


SKILLS = (
    Skill("run_backtest", Backtest, run_backtest, "neutral"),
    Skill("show_backtest", NoSlots, show_backtest, "look"),
    Skill("suggest_settings", Goal, suggest_settings, "look"),
    Skill("set_account_mode", Mode, set_account_mode, "grave"),
    Skill("delete_my_data", NoSlots, forget_me, "grave"),
)
