"""Judging recommendations: received, decided, proposed, answered."""

from datetime import timedelta

from engine.core import commands as c
from engine.core import events as e
from engine.core import oldest
from engine.core.apply import applied
from engine.core.case import Case
from engine.core.copying import replace
from engine.core.evaluate import decision
from engine.core.judge import trimming
from engine.core.judge.exits import sell_order
from engine.core.judge.ground import Ground, Verdict
from engine.core.judge.plans import ended_by_sale
from engine.core.judge.safety import safe
from engine.core.judge.tranches import begun, in_parts
from engine.core.judge.withdraw import closed_proposal, closed_rebalance
from engine.core.nouns import Decision, Proposal, Recommendation, TraceLine
from engine.core.questions import REBALANCE, is_over, open_questions
from engine.core.refusals import Refusal, Refused
from engine.core.stopping import Watch, resignalled
from engine.core.units import Ticker
from engine.core.valuation import value
from engine.core.words import Autonomy, Origin, Side, Skip


def receive_recommendation(command: c.ReceiveRecommendation, ground: Ground) -> Verdict:
    """Keep it once; the same id again is nothing new, and one that names no source is refused."""
    wanted = command.recommendation
    if not wanted.source.strip():  # only what the owner wants himself has none
        allowed = "the name of who recommends it"
        return Refused(Refusal.BAD_VALUE, {"field": "source", "asked": wanted.source, "allowed": allowed})
    if wanted.id in ground.state.pending or wanted.id in ground.state.decided:
        return Refused(Refusal.ALREADY_DONE, {"id": wanted.id})
    return (e.RecommendationReceived(recommendation=wanted),)


def consider(command: c.Consider, ground: Ground) -> Verdict:
    """Decide a recommendation; in ask mode one that passes becomes a question to the owner."""
    wanted = ground.state.pending.get(command.recommendation_id)
    if wanted is None:
        return Refused(Refusal.NOT_KNOWN, {"id": command.recommendation_id})
    decided = decision(case_of(ground, wanted, Origin.RECOMMENDED), f"d{ground.next_seq}")
    answer = answered(ground, decided, wanted)
    return (*answer, *looked_at_anew(ground, answer, wanted))


def answered(ground: Ground, decided: Decision, wanted: Recommendation) -> tuple[e.Event, ...]:
    if decided.acts and ground.state.preferences.trading.autonomy is Autonomy.ASK:
        return (e.Proposed(proposal=proposal_of(ground, decided, wanted)),)
    return carried_out(ground, decided, wanted)


def looked_at_anew(ground: Ground, answer: tuple[e.Event, ...], wanted: Recommendation) -> tuple[e.StopMoved, ...]:
    """The stop of what is held and stays so, where the recommendation says something else than its position."""
    if wanted.ticker not in ground.state.positions:  # only a fill makes one
        return ()
    after = applied(ground.state, answer)
    return resignalled(Watch(after, ground.scene, ground.limits, ground.policy), wanted)


def case_of(ground: Ground, wanted: Recommendation, origin: Origin) -> Case:
    state, scene, policy = ground
    limits = ground.limits
    return Case(wanted, origin, state, scene, limits, policy, value(state, scene, limits))


def proposal_of(ground: Ground, decided: Decision, wanted: Recommendation) -> Proposal:
    asked_at = ground.scene.wall
    lapses_at = asked_at + timedelta(seconds=ground.policy.proposal_seconds)
    return Proposal(decision=decided, recommendation=wanted, asked_at=asked_at, lapses_at=lapses_at)


def carried_out(ground: Ground, decided: Decision, wanted: Recommendation) -> tuple[e.Event, ...]:
    """A decision and, where it acts, the order that it means; a large buy's first part, with the plan for the rest."""
    if not decided.acts:
        return (e.Decided(decision=decided),)
    if decided.side is Side.BUY:
        return (e.Decided(decision=in_parts(ground, decided)), *begun(ground, decided, wanted))
    order = e.OrderIntended(order=sell_order(ground, decided))
    return (e.Decided(decision=decided), order, *ended_by_sale(ground.state, decided.ticker))


