"""Once a week what has outgrown the owner's limits is sold: by itself, or after one yes."""

from datetime import date

from engine.core.questions import open_questions
from engine.core.state import State
from engine.core.words import Origin
from tests.journeys.house import Visit

MONDAY = date(2020, 2, 10)


def in_the_next_week(state: State) -> bool:
    """Monday's look at the limits has been taken."""
    return state.rebalanced == MONDAY


def asked(state: State) -> bool:
    return state.rebalance is not None


async def over_its_limits(account: Visit) -> None:
    """Positions of moderate size under a limit of 2 % a position."""
    assert account.state.positions
    await account.say("set the max position size to 2%")
    assert account.state.preferences.risk.max_position_pct == 2


def too_large(account: Visit) -> list[str]:
    """Positions that cost more than 3 % of all that was put in."""
    state = account.state
    return [one.ticker for one in state.positions.values() if one.cost > state.contributed * 3 // 100]


async def test_on_monday_what_is_over_its_limit_is_sold_and_told(invested: Visit) -> None:
    await over_its_limits(invested)
    assert too_large(invested)
    await invested.until(in_the_next_week)
    told = "\n".join(await invested.news())
    assert "PAPER · Mon 10 Feb 09:45 · The week's rebalancing sells $" in told
    assert "as the position is over its limit" in told
    assert "Sold to rebalance: " in told
    assert not too_large(invested)
    sold = next(one.ticker for one in invested.house.engine.history.decisions if one.origin is Origin.REBALANCE)
    assert "in the week's rebalancing: the position was " in await invested.say(f"why did you sell {sold}?")


async def test_in_ask_mode_it_is_one_question_that_a_yes_answers(invested: Visit) -> None:
    await over_its_limits(invested)
    await invested.say("ask me before each trade")
    await invested.until(asked)
    assert open_questions(invested.state)[-1] == "rebalance"
    question = [text for text in await invested.news() if "The week's rebalancing: shall I sell $" in text]
    assert len(question) == 1
    assert question[0].endswith("Yes or no, within 5 min.")
    assert (await invested.say("why?")).startswith("Once a week I sell what is over your limits. I would sell:\n")
    for ticker in open_questions(invested.state)[:-1]:
        await invested.say(f"reject {ticker}")
    assert "1 question" in await invested.say("status")
    said = await invested.say("approve the rebalance")
    assert said.startswith("PAPER · Selling: ")
    assert not open_questions(invested.state)
    assert not too_large(invested)


async def test_nobody_answers_and_it_is_off(invested: Visit) -> None:
    await over_its_limits(invested)
    await invested.say("ask me before each trade")
    await invested.until(asked)
    beat = invested.state.market_at
    await invested.replay.beat()
    assert invested.state.market_at == beat, "the replay stands still while a question is open"
    await invested.seconds_pass(301)
    assert invested.state.rebalance is None
    assert any("The week's rebalancing is off, as nobody answered" in text for text in await invested.news())
