"""The engine's own pulse: what each loop last did, how long it took, how late it came, and what went wrong."""

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Final, NamedTuple

from engine.core.units import Money

LATE_S: Final = 5.0
"""A run that began so much after its time was late."""

HANGS_S: Final = 30.0
"""A run that takes longer than this hangs, as far as anybody can tell."""


class Ran(Enum):
    """How a run went: `AWAY` where one was under way already, `CUT` where it was broken off for another reason."""

    WELL = "well"
    FAILED = "failed"
    CUT = "cut"
    AWAY = "away"


@dataclass(slots=True)
class Beat:
    """What is known of one loop.

    `last_at` is when its last run began (people's time, aware UTC; None before the first), `took_s` and `late_s` what
    that run took and how late it began, in seconds. `began_s` is when the run under way began, by a clock that only
    goes forward; None where none is. `error` is the last failure, `failing` whether the last run failed, `told` whether
    the owner knows.
    """

    name: str
    runs: int = 0
    failures: int = 0
    last_at: datetime | None = None
    took_s: float = 0.0
    late_s: float = 0.0
    began_s: float | None = None
    next_at: datetime | None = None
    error: str = ""
    failing: bool = False
    told: bool = False


class Figures(NamedTuple):
    """What the account was worth at `at` (market time), and what the day had brought by then, in money."""

    at: datetime
    equity: Money
    day: Money


class Ailment(NamedTuple):
    """What is wrong with a loop: it is `failing`, `late` or `hanging`, the last two for so many seconds."""

    loop: str
    kind: str
    seconds: float = 0.0
    error: str = ""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Pulse:
    """Every loop's record; a loop never runs twice at once, whoever asks for it."""

    def __init__(self, wall: Callable[[], datetime] = utc_now, ticks: Callable[[], float] = time.monotonic) -> None:
        """`wall` is people's time, `ticks` seconds of a clock that only goes forward."""
        self._wall, self._ticks = wall, ticks
        self._beats: dict[str, Beat] = {}
        self.figures: Figures | None = None

    def of(self, name: str) -> Beat:
        """The record of one loop, begun where there was none."""
        return self._beats.setdefault(name, Beat(name))

    def know(self, names: Iterable[str]) -> None:
        """Show these from the start, in this order."""
        for name in names:
            self.of(name)

    @property
    def beats(self) -> tuple[Beat, ...]:
        """All records, in the order in which the loops became known."""
        return tuple(self._beats.values())

    async def run(self, name: str, work: Callable[[], Awaitable[bool]], late_s: float = 0.0) -> Ran:
        """Run a loop and record it; `work` says whether it came to its end. One that raises is recorded as failed."""
        beat = self.of(name)
        if beat.began_s is not None:
            return Ran.AWAY
        beat.began_s, beat.last_at, beat.late_s = self._ticks(), self._wall(), late_s
        try:
            whole = await work()
        except Exception as error:  # noqa: BLE001  # whatever it is: recorded, told by who runs it, never passed on
            beat.failures, beat.failing, beat.error = beat.failures + 1, True, type(error).__name__
            return Ran.FAILED
        else:
            beat.failing = beat.failing and not whole
            return Ran.WELL if whole else Ran.CUT
        finally:
            beat.took_s, beat.began_s, beat.runs = self._ticks() - beat.began_s, None, beat.runs + 1

    def ailments(self) -> tuple[Ailment, ...]:
        """The loops that fail, hang or came late, in order; empty while all is well."""
        found = (self._ailment(beat) for beat in self._beats.values())
        return tuple(one for one in found if one is not None)

    def _ailment(self, beat: Beat) -> Ailment | None:
        under_way = 0.0 if beat.began_s is None else self._ticks() - beat.began_s
        if under_way > HANGS_S:
            return Ailment(beat.name, "hanging", under_way)
        if beat.failing:
            return Ailment(beat.name, "failing", error=beat.error)
        overdue = self._overdue_s(beat)
        return Ailment(beat.name, "late", overdue) if overdue > LATE_S else None

    def _overdue_s(self, beat: Beat) -> float:
        """How late the last run began or, where that is more, how long the next has been due."""
        waiting = beat.next_at is not None and beat.began_s is None
        due = (self._wall() - beat.next_at).total_seconds() if waiting and beat.next_at else 0.0
        return max(beat.late_s, due)
