"""Judging entry orders that wait for their fill: after the time that the owner gives them they are given up."""

from datetime import datetime, timedelta

from engine.core import commands as c
from engine.core.judge.ground import Ground, Verdict
from engine.core.judge.plans import ended_with
from engine.core.judge.withdraw import cancelled
from engine.core.nouns import Order
from engine.core.preferences import Preferences
from engine.core.refusals import Refusal, Refused
from engine.core.scene import Scene
from engine.core.words import OrderStatus, Side, Skip, TimeInForce


def time_out_order(command: c.TimeOutOrder, ground: Ground) -> Verdict:
    """Ask the broker to cancel an entry that has waited too long; the entry in parts that it belongs to ends."""
    order = ground.state.orders.get(command.client_order_id)
    if order is None:
        return Refused(Refusal.NOT_KNOWN, {"id": command.client_order_id})
    if not waits(order) or ground.scene.at < given_up_at(order, ground.state.preferences):
        return Refused(Refusal.NOTHING_CHANGED, {"id": command.client_order_id})
    return (cancelled(order, Skip.ORDER_TIMEOUT), *ended_with(ground.state, order, Skip.ORDER_TIMEOUT))


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
