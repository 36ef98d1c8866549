"""Clocks: market time as a replay puts it, people's time as the machine has it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.adapters.replay_clock import ReplayClock
from engine.adapters.system_clock import SystemClock
from engine.ports import Clock
from tests.fakes import FakeClock

OPEN = datetime(2020, 2, 3, 14, 30, tzinfo=UTC)

instants = st.datetimes(datetime(2018, 1, 1), datetime(2023, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # naive bounds


@pytest.mark.parametrize("clock", [SystemClock(), ReplayClock(OPEN), FakeClock(OPEN)])
def test_both_times_are_aware_utc(clock: Clock) -> None:
    assert clock.market().utcoffset() == timedelta(0)
    assert clock.wall().utcoffset() == timedelta(0)


def test_the_system_clock_is_the_machine_s() -> None:
    before = datetime.now(UTC)
    clock = SystemClock()
    assert before <= clock.market() <= clock.wall() <= datetime.now(UTC)


def test_a_replay_stands_still_until_it_is_advanced() -> None:
    clock = ReplayClock(OPEN)
    assert clock.market() == clock.market() == OPEN
    clock.advance(OPEN + timedelta(minutes=5))
    assert clock.market() == OPEN + timedelta(minutes=5)


def test_people_s_time_goes_on_during_a_replay() -> None:
    before = datetime.now(UTC)
    assert before <= ReplayClock(OPEN).wall() <= datetime.now(UTC)


def test_an_instant_of_another_zone_is_the_same_instant_in_utc() -> None:
    clock = ReplayClock(datetime(2020, 2, 3, 9, 30, tzinfo=timezone(timedelta(hours=-5))))
    assert clock.market().isoformat() == "2020-02-03T14:30:00+00:00"


@given(st.lists(instants, min_size=1))
def test_market_time_never_goes_back(wanted: list[datetime]) -> None:
    """Whatever is asked, market time is the latest instant that was reached; a step back is refused."""
    clock = ReplayClock(wanted[0])
    latest = wanted[0]
    for instant in wanted:
        if instant < latest:
            with pytest.raises(ValueError, match="cannot go back"):
                clock.advance(instant)
        else:
            clock.advance(instant)
            latest = instant
        assert clock.market() == latest


def test_an_instant_without_a_zone_is_refused() -> None:
    naive = OPEN.replace(tzinfo=None)
    with pytest.raises(ValueError, match="no time zone"):
        ReplayClock(naive)
    with pytest.raises(ValueError, match="no time zone"):
        ReplayClock(OPEN).advance(naive)
    assert ReplayClock(OPEN).market() == OPEN


def test_a_fake_clock_moves_both_times_or_one() -> None:
    clock = FakeClock(OPEN)
    clock.forward(timedelta(seconds=120))
    assert clock.market() == clock.wall() == OPEN + timedelta(seconds=120)
    clock.wall_now += timedelta(minutes=5)
    assert clock.market() == OPEN + timedelta(seconds=120)
    clock.stand_at(OPEN)
    assert clock.market() == clock.wall() == OPEN
