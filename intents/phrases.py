"""Tables of phrases: what stands at a place of a message, found without trying them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Words = tuple[str, ...]


class PhraseTable:
    """Phrases with their values; one phrase may have several."""

    __slots__ = ("_lengths", "_values")

    def __init__(self, pairs: Iterable[tuple[Words, Any]]) -> None:
        self._values: dict[Words, list[Any]] = {}
        lengths: dict[str, set[int]] = {}
        for words, value in pairs:
            if words:
                several = self._values.get(words)
                if several is None:
                    self._values[words] = [value]
                    lengths.setdefault(words[0], set()).add(len(words))
                elif value not in several:
                    several.append(value)
        self._lengths = {first: tuple(sorted(several, reverse=True)) for first, several in lengths.items()}

    def at(self, texts: Sequence[str], place: int) -> list[tuple[int, Any]]:
        """Every phrase that stands at a place: its end and value, the longest first."""
        if place >= len(texts):
            return []
        found: list[tuple[int, Any]] = []
        for length in self._lengths.get(texts[place], ()):
            said = tuple(texts[place : place + length])  # at the end of a message shorter than asked for
            found.extend((place + len(said), value) for value in self._values.get(said, ()) if len(said) == length)
        return found

    def words(self) -> set[str]:
        """Every word of every phrase."""
        return {word for words in self._values for word in words}

    def firsts(self) -> frozenset[str]:
        """The words that phrases begin with."""
        return frozenset(self._lengths)

    def values(self) -> list[Any]:
        """Every value, phrase by phrase."""
        return [value for several in self._values.values() for value in several]

    def saying(self, value: Any) -> tuple[str, ...]:  # noqa: ANN401 - any value
        """The phrases that stand for a value."""
        return tuple(" ".join(words) for words, several in self._values.items() if value in several)

    def of_kind(self, kind: str) -> tuple[str, ...]:
        """The phrases whose values are pairs of this slot type and something."""
        return tuple(
            " ".join(words) for words, several in self._values.items() if any(one[0] == kind for one in several)
        )
