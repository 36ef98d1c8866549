"""Tables of phrases: what stands at a place of a message, found without trying them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Words = tuple[str, ...]


class PhraseTable:
    """Phrases with their values; one phrase may have several. `firsts` are the words that phrases begin with."""

    __slots__ = ("_lengths", "_values", "firsts")

    def __init__(self, pairs: Iterable[tuple[Words, Any]]) -> None:
        self._values: dict[Words, list[Any]] = {}
        for words, value in pairs:
            several = self._values.get(words)
            if several is None:
                self._values[words] = [value]
            elif value not in several:
                several.append(value)
        self._values.pop((), None)
        lengths: dict[str, set[int]] = {}
        for words in self._values:
            lengths.setdefault(words[0], set()).add(len(words))
        self._lengths = {first: tuple(sorted(several, reverse=True)) for first, several in lengths.items()}
        self.firsts = frozenset(lengths)

    def at(self, texts: Sequence[str], place: int) -> list[tuple[int, Any]]:
        """Every phrase that stands at a place: its end and value, the longest first."""
        lengths = self._lengths.get(texts[place]) if place < len(texts) else None
        if lengths is None:
            return []
        found: list[tuple[int, Any]] = []
        for length in lengths:
            values = self._values.get(tuple(texts[place : place + length]))
            if values is not None and place + length <= len(texts):
                found.extend([(place + length, value) for value in values])
        return found

    def within(self, texts: Sequence[str]) -> bool:
        """Whether a phrase stands anywhere."""
        if self.firsts.isdisjoint(texts):
            return False
        return any(self.at(texts, at) for at, text in enumerate(texts) if text in self.firsts)

    def items(self) -> Iterator[tuple[Words, Any]]:
        """Every phrase with each of its values."""
        return ((words, value) for words, several in self._values.items() for value in several)

    def words(self) -> set[str]:
        """Every word of every phrase."""
        return {word for words in self._values for word in words}

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
