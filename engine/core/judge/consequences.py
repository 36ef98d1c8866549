"""What changed settings end at once, in the same transaction: questions, entry orders, parts still to be bought."""

from collections.abc import Iterator
from dataclasses import replace

from engine.core import events as e
from engine.core import oldest
from engine.core.checks import KINDS
from engine.core.evaluate import decision
from engine.core.judge.entries import case_of
from engine.core.judge.ground import Ground
from engine.core.judge.permitted import barred, wish_of
from engine.core.judge.withdraw import (
    cancelled,
    cancelled_entries,
    closed_proposal,
    closed_rebalance,
    open_entries,
    withdrawn_entries,
)
from engine.core.nouns import Decision, Proposal, TraceLine
from engine.core.words import Autonomy, Origin, Skip


def consequences(before: Ground, after: Ground) -> tuple[e.Event, ...]:
    """Without autonomy nothing that was begun goes on, on ask nothing unasked does, and never what is barred now."""
    ended = unasked_ended(before, after)
    return (*ended, *barred_entries(before, after, ended))


def unasked_ended(before: Ground, after: Ground) -> tuple[e.Event, ...]:
    """What a lower autonomy ends of what the engine began, and the questions that would not be asked now."""
    was, now = (ground.state.preferences.trading.autonomy for ground in (before, after))
    if now is Autonomy.OFF and was is not Autonomy.OFF:
        closed = closed_rebalance(before.state, before.scene, Skip.AUTONOMY_OFF)
        return (*withdrawn_entries(before.state, before.scene, Skip.AUTONOMY_OFF), *closed)
    questions = tuple(closed_questions(before, after))
    if now is Autonomy.ASK and was is Autonomy.AUTO:
        return (*questions, *cancelled_entries(before.state, Skip.AUTONOMY_OFF))
    return questions


def closed_questions(before: Ground, after: Ground) -> Iterator[e.Event]:
    """Questions that would not be asked now, or not as the same kind of trade, and would have been before."""
    for proposal in oldest.proposals(before.state):
        then, now = (anew(ground, proposal) for ground in (before, after))
        if now.reason not in (Skip.NONE, then.reason):
            yield from closed_proposal(proposal, after.scene, now.reason, now.trace)
        elif now.micro != then.micro:
            line = TraceLine("kind", KINDS[now.micro], KINDS[then.micro], "reject")
            yield from closed_proposal(proposal, after.scene, Skip.OTHER_KIND, (*proposal.decision.trace, line))


def anew(ground: Ground, proposal: Proposal) -> Decision:
    """What would be decided of its recommendation, had nothing been asked yet."""
    wanted = proposal.recommendation
    decided = {key: None for key in ground.state.decided if key != wanted.id}
    unasked = ground._replace(state=replace(ground.state, proposals={}, decided=decided))
    return decision(case_of(unasked, wanted, Origin.RECOMMENDED), proposal.decision.id)


def barred_entries(before: Ground, after: Ground, ended: tuple[e.Event, ...]) -> Iterator[e.Event]:
    """Entries and parts of them in what the owner does not want bought any more, but for those `ended` already."""
    orders = {event.order.client_order_id for event in ended if isinstance(event, e.OrderUpdated)}
    plans = {event.tranches.decision_id for event in ended if isinstance(event, e.TranchesEnded)}
    for order in open_entries(before.state):
        reason = barred(after, wish_of(order))
        if reason is not Skip.NONE and order.client_order_id not in orders:
            yield cancelled(order, reason)
    for plan in before.state.tranches:
        reason = barred(after, plan.recommendation)
        if reason is not Skip.NONE and plan.decision_id not in plans:
            yield e.TranchesEnded(tranches=plan, outcome=reason)
