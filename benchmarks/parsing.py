"""How long a message takes to be understood: over the rows of a folder, and the time to load the language."""

import random
import statistics
import string
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from benchmarks.measure import Figure
from intents.load import COMPANIES, Language, load_language
from intents.parser import parse
from intents.rows import context_of

ROWS: Final = Path(__file__).parent.parent / "tests" / "intents" / "en"
ROUNDS: Final = 3
TICKERS: Final = 10_000
SECOND: Final = ("holdings", "energy", "systems", "bancorp", "therapeutics", "group")


def figures() -> Iterator[Figure]:
    """Load, then the median and the 99th percentile of every message of every file."""
    begun = time.perf_counter()
    language = load_language()
    loaded = time.perf_counter() - begun
    yield Figure("load the language", loaded * 1e3, "ms", f"{len(language.templates)} templates; aim < 500 ms")
    yield from understood(language, "")
    with tempfile.TemporaryDirectory() as folder:
        many = load_language(with_more(Path(folder) / "companies.csv"))
        yield from understood(many, f", {len(many.companies.tickers):,} tickers")
    yield answered_at_length(language)


def understood(language: Language, beside: str) -> Iterator[Figure]:
    times: list[float] = []
    for path in sorted(ROWS.glob("[!_]*.yaml")):
        times += timed(path, language)
    marks = statistics.quantiles(times, n=100)
    note = f"longest {max(times) * 1e3:.1f} ms; aim < 2 ms"
    yield Figure(f"understand a message, p50{beside}", marks[49] * 1e3, "ms", f"{len(times):,} messages; aim < 0.3 ms")
    yield Figure(f"understand a message, p99{beside}", marks[98] * 1e3, "ms", note)


def with_more(path: Path) -> Path:
    """The companies that are known with invented ones beside, up to ten thousand: tickers of five letters."""
    draw, known = random.Random(1), COMPANIES.read_text(encoding="utf-8").splitlines()  # noqa: S311
    tickers = {row.partition(",")[0] for row in known}
    while len(known) <= TICKERS:
        ticker = "".join(draw.choices(string.ascii_uppercase, k=5))
        if ticker not in tickers:
            tickers.add(ticker)
            name = "".join(draw.choices(string.ascii_lowercase, k=draw.randrange(6, 11)))
            known.append(f"{ticker},{name} {draw.choice(SECOND)}")
    path.write_text("\n".join(known) + "\n", encoding="utf-8")
    return path


def answered_at_length(language: Language) -> Figure:
    """Ten thousand characters, which are answered without being read."""
    context = context_of(read(ROWS / "_scene.yaml"))
    begun = time.perf_counter()
    parse("buy apple and sell tesla, " * 385, context, language)
    return Figure("answer 10,000 characters", (time.perf_counter() - begun) * 1e3, "ms", "aim < 20 ms")


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
