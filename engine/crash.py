"""Named points at which a process can be made to die, so that tests can visit each instant between two steps."""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

VARIABLE: Final = "PARLEY_CRASH_AT"
"""The environment variable that names a point: `before_commit`, `after_send:3` (the third time it is reached)."""

POINTS: Final = (
    "before_commit",
    "in_commit",
    "after_commit",
    "before_send",
    "after_send",
    "before_cancel",
    "after_cancel",
    "before_transfer",
    "after_transfer",
    "before_book",
    "in_book",
    "after_book",
    "before_push",
    "after_push",
    "before_delivery",
    "after_delivery",
    "before_checkpoint",
    "after_checkpoint",
)
"""The store's transactions, the broker's answers, the paper broker's own book, messages, and signed checkpoints."""


@dataclass(slots=True)
class Aim:
    """Where to die: at `point`, when it is reached `left` times from now."""

    point: str
    left: int


def aimed(wanted: str) -> Aim:
    """What `point` or `point:times` means; raises ValueError with the word that is wrong in it."""
    point, colon, times = wanted.partition(":")
    if point not in POINTS:
        raise ValueError(point)
    if colon and not (times.isdecimal() and int(times) > 0):
        raise ValueError(times)
    return Aim(point, int(times or 1))


def aim_at(wanted: str | None) -> None:
    """Die at `point` or `point:times`, counted from now; None takes it back. Raises ValueError as `aimed` does."""
    global _aim  # noqa: PLW0603  # a process dies once
    _aim = aimed(wanted) if wanted else None


def reached(point: str) -> None:
    """Die here, without a last word, if this is where the environment said to when the process began; else nothing."""
    if _aim is None or _aim.point != point:
        return
    _aim.left -= 1
    if _aim.left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)


_aim: Aim | None = None
with suppress(ValueError):  # the configuration complains of it, in words, before anything else begins
    aim_at(os.environ.get(VARIABLE))
