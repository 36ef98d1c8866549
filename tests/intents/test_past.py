"""Times of the past, zones and times of the day, as settings need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from intents.hours import clocks_at
from intents.normalise import normalise
from intents.parser import parse
from intents.past import as_of_at
from intents.times import clock

if TYPE_CHECKING:
    from intents.context import Context
    from intents.load import Language


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("on monday", "2026-03-10T00:00:00-04:00"),
        ("before monday", "2026-03-09T00:00:00-04:00"),
        ("since monday", "2026-03-09T00:00:00-04:00"),
        ("yesterday", "2026-03-11T00:00:00-04:00"),
        ("before yesterday", "2026-03-10T00:00:00-04:00"),
        ("yesterday at noon", "2026-03-10T12:00:00-04:00"),
        ("this morning", "2026-03-11T00:00:00-04:00"),
        ("today", "2026-03-11T00:00:00-04:00"),
        ("last week", "2026-03-09T00:00:00-04:00"),
        ("before last week", "2026-03-02T00:00:00-05:00"),
        ("last month", "2026-03-01T00:00:00-05:00"),
        ("on march 3rd", "2026-03-04T00:00:00-05:00"),
        ("two hours ago", "2026-03-11T12:30:00-04:00"),
        ("four days ago", "2026-03-07T13:30:00-05:00"),  # a night with 23 hours lies between
        ("yesterday at three", "?ambiguous_time"),
    ],
)
def test_times_of_the_past(text: str, instant: str, language: Language, scene: Context) -> None:
    tokens = normalise(text, language.lists.spell).tokens
    found = as_of_at(tokens, 0, language.lists.times, clock(scene.now, scene.tz))
    assert found == (len(tokens), instant)


@pytest.mark.parametrize("text", ["tomorrow", "apple", "two hours", "at", "before"])
def test_what_is_no_time_of_the_past(text: str, language: Language, scene: Context) -> None:
    tokens = normalise(text, language.lists.spell).tokens
    assert as_of_at(tokens, 0, language.lists.times, clock(scene.now, scene.tz)) is None


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("6 pm", ["18:00"]),
        ("at 18:30", ["18:30"]),
        ("07:05", ["07:05"]),
        ("noon", ["12:00"]),
        ("midnight", ["00:00"]),
        ("half past four", ["04:30", "16:30"]),
        ("quarter to seven in the evening", ["18:45"]),
        ("at 5", ["05:00", "17:00"]),
    ],
)
def test_times_of_the_day(text: str, times: list[str], language: Language) -> None:
    tokens = normalise(text, language.lists.spell).tokens
    found = clocks_at(tokens, 0, language.lists.times)
    assert sorted(time for end, time in found if end == len(tokens)) == times


@pytest.mark.parametrize(
    ("place", "zone"),
    [
        ("Berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("America/Los_Angeles", "America/Los_Angeles"),
        ("eastern", "America/New_York"),
        ("India", "Asia/Kolkata"),
        ("UTC", "UTC"),
        ("São Paulo", "America/Sao_Paulo"),
        ("Singapoer", "Asia/Singapore"),
    ],
)
def test_time_zones(place: str, zone: str, language: Language, scene: Context) -> None:
    (request,) = parse(f"my time zone is {place}", scene, language).requests
    assert (request.intent, request.slots) == ("set_timezone", {"timezone": zone})


@pytest.mark.parametrize("place", ["CST", "IST", "San Jose"])
def test_names_of_several_zones_are_asked_back(place: str, language: Language, scene: Context) -> None:
    parsed = parse(f"my time zone is {place}", scene, language)
    assert (parsed.status, parsed.why) == ("clarify", "two_readings")
    assert len(parsed.candidates) > 1
