"""The one pipe: whose word counts, what is kept waiting, what is asked back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.answers import said
from engine.bus import Done
from engine.core import commands as c
from engine.core.state import State
from engine.core.words import Autonomy, Role
from tests.journeys.house import NOON, Visit

OVERTAKEN = " Nothing was done; say it again to get the numbers of now."


def as_it_was(state: State) -> State:
    """The account without the journal's own numbers, which grow when something is only written down."""
    return replace(state, seq=0, head="", market_at=None)


async def admit(visitor: Visit, person: str, role: str) -> None:
    bus, code = visitor.house.engine.bus, f"code of {person}"
    lapses_at = visitor.house.engine.clock.wall() + timedelta(minutes=10)
    assert isinstance(await bus.do(c.Invite(code=code, role=Role(role), lapses_at=lapses_at)), Done)
    assert isinstance(await bus.do(c.Admit(person=person, code=code)), Done)


def autonomy(visitor: Visit) -> Autonomy:
    return visitor.state.preferences.trading.autonomy


# --- a yes


async def test_a_yes_counts_only_from_who_was_asked_and_where(new: Visit) -> None:
    await admit(new, "chat:2", Role.OWNER.value)
    await new.say("trade for me")
    for whose in ({"person": "chat:2"}, {"channel": "phone"}, {"person": "chat:2", "channel": "phone"}):
        assert await new.say("yes", **whose) == "There is nothing waiting for your answer."
        assert autonomy(new) is Autonomy.OFF
    assert (await new.say("yes")).startswith("Done: I now trade by myself")
    assert autonomy(new) is Autonomy.AUTO


async def test_a_yes_counts_for_two_minutes(new: Visit) -> None:
    await new.say("trade for me")
    new.people.wait(119)
    await new.say("yes")
    assert autonomy(new) is Autonomy.AUTO
    await new.say("never lose more than 5 percent a day")
    new.people.wait(120)
    assert await new.say("yes") == (
        "That question has run out after two minutes; nothing was changed. Say it again if you still want it."
    )
    assert new.state.preferences.risk.daily_loss_limit_pct == 3
    assert await new.say("yes") == "There is nothing waiting for your answer."


async def test_an_old_question_is_forgotten_altogether(new: Visit) -> None:
    await new.say("trade for me")
    new.people.wait(400)
    assert await new.say("yes") == "There is nothing waiting for your answer."
    assert autonomy(new) is Autonomy.OFF


async def test_a_yes_counts_once(new: Visit) -> None:
    await new.agree("never lose more than 5 percent a day")
    await new.say("never lose more than 2 percent a day")
    assert await new.say("yes") == "There is nothing waiting for your answer."
    assert new.state.preferences.risk.daily_loss_limit_pct == 2


async def test_the_same_field_changed_meanwhile_overtakes_it(new: Visit) -> None:
    await new.say("never lose more than 5 percent a day")
    await new.say("never lose more than 1 percent a day", channel="phone")
    assert await new.say("yes") == "The daily loss limit has changed since I asked." + OVERTAKEN
    assert new.state.preferences.risk.daily_loss_limit_pct == 1


async def test_another_field_changed_meanwhile_does_not(new: Visit) -> None:
    await new.say("never lose more than 5 percent a day")
    await new.say("watch apple", channel="phone")
    await new.say("yes")
    assert new.state.preferences.risk.daily_loss_limit_pct == 5


