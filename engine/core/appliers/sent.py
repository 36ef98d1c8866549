"""What is remembered of the orders that were meant lately."""

from engine.core import events as e
from engine.core.nouns import Sent
from engine.core.rules.safety import LOOK_BACK_S, REMEMBERED, is_lately


def remembered(sent: tuple[Sent, ...], event: e.OrderIntended) -> tuple[Sent, ...]:
    """This order and those shortly before it; one of a journal from before people's time was noted is not among them.

    Nothing looks further back than these go, and there are never more than so many.
    """
    if event.wall is None:
        return sent
    order, wall = event.order, event.wall
    newest = Sent(order.ticker, order.side, order.intended_at, wall, order.decision_id)
    lately = (one for one in sent if both_lately(one, newest))
    return (*lately, newest)[-REMEMBERED:]


def both_lately(one: Sent, newest: Sent) -> bool:
    market_s, wall_s = (newest.at - one.at).total_seconds(), (newest.wall - one.wall).total_seconds()
    return is_lately(market_s, wall_s, LOOK_BACK_S)
