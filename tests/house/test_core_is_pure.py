"""The core knows no clock, no chance, no outside: what it decides follows from what it is given."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "engine" / "core"
FORBIDDEN_MODULES = {
    *(
        "time",
        "random",
        "secrets",
        "uuid",
        "os",
        "sys",
        "pathlib",
        "io",
        "logging",
        "structlog",
        "asyncio",
        "threading",
    ),
    *("socket", "subprocess", "sqlite3", "sqlalchemy", "tempfile", "shutil", "glob", "platform", "locale"),
}
FORBIDDEN_CALLS = {"now", "utcnow", "today", "open", "print", "input", "getenv", "fromtimestamp", "eval", "exec"}
FILES = sorted(CORE.rglob("*.py"))


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            yield node.module or ""


def called(tree: ast.AST) -> Iterator[str]:
    """Names of functions and methods that are called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    yield name


def faults(source: str) -> set[str]:
    """What a module of the core must not use and does."""
    tree = ast.parse(source)
    modules = {name for name in imported(tree) if name.partition(".")[0] in FORBIDDEN_MODULES}
    above = {name for name in imported(tree) if name.startswith("engine.") and not name.startswith("engine.core")}
    return modules | above | (set(called(tree)) & FORBIDDEN_CALLS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CORE)))
def test_the_core_uses_nothing_of_the_outside(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == set()


def test_there_is_a_core() -> None:
    assert len(FILES) > 30


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("import time", "time"),
        ("from os import path", "os"),
        ("import logging.config", "logging.config"),
        ("from datetime import datetime\nx = datetime.now()", "now"),
        ("import datetime\nx = datetime.date.today()", "today"),
        ("from engine.ports import Clock", "engine.ports"),
        ("def f():\n    import random", "random"),
    ],
)
def test_an_impure_line_is_found(source: str, fault: str) -> None:
    assert faults(source) == {fault}
