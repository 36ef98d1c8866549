"""State × scene × policy → commands: what the engine would like to do now. The judge has the last word."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import heapify, heappop

from engine.core import commands as c
from engine.core import oldest
from engine.core.exiting import exits, tripped
from engine.core.judge import reserve, trimming
from engine.core.judge.alerts import alerts
from engine.core.judge.ground import Ground
from engine.core.judge.sessions import DAY_S
from engine.core.judge.tranches import due as part_due
from engine.core.judge.waiting import exits_waiting, given_up_at, waits
from engine.core.nouns import Recommendation
from engine.core.policy import Policy
from engine.core.questions import is_over
from engine.core.routing import over
from engine.core.rules import breakers
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.stopping import Watch, raised_stops
from engine.core.timing import in_window
from engine.core.valuation import reference
from engine.core.words import BreakerKind


def decide(state: State, scene: Scene, policy: Policy) -> tuple[c.Command, ...]:
    """Everything that is due now, in the order in which it should be done; the same input gives the same commands."""
    return tuple(due(state, scene, policy))


def due(state: State, scene: Scene, policy: Policy) -> Iterator[c.Command]:
    """The same one by one, so that whoever does only the first does not pay for all."""
    ground = Ground(state, scene, policy)
    yield from safeguards(state, scene, policy)
    yield from rebalancing(ground)
    yield from parts(ground)
    yield from recommendations(ground)


def safeguards(state: State, scene: Scene, policy: Policy) -> tuple[c.Command, ...]:
    """What is due of all that protects and nothing that buys: deadlines, breakers, alerts, exits, stops."""
    ground = Ground(state, scene, policy)
    return (
        *session_started(ground),
        *time_run_out(ground),
        *events_over(ground),
        *account_breakers(ground),
        *pools(ground),
        *unsold(ground),
        *alerts(ground),
        *exits_waiting(ground),
        *exits(ground),
        *raised_stops(Watch(state, scene, ground.limits, policy)),
    )


def session_started(ground: Ground) -> Iterator[c.Command]:
    if ground.state.tally.session != ground.scene.day.date:
        yield c.BeginSession()


def time_run_out(ground: Ground) -> Iterator[c.Command]:
    """Breakers, pauses and settings whose time is over, questions and entry orders that waited long enough."""
    state, scene = ground.state, ground.scene
    for breaker in oldest.breakers(state):
        if breaker.until is not None and scene.at >= breaker.until:
            yield c.ResolveBreaker(kind=breaker.kind, ticker=breaker.ticker)
    if state.pause is not None and state.pause.until is not None and scene.at >= state.pause.until:
        yield c.EndPause()
    for term in state.terms:
        if scene.at >= term.until:
            yield c.EndTerm(path=term.path)
    if over(state.preferences.notifications.muted, scene.at):
        yield c.EndMutes()
    yield from unanswered(ground)
    for order in oldest.orders(state):
        if waits(order) and scene.at >= given_up_at(order, state.preferences):
            yield c.TimeOutOrder(client_order_id=order.client_order_id)


def events_over(ground: Ground) -> Iterator[c.EndEvent]:
    """Market events whose time is over."""
    for event in ground.state.market_events:
        if ground.scene.at >= event.ends_at:
            yield c.EndEvent(event_id=event.id)


def unanswered(ground: Ground) -> Iterator[c.Command]:
    """Questions that nobody answered in time."""
    asked, wall = ground.state.rebalance, ground.scene.wall
    for proposal in oldest.proposals(ground.state):
        if is_over(proposal, wall):
            yield c.LapseProposal(decision_id=proposal.decision.id)
    if asked is not None and is_over(asked, wall):
        yield c.LapseProposal(decision_id=asked.id)


def account_breakers(ground: Ground) -> Iterator[c.Command]:
    """Losses and unrest of the account as a whole, on marked-to-market equity."""
    state, limits, equity = ground.state, ground.limits, ground.worth.equity
    before = reference(state)
    if breakers.daily_loss_trips(equity, before, limits.daily_loss):
        loss = breakers.daily_loss(equity, before)
        yield from tripped(ground, BreakerKind.DAILY_LOSS, limits.daily_loss, loss)
    fall = breakers.drawdown(equity, max(state.peak, equity))
    if fall > limits.max_drawdown:
        yield from tripped(ground, BreakerKind.MAX_DRAWDOWN, limits.max_drawdown, fall)
    hits = stop_hits(ground)
    if hits >= ground.policy.volatility_stops:
        yield from tripped(ground, BreakerKind.VOLATILITY, ground.policy.volatility_stops, hits)


def pools(ground: Ground) -> Iterator[c.Command]:
    """A fall so deep that the reserve is given back, its end, and a reserve that is large."""
    if ground.state.emergency:
        if reserve.is_rearmed(ground):
            yield c.RearmEmergency()
    elif reserve.is_emergency(ground):
        yield c.LiquidateReserve(fall=ground.fall)
    above = reserve.is_large(ground)
    if above != ground.state.high_water:
        yield c.MarkReserve(above=above, share=reserve.share_of(ground))


def unsold(ground: Ground) -> Iterator[c.Command]:
    """After the owner had all sold: whatever is held still, such as a buy that was filled late."""
    state = ground.state
    if state.flatten_at and any(held.shares > state.selling(ticker) for ticker, held in state.positions.items()):
        yield c.Flatten()


def stop_hits(ground: Ground) -> int:
    """Stop-losses hit lately: within some minutes or, where a price stands for a day, within this session."""
    hits = ground.state.tally.stop_hits
    if ground.scene.interval_s >= DAY_S:
        return sum(1 for hit in hits if hit >= ground.scene.day.opens_at)
    span = timedelta(minutes=ground.policy.volatility_minutes)
    seconds = [int(hit.timestamp()) for hit in hits]
    return breakers.stops_within(seconds, int(ground.scene.at.timestamp()), int(span.total_seconds()))


def rebalancing(ground: Ground) -> Iterator[c.Command]:
    """The week's look at what is over its limits, before anything more is bought."""
    if trimming.due(ground):
        yield c.TrimPositions()


def parts(ground: Ground) -> Iterator[c.Command]:
    """Entries that are bought in parts, when the next one is due."""
    for plan in ground.state.tranches:
        if part_due(plan, ground):
            yield c.BuyTranche(decision_id=plan.decision_id)


def recommendations(ground: Ground) -> Iterator[c.Command]:
    """Opinions to decide now, best first; outside the window they wait for it, however old they grow."""
    state, scene, policy = ground
    if in_window(scene, policy):
        queue = [(rank(wanted), wanted.id) for wanted in state.pending.values()]
        heapify(queue)  # as a rule only the first is taken
        while queue:
            yield c.Consider(recommendation_id=heappop(queue)[1])


def rank(wanted: Recommendation) -> tuple[float, datetime, str]:
    """Who comes first: confidence, then time, then ticker."""
    return (-wanted.confidence, wanted.generated_at, wanted.ticker)
