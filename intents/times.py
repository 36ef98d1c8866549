"""Instants and periods as people say them, relative to the owner's clock: until Friday, for two hours, last week."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from intents.hours import half_day, hour_at
from intents.numbers import quantity_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from intents.hours import TimeWords
    from intents.normalise import Token

MARKET: Final = ZoneInfo("America/New_York")
OPENS: Final = time(9, 30)
CLOSES: Final = time(16, 0)
NOON: Final = 12
FRIDAY: Final = 4
_SESSION: Final = {"opens": OPENS, "closes": CLOSES}
OPEN_END: Final = "open_end"  # until further notice: no instant


@dataclass(frozen=True, slots=True)
class Clock:
    """The owner's clock: an aware instant, in the owner's zone; `lived` is people's time, None where it is `now`."""

    now: datetime
    lived: datetime | None = None

    @property
    def of_people(self) -> Clock:
        """The clock by which people did what they did."""
        return Clock(self.lived or self.now)


def clock(now: datetime, tz: str, wall: datetime | None = None) -> Clock:
    """The owner's clock for an instant and an IANA zone; `wall` is people's time, where that is another."""
    zone = ZoneInfo(tz)
    return Clock(now.astimezone(zone), wall.astimezone(zone) if wall else None)


def iso(instant: datetime) -> str:
    """ISO 8601 with offset, whole seconds."""
    return instant.replace(microsecond=0).isoformat()


def duration_at(tokens: Sequence[Token], at: int, words: TimeWords) -> tuple[int, float] | None:
    """A length of time that starts at `at`, in seconds: two hours, half an hour, an hour and a half."""
    said = [token.text for token in tokens[at : at + 4]] + ["", "", "", ""]
    if said[0] == "half":
        end = 2 if said[1] in {"a", "an"} else 1
        return (at + end + 1, words.lengths[said[end]] / 2) if said[end] in words.lengths else None
    if said[0] in words.lengths and _coming(tokens, at):
        return at + 1, words.lengths[said[0]]
    if said[0] in {"a", "an", "one"} and said[1] in words.lengths:
        return _and_half(tokens, at + 2, words.lengths[said[1]])
    if said[:3] == ["a", "couple", "of"] and said[3] in words.lengths:
        return at + 4, 2 * words.lengths[said[3]]
    if said[0] == "quarter" or said[:2] == ["a", "quarter"]:
        end = at + (2 if said[0] == "a" else 1)
        rest = [token.text for token in tokens[end : end + 3]]
        return (end + 3, 900.0) if rest in (["of", "an", "hour"], ["of", "a", "hour"]) else None
    return _counted(tokens, at, words)


def _coming(tokens: Sequence[Token], at: int) -> bool:
    """Whether `for the next` stands before: for the next hour; "for next week" is another week."""
    return [token.text for token in tokens[max(at - 3, 0) : at]] == ["for", "the", "next"]


def _counted(tokens: Sequence[Token], at: int, words: TimeWords) -> tuple[int, float] | None:
    found = quantity_at(tokens, at, words.numbers)
    if found is None or found[1].odd or found[1].unit or found[0] >= len(tokens):
        return None
    end, quantity = found
    length = words.lengths.get(tokens[end].text)
    if length is None or tokens[at].text in {"between", "from"}:
        return None
    return _and_half(tokens, end + 1, quantity.value * length, length)


def _and_half(tokens: Sequence[Token], at: int, seconds: float, length: float | None = None) -> tuple[int, float]:
    said = [token.text for token in tokens[at : at + 3]]
    if said == ["and", "a", "half"]:
        return at + 3, seconds + (length or seconds) / 2
    return at, seconds


def instant_at(tokens: Sequence[Token], at: int, words: TimeWords, owner: Clock) -> tuple[int, str] | None:
    """An instant that starts at `at` as ISO 8601; OPEN_END for an open end; '?' and a code when it must be asked."""
    end, day, hour = at, None, None
    named = _named(tokens, at, words, owner)
    if named is not None:
        return named[0], iso(named[1]) if isinstance(named[1], datetime) else named[1]
    for _ in range(2):  # a day and an hour, in either order
        if day is None and (found := day_at(tokens, _after(tokens, end, ("on",)), words, owner.now.date())):
            end, day = found
            session = _session_at(tokens, _after(tokens, end, ("at",)), words)
            if session is not None and hour is None:
                return session[0], _of_session(day, session[1], owner)
            end, hour = _part_and_hour(tokens, end, words) or (end, hour)
        if hour is None and (clocked := hour_at(tokens, _after(tokens, end, ("at", "by")), words)):
            end, hour = clocked
    if day is None and hour is None:
        return None
    if hour is not None:
        end, hour = _with_part(tokens, end, hour, words)
    return end, _settled(day, hour, owner)


