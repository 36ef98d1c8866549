"""The week's rebalancing in words: asked, told again after a start, answered, and told when it is done or off."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot import outcomes
from bot.answers import rendered
from bot.notify import Notifier
from bot.phrases import Phrases
from engine.adapters.memory_store import MemoryStore
from engine.bus import Done
from engine.core import commands as c
from engine.core import events as e
from engine.core.announce import announced
from engine.core.announcement import Moment
from engine.core.apply import applied
from engine.core.policy import DEFAULT_POLICY
from engine.core.standing import Rebalance, Trim
from engine.core.state import State
from engine.core.words import Skip
from engine.view import History, View
from skills.skill import NoSlots
from skills.status import show_status
from tests.bot.test_notify import Screen
from tests.builders import DAY, NOON, a_proposal, a_state
from tests.engine.scenes import a_holding, a_scene, an_account, holding, judged, prefer
from tests.fakes import FakeClock
from tests.skills.views import a_view, words

PHRASES = Phrases.load()
TRIMS = (Trim("KO", 37, "position"), Trim("PEP", 5, "sector"))
ASKED = Rebalance(id="r1", trims=TRIMS, asked_at=NOON, lapses_at=NOON + timedelta(minutes=5))
HELD = holding(an_account(preferences=prefer(trading__autonomy="ask")), a_holding("KO"), a_holding("PEP", "150", 40))
WAITING = replace(HELD, rebalance=ASKED)
SCENE = a_scene()


async def shown(state: State, *events: e.Event) -> list[str]:
    """What the owner reads of these events."""
    screen = Screen()
    notifier = Notifier(a_state, MemoryStore(), FakeClock(NOON), PHRASES, screen.push)
    for one in announced(events, Moment(state, applied(state, events), SCENE)):
        await notifier.cry(one)
    return screen.shown


def answered(command: c.Command, state: State = WAITING, scene: Any = SCENE) -> str:
    events = judged(command, state, scene)
    view = View(state, scene, DEFAULT_POLICY, History())
    return rendered(outcomes.told(Done(events, state, applied(state, events)), view), PHRASES).text


async def test_it_is_asked_with_what_it_would_sell_and_why() -> None:
    assert await shown(HELD, e.RebalanceProposed(rebalance=ASKED)) == [
        (
            "PAPER · Fri 20 Nov 12:00 · The week's rebalancing: shall I sell $2,970.00 (2.97% of the account) "
            "of what is over your limits?\n"
            "  37 shares of KO, about $2,220.00, as the position is over its limit\n"
            "  5 shares of PEP, about $750.00, as its sector is over its limit\n"
            "Yes or no, within 5 min."
        )
    ]


async def test_what_is_sold_by_itself_is_told_by_limit() -> None:
    crowded = e.Rebalanced(session=DAY, trims=(Trim("KO", 100, "count"),), outcome=Skip.NONE)
    assert await shown(HELD, crowded) == [
        (
            "PAPER · Fri 20 Nov 12:00 · The week's rebalancing sells $6,000.00 (6% of the account):\n"
            "  100 shares of KO, about $6,000.00, as there are more positions than you allow"
        )
    ]


async def test_that_it_is_off_is_told_with_the_reason() -> None:
    lapsed = e.Rebalanced(session=DAY, trims=TRIMS, outcome=Skip.LAPSED)
    assert await shown(WAITING, lapsed) == [
        (
            "PAPER · Fri 20 Nov 12:00 · The week's rebalancing is off, as nobody answered in time, which is a no. "
            "Nothing was sold."
        )
    ]


async def test_after_a_start_it_is_asked_again_with_the_time_that_is_left() -> None:
    screen = Screen()
    notifier = Notifier(a_state, MemoryStore(), FakeClock(NOON), PHRASES, screen.push)
    await notifier.remind(WAITING, replace(SCENE, wall=NOON + timedelta(minutes=3)))
    assert [text.rpartition("\n")[2] for text in screen.shown] == ["Yes or no, within 2 min."]
    assert screen.buttons == ["yes", "no", "why?"]
    await notifier.remind(WAITING, replace(SCENE, wall=NOON + timedelta(minutes=5)))
    await notifier.remind(HELD, SCENE)
    assert len(screen.shown) == 1


@pytest.mark.parametrize(
    ("command", "scene", "text"),
    [
        (c.Reject(), SCENE, "Declined: nothing is sold. I look again in the next week's first session."),
        (c.Approve(), SCENE, "PAPER · Selling: 17 shares of KO and 7 shares of PEP. The result follows."),
        (
            c.Approve(),
            a_scene(prices={"KO": "40", "PEP": "100"}),
            "Nothing is over your limits any more, so nothing is sold.",
        ),
        (
            c.Approve(),
            a_scene(healthy=False),
            "Too late for the rebalancing: The engine was not well, and enters nothing then. Nothing was sold.",
        ),
    ],
)
def test_the_answer_says_what_comes_of_it(command: c.Command, scene: Any, text: str) -> None:
    assert answered(command, scene=scene) == text


def test_a_no_to_all_tells_of_trades_and_rebalancing() -> None:
    trade = a_proposal()
    both = replace(WAITING, proposals={trade.decision.id: trade})
    assert answered(c.Reject(), both).split("\n") == [
        "Declined: KO is left alone.",
        "Declined: nothing is sold. I look again in the next week's first session.",
    ]


def test_status_counts_it_among_what_waits() -> None:
    assert "1 question" in words(show_status(NoSlots(), a_view(WAITING)))
