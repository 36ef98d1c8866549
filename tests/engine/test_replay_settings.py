"""What the owner sets reaches the loops at once: parts of entries, the summary's hour, strategies, micro-trades."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core.policy import DEFAULT_POLICY
from engine.core.units import money
from engine.core.words import OrderStatus, Origin, Skip
from engine.loops import recommend
from tests.builders import a_recommendation
from tests.engine.scenes import ACCOUNT, FakeSource, House, a_house, the_calendar
from tests.engine.test_replay import (
    BUY_KO,
    EVENTFUL,
    NAMES,
    SPOKEN,
    STEADY,
    World,
    a_world,
    ended,
    killed_at,
    moments,
    restarted_every,
    uninterrupted,
)

IN_PARTS = DEFAULT_POLICY._replace(gradual_entry_threshold=money("1000"))


def in_parts(rows: list[list[int]], spoken: Any) -> World:
    """A world in which every entry of more than $1,000 is made in parts."""
    world = a_world(rows, spoken)
    world.policy = IN_PARTS
    return world


async def told(house: House) -> list[tuple[str, Any]]:
    return [(one.key, one.facts) for one in await house.store.undelivered(ACCOUNT, 9999)]


async def change(house: House, **fields: Any) -> None:
    patch = {name.replace("__", "."): value for name, value in fields.items()}
    await house.do(c.ChangePreferences(patch=patch, by="owner"))


# --- parts


async def test_parts_are_bought_five_minutes_apart_at_the_days_price_and_told_twice() -> None:
    world = in_parts(STEADY, BUY_KO)
    house = await ended(await world.house())
    window = world.days[0].opens_at + timedelta(minutes=15)
    assert [order.intended_at - window for order in world.broker.sent] == [timedelta(minutes=5) * n for n in range(3)]
    assert [order.shares for order in world.broker.sent] == [14, 14, 14]
    assert [order.origin for order in world.broker.sent] == [Origin.RECOMMENDED, Origin.TRANCHE, Origin.TRANCHE]
    assert len({order.decision_id for order in world.broker.sent}) == 1
    assert (house.state.positions["KO"].shares, house.state.positions["KO"].entry) == (42, money("60"))
    assert house.state.tranches == ()
    (first,) = [facts for key, facts in await told(house) if key == "push.trade_opened"]
    (last,) = [facts for key, facts in await told(house) if key == "push.tranches_ended"]
    assert (first["shares"], first["part"], first["parts"]) == (14, 1, 3)
    assert (last["shares"], last["parts"], last["rest"]) == (42, 3, None)


async def test_a_replay_wakes_for_each_part_and_for_nothing_more() -> None:
    world = in_parts(STEADY, BUY_KO)
    woken = await moments(await world.house())
    opens = world.days[0].opens_at
    assert [at - opens for at in woken[1:4]] == [timedelta(minutes=15 + 5 * number) for number in range(3)]
    assert len(woken) == 5 * 3 + 2


async def test_a_pause_between_two_parts_ends_the_entry_and_says_so() -> None:
    world = in_parts(STEADY, BUY_KO)
    house = await world.house()
    for _ in range(3):
        await house.replay.beat()
    assert house.state.positions["KO"].shares == 28
    await house.do(c.PauseEntries(by="owner"))
    house = await ended(house)
    assert (house.state.positions["KO"].shares, house.state.tranches) == (28, ())
    (facts,) = [facts for key, facts in await told(house) if key == "push.tranches_ended"]
    assert (facts["shares"], facts["rest"], facts["reason"]) == (28, 14, "paused")


async def test_parts_that_a_broker_leaves_waiting_are_given_up_in_time() -> None:
    """The second part finds no fill; five minutes later it is cancelled, and the third is not bought."""
    world = in_parts(STEADY, BUY_KO)
    house = await world.house()
    await house.replay.beat()
    await house.replay.beat()
    world.broker.holds_back = True
    for _ in range(2):
        await house.replay.beat()
    assert len(world.broker.sent) == 2
    assert (house.state.orders, house.state.tranches) == ({}, ())
    assert house.state.positions["KO"].shares == 14
    keys = [key for key, _ in await told(house)]
    assert {"push.order_timed_out", "push.tranches_ended"} <= set(keys)
    receipt = await world.broker.find(world.broker.sent[1].client_order_id)
    assert receipt is not None
    assert receipt.status is OrderStatus.CANCELLED


async def test_an_order_that_waits_wakes_the_replay_when_its_time_is_over() -> None:
    world = a_world(STEADY, BUY_KO)
    house = await world.house()
    await change(house, trading__order_timeout_seconds=3600)
    await house.replay.beat()
    world.broker.holds_back = True
    await house.replay.beat()
    (order,) = house.state.orders.values()
    await house.replay.beat()
    assert house.clock.market() == order.intended_at + timedelta(hours=1)
    assert house.state.orders == {}
    assert "KO" not in house.state.positions


async def test_a_fall_through_the_stop_ends_what_is_still_to_be_bought() -> None:
    """Between two parts the price falls from 60 to 55: sold, and nothing more bought."""
    house = await a_house(policy=IN_PARTS)
    await house.do(c.ReceiveRecommendation(recommendation=a_recommendation()))
    await house.step.run()
    house.clock.forward(timedelta(minutes=5))
    house.market.show(house.clock.market(), {"KO": money("55"), "PEP": money("150")})
    await house.step.run()
    assert [order.origin for order in house.broker.sent] == [Origin.RECOMMENDED, Origin.STOP]
    assert (house.state.positions, house.state.tranches) == ({}, ())
    assert [facts["reason"] for key, facts in await told(house) if key == "push.tranches_ended"] == ["it_is_sold"]


async def test_while_the_engine_is_not_well_parts_wait_and_are_bought_afterwards() -> None:
    world = in_parts(STEADY, BUY_KO)
    house = await world.house()
    for _ in range(2):
        await house.replay.beat()
    house.clock.advance(house.clock.market() + timedelta(minutes=5))
    house.health.fails("a test")
    await house.step.run()
    assert (len(world.broker.sent), len(house.state.tranches)) == (1, 1)
    house.health.recovers()
    await house.step.run()
    assert len(world.broker.sent) == 2


async def test_an_eventful_week_in_parts_has_all_that_is_to_be_repeated() -> None:
    world = in_parts(EVENTFUL, SPOKEN)
    found = await uninterrupted(world)
    assert {Origin.STOP, Origin.TAKE} <= {decision[3] for decision in found["decisions"]}
    assert any(order.client_order_id.endswith("-3") for order in world.broker.sent)
    assert found["told"].count("push.tranches_ended") > 3


@pytest.mark.parametrize("beats", [3, 5, 8])
async def test_restarts_between_parts_change_nothing(beats: int) -> None:
    expected = await uninterrupted(in_parts(EVENTFUL, SPOKEN))
    assert await restarted_every(in_parts(EVENTFUL, SPOKEN), beats) == expected


async def test_a_death_at_any_save_loses_no_part_and_buys_none_twice() -> None:
    await died_at(range(1, 1_000, 5))


@pytest.mark.slow
async def test_a_death_at_every_single_save_loses_no_part_and_buys_none_twice() -> None:
    await died_at(range(1, 1_000))


async def died_at(saves: range) -> None:
    expected = await uninterrupted(in_parts(EVENTFUL, SPOKEN))
    for save in saves:
        world = in_parts(EVENTFUL, SPOKEN)
        assert await killed_at(world, save=save, after=save % 2 == 0) == expected, f"save {save}"
        names = [sent.client_order_id for sent in world.broker.sent]
        assert len(names) == len(set(names))
        if not world.deaths:
            break
    assert save > 80


async def test_a_death_at_any_part_sends_it_once() -> None:
    expected = await uninterrupted(in_parts(EVENTFUL, SPOKEN))
    for order in range(1, 100):
        world = in_parts(EVENTFUL, SPOKEN)
        assert await killed_at(world, order=order, after=order % 2 == 0) == expected, f"order {order}"
        if not world.deaths:
            break
    assert order > 12


# --- the summary's hour


async def summaries(house: House) -> list[Any]:
    return [one.at for one in await house.store.undelivered(ACCOUNT, 9999) if one.event_type == "daily_summary"]


async def at_the_close(world: World, **fields: Any) -> House:
    """The first session is over and recorded, its summary still to come."""
    house = await world.house()
    if fields:
        await change(house, **fields)
    while not house.state.last:
        await house.replay.beat()
    return house


async def test_another_hour_set_before_it_moves_todays_summary() -> None:
    world = a_world(STEADY)
    house = await at_the_close(world)
    await change(house, notifications__summary_time="20:00")
    await ended(house)
    closes = [day.closes_at for day in world.days]
    assert await summaries(house) == [at + timedelta(hours=4) for at in closes]


async def test_another_zone_moves_it_too() -> None:
    """Half past four in Chicago is an hour later than in New York."""
    world = a_world(STEADY)
    house = await at_the_close(world)
    await change(house, notifications__timezone="America/Chicago")
    await ended(house)
    assert await summaries(house) == [day.closes_at + timedelta(hours=1, minutes=30) for day in world.days]


async def test_an_hour_set_after_the_summary_brings_no_second_one() -> None:
    world = a_world(STEADY)
    house = await at_the_close(world)
    while not house.state.tally.summarised:
        await house.replay.beat()
    await change(house, notifications__summary_time="20:00")
    await house.replay.beat()
    assert house.clock.market() == world.days[1].opens_at, "nothing more is due in the first session"
    await ended(house)
    first, *others = [day.closes_at for day in world.days]
    assert await summaries(house) == [first + timedelta(minutes=30), *(at + timedelta(hours=4) for at in others)]


async def test_an_hour_that_has_passed_already_brings_the_summary_at_once() -> None:
    """Planned for eight; a pause ends at seven, and then five is set."""
    world = a_world(STEADY)
    house = await at_the_close(world, notifications__summary_time="20:00")
    seven = world.days[0].closes_at + timedelta(hours=3)
    await house.do(c.PauseEntries(until=seven, by="owner"))
    while house.clock.market() < seven:
        await house.replay.beat()
    await change(house, notifications__summary_time="17:00")
    await house.replay.beat()
    assert await summaries(house) == [seven]


async def test_a_summary_that_was_owed_at_a_restart_is_made_up_for() -> None:
    world = a_world(STEADY)
    house = await at_the_close(world, notifications__summary_time="20:00")
    seven = world.days[0].closes_at + timedelta(hours=3)
    await house.do(c.PauseEntries(until=seven, by="owner"))
    while house.clock.market() < seven:
        await house.replay.beat()
    await change(house, notifications__summary_time="17:00")
    again = await ended(await world.house())
    closes = [day.closes_at for day in world.days]
    assert await summaries(again) == [seven, *(at + timedelta(hours=1) for at in closes[1:])]


HOURS = st.sampled_from(["00:30", "07:00", "09:29", "12:00", "16:02", "16:30", "17:00", "20:00", "22:30"])
CLOCKS = st.sampled_from(["America/New_York", "America/Chicago", "Europe/Berlin", "Asia/Tokyo", "Australia/Sydney"])


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(wishes=st.lists(st.tuples(st.integers(1, 7), HOURS, CLOCKS, st.booleans()), max_size=6))
async def test_every_session_has_one_summary_however_often_its_hour_is_moved(
    wishes: list[tuple[int, str, str, bool]],
) -> None:
    """After so many beats another hour and zone are set, and perhaps the engine is started anew."""
    world = a_world([[6000] * 5] * 4)
    house = await world.house()
    for beats, hour, zone, restarted in wishes:
        for _ in range(beats):
            await house.replay.beat()
        await change(house, notifications__summary_time=hour, notifications__timezone=zone)
        house = await world.house() if restarted else house
    await ended(house)
    days = [facts["session"] for key, facts in await told(house) if key == "push.daily_summary"]
    assert days == [day.date.isoformat() for day in world.days]
    told_at = await summaries(house)
    opens = [day.opens_at for day in world.days[1:]]
    assert all(day.closes_at < at for day, at in zip(world.days, told_at, strict=True))
    assert all(at < following for at, following in zip(told_at[:-1], opens, strict=True))


# --- how many strategies are listened to


@pytest.mark.parametrize(("most", "followed"), [(1, {"one"}), (2, {"one", "three"}), (5, {"one", "three", "two"})])
async def test_all_strategies_are_asked_and_as_many_followed_as_the_owner_listens_to(
    most: int, followed: set[str]
) -> None:
    """Those beyond, by the alphabet, are decided as skips, so that "why not" has its answer."""
    world = a_world(STEADY)
    sources = tuple(FakeSource(name) for name in ("one", "two", "three"))
    for source in sources:
        source.say(world.days[0].date, a_recommendation(id=source.name, source=source.name))
    house = await world.house(sources=sources)
    await change(house, strategy__max_strategies=most)
    await recommend(house.crew, world.days[0])
    assert set(house.state.pending) == {"one", "two", "three"}
    house = await ended(house)
    off = {one.source for one in await house.store.decisions(ACCOUNT, 9) if one.reason is Skip.STRATEGY_OFF}
    assert off == {"one", "two", "three"} - followed


async def test_a_strategy_that_is_switched_off_is_heard_and_not_followed_from_then_on() -> None:
    world = a_world(STEADY)
    source = FakeSource("one")
    for number, day in enumerate(world.days):
        source.say(day.date, a_recommendation(id=f"r{number}", source="one", generated_at=day.closes_at))
    house = await world.house(sources=(source,))
    while "KO" not in house.state.positions:
        await house.replay.beat()
    await house.do(c.SetStrategy(name="one", on=False, by="owner"))
    house = await ended(house)
    found = {one.recommendation_id: one.reason for one in await house.store.decisions(ACCOUNT, 9)}
    assert found == {"r0": Skip.NONE, "r1": Skip.STRATEGY_OFF}
    assert house.state.positions["KO"].source == "one"


async def test_a_review_at_the_close_pauses_what_lost_too_much_and_says_so_once() -> None:
    """Five companies were bought at $60 and are sold at $54, under their stops: 10 % lost, where 5 % may be."""
    world = a_world([[6000] * 5, [5400] * 5, [5400] * 5], [[(name, "buy", 0.8) for name in NAMES], [], []])
    for day in world.days:
        world.source.say(day.date, a_recommendation(id=f"{day.date}", ticker="PEP", generated_at=day.closes_at))
    house = await ended(await world.house())
    standing = house.state.strategies["momentum"]
    assert (standing.on, standing.why, standing.at) == (False, "underperforming", world.days[1].closes_at)
    (facts,) = [facts for key, facts in await told(house) if key == "push.strategy_paused"]
    assert facts["name"] == "momentum"
    assert facts["result"] == pytest.approx(standing.result)
    last = (await house.store.decisions(ACCOUNT, 1))[0]
    assert (last.ticker, last.reason) == ("PEP", Skip.STRATEGY_OFF)


# --- micro-trades


async def test_p32_a_micro_trade_is_sold_after_its_time_and_the_replay_wakes_for_it() -> None:
    world = a_world(STEADY, BUY_KO)
    house = await world.house(sources=(a_source_of_a_day(world),))
    await change(house, trading__micro_trading=True)
    opens = world.days[0].opens_at
    woken = await moments(house)
    assert opens + timedelta(minutes=15 + 120) in woken
    buy, sell = world.broker.sent[:2]
    assert (buy.micro, buy.intended_at) == (True, opens + timedelta(minutes=15))
    assert (sell.micro, sell.origin) == (True, Origin.MICRO_EXPIRY)
    assert sell.intended_at == opens + timedelta(minutes=15 + 120)
    assert house.state.positions == {}
    (trade,) = house.state.trades
    assert (trade.micro, trade.origin, trade.source) == (True, Origin.MICRO_EXPIRY, "momentum")
    keys = [key for key, _ in await told(house)]
    assert "push.trade_closed.micro_expiry" in keys


async def test_a_restart_in_the_middle_of_a_micro_trade_forgets_nothing() -> None:
    world = a_world(STEADY, BUY_KO)
    house = await world.house(sources=(a_source_of_a_day(world),))
    await change(house, trading__micro_trading=True)
    await house.replay.beat()
    await house.replay.beat()
    held = house.state.positions["KO"]
    assert held.expires_at == world.days[0].opens_at + timedelta(minutes=15 + 120)
    again = await world.house(sources=(a_source_of_a_day(world),))
    assert again.state.positions["KO"] == held
    await ended(again)
    assert [order.origin for order in world.broker.sent] == [Origin.RECOMMENDED, Origin.MICRO_EXPIRY]


def a_source_of_a_day(world: World) -> FakeSource:
    """One that had an idea for a day after the session before the first."""
    source = FakeSource()
    before = the_calendar().previous_session(world.days[0].opens_at)
    assert before is not None
    source.say(before.date, a_recommendation(window="1d", generated_at=before.closes_at + timedelta(minutes=1)))
    return source
