"""Of what is due, that which was not tried yet: so that a turn does each thing once and comes to an end."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from engine.core import commands as c

MOST: Final = 1_000
"""Commands that change nothing, in a row, at most: a guard against a bug, not a limit of the rules."""


def untried(due: Iterable[c.Command], tried: set[str]) -> Iterator[c.Command]:
    """The first of those that are not in `tried`, which they are once given; asked for anew after each change."""
    return islice(fresh(due, tried), MOST)


def fresh(due: Iterable[c.Command], tried: set[str]) -> Iterator[c.Command]:
    """Equal commands read the same, and not all of them can be hashed."""
    for command in due:
        named = repr(command)
        if named not in tried:
            tried.add(named)
            yield command
