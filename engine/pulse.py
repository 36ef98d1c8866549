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

REPLAY: Final = "replay"
"""The name by which the beats are missed that put a replay forward."""

PROTECTING: Final = frozenset(
    {"open the session", "decide recommendations", "watch stops", "breakers", "snapshot and risk tier", "kill switch"}
    | {REPLAY}
)
"""What must not hang: while one of these does, nobody looks after what is held."""


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
    goes forward; None where none is. `next_at` is when it runs next, None where that is not known: people's time or,
    where `by_market`, the market's. `error` is the last failure, `failing` whether the last run failed, `told` whether
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
    by_market: bool = False
    error: str = ""
    failing: bool = False
    told: bool = False


class Figures(NamedTuple):
    """What the account was worth at `at` (market time), and what the day had brought by then, in money."""

    at: datetime
    equity: Money
    day: Money


class Ailment(NamedTuple):
    """What is wrong with a loop: it is `failing`, or `late`, `hanging` or `still` for so many seconds."""

    loop: str
    kind: str
    seconds: float = 0.0
    error: str = ""

    @property
    def stuck(self) -> bool:
        """Whether it does not come to its end, or does not come at all."""
        return self.kind in {"hanging", "still"}


def utc_now() -> datetime:
    return datetime.now(UTC)


class Pulse:
    """Every loop's record; a loop never runs twice at once, whoever asks for it."""

    def __init__(self, wall: Callable[[], datetime] = utc_now, ticks: Callable[[], float] = time.monotonic) -> None:
        """`wall` is people's time, `ticks` seconds of a clock that only goes forward."""
        self._wall, self._ticks = wall, ticks
        self._beats: dict[str, Beat] = {}
        self.figures: Figures | None = None
        self.told_stuck: set[str] = set()
        self._pace_s: float | None = None
        self._due_s = 0.0

    def of(self, name: str) -> Beat:
        """The record of one loop, begun where there was none."""
        return self._beats.setdefault(name, Beat(name))

    def know(self, names: Iterable[str]) -> None:
        """Show these from the start, in this order."""
        for name in names:
            self.of(name)

    def expects(self, pace_s: float | None) -> None:
        """Miss a replay's beats, which come every so many seconds; None where none is to come any more."""
        self._pace_s = pace_s
        self._due_s = self._ticks() + (pace_s or 0.0)

    def beaten(self) -> float:
        """Note that a replay's beat begins, and how many seconds late: 0 where none was expected."""
        if self._pace_s is None:
            return 0.0
        late_s = max(0.0, self._ticks() - self._due_s)
        self._due_s = self._ticks() + self._pace_s
        return late_s

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
        """The loops that fail, hang or came late, in order, and a replay that stands still; empty while all is well."""
        found = [one for beat in self._beats.values() if (one := self._ailment(beat)) is not None]
        still_s = 0.0 if self._pace_s is None else self._ticks() - self._due_s
        if still_s > HANGS_S and not any(one.stuck for one in found):  # a loop that hangs is why it stands still
            found.append(Ailment(REPLAY, "still", still_s))
        return tuple(found)

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
        waiting = beat.next_at is not None and beat.began_s is None and not beat.by_market
        due = (self._wall() - beat.next_at).total_seconds() if waiting and beat.next_at else 0.0
        return max(beat.late_s, due)
