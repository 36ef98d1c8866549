"""Judging the owner's hand on breakers, and the sale of everything."""

from collections.abc import Iterator
from dataclasses import replace

from engine.core import commands as c
from engine.core import events as e
from engine.core.appliers.switches import OWNER_HELD
from engine.core.apply import applied
from engine.core.judge.exits import sold
from engine.core.judge.ground import Ground, Verdict
from engine.core.judge.plans import ended as ended_plans
from engine.core.judge.withdraw import withdrawn_entries
from engine.core.nouns import TraceLine
from engine.core.refusals import Refusal, Refused
from engine.core.state import BreakerKey, State
from engine.core.words import BreakerKind, Origin, Skip


def reset_breakers(command: c.ResetBreakers, ground: Ground) -> Verdict:
    """End the breakers that stand, by the owner's word; those with a cooldown do not trip again in this session.

    The drawdown is counted from today's equity then, as it is when he resumes.
    """
    wanted = [key for key in ground.state.breakers if command.ticker in (None, key[1])]
    if not wanted:
        return Refused(Refusal.NO_BREAKER, {"ticker": command.ticker})
    return tuple(ended(ground, key) for key in sorted(wanted, key=named))


def named(key: BreakerKey) -> tuple[str, str]:
    return key[0].value, key[1] or ""


def ended(ground: Ground, key: BreakerKey) -> e.BreakerResolved:
    kind, ticker = key
    peak = ground.worth.equity if kind is BreakerKind.MAX_DRAWDOWN else None
    return e.BreakerResolved(kind=kind, ticker=ticker, waived=kind not in OWNER_HELD, peak=peak)


def flatten(_command: c.Flatten, ground: Ground) -> Verdict:
    """Enter nothing any more, withdraw what is asked and ordered to be bought, and sell every position."""
    state, at = ground.state, ground.scene.at
    began = () if state.flatten_at else (e.FlattenBegan(at=at),)
    killed = () if state.killed_at else (e.EngineKilled(at=at),)
    withdrawn = withdrawn_entries(state, ground.scene, Skip.KILLED)
    before = (*began, *killed, *withdrawn)
    events = (*before, *sales(after(ground, before)))
    if not is_flat(state) and events:
        return events
    return Refused(Refusal.ALREADY_FLAT, {"selling": sorted(state.positions) or None})


def give_up_parts(_command: c.GiveUpParts, ground: Ground) -> Verdict:
    """End every entry that is bought in parts with what it has; what its parts have brought stays."""
    plans = ground.state.tranches
    return ended_plans(plans, Skip.STOPPING) or Refused(Refusal.ALREADY_DONE, {"plans": 0})


def is_flat(state: State) -> bool:
    """Whether nothing is entered any more, and nothing is held, ordered, asked or still to be bought in parts."""
    return state.killed_at is not None and not (state.positions or state.orders or state.proposals or state.tranches)


def after(ground: Ground, events: tuple[e.Event, ...]) -> Ground:
    """The same ground once these events have happened."""
    state = applied(ground.state, events)
    return ground._replace(state=replace(state, seq=ground.state.seq + len(events)))


def sales(ground: Ground) -> Iterator[e.Event]:
    """A sell of each position that is not being sold wholly already."""
    for ticker in sorted(ground.state.positions):
        line = TraceLine(Origin.FLATTEN.value, ground.scene.price(ticker))
        verdict = sold(ground, ticker, Origin.FLATTEN, line)
        if not isinstance(verdict, Refused):
            ground = after(ground, verdict)
            yield from verdict
