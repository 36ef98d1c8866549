"""Market events and earnings in words."""

from dataclasses import replace

from bot.answers import rendered
from bot.happenings import event_ended, event_marked, of_end, of_weaker
from bot.phrases import Phrases
from engine.bus import Done
from engine.core import commands as c
from engine.core import events as e
from engine.core.words import EventScope, Severity
from skills.skill import Say
from tests.builders import a_market_event
from tests.skills.views import a_view, invested

PHRASES = Phrases.load()
STAPLES = a_market_event(scope=EventScope.SECTOR, target="consumer_staples", title="Recall")
"""High, from noon in New York on Friday 20 November for four hours."""


def said(say: Say) -> str:
    return rendered(say, PHRASES).text


def test_what_was_marked_is_said_with_the_holdings_that_it_touches() -> None:
    state = invested()
    outcome = Done((e.EventMarked(event=STAPLES),), state, replace(state, market_events=(STAPLES,)))
    assert said(event_marked(e.EventMarked(event=STAPLES), outcome)) == (
        "Noted: Recall: high risk for consumer staples from Fri 20 Nov 12:00 to Fri 20 Nov 16:00."
        " During that time stops of KO come nearer where they are not near enough already."
    )
    slight = e.EventMarked(event=replace(STAPLES, severity=Severity.LOW, title=""))
    assert said(event_marked(slight, Done((slight,), state, state))) == (
        "Noted: low risk for consumer staples from Fri 20 Nov 12:00 to Fri 20 Nov 16:00."
    )


def test_what_was_called_off_is_said() -> None:
    ended = e.EventEnded(event=a_market_event(scope=EventScope.MARKET, target=None, title=""), called_off=True)
    assert said(event_ended(ended, Done((ended,), invested(), invested()))) == (
        "Called off: high risk, which was to last until Fri 20 Nov 16:00. Stops stay where they are."
    )


def test_calling_off_is_asked_about_first() -> None:
    view = a_view(invested(market_events=(STAPLES,)))
    assert said(of_end(c.EndEvent(event_id="e1"), view)) == (
        "Call off Recall: high risk for consumer staples, which lasts until Fri 20 Nov 16:00?"
        " New stops are as wide as usual then; those that stand stay."
    )
    assert of_end(c.EndEvent(event_id="gone"), view).key == "ask.other"


def test_what_holds_still_is_named_before_and_after_one_is_called_off() -> None:
    market = a_market_event(id="m", scope=EventScope.MARKET, target=None, title="")
    low = replace(market, id="low", severity=Severity.LOW)
    state = invested(market_events=(STAPLES, market, low))
    assert said(of_end(c.EndEvent(event_id="e1"), a_view(state))).endswith(
        "New stops are as wide as usual then, except where this is noted still: high risk until Fri 20 Nov 16:00;"
        " those that stand stay."
    )
    ended = e.EventEnded(event=STAPLES, called_off=True)
    after = replace(state, market_events=(market, low))
    assert said(event_ended(ended, Done((ended,), state, after))).endswith(
        "Stops stay where they are. Still noted: high risk until Fri 20 Nov 16:00."
    )
    more = replace(after, market_events=(market, replace(STAPLES, id="other")))
    assert said(event_ended(ended, Done((ended,), state, more))).endswith(
        "Still noted: high risk until Fri 20 Nov 16:00 and Recall: high risk for consumer staples until Fri 20 Nov"
        " 16:00."
    )


def test_an_event_that_becomes_less_is_asked_about_from_one_to_the_other() -> None:
    view = a_view(invested(market_events=(STAPLES,)))
    low = replace(STAPLES, severity=Severity.LOW)
    for command in (c.MarkEvent(event=low), c.ImportEvents(events=(low, replace(low, id="other")))):
        assert said(of_weaker(command, view)) == (
            "PAPER · Less risk than is noted?\n"
            "  Recall: high risk for consumer staples from Fri 20 Nov 12:00 to Fri 20 Nov 16:00"
            " → Recall: low risk for consumer staples from Fri 20 Nov 12:00 to Fri 20 Nov 16:00\n"
            "Yes or no?"
        )
