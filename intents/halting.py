"""The kill switch in whatever pleas, oaths and yeses it is wrapped: it acts wherever its words stand un-negated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from intents.questions import HELPING
from intents.result import Parsed, Request
from intents.spelling import guarded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intents.hearing import Hearing
    from intents.match import Lattice

HALT: Final = "stop_everything"


def halted(heard: Hearing, grid: Lattice) -> Parsed | None:
    """The kill switch, where beside its words nothing is said that asks for, tells or turns anything."""
    lists, texts = heard.language.lists, tuple(token.text for token in grid.tokens)
    places = {at: end for at in range(len(texts)) for end, _ in lists.halts.at(texts, at)}
    if not places or heard.said.quoted:
        return None
    inside = {place for at, end in places.items() for place in range(at, end)}
    if not all(at in inside or _says_nothing(texts, at, heard) for at in range(len(texts))):
        return None
    return Parsed(heard.text, "ok", (Request(HALT),))


def _says_nothing(texts: Sequence[str], at: int, heard: Hearing) -> bool:
    lists, word = heard.language.lists, texts[at]
    turns = word in lists.guards or bool(lists.guard_phrases.at(texts, at)) or guarded(word, heard.language)
    asks = at == 0 and word in HELPING
    return word in lists.pleas and not (turns or asks or word in lists.others)
