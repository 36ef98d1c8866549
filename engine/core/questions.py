"""What waits for the owner's yes or no."""

from datetime import datetime, timedelta
from typing import Final

from engine.core import oldest
from engine.core.nouns import Proposal
from engine.core.standing import Rebalance
from engine.core.state import State

REBALANCE: Final = "rebalance"
"""The name by which the weekly rebalancing is answered, where a trade has its ticker; tickers are capitals."""

SET_BACK: Final = timedelta(seconds=3)
"""A question from further ahead than this was asked before people's clock was put back."""


def is_over(asked: Proposal | Rebalance, wall: datetime) -> bool:
    """Whether nobody may answer any more, in people's time: its time is over, or nobody knows how long ago it began."""
    return wall >= asked.lapses_at or wall < asked.asked_at - SET_BACK


def open_questions(state: State) -> list[str]:
    """Their names, oldest first: the ticker of a trade that is asked about, and `rebalance`."""
    return [*(one.decision.ticker for one in oldest.proposals(state)), *([REBALANCE] if state.rebalance else [])]
