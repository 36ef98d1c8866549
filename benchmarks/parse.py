"""Writes how long a message takes to be understood: p50 and p99 over the rows of a folder, and the time to load."""  # noqa: INP001 - scripts, no package

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import Any, Final

import yaml

from intents.evaluate import context_of
from intents.load import load_language
from intents.parser import parse

ROWS: Final = Path(__file__).parent.parent / "tests" / "intents" / "en"


def read(path: Path) -> Any:  # noqa: ANN401 - rows, or a scene with rows
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def main(folder: Path) -> None:
    """Time every message of every file, each five times after one round to warm up."""
    start = time.perf_counter()
    language = load_language()
    sys.stdout.write(f"load {time.perf_counter() - start:.3f} s, {len(language.templates)} templates\n")
    times: list[float] = []
    for path in sorted(folder.glob("[!_]*.yaml")):
        given = read(path)
        context = context_of(read(folder / "_scene.yaml") if isinstance(given, list) else given)
        rows = given if isinstance(given, list) else given["rows"]
        texts = [turn for row in rows for turn in row.get("turns", [row.get("t", "")])]
        for round_ in range(6):
            for text in texts:
                begun = time.perf_counter()
                parse(text, context, language)
                if round_:
                    times.append((time.perf_counter() - begun) * 1e3)
    marks = statistics.quantiles(times, n=100)
    told = f"p50 {marks[49]:.3f} ms, p99 {marks[98]:.3f} ms, max {max(times):.1f} ms"
    sys.stdout.write(f"{len(times)} messages: {told}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
