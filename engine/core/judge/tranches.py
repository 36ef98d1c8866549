"""Judging buys, whole or in parts: the first part goes with its decision, each later one is judged anew."""

from datetime import datetime, timedelta
from typing import Final

from engine.core import commands as c
from engine.core import events as e
from engine.core.case import Case
from engine.core.copying import replace
from engine.core.evaluate import CUT, decision
from engine.core.judge.exits import order_id
from engine.core.judge.ground import Ground, Verdict
from engine.core.judge.plans import buying, plan_of
from engine.core.kinds import Way, held_for, way_in
from engine.core.nouns import Decision, Order, Recommendation, TraceLine, Tranches
from engine.core.refusals import Refusal, Refused
from engine.core.rules import gradual
from engine.core.units import Money
from engine.core.valuation import sector_of
from engine.core.words import OrderStatus, OrderType, Origin, Side, Skip, TimeInForce


def way_of(ground: Ground, decided: Decision) -> Way:
    """How a decision to buy goes out."""
    return way_in(ground.state.preferences.trading.order_types, decided.price or 0, ground.policy)


KIND: Final = "order_kind"
"""The step that names the kind of order, its limit and its stop, where it is none at the market."""


def in_parts(ground: Ground, bought: Decision) -> Decision:
    """The decision to buy, with the lines that say as which kind of order and in how many parts.

    As it is where it goes at the market, all at once.
    """
    way = way_of(ground, bought)
    lines = () if way.kind is OrderType.MARKET else (TraceLine(KIND, way.kind.value, way.limit, "ok", way.stop_at),)
    decided = replace(bought, trace=(*bought.trace, *lines))
    parts = parts_of(ground, decided)
    if len(parts) == 1:
        return decided
    line = TraceLine("parts", len(parts), most_at_once(ground), "ok", parts[0])
    return replace(decided, trace=(*decided.trace, line))


def parts_of(ground: Ground, decided: Decision) -> tuple[int, ...]:
    """The shares of each part; all at once where the owner wants it so, and for a micro-trade."""
    if decided.micro or not ground.state.preferences.trading.gradual_entry:
        return (decided.shares,)
    dollars, most = decided.shares * (decided.price or 0), ground.policy.gradual_entry_parts
    count = gradual.parts(decided.shares, dollars, most_at_once(ground), most)
    return tuple(gradual.part_size(decided.shares, count, place) for place in range(count))


def most_at_once(ground: Ground) -> Money:
    """The money above which a position is bought in parts."""
    return gradual.threshold(ground.policy.gradual_entry_threshold, ground.worth.tradable)


def begun(ground: Ground, decided: Decision, wanted: Recommendation) -> tuple[e.Event, ...]:
    """The first order of a buy and, where it is only a part, the plan for the others."""
    first, *left = parts_of(ground, decided)
    intended = e.OrderIntended(order=buy_order(ground, replace(decided, shares=first), wanted))
    if not left:
        return (intended,)
    plan = Tranches(
        decision_id=decided.id,
        recommendation=wanted,
        left=tuple(left),
        bought=(first,),
        next_at=next_at(ground),
        shares=decided.shares,
    )
    return (e.TranchesPlanned(tranches=plan), intended)


def next_at(ground: Ground) -> datetime:
    return ground.scene.at + timedelta(minutes=ground.policy.gradual_entry_min)


def due(plan: Tranches, ground: Ground) -> bool:
    """Whether a next part's time has come; it waits until the part before is filled."""
    return bool(plan.left) and ground.scene.at >= plan.next_at and not buying(ground.state, plan)


def buy_tranche(command: c.BuyTranche, ground: Ground) -> Verdict:
    """Walk the next part through its gates; it is ordered, at most as large as planned, or all that is left ends."""
    plan = plan_of(ground.state, command.decision_id)
    if plan is None or not due(plan, ground):
        return Refused(Refusal.NOT_KNOWN, {"id": command.decision_id})
    decided = decision(case_of(ground, plan), plan.decision_id)
    if not decided.acts:
        return (e.TranchesEnded(tranches=plan, outcome=decided.reason, trace=decided.trace),)
    order = buy_order(ground, decided, plan.recommendation, len(plan.bought) + 1)
    planned = e.TranchesPlanned(tranches=gone_on(ground, plan, decided), trace=decided.trace)
    return (planned, e.OrderIntended(order=order))


def case_of(ground: Ground, plan: Tranches) -> Case:
    state, scene, policy = ground
    return Case(plan.recommendation, Origin.TRANCHE, state, scene, ground.limits, policy, ground.worth, plan.left[0])


def gone_on(ground: Ground, plan: Tranches, decided: Decision) -> Tranches:
    """The plan with one part more, and the limit that made it smaller, if one did."""
    cut = next((Skip[str(line.value).upper()] for line in decided.trace if line.step == CUT), plan.cut)
    bought = (*plan.bought, decided.shares)
    return replace(plan, left=plan.left[1:], bought=bought, next_at=next_at(ground), cut=cut)


def buy_order(ground: Ground, decided: Decision, wanted: Recommendation, tranche: int = 1) -> Order:
    """The buy that carries a decision, or a part of it, out, good for its session; its cash is held from now on.

    Its sector is that which the gates went by.
    """
    way = way_of(ground, decided)
    return Order(
        client_order_id=order_id(ground, decided, tranche),
        decision_id=decided.id,
        ticker=decided.ticker,
        side=Side.BUY,
        shares=decided.shares,
        origin=decided.origin,
        status=OrderStatus.INTENDED,
        intended_at=decided.at,
        reserved=held_for(decided.shares, decided.price or 0, way, ground.policy),
        stop=decided.stop,
        take=decided.take,
        atr=ground.scene.atr.get(decided.ticker) or levels_atr(decided),
        confidence=decided.confidence or 0.0,
        sector=sector_of(ground.state, ground.scene, decided.ticker, wanted.sector),
        why=decided.thesis,
        micro=decided.micro,
        source=wanted.source,
        kind=way.kind,
        limit=way.limit,
        stop_at=way.stop_at,
        good=TimeInForce.DAY,
    )


def levels_atr(decided: Decision) -> Money:
    """The ATR that the decision's levels were made from, as its trace has it."""
    return next((int(line.value) for line in decided.trace if line.step == "atr" and line.value), 0)
