"""A verb that holds for all that is counted off after it: buy 10 KO and 5 AAPL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intents.plain import plain
from intents.split import JOINING

if TYPE_CHECKING:
    from intents.hearing import Hearing
    from intents.match import Lattice
    from intents.normalise import Token
    from intents.result import Parsed


def carried(heard: Hearing, grid: Lattice) -> Parsed | None:
    """The message with its verb said again before each amount; None where these are not several orders of one kind."""
    first = _begins(grid)
    if grid.tokens[first].text not in heard.language.lists.carrying:
        return None
    tokens = _repeated(grid, first)
    if len(tokens) == len(grid.tokens):
        return None
    found = plain(heard, heard.grid(tokens))
    if found is None or found.status != "ok" or len(found.requests) != 1 + len(tokens) - len(grid.tokens):
        return None
    return found if len({one.intent for one in found.requests}) == 1 else None


def _repeated(grid: Lattice, first: int) -> list[Token]:
    """The words with the verb before every amount that a joining word leads."""
    tokens = list(grid.tokens[: first + 1])
    for at in range(first + 1, len(grid.tokens)):
        token = grid.tokens[at]
        joined = grid.tokens[at - 1].text in JOINING or "," in token.before
        if joined and token.text not in JOINING and token.kind != "word":
            tokens.append(grid.tokens[first])
        tokens.append(token)
    return tokens


def _begins(grid: Lattice) -> int:
    """Where the first word stands that is not filler."""
    at = 0
    while ends := grid.filler.get(at):
        at = max(ends)
    return min(at, len(grid.tokens) - 1)
