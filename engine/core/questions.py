"""What waits for the owner's yes or no."""

from typing import Final

from engine.core import oldest
from engine.core.state import State

REBALANCE: Final = "rebalance"
"""The name by which the weekly rebalancing is answered, where a trade has its ticker; tickers are capitals."""


def open_questions(state: State) -> list[str]:
    """Their names, oldest first: the ticker of a trade that is asked about, and `rebalance`."""
    return [*(one.decision.ticker for one in oldest.proposals(state)), *([REBALANCE] if state.rebalance else [])]
