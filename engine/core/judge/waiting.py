"""Judging entry orders that wait for their fill: after the time that the owner gives them they are given up."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from engine.core import commands as c
from engine.core import events as e
from engine.core import oldest
from engine.core.judge.ground import Ground, Verdict
from engine.core.judge.plans import ended_with
from engine.core.judge.withdraw import cancelled
from engine.core.nouns import Order
from engine.core.preferences import Preferences
from engine.core.refusals import Refusal, Refused
from engine.core.scene import Scene
from engine.core.summary import todays
from engine.core.words import OrderStatus, Side, Skip, TimeInForce

EXIT_S: Final = 15 * 60
"""How long a sale may stay open while its ticker is traded before the owner hears of it."""


def time_out_order(command: c.TimeOutOrder, ground: Ground) -> Verdict:
    """Ask the broker to cancel an entry that has waited too long; the entry in parts that it belongs to ends."""
    order = ground.state.orders.get(command.client_order_id)
    if order is None:
        return Refused(Refusal.NOT_KNOWN, {"id": command.client_order_id})
    if not waits(order) or ground.scene.at < given_up_at(order, ground.state.preferences):
        return Refused(Refusal.NOTHING_CHANGED, {"id": command.client_order_id})
    return (cancelled(order, Skip.ORDER_TIMEOUT), *ended_with(ground.state, order, Skip.ORDER_TIMEOUT))


def exits_waiting(ground: Ground) -> Iterator[c.WarnOfExit]:
    """Sales that should have been filled by now and were not told of in this session."""
    told = todays(ground.state, ground.scene).alerts
    for order in oldest.orders(ground.state):
        if overdue_s(order, ground.scene) >= EXIT_S and told_as(order) not in told:
            yield c.WarnOfExit(client_order_id=order.client_order_id)


def warn_of_exit(command: c.WarnOfExit, ground: Ground) -> Verdict:
    """Tell it, once an order and session."""
    order = ground.state.orders.get(command.client_order_id)
    if order is None:
        return Refused(Refusal.NOT_KNOWN, {"id": command.client_order_id})
    seconds = overdue_s(order, ground.scene)
    if seconds < EXIT_S or told_as(order) in todays(ground.state, ground.scene).alerts:
        return Refused(Refusal.ALREADY_DONE, {"id": command.client_order_id})
    return (e.ExitWaited(order=order, seconds=seconds),)


def told_as(order: Order) -> str:
    """The word by which a session's tally remembers that the owner knows of it."""
    return f"exit_waits:{order.client_order_id}"


def overdue_s(order: Order, scene: Scene) -> int:
    """Seconds of this session in which a sale could have been filled; 0 for entries, and where nothing is traded."""
    if order.side is Side.BUY or scene.session is None or order.ticker in scene.halted:
        return 0
    since = max(order.intended_at, scene.session.opens_at, scene.traded_since.get(order.ticker, scene.session.opens_at))
    return max(0, int((scene.at - since).total_seconds()))


def waits(order: Order) -> bool:
    """Whether this is an entry that the broker has taken and not filled wholly; exits wait as long as they must."""
    return order.side is Side.BUY and order.status is OrderStatus.ACCEPTED


def day_is_over(order: Order, scene: Scene) -> bool:
    """Whether this is an entry for a session that has ended: the broker has ended it, too, and is asked how."""
    ended = order.intended_at < scene.day.opens_at or scene.at >= scene.day.closes_at
    return waits(order) and order.good is TimeInForce.DAY and ended


def given_up_at(order: Order, preferences: Preferences) -> datetime:
    """When an entry has waited long enough for its fill, in market time."""
    return order.intended_at + timedelta(seconds=preferences.trading.order_timeout_seconds)
