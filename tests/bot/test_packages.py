"""Skills from outside: found by their entry point, used whole, or left out and named."""

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from bot import packages
from bot.answers import rendered
from bot.help import help_facts
from bot.packages import furnished
from bot.phrases import Phrases
from engine.core.commands import StopEverything
from intents.context import Context
from intents.parser import parse
from skills.package import SkillPackage
from skills.skill import NoSlots, Say, Skill
from tests.journeys.house import NOON, the_language
from tests.skills.views import a_view

CONTRACT = 'show_moods: {harm: look, example: "show the moods of the market", says: "how everybody feels"}\n'
MOODS = Skill("show_moods", NoSlots, lambda slots, view: Say("moods.all"), "look")


def a_package(folder: Path, name: str = "moods", skills: Any = (MOODS,), **files: str) -> SkillPackage:
    written = {
        "intents.yaml": CONTRACT,
        "sentences/en/show_moods.yaml": '- "show the moods of the market"\n',
        "phrases.yaml": 'moods.all: "Everybody is merry."\n',
        **{path.replace("__", "/") + ".yaml": text for path, text in files.items()},
    }
    for path, text in written.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return SkillPackage(name, skills, str(folder))


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What entry points of this name give; an exception is raised."""
    given: dict[str, Any] = {}

    def load(self: EntryPoint) -> Any:
        if isinstance(given[self.name], BaseException):
            raise given[self.name]
        return given[self.name]

    def found(group: str) -> list[EntryPoint]:
        assert group == "parley.skills"
        return [EntryPoint(name, f"{name}_skills:PACKAGE", group) for name in given]

    monkeypatch.setattr(packages, "entry_points", found)
    monkeypatch.setattr(EntryPoint, "load", load)
    return given


def test_without_packages_the_house_is_as_it_was() -> None:
    house = furnished(the_language())
    assert house.language is the_language()
    assert (house.phrases, house.packages, house.left_out) == ({}, (), ())


def test_a_package_brings_intent_skill_sentence_and_help(tmp_path: Path, installed: dict[str, Any]) -> None:
    installed["moods"] = a_package(tmp_path)
    house = furnished(the_language())
    assert house.left_out == ()
    assert house.skills["show_moods"].run(NoSlots(), a_view()) == Say("moods.all")
    parsed = parse("show the moods of the market", Context(NOON, "America/New_York"), house.language)
    assert [one.intent for one in parsed.requests] == ["show_moods"]
    phrases = Phrases.load(more=house.phrases)
    assert phrases.say("moods.all").text == "Everybody is merry."
    helped = help_facts(Say("help.all", {"topic": None}), house.language)
    assert '  from packages: "show the moods of the market"' in rendered(helped, phrases).text
    about = help_facts(Say("help.topic", {"topic": "moods"}), house.language)
    assert "show the moods of the market – how everybody feels" in rendered(about, phrases).text


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (ImportError("no module named pandas"), "cannot be loaded: ImportError: no module named pandas"),
        (SystemExit(3), "cannot be loaded: SystemExit: 3"),
        ("PACKAGE", "moods_skills:PACKAGE must be a SkillPackage, not a str"),
        (SkillPackage("other", (), "."), "its name must be that of its entry point"),
        (SkillPackage("moods", (), Path()), "its folder must be a path, as a str"),  # type: ignore[arg-type]
        (SkillPackage("moods", (), "nowhere"), "intents.yaml: cannot be read"),
    ],
)
def test_what_is_no_package_is_left_out_and_named(given: Any, why: str, installed: dict[str, Any]) -> None:
    installed["moods"] = given
    house = furnished(the_language())
    ((name, said),) = house.left_out
    assert name == "moods"
    assert why in said
    assert house.language is the_language()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"skills": [MOODS]}, "its skills must be a tuple of Skill"),
        ({"skills": ()}, "its skills are for , its intents are show_moods"),
        ({"skills": (MOODS, MOODS)}, "its skills are for show_moods, show_moods"),
        ({"skills": (MOODS._replace(intent="pause"),)}, "its skills are for pause"),
        ({"skills": (MOODS._replace(harm="riskier"),)}, "its skill is riskier, its entry in intents.yaml look"),
        ({"intents": CONTRACT.replace("{harm", "{slots: {tickers?: tickers}, harm")}, "other slots than its entry"),
        ({"intents": CONTRACT + CONTRACT.replace("show_moods", "pause")}, "there is an intent pause already"),
        ({"phrases": 'welcome: "Hello from us."\n'}, "phrases.yaml: welcome must begin with moods."),
        ({"phrases": 'moods.all: "{name:nonsense}"\n'}, "nonsense is not a unit"),
        ({"phrases": 'moods.all: "{name"\n'}, "cannot be read"),
        ({"phrases": "- moods"}, "must have sentences by key"),
        ({"phrases": "moods.all: ["}, "phrases.yaml: cannot be read"),
    ],
)
def test_a_package_with_anything_wrong_is_left_out_whole(
    changes: dict[str, Any], why: str, tmp_path: Path, installed: dict[str, Any]
) -> None:
    installed["moods"] = a_package(tmp_path, **changes)
    house = furnished(the_language())
    assert [name for name, _ in house.left_out] == ["moods"]
    assert why in house.left_out[0].why
    assert (house.language, house.phrases, house.packages) == (the_language(), {}, ())


def test_of_two_with_the_same_intent_the_first_by_name_is_taken(tmp_path: Path, installed: dict[str, Any]) -> None:
    installed["zmoods"] = a_package(tmp_path / "z", "zmoods")
    installed["amoods"] = a_package(tmp_path / "a", "amoods", phrases='amoods.all: "Hm."\n')
    house = furnished(the_language())
    assert [one.name for one in house.packages] == ["amoods"]
    assert [name for name, _ in house.left_out] == ["zmoods"]
    assert "there is an intent show_moods already" in house.left_out[0].why


def test_one_that_is_left_out_takes_no_other_with_it(tmp_path: Path, installed: dict[str, Any]) -> None:
    installed["broken"] = RuntimeError("oh")
    installed["moods"] = a_package(tmp_path)
    house = furnished(the_language())
    assert [one.name for one in house.packages] == ["moods"]
    assert house.left_out == (("broken", "broken_skills:PACKAGE cannot be loaded: RuntimeError: oh"),)


def test_a_skill_that_looks_and_commands_is_stopped(tmp_path: Path, installed: dict[str, Any]) -> None:
    installed["moods"] = a_package(tmp_path, skills=(MOODS._replace(run=lambda slots, view: StopEverything()),))
    house = furnished(the_language())
    with pytest.raises(Exception, match="show_moods is look, and gave StopEverything"):
        house.skills["show_moods"].run(NoSlots(), a_view())
