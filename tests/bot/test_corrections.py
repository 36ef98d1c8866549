"""Another value for what was said: in place of a question, and in place of what was done already."""

import pytest

from bot.corrections import corrected
from bot.desk import FINAL, Did
from bot.phrases import Phrases
from bot.turn import Turn
from engine.core import commands as c
from intents.result import Request
from skills.skill import Say
from tests.journeys.house import Visit


async def test_a_corrected_sum_is_what_is_moved_in_all(new: Visit) -> None:
    before = new.state.cash
    await new.say("put in 100 paper dollars")
    assert (await new.say("no, 200")).startswith(
        "+$200.00 instead of +$100.00 of paper money: the difference is moved."
    )
    assert new.state.cash - before == 200_0000
    await new.say("I meant 50")
    assert new.state.cash - before == 50_0000
    assert (await new.say("no, 50")).startswith("That is what was moved already: +$50.00")
    assert new.state.cash - before == 50_0000


async def test_a_withdrawal_is_corrected_the_same_way(new: Visit) -> None:
    before = new.state.cash
    await new.say("take out 100 paper dollars")
    await new.say("no, 300")
    assert before - new.state.cash == 300_0000
    assert "more than may be taken" in await new.say("no, 900000")
    assert before - new.state.cash == 300_0000


async def test_another_company_is_excluded_in_place_of_the_first(new: Visit) -> None:
    """Letting the first in again loosens something, so that both wait for a yes."""
    await new.say("exclude apple")
    assert await new.say("no, tesla") == (
        "PAPER · Change this?\n  excluded companies: added TSLA, removed AAPL\nYes or no?"
    )
    assert new.state.preferences.trading.excluded_tickers == ("AAPL",)
    await new.say("yes")
    assert new.state.preferences.trading.excluded_tickers == ("TSLA",)


async def test_another_company_is_watched_in_place_of_the_first(new: Visit) -> None:
    await new.say("watch coke")
    await new.say("watch apple")
    assert (await new.say("no, microsoft")).startswith("Done: now watching MSFT no longer watching AAPL.")
    assert new.state.preferences.trading.watchlist == ("KO", "MSFT")
    await new.say("undo")
    assert new.state.preferences.trading.watchlist == ("AAPL", "KO")


async def test_a_limit_is_corrected_from_what_stands(new: Visit) -> None:
    await new.say("never lose more than 1 percent a day")
    assert "daily loss limit: 1% → 2%" in await new.say("no, 2 percent")
    assert new.state.preferences.risk.daily_loss_limit_pct == 1
    await new.say("yes")
    assert new.state.preferences.risk.daily_loss_limit_pct == 2


async def test_what_somebody_else_has_set_since_is_not_taken_back(new: Visit) -> None:
    await new.say("watch apple")
    await new.say("watch coke", channel="phone")
    await new.say("no, microsoft")
    assert new.state.preferences.trading.watchlist == ("AAPL", "KO", "MSFT")


async def test_a_refusal_is_nothing_that_was_done(new: Visit) -> None:
    await new.say("watch apple")
    await new.say("watch nonesuch")
    await new.say("take out 900000 paper dollars")
    before = new.state.cash
    await new.say("no, 100")
    assert before - new.state.cash == 100_0000


async def test_an_undo_is_not_corrected(new: Visit) -> None:
    """It could only be undone by another."""
    turn, did = await new.house.errands.turn(), Did("terminal:1", c.UndoChanges())
    assert isinstance(turn, Turn)
    assert await corrected(new.house.errands.desk, turn, did, Request("undo", {"count": 2})) == [
        Say("correct.undo_first")
    ]


async def test_a_correction_that_is_refused_drops_the_question_all_the_same(new: Visit) -> None:
    await new.say("never lose more than 5 percent a day")
    answer = await new.say("no, 90 percent")
    assert answer.startswith("The question about the daily loss limit is dropped.\nThe daily loss limit cannot be 90%")
    assert await new.say("yes") == "There is nothing waiting for your answer."


async def test_a_sale_is_not_corrected(invested: Visit) -> None:
    await invested.agree("close my microsoft position")
    orders = set(invested.state.orders)
    assert (await invested.say("no, apple")).startswith("The sale is ordered already and cannot be corrected")
    assert set(invested.state.orders) == orders
    assert await invested.say("yes") == "There is nothing waiting for your answer."


async def test_an_answer_to_a_trade_is_not_corrected(invested: Visit) -> None:
    await invested.say("ask me before every trade")
    await invested.until(lambda state: bool(state.proposals))
    await invested.say("watch apple")
    await invested.say("yes")
    answer = await invested.say("no, microsoft")
    assert answer.startswith("That trade was approved already and cannot be corrected")
    assert invested.state.preferences.trading.watchlist == ("AAPL",)


def test_everything_that_cannot_be_taken_back_says_so() -> None:
    keys = {f"correct.final.{name}" for kind, name in FINAL.items() if kind is not c.MoveCash}
    assert keys <= set(Phrases.load())


# --- what was asked before


@pytest.mark.parametrize("then", ["pause", "set max positions to 20"])
async def test_a_question_that_is_dropped_for_something_else_is_named(new: Visit, then: str) -> None:
    await new.say("never lose more than 6 percent a day")
    answer = await new.say(then)
    assert answer.startswith("The question about the daily loss limit is dropped.\n")
    assert answer.count("is dropped") == 1


async def test_a_question_that_is_asked_again_or_had_run_out_is_not(new: Visit) -> None:
    await new.say("never lose more than 6 percent a day")
    assert "dropped" not in await new.say("never lose more than 6 percent a day")
    new.people.wait(120)
    assert "dropped" not in await new.say("pause")


@pytest.mark.parametrize("text", ["set daily loss to 2 percent and then undo", "undo and set max positions to 4"])
async def test_an_undo_beside_something_that_is_done_is_asked_back(new: Visit, text: str) -> None:
    await new.say("watch apple")
    before = new.state.preferences
    assert (await new.say(text)).startswith("Undo stands alone")
    assert new.state.preferences == before


async def test_an_undo_beside_a_look_is_done(new: Visit) -> None:
    await new.say("watch apple")
    answer = await new.say("undo and then show my settings")
    assert answer.startswith("Put back"), answer
    assert new.state.preferences.trading.watchlist == ()
