"""Greeting, thanks and help: what can be said at all."""

from engine.view import View
from skills.held import held_back
from skills.skill import NoSlots, Say, Skill, SlotModel


class Help(SlotModel):
    """`help`: all that can be said, or one subject of it."""

    topic: str | None = None


def show_help(slots: Help, view: View) -> Say:  # noqa: ARG001  # every skill sees the account
    if slots.topic is None:
        return Say("help.all", {"by_topic": None})
    return Say("help.topic", {"topic": slots.topic})


def greet(slots: NoSlots, view: View) -> Say:  # noqa: ARG001
    """How things stand and, before all else, what keeps the engine from entering."""
    autonomy = view.state.preferences.trading.autonomy.value
    facts = {"account": view.state.kind.value, "equity": view.worth.equity, "at": view.scene.at, "autonomy": autonomy}
    held = held_back(view)
    if held is not None:
        return Say("greet.held", {**facts, "held_back": held}, ("status", "help"))
    return Say(f"greet.{autonomy}", facts, ("status", "help"))


def thank(slots: NoSlots, view: View) -> Say:  # noqa: ARG001
    return Say("thank")


SKILLS = (
    Skill("help", Help, show_help, "look"),
    Skill("greet", NoSlots, greet, "look"),
    Skill("thank", NoSlots, thank, "look"),
)
