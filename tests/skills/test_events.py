from dataclasses import replace
from datetime import timedelta

import pytest

from engine.core.commands import EndEvent, MarkEvent
from engine.core.happenings import MarketEvent
from engine.core.words import EventScope, Severity
from skills.events import Risk, choices, mark_event
from tests.builders import NOON, a_market_event
from tests.engine.scenes import a_scene, later
from tests.skills.views import PRICES, a_view, invested, words

SCENE = a_scene(prices=PRICES)


def marked(slots: Risk, scene: object = SCENE) -> MarketEvent:
    command = mark_event(slots, a_view(scene=scene))  # type: ignore[arg-type]
    assert isinstance(command, MarkEvent)
    return command.event


def test_today_is_the_whole_market_until_the_close() -> None:
    assert marked(Risk()) == MarketEvent(
        id="",
        scope=EventScope.MARKET,
        target=None,
        severity=Severity.HIGH,
        title="",
        starts_at=SCENE.at,
        ends_at=SCENE.day.closes_at,
        source="owner",
    )


def test_at_night_it_lasts_until_the_next_close() -> None:
    night = later(SCENE, hours=12)
    assert marked(Risk(), night).ends_at == night.upcoming[0].closes_at


@pytest.mark.parametrize(
    ("said", "scope", "target"),
    [
        ("market", EventScope.MARKET, None),
        ("energy", EventScope.SECTOR, "energy"),
        ("KO", EventScope.TICKER, "KO"),
    ],
)
def test_a_scope_is_the_market_a_sector_or_a_company(said: str, scope: EventScope, target: str | None) -> None:
    event = marked(Risk(scope=said, until=NOON + timedelta(days=2)))
    assert (event.scope, event.target, event.ends_at) == (scope, target, NOON + timedelta(days=2))


MARKET = a_market_event(id="e1", source="owner", scope=EventScope.MARKET, target=None, title="")
COKE = a_market_event(id="e2", source="csv", scope=EventScope.TICKER, target="KO", title="Recall")


def off(scope: str | None, *events: MarketEvent) -> object:
    return mark_event(Risk(on=False, scope=scope), a_view(replace(invested(), market_events=events)))


def test_the_only_one_is_called_off_without_a_name() -> None:
    assert off(None, MARKET) == EndEvent(event_id="e1")


def test_the_one_of_a_scope_is_called_off() -> None:
    assert off("KO", COKE, MARKET) == EndEvent(event_id="e2")
    assert off("market", COKE, MARKET) == EndEvent(event_id="e1")


def test_of_several_of_a_scope_which_one_is_asked_and_told_by_its_end() -> None:
    again = replace(COKE, id="e3", ends_at=COKE.ends_at + timedelta(days=1))
    assert words(off("KO", COKE, MARKET, again)).startswith("Which one? Say its number:\n  1. Recall: high risk for KO")
    view = a_view(replace(invested(), market_events=(COKE, MARKET, again)))
    chosen = choices({"on": False, "scope": "KO"}, view)
    assert [mark_event(Risk(**slots), view) for slots in chosen] == [
        EndEvent(event_id="e2"),
        EndEvent(event_id="e3"),
    ]


def test_which_one_is_asked_where_several_stand() -> None:
    text = words(off(None, MARKET, COKE))
    lines = text.splitlines()
    assert lines[0] == "Which one? Say its number:"
    assert lines[1].startswith("  1. high risk until ")
    assert lines[2].startswith("  2. Recall: high risk for KO until ")
    assert "and 2 more" in words(off(None, *(replace(COKE, id=f"e{n}") for n in range(7))))


def test_nothing_is_called_off_where_nothing_stands() -> None:
    assert words(off(None)) == "No time of high risk is noted."
    assert words(off("energy", COKE)) == "No time of high risk is noted for that, but 1 other."
