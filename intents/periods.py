"""Periods of the past: today, last week, the past two weeks, since February 2nd, in January."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from intents.numbers import quantity_at
from intents.times import calendar_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intents.hours import TimeWords
    from intents.normalise import Token
    from intents.phrases import PhraseTable

DAYS: Final = {86_400.0: 1, 604_800.0: 7, 2_592_000.0: 30, 31_536_000.0: 365}  # seconds of a length → days
BEGINNINGS: Final = {"start", "beginning", "inception", "began", "started", "opened", "joined", "one", "morning", "new"}
Found = tuple[int, str] | None


def period_at(tokens: Sequence[Token], at: int, words: TimeWords, phrases: PhraseTable, today: date) -> Found:
    """The longest period that starts at `at`, with or without its preposition, in canonical form."""
    text = tokens[at].text
    if text in {"since", "from"} and (found := _since(tokens, at + 1, words, today, text)):
        return found
    if text == "between" and (found := _between(tokens, at + 1, words, today, "and")):
        return found
    if text in {"in", "during", "for", "of", "over", "from", "on", "through"}:
        at += 1
        of_month = at < len(tokens) and (text in {"in", "during", "for", "of"} or tokens[at].text.isdecimal())
        if of_month and (found := _month(tokens, at, words, today)):
            return found
        if text == "on" and (day := past_day(tokens, at, words, today)):
            return day[0], f"{day[1]}..{day[1]}"
    if text == "since" and at + 1 < len(tokens):
        return _begun(tokens, at + 1, phrases)
    return _named(tokens, at, phrases) or _counted(tokens, at, words)


def _begun(tokens: Sequence[Token], at: int, phrases: PhraseTable) -> Found:
    """Since the start of the month, since this morning; not since last week, which is another period."""
    found = _named(tokens, at, phrases)
    said = {token.text for token in tokens[at : found[0]]} if found else set()
    return found if said & BEGINNINGS else None


def _named(tokens: Sequence[Token], at: int, phrases: PhraseTable) -> Found:
    found = phrases.at([token.text for token in tokens[: at + 7]], at)
    return found[0] if found else None


def _counted(tokens: Sequence[Token], at: int, words: TimeWords) -> Found:
    """The last five days, the past two weeks."""
    said = [token.text for token in tokens[at : at + 3]] + ["", "", ""]
    at += said[0] == "the"
    if said[said[0] == "the"] not in {"last", "past", "previous"} or at + 1 >= len(tokens):
        return None
    found = quantity_at(tokens, at + 1, words.numbers)
    if found is None or found[1].odd or found[1].unit or found[0] >= len(tokens):
        return None
    days = DAYS.get(words.lengths.get(tokens[found[0]].text, 0.0))
    count = found[1].value * (days or 0)
    return (found[0] + 1, f"last_{int(count)}_days") if count >= 1 and count == int(count) else None


def _since(tokens: Sequence[Token], at: int, words: TimeWords, today: date, word: str) -> Found:
    if word == "from" and (found := _between(tokens, at, words, today, "to")):
        return found
    day = past_day(tokens, at, words, today)
    if day is not None:
        return None if word == "from" else (day[0], f"since:{day[1]}")
    if at < len(tokens) and word == "since" and tokens[at].text in words.months:
        month = words.months[tokens[at].text]
        return at + 1, f"since:{date(today.year - (month > today.month), month, 1)}"
    return None


def _between(tokens: Sequence[Token], at: int, words: TimeWords, today: date, middle: str) -> Found:
    first = past_day(tokens, at, words, today)
    if first is None or first[0] >= len(tokens) or tokens[first[0]].text != middle:
        return None
    last = past_day(tokens, first[0] + 1, words, today)
    return None if last is None or last[1] < first[1] else (last[0], f"{first[1]}..{last[1]}")


def past_day(tokens: Sequence[Token], at: int, words: TimeWords, today: date) -> tuple[int, date] | None:
    """A past day: yesterday, (last) Monday, February 2nd."""
    if at >= len(tokens):
        return None
    skip = at + (tokens[at].text == "last")
    if skip < len(tokens) and tokens[skip].text in words.days:
        return skip + 1, today - timedelta(days=(today.weekday() - words.days[tokens[skip].text]) % 7 or 7)
    if tokens[at].text in {"today", "yesterday"}:
        return at + 1, today - timedelta(days=tokens[at].text == "yesterday")
    return calendar_at(tokens, at, words, today, ahead=False)


def _month(tokens: Sequence[Token], at: int, words: TimeWords, today: date) -> Found:
    """In January, in January 2025, in 2024."""
    text = tokens[at].text
    if text.isdecimal() and 1990 <= int(text) <= today.year:
        return at + 1, f"{text}-01-01..{text}-12-31"
    month = words.months.get(text)
    if month is None:
        return None
    after = tokens[at + 1].text if at + 1 < len(tokens) else ""
    if after.isdecimal() and len(after) == 4:
        return at + 2, _whole(int(after), month)
    return at + 1, _whole(today.year - (month > today.month), month)


def _whole(year: int, month: int) -> str:
    return f"{date(year, month, 1)}..{date(year, month, calendar.monthrange(year, month)[1])}"
