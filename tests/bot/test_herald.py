"""News of an engine that nobody sits at: all to the log, what is grave also on standard error."""

import sys
from io import StringIO

import pytest

from bot.herald import Herald
from bot.phrases import Phrases
from engine.core.announcement import Announcement
from engine.core.scene import Scene
from engine.core.words import Priority
from tests.builders import NOON
from tests.engine.scenes import a_scene


async def look() -> Scene:
    return a_scene()


def news(kind: str, priority: Priority, **facts: object) -> Announcement:
    told = {"account": "PAPER", **facts}
    return Announcement(id="1", event_type=kind, key=f"push.{kind}", priority=priority, at=NOON, facts=told)


async def test_what_is_grave_is_said_in_the_owners_words(capsys: pytest.CaptureFixture[str]) -> None:
    herald = Herald(look, Phrases.load())
    await herald.cry(news("engine_degraded", Priority.CRITICAL, why="disk is full"))
    await herald.cry(news("engine_started", Priority.LOW, begins=None, resumed=NOON))
    await herald.cry(news("loop_recovered", Priority.LOW, loop="watch stops"))
    await herald.cry(news("order_day_over", Priority.LOW, ticker="KO", side="buy", shares=1, filled=None))
    assert capsys.readouterr().err == (
        "PAPER · The engine is not well: disk is full. Nothing is entered; stops go on; I keep trying.\n"
        "PAPER · Going on where we were: Fri 20 Nov 12:00 in the replayed market.\n"
        'PAPER · "watch stops" runs again.\n'
    )


async def test_a_standard_error_that_is_closed_stops_no_news(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    await Herald(look, Phrases.load()).cry(news("engine_degraded", Priority.CRITICAL, why="disk is full"))
