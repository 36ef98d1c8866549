"""Rules of the house that no linter knows: no modes, no clocks, no float money, names, sizes."""

import ast
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import pytest

from engine.core import nouns
from tests.house.tree import PACKAGES, dotted, nodes, python, text

MODES: Final = {"paper", "live", "replay", "backtest"}
ASKS_THE_MODE: Final = {
    "engine/core/checks.py": "the gate of that name: a live account takes only what is eligible for it",
    "engine/core/judge/cash.py": "paper money goes into paper accounts only",
    "engine/core/judge/objections.py": "acting alone with real money takes a ceremony that is not here",
}
CHOOSES: Final = ("engine/wiring", "engine/adapters")
"""Where adapters are chosen, and what they are."""

CLOCKS: Final = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "time.perf_counter",
    "time.localtime",
    "time.gmtime",
}
READS_A_CLOCK: Final = {
    "engine/adapters/system_clock.py": "it is the clock",
    "engine/adapters/replay_clock.py": "people's time is the machine's in a replay too",
    "engine/adapters/scheduler.py": "its library calls by the machine's clock, and is timed anew by the same",
    "engine/pulse.py": "people's time, where no clock is given",
    "engine/watchdog.py": "it holds the machine's clocks against each other",
    "engine/adapters/redis/queue_broker.py": "how long a thread may still put an order there",
    "bot/channels/lines.py": "a line is stamped where it is typed",
    "bot/parse_lines.py": "a message without a time is meant now",
    "bot/far_kill.py": "who stops an engine elsewhere has none here",
    "bot/cli_guard.py": "a guard shares no clock with the engine that it watches",
}

MAKES_FLOATS: Final = {
    "engine/core/preferences.py": "the bounds of a setting, as its refusal names them",
    "skills/explain/telling.py": "a product that is only compared, to say which limit cut it",
}
MONEY_FIELDS: Final = {
    nouns.Recommendation: {"atr"},
    nouns.Decision: {"price", "stop", "take"},
    nouns.Order: {"reserved", "stop", "take", "atr", "trigger", "proceeds", "cost_out", "fees"},
    nouns.Fill: {"price", "fee"},
    nouns.Position: {"cost", "stop", "initial_stop", "take", "high", "atr"},
    nouns.ClosedTrade: {"entry", "exit", "realised"},
    nouns.LedgerRow: {"amount", "balance_after"},
    nouns.Snapshot: {
        *("equity", "cash", "reserve", "day_pnl", "realised_day"),
        *("peak", "exposure", "benchmark", "contributed"),
    },
    nouns.Transfer: {"amount"},
}

BANNED: Final = {"manager", "helper", "util", "utils", "service", "base", "impl", "data", "info", "misc", "common"}
SAYS_IT_BEST: Final = {
    ("bot/folder.py", "DataFolder"): "the word of the flag --data",
    ("engine/core/categories.py", "MarketData"): "the category's own name, which owners read",
}

LONGEST: Final = 300
MAY_BE_LONG: Final = {
    "engine/adapters/sql_store/tables.py": "the catalogue: a class a table",
    "engine/adapters/migrations/versions/v0001_first_tables.py": "the same tables, written out",
}


def gathered(pairs: Iterable[tuple[Path, str]]) -> dict[str, list[str]]:
    """What was found, by file."""
    found: dict[str, list[str]] = {}
    for file, what in pairs:
        found.setdefault(file.as_posix(), []).append(what)
    return found


def unexplained(found: Mapping[str, object], reasons: Mapping[str, str]) -> list[str]:
    """What was found in files that are not on the list of exceptions, and exceptions that nothing needs any more."""
    strange = [f"{file}: {what}" for file, what in found.items() if file not in reasons]
    return sorted(strange + [f"{file} is on the list for nothing" for file in reasons if file not in found])


def is_mode(node: ast.AST) -> bool:
    """`AccountKind.LIVE`, or a string such as "paper"."""
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(is_mode(part) for part in node.elts)
    return dotted(node).startswith("AccountKind.") or (isinstance(node, ast.Constant) and node.value in MODES)


def asks_the_mode(node: ast.AST) -> bool:
    """A comparison with, or a case of, the kind of an account or the mode the engine runs in."""
    if isinstance(node, ast.Compare):
        return any(is_mode(part) for part in (node.left, *node.comparators))
    return isinstance(node, ast.MatchValue) and is_mode(node.value)


def test_nothing_below_the_wiring_asks_for_the_mode() -> None:
    """Live, paper and replay differ in the adapters chosen at start, and in nothing else."""
    below = [
        (file, f"line {node.lineno}")
        for file, node in nodes("engine", "skills")
        if isinstance(node, ast.Compare) and asks_the_mode(node) and not any(file.is_relative_to(c) for c in CHOOSES)
    ]

    assert unexplained(gathered(below), ASKS_THE_MODE) == []


def test_nothing_reads_a_clock_but_the_clocks() -> None:
    readings = [
        (file, f"line {node.lineno}")
        for file, node in nodes(*PACKAGES)
        if isinstance(node, ast.Call) and ".".join(dotted(node.func).split(".")[-2:]) in CLOCKS
    ]

    assert unexplained(gathered(readings), READS_A_CLOCK) == []


def test_nothing_is_made_a_float() -> None:
    """Money is whole, fractions come as floats: where `float(…)` stands, one of them is taken for the other."""
    made = [
        (file, ast.unparse(node))
        for file, node in nodes("engine", "skills")
        if isinstance(node, ast.Call) and dotted(node.func) == "float"
    ]

    assert unexplained(gathered(made), MAKES_FLOATS) == []


@pytest.mark.parametrize("noun", MONEY_FIELDS, ids=lambda noun: noun.__name__)
def test_money_in_nouns_is_whole(noun: type) -> None:
    """Whole ten-thousandths of a dollar, or None where there is none."""
    kinds = {name: noun.__annotations__[name] for name in MONEY_FIELDS[noun]}

    assert {name: kind for name, kind in kinds.items() if kind not in (int, int | None)} == {}


def test_no_float_is_an_amount_of_dollars() -> None:
    """A literal such as `10_000.0` beside the unit would make an amount inexact."""
    scaled = [
        (file, ast.unparse(node))
        for file, node in nodes("engine", "skills")
        if isinstance(node, ast.BinOp)
        and {dotted(node.left), dotted(node.right)} & {"DOLLAR", "CENT"}
        and any(isinstance(side, ast.Constant) and isinstance(side.value, float) for side in (node.left, node.right))
    ]

    assert scaled == []


def words_of(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_names_say_what_things_are() -> None:
    """No module, class or function is named by a word that could stand on anything."""
    modules = [(file, part.removesuffix(".py")) for file in python(*PACKAGES, "tests") for part in file.parts]
    things = [
        (file, node.name)
        for file, node in nodes(*PACKAGES)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    vague = {(file.as_posix(), name) for file, name in (*modules, *things) if words_of(name) & BANNED}

    assert sorted(vague - set(SAYS_IT_BEST)) == []


def test_files_are_short() -> None:
    lengths = {file.as_posix(): text(file).count("\n") for file in python(*PACKAGES)}
    long = {file: lines for file, lines in lengths.items() if lines > LONGEST}

    assert unexplained(long, MAY_BE_LONG) == []
