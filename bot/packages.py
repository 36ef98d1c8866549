"""Skills from outside, found by the entry-point group `parley.skills`: each is used whole, or left out and named."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import structlog
import yaml

from bot.phrases import Phrases, check
from intents.language import Language
from intents.load import load_language
from intents.outside import Unfit, extended
from skills import SKILLS
from skills.package import SkillPackage, registry
from skills.skill import Skill

log = structlog.get_logger(__name__)

GROUP: Final = "parley.skills"
NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,30}")


class LeftOut(NamedTuple):
    """A package that is not used, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Furnished:
    """Language, phrases and skills with those of the packages that are used."""

    language: Language
    phrases: Mapping[str, Any] = field(default_factory=dict)
    packages: tuple[SkillPackage, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def skills(self) -> Mapping[str, Skill]:
        """The skill of each intent."""
        return MappingProxyType(registry(SKILLS, self.packages))


def furnished(language: Language, tongue: str = "en") -> Furnished:
    """The language with what the installed packages bring; a package that cannot be used is left out and logged."""
    house = Furnished(language)
    for entry in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        try:
            house = _with(house, _loaded(entry), tongue)
        except Unfit as error:
            log.warning("package.left_out", package=entry.name, why=str(error))
            house = replace(house, left_out=(*house.left_out, LeftOut(entry.name, str(error))))
    return house


@cache
def installed(tongue: str = "en") -> Furnished:
    """A language of ours with what is installed here."""
    return furnished(load_language(tongue=tongue), tongue)


def _loaded(entry: EntryPoint) -> SkillPackage:
    """What an entry point names; raises Unfit."""
    try:
        package = entry.load()
    except (Exception, SystemExit) as error:  # whatever code of others does, the house goes on without it
        raise Unfit(f"{entry.value} cannot be loaded: {type(error).__name__}: {error}") from error
    if not isinstance(package, SkillPackage):
        raise Unfit(f"{entry.value} must be a SkillPackage, not a {type(package).__name__}")
    if not NAME.fullmatch(str(package.name)) or package.name != entry.name:
        raise Unfit(f"its name must be that of its entry point, small letters, digits and _, not {package.name!r}")
    if not isinstance(package.folder, str):
        raise Unfit("its folder must be a path, as a str")
    return package


def _with(house: Furnished, package: SkillPackage, tongue: str) -> Furnished:
    """The house with one package more; raises Unfit."""
    language = extended(house.language, Path(package.folder), tongue)
    brought = language.contract.keys() - house.language.contract.keys()
    for wrong in _wrong_skills(package, brought, language):
        raise Unfit(wrong)
    phrases = _phrases(package)
    return replace(
        house,
        language=language,
        phrases={**house.phrases, **phrases},
        packages=(*house.packages, package),
    )


def _wrong_skills(package: SkillPackage, brought: Iterable[str], language: Language) -> Iterator[str]:
    """Intents without a skill, skills without an intent, and those that say something else than the contract."""
    if not (isinstance(package.skills, tuple) and all(isinstance(one, Skill) for one in package.skills)):
        yield "its skills must be a tuple of Skill"
        return
    intents = [one.intent for one in package.skills]
    if sorted(intents) != sorted(brought):
        yield f"its skills are for {', '.join(sorted(intents))}, its intents are {', '.join(sorted(brought))}"
        return
    for skill in package.skills:
        spec = language.contract[skill.intent]
        if skill.harm != spec.harm:
            yield f"{skill.intent}: its skill is {skill.harm}, its entry in intents.yaml {spec.harm}"
        required = {name: one.is_required() for name, one in skill.slots.model_fields.items()}
        if required != {name: slot.required for name, slot in spec.slots.items()}:
            yield f"{skill.intent}: its skill has other slots than its entry in intents.yaml"


def _phrases(package: SkillPackage) -> Mapping[str, Any]:
    """The sentences that a package says, all under its name; raises Unfit."""
    path = Path(package.folder) / "phrases.yaml"
    try:
        entries = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    except (OSError, yaml.YAMLError) as error:
        raise Unfit(f"phrases.yaml: cannot be read: {' '.join(str(error).split())}") from None
    if not isinstance(entries, dict) or not all(isinstance(one, str | dict) for one in entries.values()):
        raise Unfit("phrases.yaml: must have sentences by key")
    for key in entries:
        if not str(key).startswith(f"{package.name}."):
            raise Unfit(f"phrases.yaml: {key} must begin with {package.name}.")
    for wrong in check(Phrases(entries)):
        raise Unfit(f"phrases.yaml: {wrong}")
    return entries
