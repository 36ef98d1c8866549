"""Strategies in words: what is asked before one is followed again, and what became of it."""

from engine.bus import Done
from engine.core import commands as c
from engine.core import events as e
from engine.core.review import judged_since, reviewed
from engine.core.strategies import is_off, listened_to
from engine.view import View
from skills.skill import Say


def of_strategy(command: c.SetStrategy, view: View) -> Say:
    """How it did lately, why it is off, and whose place it would take."""
    state, scene, name = view.state, view.scene, command.name
    listened, found = listened_to(state, scene), reviewed(state, scene, name)
    full = len(listened) >= state.preferences.strategy.max_strategies
    standing = state.strategies.get(name)
    facts = {
        "account": state.kind.value,
        "name": name,
        "result": found.result if found.cost else None,
        "since": judged_since(state, scene, name),
        "paused_at": standing.at if standing is not None and is_off(state, name) and standing.result else None,
        "instead": listened[-1] if full and name not in listened else None,
    }
    return Say("ask.strategy", facts)


def strategy_set(event: e.StrategySet, outcome: Done) -> Say:
    """What is true of it now, and what ended with it."""
    name = event.strategy.name
    ended = (one for one in outcome.events if isinstance(one, e.ProposalClosed | e.TranchesEnded))
    facts = {
        "name": name,
        "ended": sum(1 for _ in ended) or None,
        "held": sorted(p.ticker for p in outcome.new.positions.values() if p.source == name) or None,
    }
    return Say("done.strategy.on" if event.strategy.on else "done.strategy.off", facts, ("positions",))
