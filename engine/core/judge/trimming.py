"""Judging the weekly rebalancing: what is over its limit is sold, asked about, or left where autonomy is off."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from engine.core import commands as c
from engine.core import events as e
from engine.core.judge.exits import ordered
from engine.core.judge.ground import Ground, Verdict
from engine.core.judge.withdraw import closed_rebalance
from engine.core.nouns import Position, TraceLine
from engine.core.questions import is_over
from engine.core.refusals import Refusal, Refused
from engine.core.rules import lots, pools, rebalance
from engine.core.standing import Rebalance, Trim
from engine.core.timing import feed_is_silent, has_no_price, in_window
from engine.core.units import Money
from engine.core.valuation import UNKNOWN_SECTOR, sector_of
from engine.core.words import Autonomy, Origin, Skip

REASONS: Final[Mapping[int, str]] = MappingProxyType(
    {rebalance.POSITION: "position", rebalance.SECTOR: "sector", rebalance.COUNT: "count"}
)
"""The limits that ask for a sale, by the rule's codes."""

OVER: Final = "over"
"""What a line of the trace says of a limit that was passed."""


def due(ground: Ground) -> bool:
    """Whether this is the week's first session with an open window, something is held, and nothing stands against it.

    Once a session, and not while it is asked about.
    """
    state = ground.state
    done = state.rebalanced == ground.scene.day.date or state.rebalance is not None
    return bool(state.positions) and not done and begins_week(ground) and held_back(ground) is Skip.NONE


def begins_week(ground: Ground) -> bool:
    """Whether no session before this one lies in its week, from Monday to Sunday by the exchange's calendar."""
    scene = ground.scene
    return not scene.recent or scene.recent[-1].date.isocalendar()[:2] != scene.day.date.isocalendar()[:2]


def held_back(ground: Ground) -> Skip:
    """Why nothing is rebalanced now; NONE where nothing stands against it."""
    if ground.state.killed_at is not None:
        return Skip.KILLED
    if any(ticker is None for _, ticker in ground.state.breakers):
        return Skip.BREAKER
    return out_of_reach(ground)


def out_of_reach(ground: Ground) -> Skip:
    """Why nothing can be sold well now, whoever wants it; NONE where it can."""
    if not ground.scene.healthy or feed_is_silent(ground.scene):
        return Skip.DEGRADED
    return Skip.NONE if in_window(ground.scene, ground.policy) else Skip.WINDOW


def trim_positions(_command: c.TrimPositions, ground: Ground) -> Verdict:
    """Once a week: sell what is over its limit, ask about all of it at once, or note that autonomy is off."""
    state, scene = ground.state, ground.scene
    if state.rebalanced == scene.day.date or state.rebalance is not None:
        return Refused(Refusal.ALREADY_DONE, {"session": scene.day.date.isoformat()})
    reason = held_back(ground)
    if reason is not Skip.NONE:
        return Refused(Refusal.NOT_READY, {"reason": reason.code})
    if state.preferences.trading.autonomy is Autonomy.OFF:
        return (e.Rebalanced(session=scene.day.date, trims=(), outcome=Skip.AUTONOMY_OFF),)
    trims = trims_of(ground)
    if trims and state.preferences.trading.autonomy is Autonomy.ASK:
        return (e.RebalanceProposed(rebalance=question(ground, trims)),)
    return sold(ground, trims)


def question(ground: Ground, trims: tuple[Trim, ...]) -> Rebalance:
    asked_at = ground.scene.wall
    lapses_at = asked_at + timedelta(seconds=ground.policy.proposal_seconds)
    return Rebalance(id=f"r{ground.next_seq}", trims=trims, asked_at=asked_at, lapses_at=lapses_at)


def approved(ground: Ground) -> tuple[e.Event, ...]:
    """The owner's yes: what is over its limits by now is sold, on fresh prices; or why that is not possible any more.

    Pause, kill switch and breakers do not stand in its way: it only sells.
    """
    asked = ground.state.rebalance
    if asked is not None and is_over(asked, ground.scene.wall):
        return closed_rebalance(ground.state, ground.scene, Skip.LAPSED)
    reason = out_of_reach(ground)
    if reason is not Skip.NONE:
        return closed_rebalance(ground.state, ground.scene, reason)
    return sold(ground, trims_of(ground))


