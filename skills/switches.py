"""Pausing, resuming, and the kill switch."""

from datetime import datetime

from engine.core.commands import PauseEntries, ResumeEntries, StopEverything
from engine.view import View
from skills.skill import Answer, NoSlots, Skill, SlotModel


class Pause(SlotModel):
    """`pause`: until an instant of market time, or until the owner resumes."""

    until: datetime | None = None


def pause(slots: Pause, view: View) -> Answer:  # noqa: ARG001
    return PauseEntries(until=slots.until)


def resume(slots: NoSlots, view: View) -> Answer:  # noqa: ARG001
    return ResumeEntries()


def stop_everything(slots: NoSlots, view: View) -> Answer:  # noqa: ARG001
    return StopEverything()


SKILLS = (
    Skill("pause", Pause, pause, "by_direction"),
    Skill("resume", NoSlots, resume, "riskier"),
    Skill("stop_everything", NoSlots, stop_everything, "safer"),
)
