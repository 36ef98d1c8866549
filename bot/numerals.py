"""Numbers, days and times of day as words one can say."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final

# fmt: off
SMALL: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
TENS: Final = ("zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
# fmt: on
GROUPS: Final = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
ORDINALS: Final = {1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth", 12: "twelfth"}


def cardinal(number: int) -> str:
    """`minus one thousand two hundred thirty-four`."""
    if number < 0:
        return f"minus {cardinal(-number)}"
    for size, name in GROUPS:
        if number >= size:
            rest = number % size
            return f"{cardinal(number // size)} {name}" + (f" {cardinal(rest)}" if rest else "")
    if number < 20:
        return SMALL[number]
    return TENS[number // 10] + (f"-{SMALL[number % 10]}" if number % 10 else "")


def decimal(number: Decimal) -> str:
    """`two point four`, digit by digit after the point; whole numbers without one."""
    sign = "minus " if number < 0 else ""
    whole, _, after = f"{abs(number):f}".partition(".")
    after = after.rstrip("0")
    return sign + cardinal(int(whole)) + (f" point {' '.join(SMALL[int(digit)] for digit in after)}" if after else "")


def counted(number: int, one: str, many: str) -> str:
    return f"{cardinal(number)} {one if number == 1 else many}"


def dollars_and_cents(cents: int) -> str:
    """`one hundred dollars and fifty cents`; without the part that is zero."""
    if cents < 0:
        return f"minus {dollars_and_cents(-cents)}"
    whole, rest = divmod(cents, 100)
    parts = [counted(whole, "dollar", "dollars")] if whole or not rest else []
    return " and ".join([*parts, counted(rest, "cent", "cents")] if rest else parts)


def ordinal(number: int) -> str:
    """`twenty-first`, for the days of a month."""
    if number > 20 and number % 10:
        return f"{TENS[number // 10]}-{ordinal(number % 10)}"
    if number in ORDINALS:
        return ORDINALS[number]
    word = cardinal(number)
    return f"{word[:-1]}ieth" if word.endswith("y") else f"{word}th"


def year(number: int) -> str:
    """`twenty twenty`, `nineteen ninety-nine`, `two thousand five`."""
    century, rest = divmod(number, 100)
    if century % 10 == 0 and rest < 10:
        return cardinal(number)
    if not rest:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"


def day(when: date) -> str:
    """`Monday the third of February`."""
    return f"{when:%A} the {ordinal(when.day)} of {when:%B}"


def clock(when: datetime) -> str:
    """`nine forty-five in the morning`, as it stands on that clock."""
    if when.minute == 0 and when.hour in (0, 12):
        return "noon" if when.hour else "midnight"
    part = "in the morning" if when.hour < 12 else "in the afternoon" if when.hour < 18 else "in the evening"
    hour = cardinal(when.hour % 12 or 12)
    if not when.minute:
        return f"{hour} o'clock {part}"
    return f"{hour} {'oh ' if when.minute < 10 else ''}{cardinal(when.minute)} {part}"
