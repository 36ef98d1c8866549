"""Skills from outside: what a package brings, and in which bounds it is used."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.core.harm import HARM
from engine.view import View
from skills.skill import Answer, Say, Skill


@dataclass(frozen=True, slots=True)
class SkillPackage:
    """Further intents with their skills; `name` is that of the entry point, and begins the keys of its phrases.

    `folder` is the path of its files: `intents.yaml`, `sentences/<language>/<intent>.yaml`, `phrases.yaml`, and where
    it needs further types of slots `lists/<language>/choices.yaml`.
    """

    name: str
    skills: tuple[Skill, ...]
    folder: str


class OutOfBounds(Exception):
    """A skill from outside gave something that it may not: always a bug of its package."""


def bounded(skill: Skill) -> Skill:
    """The skill, held to what it declares: one that looks gives no command, and none gives one that is not people's."""

    def run(slots: Any, view: View) -> Answer:  # noqa: ANN401  # its own slots
        answer = skill.run(slots, view)
        if isinstance(answer, Say):
            return answer
        if skill.harm == "look" or type(answer) not in HARM:
            raise OutOfBounds(f"{skill.intent} is {skill.harm}, and gave {type(answer).__name__}")
        return answer

    return skill._replace(run=run)


def registry(ours: Mapping[str, Skill], packages: Iterable[SkillPackage]) -> dict[str, Skill]:
    """The skill of each intent, with those from outside, none of which takes the place of another."""
    found = dict(ours)
    for package in packages:
        for skill in package.skills:
            found.setdefault(skill.intent, bounded(skill))
    return found
