"""Taking the broker's word where its book is not ours: for the shares of a company, or for the cash."""

from engine.core.commands import AcceptBroker
from engine.core.units import Ticker
from engine.view import View
from skills.skill import Answer, Skill, SlotModel


class Accepted(SlotModel):
    """`accept_broker`: a company's shares; without one, the cash."""

    ticker: Ticker | None = None


def accept_broker(slots: Accepted, view: View) -> Answer:
    """The numbers that stand now are those that are read back, and no others are taken."""
    found = view.state.difference(slots.ticker)
    return AcceptBroker(ticker=slots.ticker, seen=(found.ours, found.theirs) if found else None)


SKILLS = (Skill("accept_broker", Accepted, accept_broker, "riskier"),)