def sold(ground: Ground, trims: tuple[Trim, ...]) -> tuple[e.Event, ...]:
    """A decision and an order for each, with what was over its limit in the trace."""
    done = e.Rebalanced(session=ground.scene.day.date, trims=trims, outcome=Skip.NONE)
    events: tuple[e.Event, ...] = ()
    for trim in trims:
        after = ground._replace(state=replace(ground.state, seq=ground.state.seq + len(events)))
        position = ground.state.positions[trim.ticker]
        events += ordered(after, position, trim.shares, Origin.REBALANCE, line_of(ground, trim))
    return (*events, done)


def line_of(ground: Ground, trim: Trim) -> TraceLine:
    """The limit that asked for it, and what stood against it: shares of tradable money, or a number of positions."""
    limits, tradable = ground.limits, max(1, ground.worth.tradable)
    held, book = book_of(ground)
    if trim.reason == REASONS[rebalance.COUNT]:
        return TraceLine(trim.reason, len(held), limits.max_open_positions, OVER)
    place = [one.ticker for one in held].index(trim.ticker)
    if trim.reason == REASONS[rebalance.SECTOR]:
        value = rebalance.sector_value(book, [0] * len(held), book.sectors[place])
        return TraceLine(trim.reason, value / tradable, limits.max_sector, OVER)
    return TraceLine(trim.reason, book.shares[place] * book.prices[place] / tradable, limits.max_position, OVER)


def trims_of(ground: Ground) -> tuple[Trim, ...]:
    """What has to be sold for every limit to hold once it is sold at the prices of now, by ticker.

    Part of the profit that it makes is set aside, which lowers tradable money: limits are those of afterwards.
    """
    held, book = book_of(ground)
    limits, tradable = ground.limits, ground.worth.tradable
    while True:
        bounds = rebalance.bounds(tradable, limits.max_position, limits.max_sector, limits.max_open_positions)
        found = rebalance.trims(book, bounds)
        after = tradable_after(ground, held, found.shares)
        if after >= tradable:
            break
        tradable = after
    rows = zip(held, found.shares, found.reasons, strict=True)
    return tuple(Trim(one.ticker, shares, REASONS[reason]) for one, shares, reason in rows if shares)


def book_of(ground: Ground) -> tuple[list[Position], rebalance.Book]:
    """What is held and not being sold already; micro-trades and what cannot be traded now count, and stay."""
    state, scene = ground.state, ground.scene
    held = [one for ticker, one in sorted(state.positions.items()) if one.shares > state.selling(ticker)]
    names = [sector_of(state, scene, one.ticker) or UNKNOWN_SECTOR for one in held]
    numbers = {name: number for number, name in enumerate(sorted(set(names)))}
    return held, rebalance.Book(
        shares=[one.shares - state.selling(one.ticker) for one in held],
        prices=[price_of(ground, one) for one in held],
        confidences=[one.confidence for one in held],
        sectors=[numbers[name] for name in names],
        movable=[movable(ground, one) for one in held],
    )


def price_of(ground: Ground, position: Position) -> Money:
    return ground.scene.price(position.ticker) or position.entry


def movable(ground: Ground, position: Position) -> bool:
    """Whether it may be trimmed: no micro-trade, and traded now by a price and a book that can be trusted."""
    ticker, scene = position.ticker, ground.scene
    known = scene.price(ticker) is not None and not has_no_price(scene, ticker)
    barred = position.micro or ticker in scene.halted or ticker in ground.state.frozen
    return known and not barred


def tradable_after(ground: Ground, held: Sequence[Position], shares: Sequence[int]) -> Money:
    """Tradable money once these shares, and those being sold already, are sold at the prices of now."""
    state = ground.state
    aside = 0
    for one in state.positions.values():
        aside += set_aside(ground, one, 0, state.selling(one.ticker))
    for one, more in zip(held, shares, strict=True):
        aside += set_aside(ground, one, state.selling(one.ticker), more)
    return pools.tradable(ground.worth.equity, state.reserve + aside, ground.limits.capital_limit)


def set_aside(ground: Ground, position: Position, before: int, shares: int) -> Money:
    """What a sale of so many shares, after as many before it, puts into the reserve."""
    cost = cost_of(ground, position, before + shares) - cost_of(ground, position, before)
    return pools.siphon(shares * price_of(ground, position) - cost, ground.limits.reserve_share)


def cost_of(ground: Ground, position: Position, shares: int) -> Money:
    """What was paid for the shares that a sale takes first; by the average where their lots are not known."""
    known = ground.state.lots.get(position.ticker, ())
    if sum(one.shares for one in known) < shares:
        return lots.portion(position.cost, shares, position.shares)
    taken = lots.first_out([one.shares for one in known], shares)
    return sum(lots.portion(one.cost, out, one.shares) for one, out in zip(known, taken, strict=True))
