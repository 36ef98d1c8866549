"""Judging moves of the tier in force, at a session's close."""

from engine.core import commands as c
from engine.core import events as e
from engine.core.judge.ground import Ground, Verdict
from engine.core.refusals import Refusal, Refused
from engine.core.rules import tiers
from engine.core.tiering import figures, tier_change
from engine.core.words import Tier, TierSource


def move_tier(_command: c.MoveTier, ground: Ground) -> Verdict:
    """Move the tier in force a step down or up, where the rule says so; once a session, when it has closed."""
    state, scene = ground.state, ground.scene
    if scene.at < scene.day.closes_at or moved_today(ground):
        return Refused(Refusal.ALREADY_DONE, {"session": scene.day.date.isoformat()})
    chosen = state.preferences.trading.risk_tolerance
    rank = tiers.moved(state.tier.rank, chosen.rank, figures(state, scene))
    if rank == state.tier.rank:
        return Refused(Refusal.ALREADY_DONE, {"session": scene.day.date.isoformat()})
    return (e.TierChanged(change=tier_change(state, scene, list(Tier)[rank], TierSource.AUTO)),)


def moved_today(ground: Ground) -> bool:
    """Whether the rule has moved the tier since this session's close."""
    last = ground.state.tier_move
    return last is not None and last.source is TierSource.AUTO and last.at >= ground.scene.day.closes_at
