"""Breakers, the reserve, risky times and strategies, from the sentence to the book."""

from engine.core.happenings import MarketEvent
from engine.core.units import money
from engine.core.words import BreakerKind, EventScope
from tests.journeys.house import Visit


def noted(visit: Visit) -> list[MarketEvent]:
    return list(visit.state.market_events)


def followed(visit: Visit, name: str) -> bool:
    return visit.state.strategies[name].on


async def test_a_drill_changes_nothing_but_is_shown(invested: Visit) -> None:
    before, seq = invested.state, invested.state.seq
    answer = await invested.hear("run a breaker drill")
    assert answer.text.startswith("PAPER · A drill on a copy; your account was not touched. Each breaker was tripped, ")
    assert answer.text.endswith("All 5 hold: no entry passed, every exit did.")
    assert [button.says for button in answer.buttons] == ["show the circuit breakers", "show my limits"]
    assert (invested.state, invested.state.seq) == (before, seq)
    assert await invested.news() == []


async def test_the_owners_breaker_stops_entries_at_once_and_a_reset_needs_a_yes(new: Visit) -> None:
    await new.say("trade for me")
    await new.say("yes")
    answer = await new.hear("trip the breaker")
    assert answer.text == 'Done: nothing is entered until you say "resume". Stops and exits go on.'
    assert (BreakerKind.MANUAL, None) in new.state.breakers
    assert (await new.say("undo")).startswith('A breaker that you tripped is lifted by "reset the breaker"')
    assert (await new.say("trip the breaker")).startswith("Your breaker has stood since ")
    assert "The manual breaker stands" in await new.say("status")
    asked = await new.hear("reset the breaker")
    assert asked.text.startswith("PAPER · Reset: manual breaker?")
    assert [button.says for button in asked.buttons] == ["yes", "no"]
    assert new.state.breakers
    assert (await new.say("yes")).startswith("Reset: manual breaker; entries are possible again. ")
    assert not new.state.breakers
    assert await new.say("reset the breaker") == "No breaker stands, so there is none to reset."


async def test_money_is_set_aside_at_once_and_taken_out_by_typed_words_only(new: Visit) -> None:
    assert await new.say("move some money to the reserve") == "How many dollars? For example $500."
    said = await new.say("$500")
    assert said == "PAPER · $500.00 set aside. The reserve is $500.00 now, free cash $99,500.00."
    assert new.state.reserve == money("500")
    assert (await new.say("no, 300")).startswith("That is moved already; nothing else was done.")
    asked = await new.say("release $200 from the reserve")
    assert asked == (
        "PAPER · Take $200.00 out of the reserve? $300.00 stays set aside; what may be traded with goes from "
        '$99,500.00 to $99,700.00.\nType "move reserve paper" within two minutes to do it; anything else is a no.'
    )
    assert (await new.say("yes")).startswith("A yes is not enough for that.")
    assert new.state.reserve == money("500")
    assert (await new.say("move reserve paper")).startswith("PAPER · $200.00 taken out of the reserve")
    assert new.state.reserve == money("300")
    assert "$300.00" in await new.say("empty the reserve")
    await new.say("move reserve paper")
    assert new.state.reserve == 0
    assert (await new.say("empty the reserve")).startswith("PAPER · Nothing is set aside")
    assert "more than may be taken" in await new.say("move 900000 dollars into the reserve")


async def test_words_that_are_wrong_leave_the_reserve_where_it_is(new: Visit) -> None:
    await new.say("set aside 500 dollars")
    await new.say("empty the reserve")
    assert "so it is dropped" in await new.say("move reserve real")
    assert new.state.reserve == money("500")


async def test_a_risky_time_is_noted_at_once_and_called_off_by_a_yes(invested: Visit) -> None:
    ticker = min(invested.state.positions)
    answer = await invested.say(f"treat {ticker} as high risk until further notice")
    assert answer.startswith(f"Noted: high risk for {ticker} from ")
    assert answer.endswith(f"During that time stops of {ticker} come nearer where they are not near enough already.")
    (event,) = noted(invested)
    assert (event.scope, event.target, event.source) == (EventScope.TICKER, ticker, "owner")
    assert (await invested.say("undo")).startswith('A time of high risk is called off by "call off the high risk"')
    asked = await invested.say("call off the high risk")
    assert asked.startswith(f"Call off high risk for {ticker}, which lasts until ")
    assert noted(invested) == [event]
    assert (await invested.say("yes")).startswith(f"Called off: high risk for {ticker}")
    assert noted(invested) == []
    assert await invested.say("call off the high risk") == "No time of high risk is noted."


async def test_today_is_risky_for_the_whole_market_until_the_close(new: Visit) -> None:
    answer = await new.say("treat today as high risk")
    assert answer.startswith("Noted: high risk from Mon 3 Feb 09:30 to Mon 3 Feb 16:00.")
    (event,) = new.state.market_events
    assert (event.scope, event.target) == (EventScope.MARKET, None)
    assert await new.say("treat today as high risk") == "That was done already."


async def test_of_several_times_of_high_risk_a_number_says_which_is_called_off(new: Visit) -> None:
    await new.say("treat Apple as high risk until Friday")
    await new.say("treat Apple as high risk until Thursday")
    first, second = new.state.market_events
    asked = await new.say("Apple is no longer high risk")
    assert asked.startswith("Which one? Say its number:\n  1. high risk for AAPL until ")
    answer = await new.say("1")
    assert answer.startswith("Call off high risk for AAPL")
    assert "except where this is noted still: high risk for AAPL until" in answer
    assert "Still noted: high risk for AAPL until" in await new.say("yes")
    assert new.state.market_events == (second,)
    assert first != second


async def test_a_strategy_is_paused_at_once_and_followed_again_by_a_yes(new: Visit) -> None:
    answer = await new.say("pause the momentum strategy")
    assert answer == "Done: nothing is bought any more that the strategy momentum recommends."
    assert not followed(new, "momentum")
    assert await new.say("pause the momentum strategy") == "The strategy momentum is off already."
    asked = await new.say("turn momentum back on")
    assert asked.startswith("PAPER · Follow the strategy momentum?")
    assert not followed(new, "momentum")
    assert (await new.say("yes")).startswith("Done: the strategy momentum is followed.")
    assert followed(new, "momentum")
    assert (await new.say("pause momentum and turn momentum back on")).startswith("That asks for two different things")


async def test_what_is_only_wondered_about_is_not_done(invested: Visit) -> None:
    before = invested.state
    for text in (
        "should I trip the breaker?",
        "don't reset the breaker",
        "if it falls empty the reserve",
        "is today high risk?",
        "I paused momentum yesterday",
        "treat tomorrow as high risk",
    ):
        await invested.say(text)
    now = invested.state
    assert (now.reserve, now.breakers, now.market_events, now.strategies) == (
        before.reserve, before.breakers, before.market_events, before.strategies,
    )  # fmt: skip
