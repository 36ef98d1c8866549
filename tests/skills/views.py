"""Accounts to ask about, as skills see them."""

from datetime import timedelta
from typing import Any

from bot.answers import button, rendered
from bot.phrases import Phrases
from engine.core.nouns import ClosedTrade, Decision, Snapshot
from engine.core.policy import DEFAULT_POLICY
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.units import money
from engine.view import History, View
from skills.explain import Explain, explain_decision
from skills.skill import Say
from tests.builders import DAY, NOON, a_position, a_snapshot, a_state
from tests.engine.scenes import a_scene, holding, prefer
from tests.journeys.house import UNFIT, UNSPEAKABLE

PHRASES = Phrases.load()
PRICES = {"KO": "63", "PEP": "150", "AAPL": "200"}


def a_view(
    state: State | None = None,
    scene: Scene | None = None,
    decisions: tuple[Decision, ...] = (),
    trades: tuple[ClosedTrade, ...] = (),
    snapshots: tuple[Snapshot, ...] = (),
) -> View:
    """An account with $10,000 that acts alone."""
    history = History()
    history.decisions.extend(decisions)
    history.trades.extend(trades)
    history.snapshots.extend(snapshots)
    account = state or a_state(preferences=prefer())
    return View(account, scene or a_scene(prices=PRICES), DEFAULT_POLICY, history)


def invested(**changes: Any) -> State:
    """Ten shares of KO, bought at 60, with 9,400 left."""
    return holding(a_state(preferences=prefer(), **changes), a_position())


def days(*equities: str) -> tuple[Snapshot, ...]:
    """One snapshot a weekday, the last one on the day before DAY; the benchmark is not known."""
    first = DAY - timedelta(days=len(equities))
    put_in = money("10000")
    return tuple(
        a_snapshot(
            one,
            session=first + timedelta(days=n),
            at=NOON - timedelta(days=len(equities) - n),
            benchmark=None,
            contributed=put_in,
        )
        for n, one in enumerate(equities)
    )


def words(answer: object) -> str:
    """What is said, fit to be read and to be heard."""
    assert isinstance(answer, Say), answer
    spoken = rendered(answer, PHRASES)
    assert not UNFIT.search(spoken.text), spoken.text
    assert not UNSPEAKABLE & set(spoken.speech), spoken.speech
    assert all(button(one, PHRASES).says for one in answer.buttons)
    return spoken.text


def explained(view: View, about: str, ticker: str | None = None) -> Say:
    """The answer to a question about a decision, which is never long."""
    answer = explain_decision(Explain.model_validate({"about": about, "ticker": ticker}), view)
    assert len(words(answer).splitlines()) <= 4
    return answer


def told(view: View, about: str, ticker: str | None = None) -> str:
    return words(explained(view, about, ticker))
