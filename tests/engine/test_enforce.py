"""Changed limits act at once: what follows from them is done when the answer is given."""

from datetime import timedelta
from typing import Any

import pytest

from engine.bus import Done
from engine.core import commands as c
from engine.core import events as e
from engine.core.refusals import Refusal, Refused
from engine.core.units import money
from engine.core.words import Alert, BreakerKind, EventScope, Origin, Side, StopReason
from tests.builders import a_market_event, a_recommendation
from tests.engine.scenes import ACCOUNT, NOON, House, a_house


def setting(until_days: int | None = None, **fields: Any) -> c.ChangePreferences:
    patch = {name.replace("__", "."): value for name, value in fields.items()}
    until = None if until_days is None else NOON + timedelta(days=until_days)
    return c.ChangePreferences(patch=patch, by="owner", channel="terminal", until=until)


async def a_holding_house(price: str) -> tuple[House, list[e.Event]]:
    """It bought KO at $60 for about 4 % of its money; now it stands at `price`, and nobody has looked yet."""
    house = await a_house()
    heard: list[e.Event] = []

    async def listen(done: Done) -> None:
        heard.extend(done.events)

    house.bus.listen(listen)
    await house.do(c.ReceiveRecommendation(recommendation=a_recommendation(ticker="KO", confidence=0.95)))
    await house.step.run()
    assert house.state.positions["KO"].shares > 0
    house.clock.forward(timedelta(minutes=1))
    house.market.show(house.clock.market(), {"KO": money(price), "PEP": money("150")})
    heard.clear()
    return house, heard


async def test_a_lower_daily_loss_limit_trips_its_breaker_before_the_answer() -> None:
    house, _ = await a_holding_house("56")
    await house.do(setting(risk__daily_loss_limit_pct=2))
    assert house.state.breakers == {}, "a loss of less than two percent"
    assert isinstance(await house.do(setting(risk__daily_loss_limit_pct=0.1)), Done)
    standing = house.state.breakers[BreakerKind.DAILY_LOSS, None]
    assert standing.threshold == 0.001
    rows = await house.store.journal(ACCOUNT)
    assert [row.kind for row in rows[-2:]] == ["PreferencesChanged", "BreakerTripped"]


async def test_a_lower_drawdown_limit_trips_its_breaker_before_the_answer() -> None:
    house, _ = await a_holding_house("30")
    await house.do(setting(risk__max_drawdown_pct=1))
    assert (BreakerKind.MAX_DRAWDOWN, None) in house.state.breakers


async def test_a_lower_loss_on_one_position_sells_it_before_the_answer() -> None:
    house, _ = await a_holding_house("59.50")
    await house.do(setting(risk__single_position_loss_pct=5))
    assert "KO" in house.state.positions
    await house.do(setting(risk__single_position_loss_pct=0.5))
    assert "KO" not in house.state.positions
    sold = house.broker.sent[-1]
    assert (sold.side, sold.origin) == (Side.SELL, Origin.SINGLE_POSITION)


async def test_a_nearer_mark_of_loss_is_told_before_the_answer() -> None:
    house, heard = await a_holding_house("59.50")
    await house.do(setting(performance__loss_alert_pct=50))
    assert not [event for event in heard if isinstance(event, e.AlertRaised)]
    house, heard = await a_holding_house("50")
    await house.do(setting(performance__loss_alert_pct=0.1))
    assert [event.alert for event in heard if isinstance(event, e.AlertRaised)] == [Alert.LOSS]


async def test_the_limits_in_force_hold_for_the_next_recommendation_at_once() -> None:
    house, _ = await a_holding_house("60")
    await house.do(setting(trading__min_confidence=0.99))
    await house.do(c.ReceiveRecommendation(recommendation=a_recommendation(id="next", ticker="PEP")))
    await house.step.run()
    assert "PEP" not in house.state.positions
    assert dict(house.state.tally.skips)["low_confidence"] == 1


async def test_what_buys_waits_for_its_own_time() -> None:
    house, _ = await a_holding_house("60")
    await house.do(c.ReceiveRecommendation(recommendation=a_recommendation(id="next", ticker="PEP")))
    sent = len(house.broker.sent)
    await house.do(setting(risk__reserve_pct=5))
    assert set(house.state.pending) == {"next"}
    assert len(house.broker.sent) == sent


async def test_undoing_acts_at_once_too() -> None:
    """The tight limit stands again, while the loss has come meanwhile."""
    house, _ = await a_holding_house("60")
    await house.do(setting(risk__daily_loss_limit_pct=0.1))
    await house.do(setting(risk__daily_loss_limit_pct=50))
    house.market.show(house.clock.market(), {"KO": money("56")})
    await house.do(c.UndoChanges(by="owner"))
    assert (BreakerKind.DAILY_LOSS, None) in house.state.breakers


async def test_a_limit_for_a_time_goes_back_by_itself() -> None:
    house, heard = await a_holding_house("60")
    await house.do(setting(until_days=3, risk__max_exposure_pct=50))
    house.clock.forward(timedelta(days=3))
    house.market.show(house.clock.market(), {"KO": money("60"), "PEP": money("150")})
    await house.step.run()
    assert (house.state.preferences.risk.max_exposure_pct, house.state.terms) == (80, ())
    assert [event.ended for event in heard if isinstance(event, e.PreferencesChanged)] == [False, True]


async def test_a_refusal_changes_nothing_and_enforces_nothing() -> None:
    house, heard = await a_holding_house("56")
    outcome = await house.do(setting(risk__daily_loss_limit_pct=0.01))
    assert isinstance(outcome, Refused)
    assert outcome.code is Refusal.BAD_VALUE
    assert heard == []


@pytest.mark.parametrize("command", [c.PauseEntries(by="owner"), c.StopEverything(by="owner")])
async def test_only_changed_settings_are_enforced(command: c.Command) -> None:
    """A crossed stop is left to the engine's own turn."""
    house, _ = await a_holding_house("50")
    await house.do(command)
    assert "KO" in house.state.positions
    assert len(house.broker.sent) == 1


async def test_news_of_earnings_and_market_events_bring_stops_nearer_before_the_answer() -> None:
    house, heard = await a_holding_house("60")
    before = house.state.positions["KO"].stop
    event = a_market_event(id="", scope=EventScope.SECTOR, target="consumer_staples")
    await house.do(c.MarkEvent(event=event, by="owner"))
    moved = [one for one in heard if isinstance(one, e.StopMoved)]
    assert [(one.ticker, one.reason) for one in moved] == [("KO", StopReason.EVENT)]
    assert house.state.positions["KO"].stop > before
    rows = await house.store.journal(ACCOUNT)
    assert [row.kind for row in rows[-2:]] == ["EventMarked", "StopMoved"]


async def test_earnings_that_are_put_on_record_act_before_the_answer() -> None:
    house, heard = await a_holding_house("60")
    day = (await house.bus.scene()).day.date
    await house.do(c.ImportEarnings(dates={"KO": (day,)}, source="csv", by="owner"))
    assert [one.reason for one in heard if isinstance(one, e.StopMoved)] == [StopReason.EARNINGS]
