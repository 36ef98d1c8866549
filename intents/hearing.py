"""One message on its way through the parser."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from intents.language import IT_IF
from intents.match import Lattice, lattice
from intents.sources import named
from intents.times import clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intents.context import Context
    from intents.load import Language
    from intents.match import Reading
    from intents.normalise import Token, Utterance
    from intents.times import Clock


@dataclass(frozen=True, eq=False)
class Hearing:
    """A message with what it is heard by: its words, what was said before, and the language."""

    text: str
    said: Utterance
    context: Context
    language: Language
    _grids: dict[tuple[int, ...], Lattice] = field(init=False, repr=False, default_factory=dict)

    @cached_property
    def owner(self) -> Clock:
        """The clock by which it was said."""
        return clock(self.context.now, self.context.tz, self.context.wall)

    def grid(self, tokens: Sequence[Token]) -> Lattice:
        """The readings of each place of these words of it; the same for the same words."""
        key = tuple(map(id, tokens))  # they live as long as their grid
        if key not in self._grids:
            self._grids[key] = self._laid(tokens)
        return self._grids[key]

    def _laid(self, tokens: Sequence[Token]) -> Lattice:
        context = self.context
        near = frozenset((*context.watchlist, *context.positions))
        grid = lattice(tokens, self.language, self.owner, near, self.text)
        return named(grid, context.strategies) if context.strategies else grid

    def meant_by(self, reading: Reading) -> tuple[str, ...]:
        """What "it" stands for in a reading; a bare "why?" is about what waits for an answer, where anything does."""
        bare = IT_IF in reading.template.fixed.values()
        return () if bare and self.context.held else self.antecedent()

    def antecedent(self) -> tuple[str, ...]:
        """The companies that were named last: what "it" stands for."""
        last = self.context.last
        if last is None:
            return ()
        ticker = last.slots.get("ticker")
        return (ticker,) if ticker else tuple(last.slots.get("tickers", ()))
