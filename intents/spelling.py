"""Slips of the finger: unknown words repaired to the nearest known ones, never digits, guard words or short words."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import islice, product
from typing import TYPE_CHECKING, Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from intents.load import Language
    from intents.normalise import Token

SHORTEST: Final = 3
LONG: Final = 4  # letters of a word that one letter more or less does not make another
GLUED: Final = 7  # letters of two words written as one
VARIANTS: Final = 8  # repaired versions of a message that are tried
MOST: Final = 6  # words that one may have been meant as
REPAIRS: Final = 3  # words repaired in one message at most


def repaired(tokens: Sequence[Token], named: frozenset[int], language: Language) -> list[list[Token]]:
    """Versions of a message with its unknown words repaired, the likeliest first; `named` are places of companies."""
    options = [[token] if at in named else _options(token, language) for at, token in enumerate(tokens)]
    changed = sum(choice[0].text != token.text for choice, token in zip(options, tokens, strict=True))
    if not 0 < changed <= REPAIRS:
        return []
    return [[*_flat(choice)] for choice in islice(product(*options), VARIANTS)]


def surely(tokens: Sequence[Token], named: frozenset[int], language: Language) -> bool:
    """Whether repairs only swap letters, or add or drop one of a long word: lep is no yep."""
    words = [token.text for at, token in enumerate(tokens) if at not in named and token.kind == "word"]
    return all(_sure(word, nearest_words(word, language)) for word in words if not known(word, language))


def _sure(word: str, found: Sequence[str]) -> bool:
    if not found:
        return True
    least = 2 if len(word) >= LONG else 1
    near = (one for one in found if one[0] == word[0] and OSA.distance(word, one) == 1)  # incorrect is none of correct
    return any(_slip(word, one) < least for one in near)


def _flat(choice: Sequence[Token]) -> list[Token]:
    """Tokens with repairs of two words ("mypositions") written apart."""
    made: list[Token] = []
    for token in choice:
        words = token.text.split()
        made.extend(replace(token, text=word, before=token.before if not n else "") for n, word in enumerate(words))
    return made


def _options(token: Token, language: Language) -> list[Token]:
    if token.kind != "word" or known(token.text, language):
        return [token]
    return [replace(token, text=word) for word in nearest_words(token.text, language)] or [token]


def known(word: str, language: Language) -> bool:
    """Whether a word is one of the language's, or too short or too odd to repair."""
    lists = language.lists
    ours = word in language.vocabulary or word in lists.common or word in lists.names
    ours = ours or word in language.places.get(len(word), ())
    return ours or len(word) < SHORTEST or not word.isalpha()


def guarded(word: str, language: Language) -> bool:
    """Whether an unknown word may be a misspelt guard word (nto, nevr)."""
    if known(word, language):
        return False
    return process.extractOne(word, language.lists.negations, scorer=OSA.distance, score_cutoff=1) is not None


def _slip(word: str, found: str) -> int:
    """How common a slip is: letters swapped, one missing or doubled, another letter."""
    if sorted(word) == sorted(found):
        return 0
    return 1 if len(word) != len(found) else 2


def _close(word: str, known_words: Mapping[int, Sequence[str]], allowed: int) -> list[tuple[str, int, int]]:
    """The known words within so many slips, with their distance."""
    lengths = range(len(word) - allowed, len(word) + allowed + 1)
    near = [other for length in lengths for other in known_words.get(length, ())]
    return process.extract(word, near, scorer=OSA.distance, score_cutoff=allowed, limit=24)


@lru_cache(maxsize=4096)
def nearest_words(word: str, language: Language) -> list[str]:
    """The known words nearest to an unknown one, all at the same distance; or two words written as one."""
    allowed = 1 if len(word) < 7 else 2
    close = _close(word, language.closed, allowed) or _close(word, language.places, allowed)
    counts = language.lists.numbers.counts()
    close = [one for one in close if one[0] not in counts or one[0][0] == word[0]]  # a zillion is no million
    if close:
        best = min(distance for _, distance, _ in close)
        near = (found for found, distance, _ in close if distance == best)
        return sorted(near, key=lambda found: _slip(word, found))[:MOST]
    if len(word) < GLUED:
        return []
    parts = ((word[:cut], word[cut:]) for cut in range(2, len(word) - 1))
    return [f"{head} {tail}" for head, tail in parts if head in language.vocabulary and tail in language.vocabulary][:2]