def span_at(tokens: Sequence[Token], at: int, owner: Clock) -> tuple[int, str] | None:
    """The end of this day or week as ISO 8601: today, for today, this week."""
    start = _after(tokens, at, ("for",))
    said = [token.text for token in tokens[start : start + 2]]
    today = owner.now.date()
    if said[:1] == ["today"]:
        end, days = start + 1, 1
    elif said == ["this", "week"]:
        end, days = start + 2, 7 - today.weekday()
    else:
        return None
    return end, iso(datetime.combine(today + timedelta(days=days), time(0), owner.now.tzinfo))


def _part_and_hour(tokens: Sequence[Token], at: int, words: TimeWords) -> tuple[int, tuple[int, int, bool]] | None:
    """Thursday morning at 10: the part of the day that stands before an hour says which half is meant."""
    half = words.dayparts.get(tokens[at].text) if at < len(tokens) else None
    found = hour_at(tokens, _after(tokens, at + 1, ("at", "by")), words) if half else None
    if found is None:
        return None
    end, (hour, minute, sure) = found
    if sure:
        return found if (hour >= NOON) == (half == "pm") else None
    return end, (hour % NOON + (NOON if half == "pm" else 0), minute, True)


def _with_part(
    tokens: Sequence[Token], at: int, hour: tuple[int, int, bool], words: TimeWords
) -> tuple[int, tuple[int, int, bool]]:
    """11 tomorrow morning: the part of the day that stands after an hour, where it does not contradict it."""
    end, told = half_day(tokens, at, hour[:2], words)
    if hour[2] and told[:2] != hour[:2]:
        return at, hour
    return end, (*told[:2], hour[2] or told[2])


def _settled(day: date | None, hour: tuple[int, int, bool] | None, owner: Clock) -> str:
    zone = owner.now.tzinfo
    if hour is None:
        made = datetime.combine(day or owner.now.date(), time(0), zone)
    elif day is None:
        if not hour[2]:
            return "?ambiguous_time"
        made = datetime.combine(owner.now.date(), time(hour[0], hour[1]), zone)
        made += timedelta(days=1) if made <= owner.now else timedelta(0)
    else:
        if not hour[2] and hour[0] < 7:  # "tomorrow at 3" is the afternoon or the night
            return "?ambiguous_time"
        made = datetime.combine(day, time(hour[0], hour[1]), zone)
    return iso(made) if made > owner.now else "?past_time"


def _after(tokens: Sequence[Token], at: int, skipped: tuple[str, ...]) -> int:
    return at + 1 if at < len(tokens) and tokens[at].text in skipped else at


def _named(tokens: Sequence[Token], at: int, words: TimeWords, owner: Clock) -> tuple[int, datetime | str] | None:
    found = words.named.at([token.text for token in tokens], at) if tokens[at].text in words.named.firsts else []
    if not found:
        return None
    end, name = found[0]
    day = day_at(tokens, _after(tokens, end, ("on",)), words, owner.now.date()) if name in _SESSION else None
    if day is not None:
        return day[0], _of_session(day[1], _SESSION[name], owner)
    return end, OPEN_END if name == "open_ends" else _NAMED[name](owner)


def _session_at(tokens: Sequence[Token], at: int, words: TimeWords) -> tuple[int, time] | None:
    """The opening or the close, by name: the open, market close."""
    found = words.named.at([token.text for token in tokens], at)
    return next(((end, _SESSION[name]) for end, name in found if name in _SESSION), None)


def _of_session(day: date, hour: time, owner: Clock) -> str:
    """The opening or the close of a day: Friday's close, the open tomorrow."""
    made = datetime.combine(day, hour, MARKET)
    if day.weekday() > FRIDAY:
        return "?ambiguous_time"
    return iso(made.astimezone(owner.now.tzinfo)) if made > owner.now else "?past_time"


