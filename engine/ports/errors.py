"""How the outside fails: it does not answer, it says no, or somebody was there first."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Unavailable(Exception):
    """The other side did not answer: nothing is known about what it did."""


class Unknown(Unavailable):
    """The answer was lost after the last word was given: it may have been stored, or not."""


class Rejected(Exception):
    """The other side said no: nothing was done."""


class Duplicate(Exception):
    """This command key, recommendation or execution is stored already: nothing was written."""


class Conflict(Exception):
    """Another writer was there first: the stored journal number is not the expected one, nothing was written."""


class BadRow(NamedTuple):
    """A line of a file that cannot be read: its number, the name of what is wrong with it, and what there is to say."""

    line: int
    problem: str
    facts: Mapping[str, Any]


class BadRows(Exception):
    """A file of which nothing was taken, with all its lines that cannot be read, in order."""

    def __init__(self, rows: Sequence[BadRow]) -> None:
        super().__init__(f"{len(rows)} lines cannot be read")
        self.rows = tuple(rows)


class Held(Unavailable):
    """Another engine runs this account: it was not given to us."""


class Fenced(Unavailable):
    """Another engine took this account over since it was given to us: nothing was written, nor ever will be by us."""
