"""What the owner is told of an order that was meant: that it waits, or that it is unusual."""

from typing import Any, Final

from engine.core import events as e
from engine.core.announcement import Moment, Told
from engine.core.nouns import TraceLine
from engine.core.words import Priority, Side

RATE: Final = "safety.order_rate"


def order_intended(event: e.OrderIntended, moment: Moment) -> Told | None:
    """An exit that must wait, for the market to open or for a halt to end, is said at once; so is what is unusual."""
    order, unusual = event.order, [line for line in event.unusual if is_news(line)]
    if order.side is Side.BUY:
        return None
    facts = {"account": moment.new.kind.value, "ticker": order.ticker, "shares": order.shares}
    halted = order.ticker in moment.scene.halted
    opens_at = moment.scene.upcoming[0].opens_at if moment.scene.session is None else None
    if unusual:
        waits: dict[str, Any] = {"opens_at": opens_at, "halted": "trading in it is halted" if halted else None}
        rows = [{"reason": line.step.partition(".")[2]} for line in unusual]
        return Told("order_unusual", Priority.HIGH, {**facts, **waits, "rows": rows})
    if halted:
        return Told("trade_closed", Priority.HIGH, facts, "exit_queued.halted")
    return Told("trade_closed", Priority.MEDIUM, {**facts, "opens_at": opens_at}, "exit_queued") if opens_at else None


def exit_waited(event: e.ExitWaited, moment: Moment) -> Told:
    """That a sale stays open, and since when: what stood in its way only the broker can say."""
    order = event.order
    facts = {
        "account": moment.new.kind.value,
        "ticker": order.ticker,
        "shares": order.shares - order.filled_shares,
        "price": moment.scene.price(order.ticker),
        "wait": event.seconds,
    }
    return Told("order_rejected", Priority.CRITICAL, facts, "exit_waits")


def is_news(line: TraceLine) -> bool:
    """That too many orders are made is told of the first that is too many, and not again of each after it."""
    if line.step != RATE or line.limit is None or isinstance(line.limit, str):
        return True
    return line.value == line.limit + 1
