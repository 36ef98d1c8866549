"""What the account is worth and what of it can be spent."""

from engine.view import View
from skills.skill import NoSlots, Say, Skill


def show_balance(slots: NoSlots, view: View) -> Say:  # noqa: ARG001  # every skill sees its slots
    state, worth = view.state, view.worth
    limit = view.state.preferences.trading.capital_limit
    facts = {
        "account": state.kind.value,
        "equity": worth.equity,
        "invested": worth.equity - state.cash,
        "positions": len(state.positions),
        "cash": state.free_cash,
        "reserve": state.reserve or None,
        "buying_power": state.buying_power,
        "reserved": state.reserved or None,
        "unsettled": state.unsettled_cash or None,
        "settles_on": max((one.on for one in state.unsettled), default=None),
        "tradable": worth.tradable if limit is not None else None,
        "contributed": state.contributed,
        "gain": worth.equity - state.contributed,
    }
    return Say("balance", facts, ("positions", "pnl"))


SKILLS = (Skill("show_balance", NoSlots, show_balance, "look"),)
