"""How figures and news are presented: beside which benchmark, by which clock, when, and in which language."""

from engine.core.commands import ChangePreferences
from engine.core.units import Ticker
from engine.view import View
from skills.skill import Answer, Skill, SlotModel


class Benchmark(SlotModel):
    """`set_benchmark`."""

    ticker: Ticker


class Clock(SlotModel):
    """`set_timezone`: an IANA name such as Europe/Berlin."""

    timezone: str


class SummaryTime(SlotModel):
    """`set_summary_time`: a time of day by the owner's clock, such as 18:00."""

    time: str


class Tongue(SlotModel):
    """`set_language`: its two-letter code."""

    language: str


def set_benchmark(slots: Benchmark, view: View) -> Answer:  # noqa: ARG001
    return ChangePreferences(patch={"performance.benchmark": slots.ticker})


def set_timezone(slots: Clock, view: View) -> Answer:  # noqa: ARG001
    return ChangePreferences(patch={"notifications.timezone": slots.timezone})


def set_summary_time(slots: SummaryTime, view: View) -> Answer:  # noqa: ARG001
    return ChangePreferences(patch={"notifications.summary_time": slots.time})


def set_language(slots: Tongue, view: View) -> Answer:  # noqa: ARG001
    return ChangePreferences(patch={"notifications.language": slots.language})


SKILLS = (
    Skill("set_benchmark", Benchmark, set_benchmark, "neutral"),
    Skill("set_timezone", Clock, set_timezone, "neutral"),
    Skill("set_summary_time", SummaryTime, set_summary_time, "neutral"),
    Skill("set_language", Tongue, set_language, "neutral"),
)
