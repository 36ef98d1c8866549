"""A number as a field takes it: in the field's own unit, None where it was said in another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from intents.numbers import Quantity


def _percent(said: Quantity) -> float | None:
    if said.unit == "part":
        return said.value * 100
    bare = said.unit is None and said.value >= 1  # a bare 0.02 may be 2 % or 0.02 %
    return said.value if said.unit == "percent" or bare else None


def _dollars(said: Quantity) -> float | None:
    return said.value if said.unit in {"dollars", None} else None


def _count(said: Quantity) -> float | None:
    return said.value if said.unit is None and said.value == int(said.value) else None


def _share(said: Quantity) -> float | None:
    if said.unit == "percent":
        return said.value / 100
    return said.value if said.unit in {None, "part"} and said.value <= 1 else None


def _lasting(seconds: int) -> Callable[[Quantity], float | None]:
    """A length of time in whole units of so many seconds; a bare number is in that unit already."""

    def lasting(said: Quantity) -> float | None:
        units = said.value / seconds if said.unit == "seconds" else said.value
        return units if said.unit in {"seconds", None} and units == int(units) else None

    return lasting


IN_UNIT: Final[Mapping[str | None, Callable[[Quantity], float | None]]] = {
    "percent": _percent,
    "dollars": _dollars,
    "count": _count,
    "seconds": _lasting(1),
    "minutes": _lasting(60),
    "days": _lasting(86_400),
    None: _share,
}
WHOLE: Final[Mapping[str | None, frozenset[str | None]]] = {
    "count": frozenset({None}),
    **dict.fromkeys(("seconds", "minutes", "days"), frozenset({None, "seconds"})),
}
"""Units of which there are whole ones only, with the units that they may be said in."""
