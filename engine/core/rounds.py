"""Parts of a turn that have a pace of their own: what each may do now, in the order in which it should be done."""

from collections.abc import Iterator

from engine.core import commands as c
from engine.core.decide import account_breakers, events_over, parts, pools, session_started, time_run_out, unsold
from engine.core.exiting import exits
from engine.core.judge.alerts import alerts
from engine.core.judge.ground import Ground
from engine.core.policy import Policy
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.stopping import Watch, raised_stops
from engine.core.words import Origin


def stops(state: State, scene: Scene, policy: Policy) -> Iterator[c.Command]:
    """Exits whose level, loss, hour or missing price says so, and stops that follow their prices."""
    ground = Ground(state, scene, policy)
    yield from session_started(ground)
    yield from unsold(ground)
    yield from exits(ground)
    yield from raised_stops(Watch(state, scene, ground.limits, policy))


def breakers(state: State, scene: Scene, policy: Policy) -> Iterator[c.Command]:
    """Breakers of the account, the pools that follow its value, and the owner's marks."""
    ground = Ground(state, scene, policy)
    yield from session_started(ground)
    yield from account_breakers(ground)
    yield from pools(ground)
    yield from alerts(ground)


def figures(state: State, scene: Scene, policy: Policy) -> Iterator[c.Command]:
    """The owner's marks alone, when figures are made anew."""
    yield from alerts(Ground(state, scene, policy))


def expiries(state: State, scene: Scene, policy: Policy) -> Iterator[c.Command]:
    """What ends by its time, micro-trades among it, and parts of entries that are due."""
    ground = Ground(state, scene, policy)
    yield from session_started(ground)
    yield from time_run_out(ground)
    yield from events_over(ground)
    yield from (one for one in exits(ground) if isinstance(one, c.ExitPosition) and one.origin is Origin.MICRO_EXPIRY)
    yield from parts(ground)
