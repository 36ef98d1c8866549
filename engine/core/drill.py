"""A breaker drill: each breaker tripped on a scratch copy of the account, and the proof that only entries stop.

Nothing of it is stored. The copy is at ease, so that what refuses an entry is the breaker: it acts alone, nothing is
paused, tripped, ordered or asked, its peak is today's equity, and it stands in an entry window with fresh prices.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from engine.core import commands as c
from engine.core import events as e
from engine.core.apply import applied
from engine.core.exiting import exits
from engine.core.judge import Ground, judge
from engine.core.judge.plans import TRIPPED
from engine.core.nouns import Decision, Position, Recommendation
from engine.core.policy import Policy
from engine.core.preferences import patched
from engine.core.refusals import Refused
from engine.core.scene import Quote, Scene
from engine.core.state import State, Tally
from engine.core.timing import in_window, window
from engine.core.units import MAX_PRICE, Ticker
from engine.core.words import Autonomy, BreakerKind, Side, Skip

NAME: Final = "drill"
LONG: Final = "7d"
OVER: Final = 0.01
"""How far beyond its limit a loss is said to be."""


class Drilled(NamedTuple):
    """What became of one entry and one exit in `ticker` while a breaker stood.

    `before` is what the entry met without the breaker (NONE: it was made), `reason` what it met while it stood, `sold`
    the shares that were sold when the stop was hit, of those `held`. `until` is the end of the cooldown in market time,
    None where only the owner ends it.
    """

    kind: BreakerKind
    ticker: Ticker
    before: Skip
    reason: Skip
    held: int
    sold: int
    until: datetime | None

    @property
    def holds(self) -> bool:
        """Whether no entry passed, and the exit did."""
        return self.reason is not Skip.NONE and self.sold == self.held

    @property
    def proves(self) -> bool:
        """Whether it was the breaker that refused, and not something that would have refused without it."""
        return self.holds and self.before is Skip.NONE and self.reason is TRIPPED.get(self.kind, Skip.BREAKER)


def drill(state: State, scene: Scene, policy: Policy) -> tuple[Drilled, ...]:
    """Each kind of breaker in turn; nothing where the market has no prices."""
    calm = at_ease(Ground(state, scene, policy))
    ticker = candidate(calm)
    if ticker is None:
        return ()
    ready = calm._replace(state=with_holding(calm, ticker))
    before = entered(ready, ticker)
    return tuple(drilled(ready, kind, ticker, before) for kind in BreakerKind)


def at_ease(ground: Ground) -> Ground:
    """The scratch copy, and the same prices in an entry window."""
    state, scene = ground.state, ground.scene
    at = scene.at if in_window(scene, ground.policy) else window(scene.day, ground.policy)[0]
    fresh = {ticker: quote._replace(at=at) for ticker, quote in scene.quotes.items()}
    calm = State(
        account=state.account,
        kind=state.kind,
        opened_at=state.opened_at,
        cash=state.cash,
        contributed=state.contributed,
        reserve=state.reserve,
        preferences=patched(state.preferences, {"trading.autonomy": Autonomy.AUTO}),
        ceiling=state.ceiling,
        positions=state.positions,
        lots=state.lots,
        tally=Tally(session=scene.day.date),
        seq=state.seq,
    )
    now = replace(scene, at=at, session=scene.day, quotes=fresh, healthy=True, halted=frozenset())
    return ground._replace(state=calm, scene=now)


def candidate(ground: Ground) -> Ticker | None:
    """The first ticker, those held before others, that would be bought now; where none would, the first at all."""
    held = sorted(ground.state.positions)
    tickers = [*held, *sorted(set(ground.scene.quotes) - set(held))]
    priced = [ticker for ticker in tickers if ground.scene.price(ticker)]
    return next((one for one in priced if entered(ground, one) is Skip.NONE), next(iter(priced), None))


def with_holding(ground: Ground, ticker: Ticker) -> State:
    """The copy with one share of the ticker, where it holds none, so that there is something to sell."""
    state, price = ground.state, ground.scene.price(ticker) or 1
    if ticker in state.positions:
        return state
    stop = max(1, price - price // 50)
    position = Position(
        ticker=ticker,
        shares=1,
        cost=price,
        stop=stop,
        initial_stop=stop,
        take=2 * MAX_PRICE,
        high=price,
        atr=price // 50,
        confidence=1.0,
        sector=ground.scene.sector(ticker),
        opened_at=ground.scene.at,
        decision_id=NAME,
    )
    return replace(state, cash=state.cash - price, positions={**state.positions, ticker: position})


def drilled(ready: Ground, kind: BreakerKind, ticker: Ticker, before: Skip) -> Drilled:
    trip = tripping(ready, kind, ticker)
    stopped = ready._replace(state=after(ready, trip))
    standing = stopped.state.breakers[kind, trip.ticker]
    held = ready.state.positions[ticker].shares
    return Drilled(kind, ticker, before, entered(stopped, ticker), held, left(stopped, ticker), standing.until)


def tripping(ground: Ground, kind: BreakerKind, ticker: Ticker) -> c.TripBreaker:
    """The command by which this breaker trips: just beyond its limit, or at its count."""
    limits, count = ground.limits, ground.policy.volatility_stops
    figures: dict[BreakerKind, tuple[float, float]] = {
        BreakerKind.DAILY_LOSS: (limits.daily_loss, limits.daily_loss + OVER),
        BreakerKind.SINGLE_POSITION: (limits.single_position_loss, limits.single_position_loss + OVER),
        BreakerKind.MAX_DRAWDOWN: (limits.max_drawdown, limits.max_drawdown + OVER),
        BreakerKind.VOLATILITY: (count, count),
    }
    threshold, actual = figures.get(kind, (0.0, 0.0))
    named = ticker if kind is BreakerKind.SINGLE_POSITION else None
    return c.TripBreaker(kind=kind, ticker=named, threshold=threshold, actual=actual)


def after(ground: Ground, *commands: c.Command) -> State:
    """The copy once these commands were judged; a refused one changes nothing."""
    state = ground.state
    for command in commands:
        verdict = judge(command, ground._replace(state=state))
        if not isinstance(verdict, Refused):
            state = replace(applied(state, verdict), seq=state.seq + len(verdict))
    return state


def entered(ground: Ground, ticker: Ticker) -> Skip:
    """What comes of a recommendation to buy, made now and as sure as can be; NONE where it is bought."""
    wanted = opinion(ground, ticker)
    known = applied(ground.state, (e.RecommendationReceived(recommendation=wanted),))  # of no source, as nobody's own
    verdict = judge(c.Consider(recommendation_id=wanted.id), ground._replace(state=known))
    return decision_of(() if isinstance(verdict, Refused) else verdict).reason


def decision_of(events: Iterable[e.Event]) -> Decision:
    return next(event.decision for event in events if isinstance(event, e.Decided))


def opinion(ground: Ground, ticker: Ticker) -> Recommendation:
    scene = ground.scene
    return Recommendation(
        id=f"{NAME}-{ticker}",
        source="",
        ticker=ticker,
        action=Side.BUY,
        confidence=1.0,
        window=LONG,
        thesis="",
        generated_at=scene.at,
        live_eligible=True,
        atr=(scene.price(ticker) or 1) // 50 or 1,
        sector=scene.sector(ticker),
    )


def left(ground: Ground, ticker: Ticker) -> int:
    """How many shares are sold when the price has come down to the stop."""
    stop = ground.state.positions[ticker].stop
    quotes = {**ground.scene.quotes, ticker: Quote(stop, ground.scene.at, None)}
    hit = ground._replace(scene=replace(ground.scene, quotes=quotes))
    wanted = [one for one in exits(hit) if isinstance(one, c.ExitPosition) and one.ticker == ticker]
    return after(hit, *wanted[:1]).selling(ticker)
