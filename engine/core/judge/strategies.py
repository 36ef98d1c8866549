"""Judging which strategies are listened to: the owner's word, and the review at each session's close."""

from collections.abc import Iterator
from typing import Final

from engine.core import commands as c
from engine.core import events as e
from engine.core import oldest
from engine.core.judge.ground import Ground, Verdict
from engine.core.judge.withdraw import closed_proposal
from engine.core.refusals import Refusal, Refused
from engine.core.review import lagging
from engine.core.standing import StrategyStanding
from engine.core.strategies import chosen, follows, is_off, known, listened_to
from engine.core.words import Side, Skip

OWNER: Final = "owner"
UNDERPERFORMING: Final = "underperforming"


def set_strategy(command: c.SetStrategy, ground: Ground) -> Verdict:
    """Listen to a strategy, or do not; what it still asks and buys in parts ends with that, what is held stays."""
    refused = no_owner(command, ground) if command.why == OWNER else no_review(command, ground)
    if refused is not None:
        return refused
    result = None if command.why == OWNER else command.result
    standing = StrategyStanding(name=command.name, on=command.on, at=ground.scene.at, why=command.why, result=result)
    ended = () if command.on else tuple(ended_with(ground, command.name))
    return (e.StrategySet(strategy=standing), *ended)


def no_owner(command: c.SetStrategy, ground: Ground) -> Refused | None:
    """Why the owner's word is not done; None where nothing stands against it."""
    state, names = ground.state, known(ground.state, ground.scene)
    if command.name not in names:
        return Refused(Refusal.NO_STRATEGY, {"name": command.name, "names": list(names) or None})
    is_so = command.name in listened_to(state, ground.scene) if command.on else is_off(state, command.name)
    if is_so:
        return Refused(Refusal.STRATEGY_IS_SO, {"name": command.name, "state": "on" if command.on else "off"})
    first, most = chosen(state), state.preferences.strategy.max_strategies
    if command.on and len(first) >= most:
        return Refused(Refusal.TOO_MANY_STRATEGIES, {"name": command.name, "most": most, "names": list(first)})
    return None


def no_review(command: c.SetStrategy, ground: Ground) -> Refused | None:
    """A review only ever stops what lags too far behind, and only where the owner has it so."""
    wanted = next((one for one in reviews(ground) if one.name == command.name), None)
    if wanted is None or command.on or command.result != wanted.result:
        return Refused(Refusal.NOTHING_CHANGED, {"name": command.name})
    return None


def reviews(ground: Ground) -> Iterator[c.SetStrategy]:
    """The strategies that are to be paused for what they lost, in alphabetical order."""
    state, scene = ground.state, ground.scene
    if not state.preferences.strategy.auto_pause_underperforming:
        return
    followed = tuple(name for name in known(state, scene) if follows(state, scene, name))
    for name, found in lagging(state, scene, followed).items():
        yield c.SetStrategy(name=name, on=False, why=UNDERPERFORMING, result=found.result)


def ended_with(ground: Ground, name: str) -> Iterator[e.Event]:
    """Open questions to buy, and parts still to be bought, of a strategy that is not listened to any more."""
    for proposal in oldest.proposals(ground.state):
        if proposal.recommendation.source == name and proposal.decision.side is Side.BUY:
            yield from closed_proposal(proposal, ground.scene, Skip.STRATEGY_OFF)
    for plan in ground.state.tranches:
        if plan.recommendation.source == name:
            yield e.TranchesEnded(tranches=plan, outcome=Skip.STRATEGY_OFF)
