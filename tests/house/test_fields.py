"""What can be set by talking is what the model of preferences has."""

import re
from typing import Any, Final

import pytest
import yaml

from engine.core.abilities import NEEDS
from engine.core.harm import LOOSER, NEUTRAL
from engine.core.hushing import HIDES
from engine.core.preferences import BadValue, Preferences, fields, patched
from tests.house.tree import HOUSE, text

SPOKEN: Final[dict[str, dict[str, Any]]] = yaml.load(text("intents/lists/en/fields.yaml"), yaml.CSafeLoader)
MODEL: Final = {field.path: field for field in fields()}
OWN: Final = {path for path, spoken in SPOKEN.items() if spoken.get("own")}
"""Set by intents of their own, or not by talking; they are named where changes are shown or put back."""


def possible(path: str, value: object) -> bool:
    """Whether the model takes this value."""
    try:
        patched(Preferences(), {path: value})
    except BadValue:
        return False
    return True


def test_every_field_can_be_named() -> None:
    assert set(SPOKEN) == set(MODEL)


def test_what_has_an_intent_of_its_own_is_set_by_no_other() -> None:
    assert {
        "trading.autonomy",
        "trading.risk_tolerance",
        "trading.style",
        "trading.watchlist",
        "trading.excluded_tickers",
        "trading.excluded_sectors",
        "trading.asset_classes",
        "notifications.rules",
        "notifications.muted",
        "notifications.quiet_hours",
        "notifications.timezone",
        "notifications.summary_time",
        "notifications.addresses",
        "notifications.language",
        "performance.benchmark",
    } == OWN


def test_units_are_the_models() -> None:
    """A fraction is spoken of as a number between 0 and 1, which has no unit."""
    units = {path: None if field.unit == "fraction" else field.unit for path, field in MODEL.items()}

    assert {path: spoken.get("unit") for path, spoken in SPOKEN.items()} == units


def test_what_is_on_or_off_is_a_switch() -> None:
    assert {path for path, spoken in SPOKEN.items() if spoken.get("switch")} == {
        path for path, field in MODEL.items() if isinstance(field.default, bool)
    }


def test_what_may_be_none_may_be_set_to_none() -> None:
    settable = set(SPOKEN) - OWN
    assert {path for path in settable if SPOKEN[path].get("none")} == {
        path for path in settable if possible(path, None)
    }


def test_choices_are_the_models() -> None:
    chosen = {path: spoken["choices"] for path, spoken in SPOKEN.items() if "choices" in spoken}
    lists = {path for path, spoken in SPOKEN.items() if spoken.get("several")}

    assert lists == {"trading.order_types", "market_data.preferred_sources"}
    assert {path: [possible(path, [one] if path in lists else one) for one in chosen[path]] for path in chosen} == {
        path: [True] * len(chosen[path]) for path in chosen
    }
    assert {path for path, field in MODEL.items() if isinstance(field.default, str)} - OWN == set(chosen) - lists


def test_every_field_says_what_it_is() -> None:
    assert [path for path, field in MODEL.items() if not field.description] == []


def test_every_field_has_a_direction_of_harm() -> None:
    """Without one it could not be said whether a change needs a yes."""
    assert set(LOOSER) | set(HIDES) | NEUTRAL == set(MODEL)
    assert len(LOOSER) + len(HIDES) + len(NEUTRAL) == len(MODEL)


WRITERS: Final = {"categories.py", "abilities.py", "harm.py", "preferences.py"}
"""Files of the core that name fields without reading them."""
ONE_VALUE: Final = {"notifications.language"}
"""Fields that have one value so far."""


def read_somewhere(name: str) -> bool:
    """Whether code takes this attribute of something, where settings are not only described."""
    files = [
        path for folder in ("engine", "bot") for path in (HOUSE / folder).rglob("*.py") if path.name not in WRITERS
    ]
    return any(
        re.search(rf"\.{name}\b", path.read_text(encoding="utf-8")) for path in files if path.name not in WRITERS
    )


@pytest.mark.parametrize("path", sorted(set(MODEL) - set(NEEDS) - ONE_VALUE))
def test_every_field_that_can_be_set_is_read(path: str) -> None:
    """One that nobody reads would be a promise that nobody keeps."""
    assert read_somewhere(path.partition(".")[2])
