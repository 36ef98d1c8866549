"""What can be set by talking is what the model of preferences has."""

from typing import Any, Final

import yaml

from engine.core.harm import LOOSER, NEUTRAL
from engine.core.preferences import fields
from tests.house.tree import text

SPOKEN: Final[dict[str, dict[str, Any]]] = yaml.load(text("intents/lists/en/fields.yaml"), yaml.CSafeLoader)
OWN_INTENT: Final = {"trading.autonomy", "trading.risk_tolerance", "trading.watchlist"}
"""Set by intents of their own."""
MODEL: Final = {field.path: field for field in fields()}


def test_every_field_can_be_named_or_has_an_intent_of_its_own() -> None:
    assert set(SPOKEN) == set(MODEL) - OWN_INTENT


def test_units_are_the_models() -> None:
    """A fraction is spoken of as a number between 0 and 1, which has no unit."""
    units = {path: None if field.unit == "fraction" else field.unit for path, field in MODEL.items()}

    assert {path: spoken.get("unit") for path, spoken in SPOKEN.items()} == {path: units[path] for path in SPOKEN}


def test_what_may_be_none_may_be_set_to_none() -> None:
    assert {path for path, spoken in SPOKEN.items() if spoken.get("none")} == {
        path for path in SPOKEN if MODEL[path].default is None
    }


def test_every_field_says_what_it_is() -> None:
    assert [path for path, field in MODEL.items() if not field.description] == []


def test_every_field_has_a_direction_of_harm() -> None:
    """Without one it could not be said whether a change needs a yes."""
    assert set(LOOSER) | NEUTRAL == set(MODEL)
    assert not set(LOOSER) & NEUTRAL
