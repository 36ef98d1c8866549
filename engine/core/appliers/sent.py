"""What is remembered of the orders that were meant lately."""

from datetime import datetime, timedelta
from typing import Final

from engine.core import events as e
from engine.core.nouns import Order, Sent
from engine.core.rules.safety import LOOK_BACK_S, REMEMBERED
from engine.core.words import Side

LOOK_BACK: Final = timedelta(seconds=LOOK_BACK_S)


def remembered(sent: tuple[Sent, ...], event: e.OrderIntended) -> tuple[Sent, ...]:
    """This order and those shortly before it; one of a journal from before people's time was noted is not among them.

    Nothing looks further back than these go, and there are never more than so many.
    """
    if event.wall is None:
        return sent
    order, wall = event.order, event.wall
    newest = Sent(order.ticker, order.side, order.intended_at, wall, order.decision_id)
    return (*(one for one in sent if not is_past(one, newest)), newest)[-REMEMBERED:]


def ended(sent: tuple[Sent, ...], order: Order) -> tuple[Sent, ...]:
    """The same, with what is remembered of an order that has ended without a share traded marked as idle."""
    if order.status.is_open or order.filled_shares:
        return sent
    meant = (order.ticker, order.side, order.intended_at, order.decision_id)
    return tuple(one._replace(idle=True) if key(one) == meant else one for one in sent)


def key(one: Sent) -> tuple[str, Side, datetime, str]:
    return one.ticker, one.side, one.at, one.decision_id


def is_past(one: Sent, newest: Sent) -> bool:
    """Whether an order is too long ago by either clock; one that a clock puts into the future since it was put back
    may come near again.
    """
    return (newest.at - one.at) >= LOOK_BACK or (newest.wall - one.wall) >= LOOK_BACK
