"""Clock times: 9:30am, ten thirty p m, half past five in the afternoon, noon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from intents.normalise import Token
    from intents.numbers import NumberWords
    from intents.phrases import PhraseTable

TWENTY: Final = 20
FIVE: Final = 5
LAST: Final = 12  # hour that is said so
PAST: Final = "past"
SIDES: Final = {PAST: frozenset({5, 10, 20, 25}), "to": frozenset({20, 25})}  # minutes that are said beside an hour
BESIDE: Final = {("quarter", "to"): -15, ("quarter", "past"): 15, ("half", "past"): 30}  # minutes beside the hour


@dataclass(frozen=True, slots=True)
class TimeWords:
    """The words of a language for times, from its lists."""

    days: Mapping[str, int]  # monday → 0
    months: Mapping[str, int]  # march → 3
    lengths: Mapping[str, float]  # minute, minutes … → seconds
    hours: Mapping[str, tuple[int, int]]  # noon → 12:00
    dayparts: Mapping[str, str]  # morning → am, evening → pm
    named: PhraseTable  # the close, further notice, the end of the week → which
    numbers: NumberWords


def hour_at(tokens: Sequence[Token], at: int, words: TimeWords) -> tuple[int, tuple[int, int, bool]] | None:
    """Hour, minute, and whether morning or afternoon is certain."""
    if at >= len(tokens):
        return None
    if tokens[at].text in words.hours:
        return at + 1, (*words.hours[tokens[at].text], True)
    minutes = BESIDE.get((tokens[at].text, tokens[at + 1].text)) if at + 1 < len(tokens) else None
    if minutes is not None:
        found = _plain_hour(tokens, at + 2, words)
        if found is None:
            return None
        minute = found[1][0] * 60 + minutes
        return half_day(tokens, found[0], (minute // 60, minute % 60), words)
    found = _beside(tokens, at, words) or _plain_hour(tokens, at, words)
    return None if found is None else half_day(tokens, found[0], found[1], words)


def _beside(tokens: Sequence[Token], at: int, words: TimeWords) -> tuple[int, tuple[int, int]] | None:
    """Ten past five, twenty five to six; ten to six may be a span of hours, which is no time."""
    tens = words.numbers.small.get(tokens[at].text, 0.0)
    units = words.numbers.small.get(tokens[at + 1].text, 0.0) if tens == TWENTY and at + 1 < len(tokens) else 0.0
    end = at + 1 + (units == FIVE)
    minutes = int(tens + (units if units == FIVE else 0))
    side = tokens[end].text if end < len(tokens) else ""
    if minutes not in SIDES.get(side, ()):
        return None
    found = _plain_hour(tokens, end + 1, words)
    if found is None or found[1][1] or found[1][0] > LAST:
        return None
    minute = found[1][0] * 60 + (minutes if side == PAST else -minutes)
    return found[0], (minute // 60 % 24, minute % 60)


def clocks_at(tokens: Sequence[Token], at: int, words: TimeWords) -> list[tuple[int, str]]:
    """A time of the day as HH:MM, with the place after it; both halves of the day where it is not said which."""
    start = at + 1 if tokens[at].text in {"at", "by"} else at
    found = hour_at(tokens, start, words)
    if found is None:
        return []
    end, (hour, minute, sure) = found
    hours = (hour,) if sure else (hour, (hour + 12) % 24)
    return [(end, f"{one:02}:{minute:02}") for one in hours]


def _plain_hour(tokens: Sequence[Token], at: int, words: TimeWords) -> tuple[int, tuple[int, int]] | None:
    if at >= len(tokens):
        return None
    token = tokens[at]
    if token.kind == "clock":
        return _clock_digits(at, token.text)
    if token.kind == "number" and token.text.isdecimal() and int(token.text) <= 23:
        return at + 1, (int(token.text), 0)
    hour = words.numbers.small.get(token.text)
    if hour is None or not 1 <= hour <= 12:
        return None
    after = words.numbers.small.get(tokens[at + 1].text) if at + 1 < len(tokens) else None
    if after is not None and after >= 10:  # ten thirty, ten forty five
        units = words.numbers.small.get(tokens[at + 2].text, 0.0) if at + 2 < len(tokens) and after >= 20 else 0.0
        units = units if 0 < units < 10 else 0.0
        return at + 2 + (units > 0), (int(hour), int(after + units))
    return at + 1, (int(hour), 0)


def _clock_digits(at: int, text: str) -> tuple[int, tuple[int, int]] | None:
    half = text.rstrip(".m").rstrip(".")[-1:]
    digits = text.rstrip(".mapAP")
    hour, _, minute = digits.partition(":")
    made = int(hour), int(minute or 0)
    if len(hour) == 2 and hour[0] == "0" and half not in {"a", "p"}:
        made = (made[0] + 100, made[1])  # certain: 07:30 is written by the clock of 24 hours
    if half in {"a", "p"}:
        made = (made[0] % 12 + (12 if half == "p" else 0), made[1])
        made = (made[0] + 100, made[1])  # certain: morning or afternoon was said
    return (at + 1, made) if made[0] % 100 < 24 and made[1] < 60 else None


def half_day(
    tokens: Sequence[Token], at: int, clocked: tuple[int, int], words: TimeWords
) -> tuple[int, tuple[int, int, bool]]:
    hour, minute = clocked
    if hour >= 100:
        return at, (hour - 100, minute, True)
    said = [token.text for token in tokens[at : at + 3]] + ["", "", ""]
    at, said = (at + 1, said[1:]) if said[0] in {"o'clock", "oclock"} else (at, said)
    for length in (3, 2, 1):
        half = words.dayparts.get(" ".join(said[:length]))
        if half:
            return at + length, (hour % 12 + (12 if half == "pm" else 0), minute, True)
    sure = hour > 12 or hour == 0
    return at, (hour, minute, sure)
