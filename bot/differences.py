"""What is asked before the broker's numbers are taken for true, and what was done."""

from typing import Any

from engine.bus import Done
from engine.core import commands as c
from engine.core import events as e
from engine.core.apply import applied
from engine.core.judge import judge
from engine.core.nouns import Difference
from engine.core.refusals import Refused
from engine.core.state import State
from engine.core.words import OrderStatus
from engine.view import View
from skills.skill import Say


def of_broker(command: c.AcceptBroker, view: View) -> Say:
    """Both numbers, and what the difference is worth; of shares, the stop that they would have."""
    verdict = judge(command, view.ground)
    event = None if isinstance(verdict, Refused) else accepted(verdict)
    if isinstance(verdict, Refused) or event is None:
        return Say("ask.other", {"command": type(command).__name__})
    facts = {"account": view.state.kind.value, **moved(event, view.state, applied(view.state, verdict))}
    return Say("ask.broker_cash" if command.ticker is None else "ask.broker_shares", facts)


def accepted(events: tuple[e.Event, ...]) -> e.BrokerAccepted | None:
    return next((one for one in events if isinstance(one, e.BrokerAccepted)), None)


def broker_accepted(event: e.BrokerAccepted, outcome: Done) -> Say:
    """What our book says now."""
    facts = {"account": outcome.new.kind.value, **moved(event, outcome.old, outcome.new)}
    key = "done.broker_cash" if event.difference.ticker is None else "done.broker_shares"
    return Say(key, facts, ("positions", "balance"))


def moved(event: e.BrokerAccepted, old: State, new: State) -> dict[str, Any]:
    """Both numbers as they are before and after, money that comes (`more`) or goes (`less`), and what ends with it."""
    found, held = event.difference, event.position
    ours, theirs = numbers(found, old, new)
    withdrawn = sum(1 for key, one in new.orders.items() if given_up(one.status, old.orders[key].status))
    return {
        "ticker": found.ticker,
        "ours": ours,
        "theirs": theirs,
        "more": event.worth if event.worth > 0 else None,
        "less": -event.worth if event.worth < 0 else None,
        "stop": held.stop if held else None,
        "at_risk": held.shares * max(0, held.entry - held.stop) or None if held else None,
        "withdrawn": withdrawn or None,
    }


def numbers(found: Difference, old: State, new: State) -> tuple[int, int]:
    """Cash as both books had it; shares as they were here and are then."""
    if found.ticker is None:
        return found.ours, found.theirs
    before, after = (state.positions.get(found.ticker) for state in (old, new))
    return before.shares if before else 0, after.shares if after else 0


def given_up(now: OrderStatus, before: OrderStatus) -> bool:
    return now is OrderStatus.CANCELLING and before is not OrderStatus.CANCELLING
