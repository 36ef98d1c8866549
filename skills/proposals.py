"""The owner's answer to a trade that waits for him."""

from engine.core.commands import Approve, Reject
from engine.core.units import Ticker
from engine.view import View
from skills.skill import Answer, Skill, SlotModel


class Tickers(SlotModel):
    """`approve`, `reject`: the trades in these tickers, or the one that waits."""

    tickers: tuple[Ticker, ...] = ()


def approve(slots: Tickers, view: View) -> Answer:  # noqa: ARG001
    return Approve(tickers=slots.tickers)


def reject(slots: Tickers, view: View) -> Answer:  # noqa: ARG001
    return Reject(tickers=slots.tickers)


SKILLS = (
    Skill("approve", Tickers, approve, "riskier"),
    Skill("reject", Tickers, reject, "safer"),
)
