"""Whether the account has moved on since a command was asked for, so that it no longer means what was meant."""

from collections.abc import Iterable

from engine.core import commands as c
from engine.core.harm import harm_of
from engine.core.policy import Policy
from engine.core.preferences import changed_from
from engine.core.state import State
from engine.core.undo import PAUSE, undoing


def worse_than_agreed(command: c.Command, state: State, policy: Policy) -> bool:
    """Whether a command does more harm on the account as it is now than on the one for which it was judged."""
    return command.agreed is not None and harm_of(command, state, policy) > command.agreed


def overtaken(command: c.Command, asked: State, now: State) -> str | None:
    """The first field of a person's change that somebody else has set since it was asked for; None if none was."""
    if isinstance(command, c.ChangePreferences):
        return first_moved(command.patch, asked, now)
    if not isinstance(command, c.UndoChanges):
        return None
    (was, those), (patch, these) = (undoing(state, command.count, command.field) for state in (asked, now))
    return first_moved(was, asked, now) or (None if those == these else next(iter({**patch, **was}), PAUSE))


def first_moved(paths: Iterable[str], asked: State, now: State) -> str | None:
    moved = {*changed_from(asked.preferences, now.preferences)} | ({PAUSE} if asked.pause != now.pause else set())
    return next((path for path in paths if path in moved), None)
