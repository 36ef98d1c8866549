"""What the rows of a file come to: how well they were understood, the bars for that, and how long reading takes."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from time import perf_counter
from typing import TYPE_CHECKING, Final, NamedTuple

from intents.context import follow
from intents.evaluate import Judged, judged
from intents.parser import parse
from intents.rows import context_of, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from intents.context import Context
    from intents.load import Language

SCORES: Final = ("exact", "offered", "half", "miss", "wrong")


class Bar(NamedTuple):
    """The least share of a file's rows of which something has to hold."""

    what: str
    least: float
    holds: Callable[[Judged], bool]


def _exact(least: float) -> Bar:
    return Bar("exact", least, lambda one: one.score == "exact")


def _offered(least: float) -> Bar:
    return Bar("exact or offered", least, lambda one: one.score in {"exact", "offered"})


NOTHING_WRONG: Final = Bar("not wrong", 1.0, lambda one: one.score != "wrong")
REFUSED: Final = Bar("refused or asked", 0.98, lambda one: one.parsed.status != "ok" or one.score == "exact")
BARS: Final[Mapping[str, tuple[Bar, ...]]] = {
    "plain": (_exact(0.98), _offered(0.995)),
    "typo": (_exact(0.93), _offered(0.98)),
    "voice": (_exact(0.95), _offered(0.98)),
    "paraphrase": (_exact(0.80), _offered(0.95)),
    "negation": (_exact(0.97),),
    "scope": (REFUSED,),
    "dialogue": (_exact(0.93),),
    "compound": (_exact(0.93),),
}
"""The bars of each set, by the name of its file; whatever the file, nothing wrong may be done."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One file, judged; `p50_ms` and `p99_ms` are how long a message takes to be read, in milliseconds."""

    name: str
    results: tuple[Judged, ...]
    p50_ms: float
    p99_ms: float

    def count(self, score: str) -> int:
        """How many rows were given this score."""
        return sum(one.score == score for one in self.results)

    def share(self, bar: Bar) -> float:
        """The share of rows for which a bar holds; 1 of none."""
        return sum(map(bar.holds, self.results)) / len(self.results) if self.results else 1.0

    def below(self) -> list[Bar]:
        """The bars that this file does not reach."""
        return [bar for bar in (NOTHING_WRONG, *BARS.get(self.name, ())) if self.share(bar) < bar.least]


def figures(path: Path, language: Language) -> Figures:
    """Judge a file, then read it once more by the clock; raises BadRows."""
    results = tuple(judged(path, language))
    taken = sorted(_taken(path, language))
    return Figures(path.stem, results, _quantile(taken, 0.5), _quantile(taken, 0.99))


def _taken(path: Path, language: Language) -> Iterator[float]:
    """How long each message of a file takes to be read, in milliseconds."""
    scene, rows = read_rows(path)
    for row in rows:
        context = context_of(scene)
        for turn in row.get("turns") or [row["t"]]:
            context, ms = _read(turn, context, language)
            yield ms


def _read(text: str, context: Context, language: Language) -> tuple[Context, float]:
    began = perf_counter()
    parsed = parse(text, context, language)
    ms = (perf_counter() - began) * 1000
    return follow(context, parsed, language), ms


def _quantile(taken: Sequence[float], share: float) -> float:
    """The least of these times, in order, that so many do not exceed; nought of none."""
    return taken[ceil(len(taken) * share) - 1] if taken else 0.0
