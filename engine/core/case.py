"""What stands before the gates."""

from dataclasses import dataclass
from typing import Final

from engine.core.limits import Limits, for_micro
from engine.core.nouns import Recommendation
from engine.core.policy import Policy
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.valuation import Valuation
from engine.core.words import Origin, Side

INTRADAY: Final = "intraday"
MICRO_WINDOWS: Final = (INTRADAY, "1d")
NEW: Final = (Origin.RECOMMENDED, Origin.PROPOSAL)


@dataclass(frozen=True, slots=True)
class Case:
    """A recommendation before the gates, with all that they may look at.

    `shares` are those of a part that was decided before, 0 where the size is still to be found.
    """

    recommendation: Recommendation
    origin: Origin
    state: State
    scene: Scene
    limits: Limits
    policy: Policy
    worth: Valuation
    shares: int = 0

    @property
    def micro(self) -> bool:
        """Whether this would be a micro-trade: an idea for minutes or a day, where the owner trades such."""
        if not self.state.preferences.trading.micro_trading or self.recommendation.window not in MICRO_WINDOWS:
            return False
        return self.origin in NEW and self.recommendation.action is Side.BUY

    @property
    def bounds(self) -> Limits:
        """The limits in force for a trade of this kind."""
        return for_micro(self.limits, self.policy) if self.micro else self.limits
