"""Which strategies there are, and which of them are listened to."""

from engine.core.scene import Scene
from engine.core.state import State


def known(state: State, scene: Scene) -> tuple[str, ...]:
    """The names of all strategies, in alphabetical order: those that are asked, and those that were heard of.

    Heard of is one that something was said of, whose recommendation waits, or that a position or a trade of the last
    year came from.
    """
    heard = {
        *scene.sources,
        *state.strategies,
        *(wanted.source for wanted in state.pending.values()),
        *(position.source for position in state.positions.values()),
        *(trade.source for trade in state.trades),
    }
    return tuple(sorted(heard - {""}))


def chosen(state: State) -> tuple[str, ...]:
    """The strategies that somebody switched on, in alphabetical order."""
    return tuple(sorted(name for name, standing in state.strategies.items() if standing.on))


def silenced(state: State, scene: Scene) -> tuple[str, ...]:
    """The strategies that are off, in alphabetical order, where that leaves none to follow; else nothing."""
    return () if listened_to(state, scene) else tuple(name for name in known(state, scene) if is_off(state, name))


def is_off(state: State, name: str) -> bool:
    """Whether the owner switched it off, or the engine paused it."""
    standing = state.strategies.get(name)
    return standing is not None and not standing.on


def speaking(state: State, scene: Scene) -> set[str]:
    """The strategies that have something to say: asked ones, those something was said of, and those that wait."""
    names = {*scene.sources, *state.strategies}
    names.update([wanted.source for wanted in state.pending.values()])
    names.discard("")
    return names


def follows(state: State, scene: Scene, name: str) -> bool:
    """Whether what a strategy says is followed: it is not off, and among as many as are listened to."""
    if is_off(state, name):
        return False
    few = len(speaking(state, scene) | {name}) <= state.preferences.strategy.max_strategies
    return few or name in listened_to(state, scene, name)


def listened_to(state: State, scene: Scene, also: str = "") -> tuple[str, ...]:
    """The strategies whose recommendations count, at most `max_strategies`: chosen ones first, then by the alphabet.

    `also` names one that may not be known yet.
    """
    first = chosen(state)
    names = {*speaking(state, scene), also} - {"", *first}
    others = (name for name in sorted(names) if not is_off(state, name))
    return (*first, *others)[: state.preferences.strategy.max_strategies]
