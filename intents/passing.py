"""What is passed over now is not left out for good: "don't buy Tesla right now", "let's not do the Tesla trade"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from intents.hearing import Hearing
    from intents.match import Lattice
    from intents.result import Request

FOR_GOOD: Final = "exclude"
SLOT: Final = "tickers"


def passed_over(request: Request, heard: Hearing, grid: Lattice) -> bool:
    """Whether a company would be left out for good by words that say no for the moment, or to one trade."""
    if request.intent != FOR_GOOD or SLOT not in request.slots or "until" in request.slots:
        return False
    texts, lists = tuple(token.text for token in heard.said.tokens), heard.language.lists
    negated = any(lists.guards.get(text) == "negated" for text in texts)
    if not negated or lists.lasting.within(texts):
        return False
    return lists.fleeting.within(texts) or _one_trade(grid, heard)


def _one_trade(grid: Lattice, heard: Hearing) -> bool:
    """Whether a company stands before what one trade is called."""
    ends = {end for edges in grid.values.values() for end, kind, _ in edges if kind == SLOT}
    return any(end < len(grid.texts) and grid.texts[end] in heard.language.lists.deals for end in ends)
