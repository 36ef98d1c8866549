"""Skills from outside are held to what they declare."""

from types import MappingProxyType

import pytest

from engine.core import commands as c
from skills import SKILLS
from skills.package import OutOfBounds, SkillPackage, bounded, registry
from skills.skill import Answer, NoSlots, Say, Skill
from tests.skills.views import a_view


def a_skill(answer: Answer, harm: str = "look", intent: str = "show_moods") -> Skill:
    return Skill(intent, NoSlots, lambda slots, view: answer, harm)


def a_package(*skills: Skill) -> SkillPackage:
    return SkillPackage("moods", skills, "")


def test_what_a_skill_says_is_said() -> None:
    assert bounded(a_skill(Say("moods.all"))).run(NoSlots(), a_view()) == Say("moods.all")


def test_one_that_looks_gives_no_command() -> None:
    with pytest.raises(OutOfBounds, match="show_moods is look, and gave StopEverything"):
        bounded(a_skill(c.StopEverything())).run(NoSlots(), a_view())


def test_another_gives_a_command_that_is_people_s() -> None:
    command = c.StopEverything()
    assert bounded(a_skill(command, "safer")).run(NoSlots(), a_view()) is command
    with pytest.raises(OutOfBounds, match="gave BeginSession"):
        bounded(a_skill(c.BeginSession(), "safer")).run(NoSlots(), a_view())


def test_nothing_of_ours_is_taken_over() -> None:
    theirs = registry(SKILLS, [a_package(a_skill(Say("moods.all")), a_skill(Say("moods.all"), intent="pause"))])
    assert set(theirs) == {*SKILLS, "show_moods"}
    assert theirs["pause"] is SKILLS["pause"]
    assert isinstance(SKILLS, MappingProxyType), "the table of ours cannot be written into"