def abandon_recommendation(command: c.AbandonRecommendation, ground: Ground) -> Verdict:
    """Store a recommendation whose evaluation failed as a skip."""
    wanted = ground.state.pending.get(command.recommendation_id)
    if wanted is None:
        return Refused(Refusal.NOT_KNOWN, {"id": command.recommendation_id})
    skipped = Decision(
        id=f"d{ground.next_seq}",
        at=ground.scene.at,
        session=ground.scene.day.date,
        ticker=wanted.ticker,
        side=wanted.action,
        origin=Origin.RECOMMENDED,
        reason=Skip.EVALUATION_ERROR,
        recommendation_id=wanted.id,
        source=wanted.source,
        confidence=wanted.confidence,
        thesis=wanted.thesis,
        trace=(TraceLine("evaluation", command.error, None, "reject"),),
    )
    return (e.Decided(decision=skipped),)


def chosen(ground: Ground, tickers: tuple[Ticker, ...]) -> list[Proposal]:
    waiting = oldest.proposals(ground.state)
    return [proposal for proposal in waiting if not tickers or proposal.decision.ticker in tickers]


def approve(command: c.Approve, ground: Ground) -> Verdict:
    """The owner's yes: the gates run again on fresh prices, then it is done or stored as the skip that it became."""
    waiting = open_questions(ground.state)
    absent = sorted({*command.tickers} - {*waiting})
    if absent or not waiting:
        return Refused(Refusal.NO_PROPOSAL, {"tickers": absent or None})
    if len(waiting) > 1 and not command.tickers:
        return Refused(Refusal.WHICH_PROPOSAL, {"tickers": waiting})
    events: tuple[e.Event, ...] = ()
    now = ground
    for proposal in chosen(ground, command.tickers):
        safely = safe((*events, *approved(now, proposal)), ground)
        if isinstance(safely, Refused):
            return safely
        events, now = safely, later(ground, safely)
    return (*events, *trimming.approved(now)) if rebalances(now, command.tickers) else events


def later(ground: Ground, answer: tuple[e.Event, ...]) -> Ground:
    """The account after some of a verdict's events; journal numbers go on."""
    state = applied(ground.state, answer)
    return ground._replace(state=replace(state, seq=ground.state.seq + len(answer)))


def rebalances(ground: Ground, tickers: tuple[Ticker, ...]) -> bool:
    """Whether an answer is one to the week's rebalancing, too."""
    return ground.state.rebalance is not None and (not tickers or REBALANCE in tickers)


def approved(ground: Ground, proposal: Proposal) -> tuple[e.Event, ...]:
    if is_over(proposal, ground.scene.wall):
        return closed_proposal(proposal, ground.scene, Skip.LAPSED)
    without = replace(ground.state, proposals=_others(ground, proposal))
    case = case_of(ground._replace(state=without), proposal.recommendation, Origin.PROPOSAL)
    decided = decision(case, proposal.decision.id)
    closed = e.ProposalClosed(decision_id=decided.id, ticker=decided.ticker, outcome=decided.reason)
    return (*carried_out(ground, decided, proposal.recommendation), closed)


def _others(ground: Ground, proposal: Proposal) -> dict[str, Proposal]:
    return {key: other for key, other in ground.state.proposals.items() if key != proposal.decision.id}


def reject(command: c.Reject, ground: Ground) -> Verdict:
    """The owner's no, to all open questions or to those about these tickers."""
    no, scene = Skip.DECLINED, ground.scene
    closed = [event for one in chosen(ground, command.tickers) for event in closed_proposal(one, scene, no)]
    if rebalances(ground, command.tickers):
        closed += closed_rebalance(ground.state, scene, no)
    return tuple(closed) or Refused(Refusal.NO_PROPOSAL, {"tickers": list(command.tickers) or None})


def lapse_proposal(command: c.LapseProposal, ground: Ground) -> Verdict:
    """Silence is a no, to a trade and to the week's rebalancing."""
    asked, proposal = ground.state.rebalance, ground.state.proposals.get(command.decision_id)
    if asked is not None and asked.id == command.decision_id and is_over(asked, ground.scene.wall):
        return closed_rebalance(ground.state, ground.scene, Skip.LAPSED)
    if proposal is None or not is_over(proposal, ground.scene.wall):
        return Refused(Refusal.NO_PROPOSAL, {"tickers": None})
    return closed_proposal(proposal, ground.scene, Skip.LAPSED)
