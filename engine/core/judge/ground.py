"""What every judge stands on."""

from typing import NamedTuple, TypeAlias

from engine.core.events import Event
from engine.core.limits import Limits, in_force
from engine.core.policy import Policy
from engine.core.refusals import Refused
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.valuation import Valuation, value

Verdict: TypeAlias = tuple[Event, ...] | Refused


class Ground(NamedTuple):
    """The account, the outside at this instant, and the house's numbers."""

    state: State
    scene: Scene
    policy: Policy

    @property
    def limits(self) -> Limits:
        """The limits in force, from tier and preferences."""
        preferences = self.state.preferences
        return in_force(preferences.trading.risk_tolerance, preferences, self.policy)

    @property
    def worth(self) -> Valuation:
        """The account at the marks of this scene."""
        return value(self.state, self.scene, self.limits)

    @property
    def next_seq(self) -> int:
        """The journal number that the first event of this verdict will get."""
        return self.state.seq + 1
