"""One message on its way through the parser."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Hearing:
    """A message with what it is heard by: its words, what was said before, and the language."""

    text: str
    said: Utterance
    context: Context
    language: Language

    def grid(self, tokens: Sequence[Token]) -> Lattice:
        """The readings of each place of these words of it."""
        context = self.context
        near = frozenset((*context.watchlist, *context.positions))
        grid = lattice(tokens, self.language, clock(context.now, context.tz, context.wall), near, self.text)
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
