"""Judging moves of the tier in force, at a session's close."""

from engine.core import commands as c
from engine.core import events as e
from engine.core.appliers.reserve import chosen_for_good
from engine.core.judge.ground import Ground, Verdict
from engine.core.refusals import Refusal, Refused
from engine.core.rules import tiers
from engine.core.state import State
from engine.core.tiering import figures, tier_change
from engine.core.words import Tier, TierSource


def move_tier(_command: c.MoveTier, ground: Ground) -> Verdict:
    """Move the tier in force a step down or up, where the rule says so; once a session, when it has closed.

    The lowest tier, chosen for a time only, stays beyond that time where the rule would lower it.
    """
    state, scene = ground.state, ground.scene
    if scene.at < scene.day.closes_at or moved_today(ground):
        return Refused(Refusal.ALREADY_DONE, {"session": scene.day.date.isoformat()})
    chosen, found = state.preferences.trading.risk_tolerance, figures(state, scene)
    rank = tiers.moved(state.tier.rank, chosen.rank, found)
    if rank == state.tier.rank and not (tiers.falls(found) and would_rise(state)):
        return Refused(Refusal.ALREADY_DONE, {"session": scene.day.date.isoformat()})
    return (e.TierChanged(change=tier_change(state, scene, list(Tier)[rank], TierSource.AUTO)),)


def would_rise(state: State) -> bool:
    """Whether a higher tier holds when the time of the owner's choice is over, and nothing that was lowered bars it."""
    rank = chosen_for_good(state).rank
    return (rank if state.ceiling is None else min(rank, state.ceiling.rank)) > state.tier.rank


def moved_today(ground: Ground) -> bool:
    """Whether the rule has moved the tier since this session's close."""
    last = ground.state.tier_move
    return last is not None and last.source is TierSource.AUTO and last.at >= ground.scene.day.closes_at
