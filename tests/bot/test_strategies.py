"""Strategies in words: the question before one is followed, and what became of it."""

from bot import strategies
from bot.answers import rendered
from bot.phrases import Phrases
from bot.readback import read_back
from engine.bus import Done
from engine.core import commands as c
from engine.core.announce import announced
from engine.core.announcement import Moment
from engine.core.apply import applied
from engine.core.events import StrategySet
from engine.core.refusals import Refused
from engine.core.scene import Scene
from engine.core.standing import StrategyStanding
from engine.core.state import State
from engine.core.words import Skip
from skills.skill import Say
from tests.builders import NOON, a_proposal, a_trade
from tests.engine.scenes import a_holding, a_scene, an_account, holding, judged, prefer, refused
from tests.skills.views import a_view

PHRASES = Phrases.load()
SCENE = a_scene(sources=("breakout", "mean_reversion", "momentum"))
OFF = {"momentum": StrategyStanding(name="momentum", on=False, at=NOON, why="underperforming", result=-0.1)}


def said(say: Say) -> str:
    return rendered(say, PHRASES).text


def asked(state: State, scene: Scene = SCENE, name: str = "mean_reversion") -> str:
    return said(read_back(c.SetStrategy(name=name, on=True), a_view(state, scene)))


def done(command: c.SetStrategy, state: State) -> str:
    events = judged(command, state, SCENE)
    event = events[0]
    assert isinstance(event, StrategySet)
    return said(strategies.strategy_set(event, Done(events, state, applied(state, events))))


def test_before_a_paused_strategy_is_followed_again_its_result_is_told() -> None:
    state = an_account(strategies=OFF, trades=(a_trade(source="momentum", realised="-60", closed_at=NOON),))
    assert asked(state, name="momentum") == (
        "PAPER · Follow the strategy momentum again, which was paused on Fri 20 Nov 2026? "
        "Since Wed 21 Oct 2026 it brought −10%. What it recommends is bought within your limits."
    )


def test_before_one_takes_anothers_place_that_is_told() -> None:
    assert asked(an_account(preferences=prefer(strategy__max_strategies=1))) == (
        "PAPER · Follow the strategy mean reversion? It takes the place of breakout. "
        "What it recommends is bought within your limits."
    )


def test_what_ended_and_what_is_held_is_told_when_one_is_switched_off() -> None:
    state = holding(an_account(proposals={"d1": a_proposal()}), a_holding(source="momentum"))
    assert done(c.SetStrategy(name="momentum", on=False, by="owner"), state) == (
        "Done: nothing is bought any more that the strategy momentum recommends. "
        "1 question or purchase in parts ended. Held from it, with their stops: KO."
    )


def test_one_that_is_followed_again_is_told_plainly() -> None:
    on = done(c.SetStrategy(name="momentum", on=True, by="owner"), an_account(strategies=OFF))
    assert on == "Done: the strategy momentum is followed."


def test_refusals_name_what_there_is() -> None:
    def no(name: str, state: State, *, on: bool = True) -> str:
        found = refused(c.SetStrategy(name=name, on=on, by="owner"), state, SCENE)
        assert isinstance(found, Refused)
        return PHRASES.say(f"refused.{found.code}", found.facts).text

    one = an_account(preferences=prefer(strategy__max_strategies=1))
    chosen = {"momentum": StrategyStanding(name="momentum", on=True, at=NOON, why="owner")}
    assert no("astrology", one) == (
        "I know no strategy called astrology. There is breakout, mean reversion and momentum."
    )
    assert no("breakout", one) == "The strategy breakout is on already."
    assert no("breakout", an_account(preferences=one.preferences, strategies=chosen)).startswith(
        "You follow 1 strategy at most, and chose momentum. Switch one off first"
    )


def test_a_pause_by_the_engine_is_told_with_its_figures() -> None:
    state = holding(
        an_account(trades=(a_trade(source="momentum", realised="-300", closed_at=NOON),)), a_holding(source="momentum")
    )
    event = StrategySet(strategy=OFF["momentum"])
    (told,) = announced((event,), Moment(state, applied(state, (event,)), SCENE))
    assert PHRASES.say(told.key, {**told.facts, "at": told.at}).text == (
        "PAPER · Fri 20 Nov 12:00 · The strategy momentum is paused: −10% since Wed 21 Oct 2026, and 5% down is the "
        "most that you let it be. It buys nothing until it is switched on again; what came from it stays, with its "
        "stops: 1 position."
    )


def test_why_not_names_the_strategy() -> None:
    facts = {"value": "mean_reversion", "limit": 2}
    assert PHRASES.say(f"skip.{Skip.STRATEGY_OFF.code}", facts).text == (
        'It came from mean reversion, a strategy that is not followed; 2 at most are; "turn mean reversion on" lets '
        "such trades through."
    )
