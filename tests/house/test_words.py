"""One word in five places: contract, skill, sentences, rows of what people say, and a test of the capability."""

import inspect
import pkgutil
from typing import Any, Final

import pytest
import yaml

import skills
from skills import CAPABILITIES, SKILLS
from tests.house.tree import HOUSE, text

CONTRACT: Final[dict[str, dict[str, Any]]] = yaml.load(text("intents/intents.yaml"), yaml.CBaseLoader)
TALK: Final = {intent for intent, spec in CONTRACT.items() if spec["harm"] == "dialogue"}
ASKED: Final = sorted(set(CONTRACT) - TALK)
NOT_CAPABILITIES: Final = {"skill", "package", "periods", "held", "rules", "gate"}
"""What skills share: what a skill is, packages of them, periods as days, what holds entries back, rules of news."""


def stems(folder: str) -> set[str]:
    """Names of a folder's files of one intent each; those of parts of sentences begin with an underscore."""
    return {file.stem for file in (HOUSE / folder).glob("*.yaml") if not file.stem.startswith("_")}


def slots_of(intent: str) -> dict[str, bool]:
    """A contract's slots and whether each is required."""
    return {slot.rstrip("?"): not slot.endswith("?") for slot in CONTRACT[intent].get("slots", {})}


def test_every_intent_that_asks_for_something_has_a_skill_and_no_skill_is_without_one() -> None:
    assert sorted(SKILLS) == ASKED


@pytest.mark.parametrize("intent", ASKED)
def test_skill_and_contract_agree(intent: str) -> None:
    """On how much it can hurt, on the names of the slots, and on which of them must be there."""
    skill = SKILLS[intent]
    required = {name: field.is_required() for name, field in skill.slots.model_fields.items()}

    assert skill.harm == CONTRACT[intent]["harm"]
    assert required == slots_of(intent)


def test_no_skill_is_declared_twice() -> None:
    declared = [skill.intent for capability in CAPABILITIES for skill in capability.SKILLS]

    assert sorted(declared) == sorted(set(declared))


def test_every_file_of_skills_is_listed_as_a_capability() -> None:
    files = {module.name for module in pkgutil.iter_modules(skills.__path__)} - NOT_CAPABILITIES

    assert files == {capability.__name__.rpartition(".")[2] for capability in CAPABILITIES}


def test_every_capability_has_a_test_of_its_name() -> None:
    files = {capability.__name__.rpartition(".")[2] for capability in CAPABILITIES}
    tests = {test.stem.removeprefix("test_") for test in (HOUSE / "tests/skills").glob("test_*.py")}

    assert sorted(files - tests) == []


def test_every_intent_has_sentences() -> None:
    """But `correct`, whose sentences are those of a following remark."""
    assert stems("intents/sentences/en") == set(CONTRACT) - {"correct"}
    assert (HOUSE / "intents/sentences/en/_correct.yaml").exists()


def test_every_intent_has_rows_of_what_people_say() -> None:
    assert stems("tests/intents/en") == set(CONTRACT)


def test_skills_take_slots_and_a_view_and_nothing_else() -> None:
    for skill in SKILLS.values():
        assert list(inspect.signature(skill.run).parameters) == ["slots", "view"], skill.intent
