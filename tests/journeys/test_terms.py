"""Settings for a time, by talking: they go back by themselves, say so, and survive a night's closing."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.message import Message
from engine.core.words import BreakerKind, OrderStatus, Tier
from tests.journeys.house import People, Visit, copied, visit


async def test_a_limit_until_a_day_goes_back_by_itself_and_says_so(new: Visit) -> None:
    said = await new.say("set max exposure to 50 percent until Friday")
    assert "max exposure: 80% → 50%" in said
    assert [term.path for term in new.state.terms] == ["risk.max_exposure_pct"]
    ends = new.state.terms[0].until
    await new.until(lambda state: not state.terms, beats=60)
    assert new.state.preferences.risk.max_exposure_pct == 80
    assert new.state.market_at is not None
    assert timedelta(0) <= new.state.market_at - ends < timedelta(hours=1)
    assert any("As agreed, back to what it was: max exposure 50% → 80%." in one for one in await new.news())


async def test_undoing_it_ends_it(new: Visit) -> None:
    await new.say("set max exposure to 50 percent until Friday")
    await new.agree("undo")
    assert (new.state.terms, new.state.preferences.risk.max_exposure_pct) == ((), 80)
    await new.days(5)
    assert not [one for one in await new.news() if "As agreed" in one]


async def test_what_a_message_changed_is_undone_by_one_word(new: Visit) -> None:
    await new.say("set max exposure to 50 percent and set my daily loss limit to 2 percent")
    await new.agree("undo")
    assert (new.state.preferences.risk.max_exposure_pct, new.state.preferences.risk.daily_loss_limit_pct) == (80, 3)


async def test_a_term_outlives_the_program(begun_files: Path, tmp_path: Path) -> None:
    people = People()
    folder = copied(begun_files, tmp_path / "account")
    async with visit(folder, people) as one:
        await one.say("set max exposure to 50 percent until Friday")
        before = one.state
    async with visit(folder, people) as other:
        assert other.state.terms == before.terms
        assert [change.how for change in other.house.engine.history.changes] == ["set"]
        await other.until(lambda state: not state.terms, beats=60)
        assert other.state.preferences.risk.max_exposure_pct == 80
        assert [change.how for change in other.house.engine.history.changes] == ["set", "term"]


async def test_a_tighter_limit_stops_entries_before_its_answer(invested: Visit) -> None:
    """On the first day that loses a thousandth."""
    for _ in range(200):
        await invested.replay.beat()
        if await lost(invested) > 0.001:
            break
    assert invested.state.breakers == {}
    await invested.say("set my daily loss limit to 0.1 percent")
    standing = invested.state.breakers[BreakerKind.DAILY_LOSS, None]
    assert standing.threshold == 0.001
    assert standing.actual == pytest.approx(await lost(invested))


async def lost(visit: Visit) -> float:
    """The day's loss as a fraction."""
    before = visit.state.last
    assert before
    return 1 - (await visit.house.engine.view()).worth.equity / before.equity


async def test_what_nobody_here_can_do_is_refused_with_the_reason(new: Visit) -> None:
    said = await new.say("use margin")
    assert said == (
        "The settlement cannot be margin here: this broker lends no money; only settled cash is used. "
        "Nothing was changed."
    )
    assert new.state.version == 0


async def test_excluding_what_is_being_asked_about_closes_the_question(new: Visit) -> None:
    await new.agree("ask me first")
    await new.until(lambda state: bool(state.proposals))
    asked = next(iter(new.state.proposals.values())).decision.ticker
    await new.news()
    await new.say(f"never buy {asked}")
    assert asked not in {one.decision.ticker for one in new.state.proposals.values()}
    assert not [one for one in new.state.orders.values() if one.status is not OrderStatus.CANCELLING]
    assert any(f"The trade in {asked} is off, as it is excluded" in one for one in await new.news())


async def test_risk_for_a_time_goes_back_up_without_a_days_wait(invested: Visit) -> None:
    await invested.say("be conservative until Friday")
    assert tier(invested) is Tier.CONSERVATIVE
    await invested.until(lambda state: not state.terms, beats=80)
    assert tier(invested) is Tier.MODERATE


def tier(visit: Visit) -> Tier:
    return visit.state.preferences.trading.risk_tolerance


async def test_a_looser_limit_that_is_to_stay_for_good_is_read_back_answered_and_told(new: Visit) -> None:
    await new.agree("set my daily loss limit to 5% until friday")
    await new.news()
    assert "daily loss limit: 5% until Fri 7 Feb 00:00 → 5% for good" in await new.say("set my daily loss limit to 5%")
    assert "daily loss limit: 5% until Fri 7 Feb 00:00 → 5% for good" in await new.say("yes")
    assert await new.news() == [
        "PAPER · Limits are looser now: daily loss limit stays 5% (it was to end on Fri 7 Feb 00:00)."
    ]
    assert new.state.terms == ()


async def test_a_tighter_limit_that_is_to_stay_for_good_says_so(new: Visit) -> None:
    await new.say("set my daily loss limit to 2% until friday")
    assert "2% until Fri 7 Feb 00:00 → 2% for good" in await new.say("set my daily loss limit to 2%")
    assert await new.news() == []


async def test_autonomy_that_is_to_stay_for_good_says_so(new: Visit) -> None:
    await new.agree("ask me before every trade until friday")
    asked = await new.say("ask me before every trade")
    assert asked.startswith("PAPER · Autonomy ask until Fri 7 Feb 00:00 → ask for good: I will propose trades")
    assert "It was to end on Fri 7 Feb 00:00; now it holds for good." in await new.say("yes")


async def test_only_what_loosens_is_told_as_looser(new: Visit) -> None:
    await new.agree("set my daily loss limit to 5% and set max positions to 12")
    told = await new.news()
    assert len(told) == 2
    document = "risk: {daily_loss_limit_pct: 6, max_exposure_pct: 50}\ntrading: {watchlist: [KO]}"
    said = Message("import settings", "terminal:local", "terminal", "m1", new.people.now, document=document)
    await new.house.dialogue.hear(said)
    await new.say("yes")
    assert await new.news() == ["PAPER · Limits are looser now: daily loss limit 5% → 6%."]


async def test_an_import_of_autonomy_says_what_it_may_do_in_dollars(new: Visit) -> None:
    document = "trading: {autonomy: auto, watchlist: [KO]}"
    said = Message("import settings", "terminal:local", "terminal", "m1", new.people.now, document=document)
    asked = (await new.house.dialogue.hear(said)).text
    assert "autonomy: off → auto (I buy and sell by myself, conservative limits, at most 10 positions of" in asked


async def test_an_undo_that_nets_to_nothing_says_so(new: Visit) -> None:
    await new.say("pause")
    await new.agree("resume")
    assert await new.say("undo the last 2") == "Nothing to put back: everything is as it was before those 2 changes."
    await new.say("set max positions to 5")
    await new.agree("set max positions to 10")
    await new.say("watch coke")
    answer = await new.say("undo the last 3")
    assert answer == "Put back: 3 changes.\n  watchlist: removed KO"
