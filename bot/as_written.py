"""A value that was refused, as it was given: never rounded into the range that it lies outside of."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

LONGEST: Final = 60
TIMES: Final[Mapping[str, int]] = {"seconds": 1, "minutes": 60, "days": 86_400}
COUNTABLE: Final = 10**9
"""Times beyond are not put into days and hours."""
UNSPEAKABLE: Final = re.compile(r"[$%→·×•…−–=|{}_<>\[\]]+")


def exactly(value: Any, unit: str | None) -> str:  # noqa: ANN401  # whatever was given
    """A number with the unit of its setting and all of its digits; anything else as a file would have it."""
    number = number_of(value)
    if number is None or unit is None:
        return as_written(value)
    if unit == "fraction":
        number, unit = number * 100, "percent"
    sign, digits = "−" if number < 0 else "", grouped(abs(number))
    if unit == "dollars":
        return f"{sign}${digits}"
    if unit == "percent":
        return f"{sign}{digits}%"
    return f"{sign}{digits} {unit}" if unit in TIMES else f"{sign}{digits}"


def seconds_of(value: Any, unit: str | None) -> int | None:  # noqa: ANN401
    """A whole length of time in seconds; None for anything else."""
    number = number_of(value)
    if unit is None or unit not in TIMES or number is None or number != int(number) or not 0 <= number < COUNTABLE:
        return None
    return int(number) * TIMES[unit]


def number_of(value: Any) -> Decimal | None:  # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        number = Decimal(str(value))
    except (InvalidOperation, ValueError):  # no number, or one of too many digits
        return None
    return number if number.is_finite() and abs(number.adjusted()) < LONGEST else None


def grouped(number: Decimal) -> str:
    """All digits, in groups of three."""
    digits = f"{number:,f}"
    return shortened(digits.rstrip("0").rstrip(".") if "." in digits else digits)


def as_written(value: Any) -> str:  # noqa: ANN401
    if value is None:
        return "none"
    if isinstance(value, Mapping):
        return shortened(", ".join(f"{name}: {as_written(one)}" for name, one in value.items()) or "an empty section")
    if isinstance(value, list | tuple | set | frozenset):
        return shortened(f"[{', '.join(map(as_written, value))}]")
    if isinstance(value, bool):
        return str(value).lower()
    return shortened(text_of(value))


def text_of(value: object) -> str:
    try:
        return " ".join(str(value).split())
    except ValueError:  # a number of more digits than may be written
        return "a number of very many digits"


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def speakable(text: str) -> str:
    """Without the signs that nobody can say."""
    return " ".join(UNSPEAKABLE.sub(" ", text).split())