def _week_end(owner: Clock) -> datetime:
    friday = owner.now.date() + timedelta(days=(4 - owner.now.weekday()) % 7)
    return datetime.combine(friday, CLOSES, MARKET).astimezone(owner.now.tzinfo)


def _month_end(owner: Clock) -> datetime:
    last = owner.now.date().replace(day=calendar.monthrange(owner.now.year, owner.now.month)[1])
    return datetime.combine(last, CLOSES, MARKET).astimezone(owner.now.tzinfo)


def _market(owner: Clock, hour: time) -> datetime:
    """The next opening or close on a weekday; holidays are the engine's."""
    day = owner.now.astimezone(MARKET).date()
    while day.weekday() > 4 or datetime.combine(day, hour, MARKET) <= owner.now:
        day += timedelta(days=1)
    return datetime.combine(day, hour, MARKET).astimezone(owner.now.tzinfo)


_NAMED: Final[Mapping[str, Callable[[Clock], datetime]]] = {
    "closes": lambda owner: _market(owner, CLOSES),
    "day_ends": lambda owner: _market(owner, CLOSES),
    "opens": lambda owner: _market(owner, OPENS),
    "week_ends": _week_end,
    "month_ends": _month_end,
}


def day_at(tokens: Sequence[Token], at: int, words: TimeWords, today: date) -> tuple[int, date] | None:
    """A coming day: today, tomorrow, Friday, next Monday, March 20th, 2026-03-20."""
    said = [token.text for token in tokens[at : at + 3]] + ["", "", ""]
    if said[0] in {"today", "tonight"}:
        return at + (said[0] == "today"), today
    if said[0] == "tomorrow":
        return at + 1, today + timedelta(days=1)
    skip = 1 if said[0] in {"next", "this", "coming"} else 0
    if said[skip] in words.days:
        ahead = (words.days[said[skip]] - today.weekday()) % 7 or 7
        ahead += 7 if said[0] == "next" and words.days[said[skip]] > today.weekday() and ahead < 7 else 0
        return at + skip + 1, today + timedelta(days=ahead)
    if said[:2] == ["next", "week"]:
        return at + 2, today + timedelta(days=7 - today.weekday())
    if said[:2] == ["next", "month"]:
        return at + 2, (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return calendar_at(tokens, at, words, today, ahead=True)


def calendar_at(
    tokens: Sequence[Token], at: int, words: TimeWords, today: date, *, ahead: bool
) -> tuple[int, date] | None:
    """A date of the calendar, with or without a year; without one the nearest ahead, or the nearest past."""
    if at >= len(tokens):
        return None
    if tokens[at].kind == "date":
        return at + 1, date.fromisoformat(tokens[at].text) if _valid(tokens[at].text) else today
    said = [token.text for token in tokens[at : at + 4]] + ["", "", "", ""]
    if said[0] in words.months and (day := _day_number(said[1], words)):
        end, month = at + 2, words.months[said[0]]
    elif (day := _day_number(said[0], words)) and said[1] == "of" and said[2] in words.months:
        end, month = at + 3, words.months[said[2]]
    elif day and said[1] in words.months:
        end, month = at + 2, words.months[said[1]]
    else:
        return None
    year = tokens[end].text if end < len(tokens) else ""
    if year.isdecimal() and len(year) == 4:
        return _dated(end + 1, int(year), month, day)
    return _nearest(end, month, day, today, ahead=ahead)


def _valid(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _dated(end: int, year: int, month: int, day: int) -> tuple[int, date] | None:
    return (end, date(year, month, day)) if day <= calendar.monthrange(year, month)[1] else None


def _nearest(end: int, month: int, day: int, today: date, *, ahead: bool) -> tuple[int, date] | None:
    found = _dated(end, today.year, month, day)
    if found is None or (found[1] >= today) == ahead:
        return found
    return _dated(end, today.year + (1 if ahead else -1), month, day)


def _day_number(text: str, words: TimeWords) -> int:
    digits = text.rstrip("stndrh")
    number = int(digits) if digits.isdecimal() else words.numbers.ordinals.get(text, 0)
    return number if 1 <= number <= 31 else 0
