"""What is asked before reserve and breakers are touched at a person's word, and what was done."""

from typing import Any

from bot.orders import sold_already
from engine.bus import Done
from engine.core import commands as c
from engine.core import events as e
from engine.core.announce import entries_held
from engine.core.appliers.switches import OWNER_HELD
from engine.core.rules.pools import tradable
from engine.core.words import BreakerKind, Side, TierSource
from engine.view import View
from skills.skill import Say


def reserve_moved(event: e.ReserveMoved, outcome: Done) -> Say | None:
    """The owner's own move; None where the row is of something else that is told."""
    if any(isinstance(one, e.AccountReset) for one in outcome.events):
        return None
    amount = event.row.amount
    facts = {
        "account": outcome.new.kind.value,
        "amount": abs(amount),
        "reserve": event.row.balance_after,
        "cash": outcome.new.free_cash,
    }
    return Say("done.reserve.in" if amount > 0 else "done.reserve.out", facts, ("balance",))


def tier_changed(event: e.TierChanged, outcome: Done) -> Say | None:
    """The owner's tier in force again; told only where nothing else was set."""
    if event.change.source is not TierSource.OWNER:
        return None
    facts = {"account": outcome.new.kind.value, "old": event.change.previous.value, "new": event.change.new.value}
    return Say("done.tier", facts, ("limits",))


def breaker_tripped(event: e.BreakerTripped, outcome: Done) -> Say:  # noqa: ARG001  # all tellers take both
    orders = sum(1 for one in outcome.old.orders.values() if one.side is Side.BUY)
    return Say("done.breaker_tripped", {"orders": orders or None}, ("status",))


def breaker_resolved(event: e.BreakerResolved, outcome: Done) -> Say:  # noqa: ARG001
    """All that were reset, and what keeps entries back besides."""
    ended = [one for one in outcome.events if isinstance(one, e.BreakerResolved)]
    rows: list[dict[str, Any]] = [{"kind": one.kind.value, "ticker": one.ticker} for one in ended]
    facts = {"rows": rows, **entries_held(outcome.new), **after_reset([one.kind for one in ended])}
    return Say("done.breakers_reset", facts, ("status",))


def after_reset(kinds: list[BreakerKind]) -> dict[str, Any]:
    """Which do not trip again in this session, `one` or `several`; the owner's own can be tripped at once."""
    waived = [f"{kind.value} breaker" for kind in dict.fromkeys(kinds) if kind not in OWNER_HELD]
    return {
        "one": waived[0] if len(waived) == 1 else None,
        "several": waived if len(waived) > 1 else None,
        "own": Say("breakers.again") if BreakerKind.MANUAL in kinds else None,
    }


def flatten_began(event: e.FlattenBegan, outcome: Done) -> Say:  # noqa: ARG001
    """What is being sold of what was held."""
    orders = [one.order for one in outcome.events if isinstance(one, e.OrderIntended)]
    rows = [{"ticker": order.ticker, "shares": order.shares} for order in orders]
    already = sold_already(outcome.old)
    nothing = None if rows or already else "nothing is left to be sold"
    facts = {"account": outcome.new.kind.value, "rows": rows, "none": nothing, "already": already}
    return Say("done.flatten", facts, ("positions", "status"))


def of_breakers(command: c.ResetBreakers, view: View) -> Say:
    """Which of them end, and how much may be bought then."""
    wanted = [key for key in view.state.breakers if command.ticker in (None, key[1])]
    facts = {
        "account": view.state.kind.value,
        "rows": [{"kind": kind.value, "ticker": ticker} for kind, ticker in wanted],
        "position": int(view.worth.tradable * view.limits.max_position),
        **after_reset([kind for kind, _ in wanted]),
    }
    return Say("ask.reset_breakers", facts)


def of_reserve(command: c.MoveReserve, view: View) -> Say:
    """What stays set aside, and what may be traded with then."""
    left = view.state.reserve + command.amount
    limit = view.limits.capital_limit
    facts = {
        "account": view.state.kind.value,
        "amount": abs(command.amount),
        "reserve": left,
        "old": view.worth.tradable,
        "new": tradable(view.worth.equity, left, limit),
    }
    return Say("ask.reserve", facts)
