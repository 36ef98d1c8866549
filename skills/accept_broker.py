"""Taking the broker's word where its book is not ours: for the shares of a company, or for the cash."""

from engine.core.commands import AcceptBroker
from engine.core.units import Ticker
from engine.view import View
from skills.skill import Answer, Skill, SlotModel


class Accepted(SlotModel):
    """`accept_broker`: a company's shares; without one, the cash."""

    ticker: Ticker | None = None


def accept_broker(slots: Accepted, view: View) -> Answer:  # noqa: ARG001  # every skill sees the view
    return AcceptBroker(ticker=slots.ticker)


SKILLS = (Skill("accept_broker", Accepted, accept_broker, "riskier"),)
