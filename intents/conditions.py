"""The condition of a rule of news: what is measured is known from the wording, the bound from the amount said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from intents.language import ASIDE
from intents.numbers import Quantity

MINUTE_S: Final = 60
HUNDREDTHS: Final = 100


def conditioned(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """The raw slots without asides, with `bound` in `condition`, and a length of `throttle_minutes` in whole minutes.

    What cannot be either becomes a question: a text that begins with `?`.
    """
    slots = {name: value for name, value in said.items() if name != ASIDE}
    if "bound" in slots:
        slots["condition"] = _condition(slots.get("condition"), slots.pop("bound"))
    if isinstance(slots.get("throttle_minutes"), Quantity):
        slots["throttle_minutes"] = _minutes(slots["throttle_minutes"])
    return slots


def _condition(measure: Any, bound: Quantity) -> Any:  # noqa: ANN401 - a mapping, or the code of a gap
    if bound.odd or not isinstance(measure, Mapping):
        return f"?{bound.odd or 'wrong_unit'}"
    value = bound.value / HUNDREDTHS if measure["field"] == "confidence" else bound.value
    return {**measure, "value": without_noise(value)}


def _minutes(length: Quantity) -> Any:  # noqa: ANN401 - a number, or the code of a gap
    if length.odd:
        return f"?{length.odd}"
    minutes = length.value / MINUTE_S if length.unit == "seconds" else length.value
    return int(minutes) if minutes == int(minutes) and minutes >= 1 else "?whole_number"


def without_noise(value: float) -> float | int:
    """A number without the noise of arithmetic; whole ones as such."""
    value = round(value, 10)
    return int(value) if value == int(value) else value
