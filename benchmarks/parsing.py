"""How long a message takes to be understood: over the rows of a folder, and the time to load the language."""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from benchmarks.measure import Figure
from intents.load import load_language
from intents.parser import parse
from intents.rows import context_of

ROWS: Final = Path(__file__).parent.parent / "tests" / "intents" / "en"
ROUNDS: Final = 3


def figures() -> Iterator[Figure]:
    """Load, then the median and the 99th percentile of every message of every file."""
    begun = time.perf_counter()
    language = load_language()
    loaded = time.perf_counter() - begun
    yield Figure("load the language", loaded * 1e3, "ms", f"{len(language.templates)} templates; aim < 500 ms")
    times: list[float] = []
    for path in sorted(ROWS.glob("[!_]*.yaml")):
        times += timed(path, language)
    marks = statistics.quantiles(times, n=100)
    yield Figure("understand a message, p50", marks[49] * 1e3, "ms", f"{len(times):,} messages; aim < 0.3 ms")
    yield Figure("understand a message, p99", marks[98] * 1e3, "ms", f"longest {max(times) * 1e3:.1f} ms; aim < 2 ms")


def timed(path: Path, language: Any) -> Iterator[float]:  # noqa: ANN401  # the language as it was loaded
    """Seconds of each message of a file, some rounds after one to warm up."""
    given = read(path)
    context = context_of(read(ROWS / "_scene.yaml") if isinstance(given, list) else given)
    rows = given if isinstance(given, list) else given["rows"]
    texts = [turn for row in rows for turn in row.get("turns", [row.get("t", "")])]
    for round_ in range(ROUNDS + 1):
        for text in texts:
            begun = time.perf_counter()
            parse(text, context, language)
            if round_:
                yield time.perf_counter() - begun


def read(path: Path) -> Any:  # noqa: ANN401  # rows, or a scene with rows
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
