"""Rules keep to what interpreter and compiler both understand."""

import ast
from pathlib import Path

import pytest

import engine.core.rules

RULES = sorted(Path(engine.core.rules.__file__).parent.glob("*.py"))
FOREIGN = (
    *(ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda, ast.JoinedStr),
    *(ast.Try, ast.Raise, ast.With, ast.Assert, ast.Await, ast.Yield, ast.YieldFrom, ast.Global, ast.Starred),
    *(ast.keyword, ast.Match, ast.AsyncFunctionDef),
)
SOURCES = ("math", "typing", "collections.abc", "engine.core.rules.", "engine.core.units")


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_rules_use_only_what_the_kernel_can_compile(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        assert not isinstance(node, FOREIGN), f"{path.name}:{getattr(node, 'lineno', '?')}"
        if isinstance(node, ast.arguments):
            assert not node.defaults
            assert not node.kwonlyargs
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").startswith(SOURCES)


def test_there_are_rules() -> None:
    assert {"sizing", "stops", "breakers", "pools"} <= {path.stem for path in RULES}
