"""What is remembered of happenings that no table keeps: stops that moved, entries in parts, breakers, pauses, kills."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final, NamedTuple, cast

from engine.core import events as e
from engine.core.journal import Entry
from engine.core.reviving import reviver

ROWS_KEPT: Final = 5_000
"""So many of the journal's newest rows are looked back on."""

REMEMBERED: Final = (
    e.StopMoved,
    e.TranchesPlanned,
    e.TranchesEnded,
    e.BreakerTripped,
    e.BreakerResolved,
    e.EntriesPaused,
    e.EngineKilled,
)
MARKS: Final = (e.SessionBegan, e.AccountReset)
KINDS: Final[Mapping[str, type[e.Event]]] = MappingProxyType({kind.__name__: kind for kind in (*REMEMBERED, *MARKS)})


class Past(NamedTuple):
    """Something that happened: its number in the journal, its session, and the number of that session's beginning.

    `session` is None, and `began` 0, for what came before the first session on record.
    """

    seq: int
    session: date | None
    began: int
    event: e.Event


@dataclass(slots=True)
class Recall:
    """The remembered happenings, oldest first; what comes from a journal is the same as what was heard at once."""

    kept: deque[Past] = field(default_factory=deque)
    session: date | None = None
    began: int = 0

    def read(self, rows: Iterable[Entry]) -> None:
        """Take in rows of the journal, in order."""
        for row in rows:
            kind = KINDS.get(row.kind)
            if kind is not None:
                self.hear(row.seq, cast("e.Event", reviver(kind)(row.body)))

    def hear(self, seq: int, event: e.Event) -> None:
        if isinstance(event, e.SessionBegan):
            self.session, self.began = event.session, seq
        elif isinstance(event, e.AccountReset):
            self.kept.clear()
        elif isinstance(event, REMEMBERED):
            self.kept.append(Past(seq, self.session, self.began, event))
        while self.kept and not counts(self.kept[0], seq):
            self.kept.popleft()

    def newest(self, seq: int) -> Iterator[Past]:
        """Newest first, as far back as counts when the journal's last number is `seq`."""
        return (one for one in reversed(self.kept) if counts(one, seq))


def first_read(seq: int) -> int:
    """The number after which the journal is read, whose last number is `seq`."""
    return max(0, seq - ROWS_KEPT)


def counts(one: Past, seq: int) -> bool:
    """Whether it is looked back on: the beginning of its session lies within the rows that are kept.

    So it is also after a restart, which reads no rows before those.
    """
    return one.began > seq - ROWS_KEPT
