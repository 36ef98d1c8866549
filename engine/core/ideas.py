"""Which recommendations count now, how well they fit, and what the engine would say to each. Nothing is changed."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from engine.core import commands as c
from engine.core import events as e
from engine.core.copying import replace
from engine.core.evaluate import sized
from engine.core.fit import Fit, fit_of, rank
from engine.core.judge import Ground, judge
from engine.core.judge.entries import case_of
from engine.core.nouns import Decision, Recommendation
from engine.core.preferences import patched
from engine.core.refusals import Refused
from engine.core.timing import stale_at
from engine.core.units import Money, Ticker
from engine.core.words import Autonomy, Origin, Side, Skip


class Idea(NamedTuple):
    """A recommendation to buy that counts now, how well it fits, and who else recommends its ticker by the alphabet."""

    wanted: Recommendation
    fit: Fit
    others: tuple[str, ...]


class Size(NamedTuple):
    """What the limits have room for, whatever the gates say: no shares where they have none."""

    shares: int
    dollars: Money
    stop: Money | None
    reason: Skip


def current(
    ground: Ground, received: Iterable[Recommendation], decided: Mapping[str, Decision]
) -> tuple[Recommendation, ...]:
    """Those that wait, and those received that are not too old; of each source and ticker the newest alone.

    `decided` are decisions by the recommendation's id: what was carried out counts no more, nor what it took the
    place of.
    """
    newest: dict[tuple[str, Ticker], Recommendation] = {}
    for wanted in (*received, *ground.state.pending.values()):
        known = newest.get((wanted.source, wanted.ticker))
        if known is None or known.generated_at <= wanted.generated_at:
            newest[wanted.source, wanted.ticker] = wanted
    return tuple(one for one in newest.values() if counts(ground, one, decided.get(one.id)))


def counts(ground: Ground, wanted: Recommendation, decision: Decision | None) -> bool:
    """Whether it waits or, where it does not, could still be followed: it was not, and is not too old."""
    state, scene, policy = ground
    if wanted.id in state.pending:
        return True
    followed = decision is not None and decision.acts
    return not followed and not stale_at(scene, wanted, state.preferences.trading.style, policy)


def ideas(ground: Ground, wanted: Iterable[Recommendation]) -> tuple[Idea, ...]:
    """Those to buy, the best fit first, one a ticker."""
    buys = [one for one in wanted if one.action is Side.BUY]
    fits = {one.id: fit_of(case_of(ground, one, Origin.RECOMMENDED)) for one in buys}
    first: dict[Ticker, Recommendation] = {}
    for one in sorted(buys, key=lambda one: rank(fits[one.id], one)):
        first.setdefault(one.ticker, one)
    return tuple(Idea(one, fits[one.id], others(one, buys)) for one in first.values())


def others(wanted: Recommendation, buys: Iterable[Recommendation]) -> tuple[str, ...]:
    """Who else recommends to buy its ticker."""
    return tuple(sorted(one.source for one in buys if one.ticker == wanted.ticker and one.source != wanted.source))


def foreseen(ground: Ground, wanted: Recommendation) -> Decision:
    """What would be decided of it now by an engine that acts alone, had nothing been decided or asked of it yet."""
    state = ground.state
    fresh = replace(
        state,
        pending={**state.pending, wanted.id: wanted},
        decided={key: None for key in state.decided if key != wanted.id},
        proposals={key: one for key, one in state.proposals.items() if one.recommendation.id != wanted.id},
        preferences=patched(state.preferences, {"trading.autonomy": Autonomy.AUTO}),
    )
    verdict = judge(c.Consider(recommendation_id=wanted.id), ground._replace(state=fresh))
    events = () if isinstance(verdict, Refused) else verdict  # what waits is never refused
    return next(event.decision for event in events if isinstance(event, e.Decided))


def room_for(ground: Ground, wanted: Recommendation) -> Size:
    """The size that the limits would give it, were every gate open."""
    case = case_of(ground, wanted, Origin.RECOMMENDED)
    price = ground.scene.price(wanted.ticker)
    found, _ = sized(case, price, [])
    return Size(found.shares, found.shares * (price or 0), found.stop, found.reason)
