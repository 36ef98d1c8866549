"""Whether the tests of the rules would notice a wrong rule: `uv run --group mutation python -m tests.mutants`.

Changes the rules in many small ways, in a folder `mutants` of its own, and runs the tests that reach each change. A
seeded sample of them by default, all of them with `--all`. Properties try the same examples each time and remember
none, so that no change is noticed by luck. Ends with 1 where too few are noticed, or where one is not noticed and
`survivors.yaml` does not say why nobody can.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import yaml

HOUSE: Final = Path(__file__).parents[1]
PLACE: Final = HOUSE / "mutants"
EXPLAINED: Final = HOUSE / "tests/engine/core/rules/survivors.yaml"
LEAST: Final = 0.97
"""The share of mutants that have to be noticed."""

STEADY: Final = "--hypothesis-profile=ci"
"""The profile of Hypothesis without chance and without memory."""

UNNOTICED: Final = 0
UNTOUCHED: Final = frozenset({5, 33, 34})
"""Exit codes of mutants that no test reached."""


def main(arguments: Sequence[str] | None = None) -> int:
    asked = options(arguments)
    shutil.rmtree(PLACE, ignore_errors=True)
    mutmut("run", "none.at.all")
    names = sorted(results())
    chosen = names if asked.all else sorted(random.Random(asked.seed).sample(names, min(asked.sample, len(names))))
    mutmut("run", "--max-children", str(asked.processes), *chosen)
    return told(chosen, len(names))


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Whether the tests of the rules would notice a wrong rule.")
    parser.add_argument("--sample", type=int, default=300, help="how many mutants are tried (300)")
    parser.add_argument("--seed", type=int, default=1, help="which ones (1)")
    parser.add_argument("--all", action="store_true", help="try every one of them")
    parser.add_argument("--processes", type=int, default=2, help="how many at once (2)")
    return parser.parse_args(arguments)


def mutmut(*arguments: str) -> str:
    """What the tool printed; it ends with an error where a mutant survives, which is looked at here."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    steady = os.environ | {"PYTEST_ADDOPTS": STEADY}
    done = subprocess.run(command, cwd=HOUSE, check=False, capture_output=True, text=True, env=steady)
    if "failed to collect stats" in done.stdout or not any(PLACE.rglob("*.meta")):
        sys.exit(f"the tests do not pass on the unchanged rules:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
    return done.stdout


def results() -> dict[str, int | None]:
    """How the tests ended for each mutant, by its name; None: not tried."""
    found: dict[str, int | None] = {}
    for file in sorted(PLACE.rglob("*.meta")):
        found |= json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def told(chosen: Sequence[str], of: int) -> int:
    """Print what came of them; 0 where enough were noticed and each other one is explained."""
    codes = results()
    left = [name for name in chosen if codes[name] == UNNOTICED or codes[name] in UNTOUCHED or codes[name] is None]
    explained = yaml.safe_load(EXPLAINED.read_text(encoding="utf-8")) or {}
    unexplained = 0
    for name, change in changes(left):
        why = explained.get(change)
        unexplained += why is None
        print(f"{name}\n    {change}\n    {why or 'NOT EXPLAINED'}")
    share = 1 - len(left) / len(chosen)
    print(
        f"{len(chosen)} of {of} mutants tried: {share:.1%} noticed, {len(left)} not, {unexplained} of them unexplained"
    )
    return 0 if share >= LEAST and not unexplained else 1


def changes(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each mutant with its rule, the line that was, and the line that it was made to be."""
    for name in names:
        lines = mutmut("show", name).splitlines()
        was = " ".join(line[1:].strip() for line in lines if line.startswith("-") and not line.startswith("---"))
        now = " ".join(line[1:].strip() for line in lines if line.startswith("+") and not line.startswith("+++"))
        rule = name.rpartition("__mutmut")[0].removeprefix("engine.core.rules.").replace(".x_", ".")
        yield name, f"{rule}: {was} → {now}"


if __name__ == "__main__":
    sys.exit(main())
