"""Instants of the past, as people name them when they want things as they were: on Monday, two hours ago."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from intents.hours import hour_at
from intents.periods import past_day
from intents.times import duration_at, iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intents.hours import TimeWords
    from intents.normalise import Token
    from intents.times import Clock

Found = tuple[int, str] | None
LEADS: Final = frozenset({"on", "at", "from", "as", "of", "in"})
BEGINNING: Final = frozenset({"before", "since"})


def as_of_at(tokens: Sequence[Token], at: int, words: TimeWords, owner: Clock) -> Found:
    """A past instant that starts at `at`, as ISO 8601 with offset; `?` and a code when it lies ahead.

    A day or a period stands for its end, before or since one for its beginning; today and this morning begin today.
    """
    ago = _ago(tokens, at, words, owner)
    if ago is not None:
        return ago
    begins = tokens[at].text in BEGINNING
    start = at + (tokens[at].text in LEADS or begins)
    if start >= len(tokens):
        return None
    return _of_period(tokens, start, owner, begins=begins) or _of_day(tokens, start, words, owner, begins=begins)


def _ago(tokens: Sequence[Token], at: int, words: TimeWords, owner: Clock) -> Found:
    """Two hours ago, counted on the clock of the world."""
    length = duration_at(tokens, at, words)
    if length is None or length[0] >= len(tokens) or tokens[length[0]].text != "ago":
        return None
    then = owner.now.astimezone(UTC) - timedelta(seconds=length[1])
    return length[0] + 1, iso(then.astimezone(owner.now.tzinfo))


def _of_period(tokens: Sequence[Token], at: int, owner: Clock, *, begins: bool) -> Found:
    said = tuple(token.text for token in tokens[at : at + 2])
    today = owner.now.date()
    if tokens[at].text == "today":
        return at + 1, _midnight(today, owner)
    if said in {("this", "morning"), ("last", "night")}:
        return at + 2, _midnight(today, owner)
    if said == ("last", "week"):
        return at + 2, _midnight(today - timedelta(days=today.weekday() + 7 * begins), owner)
    if said == ("last", "month"):
        first = today.replace(day=1)
        return at + 2, _midnight((first - timedelta(days=1)).replace(day=1) if begins else first, owner)
    return None


def _of_day(tokens: Sequence[Token], at: int, words: TimeWords, owner: Clock, *, begins: bool) -> Found:
    """Yesterday, Monday at noon, at ten this morning."""
    found = past_day(tokens, at, words, owner.now.date())
    end, day = found or (at, owner.now.date())
    spoken = end < len(tokens) and tokens[end].text in {"at", "by"}
    hour = hour_at(tokens, end + spoken, words) if spoken or found is None else None
    if hour is not None:
        return _at_hour(hour, day, owner) if found or at > 0 else None
    if found is None:
        return None
    return end, _midnight(day if begins else day + timedelta(days=1), owner)


def _at_hour(hour: tuple[int, tuple[int, int, bool]], day: date, owner: Clock) -> Found:
    end, (hours, minutes, sure) = hour
    if not sure:
        return end, "?ambiguous_time"
    made = datetime.combine(day, time(hours, minutes), owner.now.tzinfo)
    return end, iso(made) if made <= owner.now else "?time_ahead"


def _midnight(day: date, owner: Clock) -> str:
    """The beginning of a day; where that still lies ahead, it is not a time of the past."""
    made = datetime.combine(day, time(0), owner.now.tzinfo)
    return iso(made) if made <= owner.now else "?time_ahead"
