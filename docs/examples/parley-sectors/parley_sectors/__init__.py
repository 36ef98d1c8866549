"""How much of the account lies in each sector: a skill from outside."""

from pathlib import Path
from typing import Any

from engine.view import View
from skills.package import SkillPackage
from skills.skill import Say, Skill, SlotModel


class Sectors(SlotModel):
    """`show_sectors`: those that are asked for; all without."""

    sectors: list[str] | None = None


def show_sectors(slots: Sectors, view: View) -> Say:
    """The share of the account's value in each sector, the largest first; what is being bought counts as held."""
    worth = view.worth
    known = {name or "unknown": amount for name, amount in worth.sectors.items()}
    wanted = known if slots.sectors is None else {name: known.get(name, 0) for name in slots.sectors}
    largest = sorted(wanted.items(), key=lambda one: (-one[1], one[0]))
    rows = [line(name, amount, worth.equity) for name, amount in largest]
    if not rows:
        return Say("sectors.none", {"account": view.state.kind.value}, ("positions",))
    facts: dict[str, Any] = {"account": view.state.kind.value, "rows": rows}
    return Say("sectors.shares", facts, ("positions", "limits"))


def line(name: str, amount: int, equity: int) -> dict[str, Any]:
    return {"sector": name, "amount": amount, "share": amount / equity if equity else 0.0}


PACKAGE = SkillPackage(
    name="sectors",
    skills=(Skill("show_sectors", Sectors, show_sectors, "look"),),
    folder=str(Path(__file__).parent),
)
