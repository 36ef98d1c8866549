"""The house as files: what stands where, and its Python as trees."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

HOUSE: Final = Path(__file__).parents[2]
PACKAGES: Final = ("bot", "skills", "intents", "engine")
NOT_OURS: Final = frozenset({"uv.lock", "LICENSE"})
KINDS: Final = frozenset({".py", ".md", ".yaml", ".toml", ".csv", ".mako", ".lock", ""})
"""Everything that is written in this house; folders that tools leave behind begin with a dot."""


@cache
def written() -> tuple[Path, ...]:
    """Every file of ours, by its path in the house."""
    tops = [top for top in HOUSE.iterdir() if not top.name.startswith(".") or top.name == ".ci"]
    files = [file for top in tops for file in ([top] if top.is_file() else top.rglob("*"))]
    found = (file.relative_to(HOUSE) for file in files if file.is_file() and file.suffix in KINDS)
    return tuple(sorted(file for file in found if "__pycache__" not in file.parts and file.name not in NOT_OURS))


def text(file: Path | str) -> str:
    return (HOUSE / file).read_text(encoding="utf-8")


@cache
def python(*folders: str) -> tuple[Path, ...]:
    """Python files under these folders, by their paths in the house."""
    return tuple(
        file for file in written() if file.suffix == ".py" and any(file.is_relative_to(folder) for folder in folders)
    )


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(text(file), str(file))


def nodes(*folders: str) -> Iterator[tuple[Path, ast.AST]]:
    """Every node of every Python file under these folders."""
    for file in python(*folders):
        for node in ast.walk(parsed(file)):
            yield file, node


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a chain of names, the last name alone where it hangs on something else; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""