async def test_a_price_that_moved_overtakes_it(invested: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than one per cent, either way."""
    market = invested.house.engine.crew.sources[0]._market  # type: ignore[attr-defined]
    quotes = market.quotes

    async def moved(by: float, at: Any) -> Any:
        found = dict(await quotes(at))
        found["MSFT"] = found["MSFT"]._replace(price=int(found["MSFT"].price * by))
        return found

    for by, counts in ((0.985, False), (1.015, False), (1.009, True)):
        await invested.say("close my microsoft position")
        with monkeypatch.context() as patch:
            patch.setattr(market, "quotes", lambda at, by=by: moved(by, at), raising=False)
            answer = await invested.say("yes")
        assert (
            answer.startswith("PAPER · Selling")
            if counts
            else answer == ("MSFT's price has moved by more than 1% since I asked." + OVERTAKEN)
        )


async def test_a_full_command_beats_a_question(new: Visit) -> None:
    await new.say("trade for me")
    assert (await new.say("pause")).startswith("The question about autonomy is dropped.\nPaused")
    assert await new.say("yes") == "There is nothing waiting for your answer."
    assert autonomy(new) is Autonomy.OFF
    await new.say("trade for me")
    assert "daily loss limit: 3% → 5%" in await new.say("never lose more than 5 percent a day")
    await new.say("yes")
    assert autonomy(new) is Autonomy.OFF
    assert new.state.preferences.risk.daily_loss_limit_pct == 5


async def test_a_look_leaves_a_question_open(new: Visit) -> None:
    await new.say("trade for me")
    await new.say("show my positions")
    await new.say("yes")
    assert autonomy(new) is Autonomy.AUTO


@pytest.mark.parametrize("word", ["no", "never mind"])
async def test_a_no_drops_it(new: Visit, word: str) -> None:
    await new.say("trade for me")
    assert await new.say(word) == "All right, dropped: autonomy. Nothing was changed."
    assert await new.say("yes") == "There is nothing waiting for your answer."
    assert autonomy(new) is Autonomy.OFF


LOOSER = "never lose more than 5 percent a day"


async def test_a_yes_means_what_was_just_read_back(new: Visit) -> None:
    await new.agree("ask me before every trade")
    await new.until(lambda state: bool(state.proposals), beats=10)
    open_before = set(new.state.proposals)
    await new.say(LOOSER)
    await new.say("yes")
    assert new.state.preferences.risk.daily_loss_limit_pct == 5
    assert set(new.state.proposals) == open_before
    assert not new.state.orders


async def test_after_something_else_was_said_a_yes_means_it_once_it_is_asked_again(new: Visit) -> None:
    await new.agree("ask me before every trade")
    await new.until(lambda state: bool(state.proposals), beats=10)
    await new.say(LOOSER)
    await new.say("show my positions")
    assert (await new.say("yes")).startswith("More than one question is open")
    assert (await new.say("yes")).startswith("More than one question is open")
    assert new.state.preferences.risk.daily_loss_limit_pct == 3
    await new.say(LOOSER)
    await new.say("yes")
    assert new.state.preferences.risk.daily_loss_limit_pct == 5
    assert not new.state.orders


async def test_a_trade_that_is_proposed_after_the_question_makes_a_yes_ask_which(
    new: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    await new.agree("ask me before every trade")
    await new.say(LOOSER)
    monkeypatch.setattr(new.replay, "_hold", lambda: False)
    await new.until(lambda state: bool(state.proposals), beats=10)
    proposed = set(new.state.proposals)
    assert (await new.say("yes")).startswith("More than one question is open")
    assert new.state.preferences.risk.daily_loss_limit_pct == 3
    assert set(new.state.proposals) == proposed
    await new.say(LOOSER)
    await new.say("yes")
    assert new.state.preferences.risk.daily_loss_limit_pct == 5
    assert set(new.state.proposals) == proposed


async def test_with_two_things_open_a_yes_asks_which(new: Visit) -> None:
    await new.agree("ask me before every trade")
    await new.until(lambda state: bool(state.proposals), beats=10)
    await new.say("reject UNH and XOM")
    await new.say("trade for me")
    await new.say("show my positions")
    which = await new.say("yes")
    assert which == (
        "More than one question is open: what I read back, and the trade in CVX. "
        'Say "approve" with its name for the trade, or say the other command again.'
    )
    assert not new.state.positions
    assert autonomy(new) is Autonomy.ASK
    assert (await new.say("approve CVX")).startswith("Approved")
    assert (await new.say("yes")).startswith("Done: I now trade by myself")
    assert autonomy(new) is Autonomy.AUTO


# --- several things at once, and the same thing twice


async def test_two_requests_are_done_in_order(new: Visit) -> None:
    reply = await new.say("pause and show my positions")
    assert reply.split("\n")[0].startswith("Paused: nothing is entered.")
    assert reply.split("\n")[1].startswith("PAPER · No open positions.")
    assert new.state.pause is not None


async def test_safer_is_done_and_riskier_is_read_back(new: Visit) -> None:
    reply = await new.hear("watch apple and set my risk to moderate")
    assert "now watching AAPL" in reply.text
    assert "risk tolerance: conservative → moderate" in reply.text
    assert [one.says for one in reply.buttons] == ["yes", "no"]
    await new.say("yes")
    assert new.state.preferences.trading.risk_tolerance == "moderate"


async def test_two_riskier_things_get_one_yes(new: Visit) -> None:
    asked = await new.say("set my risk to moderate and trade for me")
    assert asked.count("Yes or no?") == 2
    done = await new.say("yes")
    assert "conservative → moderate" in done
    assert "I now trade by myself" in done
    assert autonomy(new) is Autonomy.AUTO


async def test_if_one_part_is_unclear_nothing_is_done(new: Visit) -> None:
    before = new.state
    await new.say("pause and flibber the gabble")
    assert new.state is before


async def test_the_same_message_twice_is_one_command(new: Visit) -> None:
    assert "now watching AAPL" in await new.say("watch apple", name="7")
    await new.say("unwatch apple")
    assert await new.say("watch apple", name="7") == "That was done already."
    assert new.state.preferences.trading.watchlist == ()
    assert "now watching AAPL" in await new.say("watch apple", name="7", channel="phone")


async def test_the_same_undo_twice_is_one_undo(new: Visit) -> None:
    await new.say("watch apple")
    await new.say("watch coke")
    assert "Put back." in await new.say("undo", name="9")
    assert await new.say("undo", name="9") == "That was done already."
    assert new.state.preferences.trading.watchlist == ("AAPL",)


# --- who


async def test_a_viewer_looks_and_does_nothing(new: Visit) -> None:
    await new.agree("ask me before every trade")
    await new.until(lambda state: bool(state.proposals), beats=10)
    await admit(new, "chat:3", Role.VIEWER.value)
    before = new.state
    for look in ("status", "show my positions", "show my limits", "how am I doing?", "help", "why did you buy?"):
        assert "may not do that" not in await new.say(look, person="chat:3")
    acts = ("yes", "approve UNH", "pause", "stop everything", "trade for me", "undo", "watch apple", "resume")
    for act in acts:
        assert await new.say(act, person="chat:3") == "As viewer you may not do that; the owner can.", act
    for act in ("no", "reject UNH"):
        await new.say(act, person="chat:3")
    assert as_it_was(new.state) == as_it_was(before)


async def test_an_operator_does_all_but_grave_things(new: Visit) -> None:
    await admit(new, "chat:4", Role.OPERATOR.value)
    assert "Yes or no?" in await new.say("trade for me", person="chat:4")
    await new.say("yes", person="chat:4")
    assert autonomy(new) is Autonomy.AUTO
    assert (await new.say("stop everything", person="chat:4")).startswith("STOPPED")


async def test_a_stranger_gets_a_hint_a_minute_and_nothing_else(new: Visit) -> None:
    before = new.state
    hint = "This is a private trading account. Ask its owner for a pairing code, and send it here."
    assert await new.say("stop everything", person="stranger:1") == hint
    for text in ("status", "trade for me", "yes", "help"):
        reply = await new.hear(text, person="stranger:1")
        assert (reply.text, reply.speech, reply.buttons) == ("", "", ())
    assert await new.say("hello", person="stranger:2") == hint
    new.people.wait(60)
    assert await new.say("status", person="stranger:1") == hint
    assert as_it_was(new.state) == as_it_was(before)


# --- following up


async def test_what_was_said_last_is_said_again(new: Visit) -> None:
    assert await new.say("say that again") == "I have not said anything yet."
    status = await new.hear("status")
    again = await new.hear("say that again")
    assert (again.text, again.speech, again.buttons) == (status.text, status.speech, status.buttons)
    assert await new.say("say that again", channel="phone") == "I have not said anything yet."


async def test_one_of_two_readings_is_picked(new: Visit) -> None:
    asked = await new.say("lower my daily loss limit 1 percent")
    assert "Did you mean:\n  1. lower daily loss limit by 1%\n  2. set daily loss limit to 1%" in asked
    assert await new.say("the second one") == "Done.\n  daily loss limit: 3% → 1%"
    await new.say("lower my daily loss limit 1 percent")
    assert await new.say("the ninth one") == "Only 2 choices stood there; which of them do you mean?"


async def test_a_correction_takes_the_place_of_what_was_asked(new: Visit) -> None:
    await new.say("never lose more than 5 percent a day")
    assert "3% → 4%" in await new.say("make that 4 percent")
    await new.say("yes")
    assert new.state.preferences.risk.daily_loss_limit_pct == 4


async def test_a_bare_yes_to_nothing(new: Visit) -> None:
    assert await new.say("yes") == "There is nothing waiting for your answer."
    assert await new.say("no") == "There is nothing waiting for your answer."


def test_what_would_be_said_without_an_account() -> None:
    assert said_of("pause") == "understood: pause"
    assert said_of("flibber the gabble").startswith("I did not understand that")


def said_of(text: str) -> str:
    from intents.context import Context
    from intents.parser import parse
    from tests.journeys.house import the_language

    return said(parse(text, Context(NOON, "America/New_York"), the_language()))


async def test_requests_of_one_message_see_each_other(new: Visit) -> None:
    await new.say("watch apple")
    await new.say("add AMD and drop apple from my watchlist")
    await new.say("add JPM to my watchlist and add KO to my watchlist")
    assert new.state.preferences.trading.watchlist == ("AMD", "JPM", "KO")
    asked = await new.say("set risk to moderate and trade for me")
    assert "moderate limits, at most 10 positions of up to $8,000.00 each" in asked


async def test_a_contradiction_in_one_message_is_asked_back(new: Visit) -> None:
    said = await new.say("trade for me but ask me first")
    assert said == "That asks for two different things at once; say which one. Nothing was done."
    assert "nothing waiting" in await new.say("yes")
    assert autonomy(new) is Autonomy.OFF


async def test_an_undo_does_not_reach_past_what_cannot_be_undone(new: Visit) -> None:
    await new.say("never lose more than two percent a day")
    await new.say("stop everything")
    assert (await new.say("undo")).startswith('The kill switch is lifted by "resume"')
    asked = await new.say("undo")
    assert "daily loss limit: 2% → 3%" in asked
    assert (await new.say("undo")).startswith("All right, dropped: putting that back.")
    assert new.state.killed_at is not None


@pytest.mark.parametrize(
    ("acts", "why"),
    [
        (("stop everything",), 'The kill switch is lifted by "resume"'),
        (("stop everything", "resume", "yes"), "That entries were resumed is not put back by undo"),
        (("put in 100 paper dollars",), "Paper money is put in or taken out by saying so"),
    ],
)
async def test_an_undo_of_what_cannot_be_undone_names_the_change_before_it(
    new: Visit, acts: tuple[str, ...], why: str
) -> None:
    await new.say("watch apple")
    for act in acts:
        await new.say(act)
    said = await new.say("undo")
    assert said.startswith(why)
    assert said.endswith('Say "undo" once more to take back the change before it:\n  watchlist: added AAPL')
    assert new.state.preferences.trading.watchlist == ("AAPL",)
    assert await new.say("undo") == "Put back.\n  watchlist: removed AAPL"


async def test_an_undo_of_what_cannot_be_undone_promises_nothing_where_nothing_was_changed(new: Visit) -> None:
    await new.say("stop everything")
    assert await new.say("undo") == 'The kill switch is lifted by "resume", not by undo.'
    assert await new.say("undo") == "There is no change to put back."


async def test_never_mind_with_nothing_open_says_so_and_what_can_be_undone(new: Visit) -> None:
    nothing = "There is nothing waiting for your answer, so nothing was dropped."
    assert await new.say("never mind") == nothing
    assert await new.say("yes") == "There is nothing waiting for your answer."
    assert await new.say("never mind") == nothing
    await new.say("watch apple")
    assert await new.say("never mind") == f'{nothing} "undo" takes back what was changed last:\n  watchlist: added AAPL'
    assert new.state.preferences.trading.watchlist == ("AAPL",)
    await new.say("pause")
    assert (
        await new.say("never mind")
        == f'{nothing} "undo" takes back what was changed last:\n  pause: none → until resumed'
    )
    await new.say("stop everything")
    assert await new.say("never mind") == f'{nothing} The kill switch is lifted by "resume", not by undo.'


async def test_never_mind_to_a_missing_piece_drops_it(new: Visit) -> None:
    await new.say("set my risk")
    assert await new.say("never mind") == "All right, dropped. Nothing was changed."


async def test_trading_only_an_empty_watchlist_is_refused(new: Visit) -> None:
    assert "Then nothing could be bought" in await new.say("trade only what is on my watchlist")
    assert new.state.preferences.trading.universe == "any"
