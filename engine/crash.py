"""Named points at which a process can be made to die, so that tests can visit each instant between two steps."""

import os
import signal
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

_reached: dict[str, int] = {}


def reached(point: str) -> None:
    """Die here, without a last word, if this is where the environment says so; else nothing."""
    wanted = os.environ.get(VARIABLE)
    if wanted is None:
        return
    name, _, times = wanted.partition(":")
    if name != point:
        return
    _reached[point] = _reached.get(point, 0) + 1
    if _reached[point] >= int(times or 1):
        os.kill(os.getpid(), signal.SIGKILL)
