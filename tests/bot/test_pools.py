"""What is said of reserve, breakers, tier and the sale of everything, when a person asked for it."""

from dataclasses import replace

from bot import answers, outcomes
from bot.phrases import Phrases
from bot.putting_back import beyond_undo, put_back_by_undo, without_change
from bot.readback import read_back
from engine.bus import Done
from engine.core import commands as c
from engine.core.policy import DEFAULT_POLICY
from engine.core.state import State
from engine.core.units import money
from engine.core.words import BreakerKind, Tier
from engine.view import History, View
from skills.limits import show_limits
from skills.skill import NoSlots, Say
from skills.status import show_status
from tests.builders import a_breaker
from tests.engine.scenes import a_holding, a_scene, an_account, done, holding, judged, prefer

PHRASES = Phrases.load()


def text(say: Say) -> str:
    return answers.rendered(say, PHRASES).text


def after(state: State, command: c.Command) -> str:
    """What is answered when a command was done."""
    return text(outcomes.done(came_of(state, command)))


def came_of(state: State, command: c.Command) -> Done:
    return Done(judged(command, state), state, done(state, command))


def a_view(state: State) -> View:
    return View(state, a_scene(), DEFAULT_POLICY, History())


def test_moves_of_the_reserve_say_what_is_left() -> None:
    state = an_account("1000", reserve=money("100"))
    assert after(state, c.MoveReserve(amount=money("50"), by="owner")) == (
        "PAPER · $50.00 set aside. The reserve is $150.00 now, free cash $850.00."
    )
    out = c.MoveReserve(amount=money("-40"), by="owner")
    assert "taken out of the reserve, to be traded with. The reserve is $60.00 now" in after(state, out)
    assert text(read_back(out, a_view(state))) == (
        "PAPER · Take $40.00 out of the reserve? $60.00 stays set aside; "
        "what may be traded with goes from $900.00 to $940.00."
    )


def test_resets_name_the_breakers_and_what_holds_besides() -> None:
    key = (BreakerKind.DAILY_LOSS, None)
    state = an_account(breakers={key: a_breaker()})
    assert "Reset: daily loss breaker" in text(read_back(c.ResetBreakers(by="owner"), a_view(state)))
    assert "In this session the daily loss breaker does not trip again." in after(state, c.ResetBreakers(by="owner"))
    assert "the kill switch still keeps entries back" in after(
        done(state, c.StopEverything()), c.ResetBreakers(by="owner")
    )


def test_a_breaker_of_the_owners_can_be_tripped_again_once_it_is_reset() -> None:
    own, loss = (BreakerKind.MANUAL, None), (BreakerKind.DAILY_LOSS, None)
    state = an_account(breakers={own: a_breaker(kind=BreakerKind.MANUAL)})
    asked = text(read_back(c.ResetBreakers(by="owner"), a_view(state)))
    assert "Reset: manual breaker? What you trip yourself can be tripped again at any time. A new" in asked
    assert "does not trip again" not in after(state, c.ResetBreakers(by="owner"))
    both = an_account(breakers={loss: a_breaker(), own: a_breaker(kind=BreakerKind.MANUAL)})
    asked = text(read_back(c.ResetBreakers(by="owner"), a_view(both)))
    assert "Reset: daily loss breaker and manual breaker? In this session the daily loss breaker does not" in asked


def test_the_owners_breaker_and_the_sale_of_everything_are_confirmed() -> None:
    trip = c.TripBreaker(kind=BreakerKind.MANUAL, ticker=None, threshold=0, actual=0, by="owner")
    assert after(an_account(), trip).startswith('Done: nothing is entered until you say "resume".')
    held = holding(an_account(), a_holding("KO", shares=5))
    assert "5 shares of KO" in after(held, c.Flatten(by="owner"))
    assert after(an_account(), c.Flatten(by="owner")).startswith("PAPER · Everything is stopped")


def test_answers_say_both_tiers_where_they_differ_and_what_a_rise_lacks() -> None:
    lowered = an_account(preferences=prefer(trading__risk_tolerance="moderate"), ceiling=Tier.CONSERVATIVE)
    said = text(show_status(NoSlots(), a_view(lowered)))
    assert "conservative limits (you chose moderate; lowered at a session's close)" in said
    limits = text(show_limits(NoSlots(), a_view(lowered)))
    assert (
        "to rise by themselves at a close they lack: 10 trades closed in 30 sessions (there are 0), more than "
        in limits
    )
    assert "the moderate tier is your choice" in text(show_limits(NoSlots(), a_view(replace(lowered, ceiling=None))))
    assert "you chose" not in text(show_limits(NoSlots(), a_view(replace(lowered, ceiling=None))))
    again = c.ChangePreferences(patch={"trading.risk_tolerance": "moderate"}, by="owner")
    assert "Your moderate limits hold again (they had been lowered to conservative)" in after(lowered, again)
    assert "conservative → moderate" in text(read_back(again, a_view(lowered)))


def test_undo_does_not_put_back_that_a_lowered_tier_holds_again() -> None:
    lowered = an_account(preferences=prefer(trading__risk_tolerance="moderate"), ceiling=Tier.CONSERVATIVE)
    again = c.ChangePreferences(patch={"trading.risk_tolerance": "moderate"}, by="owner")
    assert not put_back_by_undo(came_of(lowered, again))
    less = c.ChangePreferences(patch={"risk.daily_loss_limit_pct": 2}, by="owner")
    assert put_back_by_undo(came_of(lowered, less))
    said = text(beyond_undo(without_change(again), a_view(lowered)))
    assert said.startswith("That your own limits hold again cannot be put back")
