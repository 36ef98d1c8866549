"""What the owner is told of losses that do not count for taxes yet."""

from engine.core import events as e
from engine.core.announcement import Moment, Told
from engine.core.words import Priority


def wash_sale_found(event: e.WashSaleFound, moment: Moment) -> Told:
    """Which sale it was, how much of its loss is put off, and to which purchase."""
    sale, lot = event.sale, event.lot
    facts = {
        "account": moment.new.kind.value,
        "ticker": sale.ticker,
        "shares": event.shares,
        "sold": sale.shares,
        "closed_at": sale.closed_at,
        "loss": sale.loss,
        "disallowed": event.amount,
        "bought_at": lot.opened_at,
        "bought": lot.bought,
    }
    return Told("trade_closed", Priority.MEDIUM, facts, "wash_sale")
