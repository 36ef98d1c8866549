"""What every judge stands on."""

from typing import NamedTuple, TypeAlias

from engine.core.events import Event
from engine.core.limits import Limits, for_micro, in_force
from engine.core.policy import Policy
from engine.core.refusals import Refused
from engine.core.rules.breakers import daily_loss, drawdown
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.units import Money
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
        return in_force(self.state.tier, self.state.preferences, self.policy)

    def limits_of(self, *, micro: bool) -> Limits:
        """The limits in force for a position of this kind."""
        return for_micro(self.limits, self.policy) if micro else self.limits

    @property
    def worth(self) -> Valuation:
        """The account at the marks of this scene."""
        return value(self.state, self.scene, self.limits)

    @property
    def reference(self) -> Money:
        """What today's gain or loss is counted from: equity at the last close, or on the first day what was put in.

        Money put in or taken out since then is no gain and no loss.
        """
        last = self.state.last
        return last.equity + self.state.contributed - last.contributed if last else self.state.contributed

    @property
    def day_loss(self) -> float:
        """Today's loss as a fraction of the reference; 0 on a day that gains."""
        return daily_loss(self.worth.equity, self.reference)

    @property
    def fall(self) -> float:
        """How far equity stands below its peak, as a fraction."""
        equity = self.worth.equity
        return drawdown(equity, max(self.state.peak, equity))

    @property
    def next_seq(self) -> int:
        """The journal number that the first event of this verdict will get."""
        return self.state.seq + 1
