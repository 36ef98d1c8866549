"""The nearest things that can be said, for a message that was not understood: only ever offered, never run."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from rapidfuzz import fuzz, process

from intents.compose import leaning
from intents.result import Request
from intents.slots import Gap, fill, lacking
from intents.spelling import nearest_words

if TYPE_CHECKING:
    from intents.load import Language
    from intents.match import Lattice

OFFERED: Final = 3
CLOSE: Final = 60.0  # ratio of 100
ODD: Final = (
    5  # one word of a question in so many may be none of ours, where a thing is named beside a word of the trade
)


def nearest(grid: Lattice, language: Language, *, negated: bool = False) -> tuple[Request, ...]:
    """Up to three requests that the message nearly fills, then such whose examples read most like it.

    Of a negated one only those that account for the `not`: never the negated action.
    """
    led = leaning(grid, language)
    several = (*led, *(() if negated else _alike(grid, language)))
    distinct: list[Request] = []
    for one in several:
        if not any(one.same(other) for other in distinct):
            distinct.append(one)
    whole = [one for one in distinct if not lacking(one, language)]
    return tuple((whole or distinct)[:OFFERED])


def _alike(grid: Lattice, language: Language) -> tuple[Request, ...]:
    """Requests whose examples read most like the message, filled with the values it names."""
    text = " ".join(grid.texts)
    names, examples = _examples(language)
    close = process.extract(text, examples, scorer=fuzz.ratio, score_cutoff=CLOSE, limit=8)
    intents = dict.fromkeys(names[place] for _, _, place in close)
    made = [_filled(intent, grid, language) for intent in intents]
    return tuple(one for one in made if one is not None)[:OFFERED]


@lru_cache(maxsize=4)
def _examples_of(pairs: tuple[tuple[str, str], ...]) -> tuple[list[str], list[str]]:
    return [name for name, _ in pairs], [text for _, text in pairs]


def _examples(language: Language) -> tuple[list[str], list[str]]:
    pairs = tuple((name, spec.example.lower()) for name, spec in language.contract.items() if spec.harm != "dialogue")
    return _examples_of(pairs)


def _filled(intent: str, grid: Lattice, language: Language) -> Request | None:
    """The intent with the first value of each slot's type that the message holds."""
    slots: dict[str, Any] = {}
    spec = language.contract[intent]
    kinds = {slot.type: name for name, slot in spec.slots.items() if name not in spec.one_of}
    for edges in grid.values.values():
        for _, kind, value in sorted(edges, key=lambda edge: -edge[0]):
            if kind in kinds:
                slots.setdefault(kinds[kind], value)
    made = fill(intent, slots, language)
    if isinstance(made, Gap):
        return made.candidates[0] if made.candidates else None
    return Request(made.intent, made.slots, 0.5)


def about_trading(grid: Lattice, language: Language, *, guarded: bool, asked: bool = False) -> bool:
    """Whether a message is about what we do: a word of the trade or a setting, and hardly a word that is not ours."""
    named = grid.named()
    words = [token.text for at, token in enumerate(grid.tokens) if token.kind == "word" and at not in named]
    lists = language.lists
    trade = (word in lists.domain and word not in lists.ordinary for word in words)
    telling = bool(named) or grid.has("field") or any(trade)
    if not telling and (lists.domain.isdisjoint(words) or not (guarded or language.trade.issuperset(words))):
        return False
    foreign = sum(_foreign(word, language) for word in words)
    thing = asked and (bool(named) or grid.has("field")) and not lists.domain.isdisjoint(words)
    return foreign <= len(grid.tokens) / (2 if guarded else ODD if thing else math.inf)


def injected(grid: Lattice, language: Language) -> bool:
    """Whether a message speaks to a machine that would obey whatever it reads."""
    return language.lists.injections.within(grid.texts)


def _foreign(word: str, language: Language) -> bool:
    """Whether a word is none of ours, even if misspelt."""
    if word in language.trade:
        return False
    return word in language.lists.common or not nearest_words(word, language)
