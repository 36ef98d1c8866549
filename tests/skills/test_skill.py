"""The table of skills against the contract."""

import pytest
from pydantic import ValidationError

from skills import CAPABILITIES, SKILLS
from skills.skill import NoSlots
from tests.journeys.house import the_language


def test_every_intent_has_a_skill_and_every_skill_an_intent() -> None:
    contract = the_language().contract
    assert set(SKILLS) == {intent for intent, spec in contract.items() if spec.harm != "dialogue"}
    assert len(SKILLS) == sum(len(capability.SKILLS) for capability in CAPABILITIES)


def test_harm_and_slots_are_those_of_the_contract() -> None:
    for intent, skill in SKILLS.items():
        spec = the_language().contract[intent]
        assert skill.harm == spec.harm, intent
        assert set(skill.slots.model_fields) == {name.rstrip("?") for name in spec.slots}, intent


def test_an_unknown_slot_is_an_error() -> None:
    with pytest.raises(ValidationError):
        NoSlots.model_validate({"more": 1})
