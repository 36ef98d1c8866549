"""What is offered can be written down and carried out: no number without its unit, one company where one is meant."""

from __future__ import annotations

import json

import pytest

from intents.load import load_language
from intents.parser import parse
from intents.result import as_json
from intents.rows import context_of
from intents.slots import Gap, fill
from tests.intents.conftest import scene_of_rows

LANGUAGE = load_language()
SCENE = context_of(scene_of_rows())


def test_a_number_of_no_field_is_not_offered() -> None:
    parsed = parse("me any money this year opportunities out there limit by half a percent", SCENE, LANGUAGE)
    assert json.loads(json.dumps(as_json(parsed)))["status"] == "clarify"


def test_a_name_of_several_companies_offers_one_each() -> None:
    parsed = parse("buy general", SCENE, LANGUAGE)
    assert [dict(one.slots) for one in parsed.candidates] == [{"ticker": "GD"}, {"ticker": "GE"}, {"ticker": "GIS"}]


def test_a_candidate_of_a_gap_has_its_company_alone() -> None:
    made = fill("set_stop", {"ticker": ["KO"], "price": "?wrong_unit"}, LANGUAGE)
    assert isinstance(made, Gap)
    assert [dict(one.slots) for one in made.candidates] == [{"ticker": "KO"}]


@pytest.mark.parametrize("text", ["what were march 200² trades", "show my trades of 2² may", "mute all until may ²"])
def test_a_raised_digit_is_no_day(text: str) -> None:
    assert parse(text, SCENE, LANGUAGE).status in {"ok", "clarify", "unknown"}
