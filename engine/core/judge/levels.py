"""Judging where the owner puts stops and takes."""

from typing import Final

from engine.core import commands as c
from engine.core import events as e
from engine.core.judge.ground import Ground, Verdict
from engine.core.nouns import Position
from engine.core.refusals import Refusal, Refused
from engine.core.rules import stops
from engine.core.rules.rounding import tick_above, tick_up
from engine.core.units import MAX_PRICE, Money, Ticker, dollars
from engine.core.words import StopReason

LEAST: Final[Money] = 1
"""A price is positive."""


def move_stop(command: c.MoveStop, ground: Ground) -> Verdict:
    """Put a stop nearer or wider, on the tick; never wider than a first stop would be, never where it sells at once."""
    held = movable(ground, command.ticker)
    if isinstance(held, Refused):
        return held
    position, price = held
    stop, floor = tick_up(command.stop), widest(ground, position)
    facts = {"ticker": command.ticker, "asked": stop, "stop": position.stop, "price": price}
    if stop < floor:
        return Refused(Refusal.STOP_TOO_WIDE, {**facts, "floor": floor})
    if stop >= price:
        return Refused(Refusal.LEVEL_CROSSED, {**facts, "level": "stop"})
    if stop == position.stop:
        return Refused(Refusal.ALREADY_DONE, {"ticker": command.ticker})
    moved = e.StopMoved(
        ticker=command.ticker,
        old=position.stop,
        new=stop,
        high=position.high,
        atr=position.atr,
        reason=StopReason.OWNER,
    )
    return (moved,)


def move_take(command: c.MoveTake, ground: Ground) -> Verdict:
    """Put a take-profit nearer or farther, on the tick, at least one tick over the last price."""
    held = movable(ground, command.ticker)
    if isinstance(held, Refused):
        return held
    position, price = held
    if command.take > MAX_PRICE:
        allowed = f"at most ${dollars(MAX_PRICE):,.0f} a share"
        asked = f"${dollars(command.take):,.2f}"
        return Refused(Refusal.BAD_VALUE, {"field": "take-profit", "asked": asked, "allowed": allowed})
    take = tick_up(command.take)
    if take < tick_above(price):
        facts = {"ticker": command.ticker, "asked": take, "take": position.take, "price": price}
        return Refused(Refusal.LEVEL_CROSSED, {**facts, "level": "take_profit"})
    if take == position.take:
        return Refused(Refusal.ALREADY_DONE, {"ticker": command.ticker})
    return (e.TakeMoved(ticker=command.ticker, old=position.take, new=take),)


def movable(ground: Ground, ticker: Ticker) -> tuple[Position, Money] | Refused:
    """A position whose levels can be moved, and the last price; the refusal where they cannot."""
    position, price = ground.state.positions.get(ticker), ground.scene.price(ticker)
    if position is None:
        return Refused(Refusal.NOT_HELD, {"ticker": ticker})
    if ground.state.selling(ticker):
        return Refused(Refusal.ALREADY_SELLING, {"ticker": ticker})
    if price is None:
        return Refused(Refusal.NO_PRICE_HERE, {"tickers": [ticker], "others": None})
    return position, price


def widest(ground: Ground, position: Position) -> Money:
    """How low a stop may be put: not under a first stop by the limits in force, nor under the one that it began with.

    A stop that stands lower still may stay.
    """
    limits = ground.limits_of(micro=position.micro)
    first = stops.initial_stop(position.entry, position.atr, limits.stop_multiplier, limits.stop_loss)
    return max(LEAST, min(max(first, position.initial_stop), position.stop))
