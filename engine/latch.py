"""What keeps an account's kill switch and that of its folder together: thrown before anything, cleared after all."""

from collections.abc import Iterable
from typing import Final

import structlog

from engine.core import commands as c
from engine.core import events as e
from engine.core.state import State
from engine.ports import KillSwitch

log = structlog.get_logger(__name__)

STOPS: Final = (c.StopEverything, c.Flatten)
NO_FILE: Final = "there is no place for it"
AGAIN: Final = "the account, in which it stands"


class NoSwitch:
    """A folder without a kill switch: the account's own is all there is."""

    def thrown(self) -> str | None:
        return None

    def throw(self, who: str) -> None: ...

    def clear(self) -> None: ...


class Latch:
    """The kill switch outside the account, which holds while the store is down, the engine hangs or is not there.

    Whatever goes wrong, it stays thrown: it is thrown before a command to stop is judged, and cleared once the owner's
    resuming is stored.
    """

    def __init__(self, switch: KillSwitch | None = None) -> None:
        self._switch = switch or NoSwitch()
        self._far: str | None = None
        self._why_not = NO_FILE

    def thrown(self) -> str | None:
        """Who threw it, in words; None while nobody has."""
        return self._switch.thrown() or self._far

    def unheld(self) -> str | None:
        """Why it would not be thrown any more after a restart; None where it would."""
        return None if self._switch.thrown() else self._why_not

    def heard(self, who: str | None) -> None:
        """Who threw it by way of the store, as that was read last; None: nobody."""
        self._far = who

    def before(self, command: c.Command) -> None:
        """Throw it for a command that stops everything, whether or not that can be stored."""
        if isinstance(command, STOPS):
            self._throw(command.by)

    def after(self, events: Iterable[e.Event], state: State) -> None:
        """Bring it in line with an account that is stored: cleared only where resuming has lifted the account's own.

        `events` are those of an account that was stopped before them: the end of a mere pause clears nothing.
        """
        resumed = any(isinstance(event, e.EntriesResumed) and event.lifts_all for event in events)
        if state.killed_at is not None:
            if self._switch.thrown() is None:
                self._throw(AGAIN)
        elif resumed:
            self._clear()

    def asks(self, state: State) -> str | None:
        """Who threw it, where the account does not know of that yet."""
        return self.thrown() if state.killed_at is None else None

    def _throw(self, who: str) -> None:
        try:
            self._switch.throw(who)
        except OSError as error:
            self._why_not = error.strerror or str(error)
            log.error("kill.not_thrown", error=str(error))  # noqa: TRY400  # the account's own kill switch stands

    def _clear(self) -> None:
        self._far = None
        try:
            self._switch.clear()
        except OSError as error:
            log.error("kill.not_cleared", error=str(error))  # noqa: TRY400  # it stays thrown, which is safe
