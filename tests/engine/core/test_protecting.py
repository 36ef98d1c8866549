"""What protects the account is not weakened without a yes: pauses that end sooner, events that become less."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.core import commands as c
from engine.core.happenings import MarketEvent
from engine.core.harm import harm_of
from engine.core.state import State
from engine.core.words import EventScope, Harm, Severity
from tests.builders import NOON, a_market_event
from tests.engine.scenes import an_account, done

HOUR = timedelta(hours=1)
ONE, TWO = NOON + HOUR, NOON + 2 * HOUR
UNDO = c.UndoChanges(by="owner")


def paused(*ends: datetime | None) -> State:
    """An account that was paused until these instants, one after the other; None is until resumed."""
    state = an_account()
    for until in ends:
        state = done(state, c.PauseEntries(until=until, by="owner"))
    return state


@pytest.mark.parametrize(
    ("standing", "until", "harm"),
    [
        (None, ONE, Harm.RISKIER),
        (TWO, ONE, Harm.RISKIER),
        (ONE, TWO, Harm.SAFER),
        (ONE, None, Harm.SAFER),
        (None, None, Harm.SAFER),
    ],
)
def test_a_pause_that_ends_sooner_is_riskier(standing: datetime | None, until: datetime | None, harm: Harm) -> None:
    assert harm_of(c.PauseEntries(until=until), paused(standing)) is harm


def test_a_first_pause_is_safer_whenever_it_ends() -> None:
    assert harm_of(c.PauseEntries(until=ONE), an_account()) is Harm.SAFER


@pytest.mark.parametrize(
    ("ends", "harm"),
    [
        ((ONE, TWO), Harm.RISKIER),
        ((ONE, None), Harm.RISKIER),
        ((TWO, ONE), Harm.SAFER),
        ((None, ONE), Harm.SAFER),
        ((ONE,), Harm.RISKIER),
    ],
)
def test_undoing_a_longer_pause_is_riskier(ends: tuple[datetime | None, ...], harm: Harm) -> None:
    assert harm_of(UNDO, paused(*ends)) is harm


STAPLES = a_market_event(
    id="fed", scope=EventScope.SECTOR, target="consumer_staples", severity=Severity.MEDIUM, starts_at=NOON, ends_at=TWO
)
WORSE: list[dict[str, Any]] = [
    {"severity": Severity.HIGH},
    {"scope": EventScope.MARKET, "target": None},
    {"ends_at": TWO + HOUR},
    {"starts_at": NOON - HOUR},
    {},
]
LESS: list[dict[str, Any]] = [
    {"severity": Severity.LOW},
    {"scope": EventScope.TICKER, "target": "KO"},
    {"target": "energy"},
    {"ends_at": ONE},
    {"starts_at": ONE},
    {"severity": Severity.HIGH, "ends_at": ONE},
]
STANDING = an_account(market_events=(STAPLES,), market_at=NOON)


@pytest.mark.parametrize("changes", WORSE)
def test_an_event_that_becomes_more_is_safer(changes: dict[str, Any]) -> None:
    assert harm_of(c.MarkEvent(event=replace(STAPLES, **changes)), STANDING) is Harm.SAFER


@pytest.mark.parametrize("changes", LESS)
def test_an_event_that_becomes_less_is_riskier(changes: dict[str, Any]) -> None:
    less = replace(STAPLES, **changes)
    assert harm_of(c.MarkEvent(event=less), STANDING) is Harm.RISKIER
    assert harm_of(c.MarkEvent(event=replace(less, id="other")), STANDING) is Harm.SAFER


def test_a_file_weakens_only_what_it_replaces() -> None:
    """An event of the same id and severity stands as it is."""

    def brought(*events: MarketEvent) -> Harm:
        return harm_of(c.ImportEvents(events=events), STANDING)

    assert brought(replace(STAPLES, severity=Severity.LOW)) is Harm.RISKIER
    assert brought(replace(STAPLES, severity=Severity.HIGH, ends_at=ONE)) is Harm.RISKIER
    assert brought(replace(STAPLES, ends_at=ONE)) is Harm.SAFER
    assert brought(replace(STAPLES, severity=Severity.HIGH), replace(STAPLES, id="other")) is Harm.SAFER
    assert done(STANDING, c.ImportEvents(events=(replace(STAPLES, id="other"), STAPLES))).market_events[0] == STAPLES
