"""Who may import whom: import contracts, and lists of what is allowed where a contract can only forbid."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import grimp
import pytest

from tests.house.tree import HOUSE, PACKAGES

GRAPH: Final = grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)
WORDS: Final = {"collections", "dataclasses", "datetime", "decimal", "enum", "math", "types", "typing"}
"""Modules of the standard library that touch nothing outside."""
ALLOWED: Final = {
    "skills": {"skills", "engine.core", "engine.view", "pydantic"} | WORDS,
    "engine.core.rules": {"engine.core.rules", "collections", "math", "typing"},
    "engine.ports": {"engine.core"} | WORDS,
    "bot.message": WORDS,
}
"""All that these may import, for what they are: what can be asked, sums, shapes of doors, a letter."""


def imports(package: str) -> set[tuple[str, str]]:
    """Each module of a package with each module that it imports."""
    modules = {package, *GRAPH.find_descendants(package)}
    return {(module, used) for module in modules for used in GRAPH.find_modules_directly_imported_by(module)}


def within(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def test_import_contracts_are_kept() -> None:
    """The storeys of the house; `uv run lint-imports` shows more."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=HOUSE, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("package", ALLOWED)
def test_nothing_else_is_in_reach(package: str) -> None:
    assert sorted(one for one in imports(package) if not within(one[1], ALLOWED[package])) == []


@pytest.mark.parametrize("package", ["intents", "skills"])
def test_language_and_skills_do_no_work_of_their_own(package: str) -> None:
    """No network, no database, no processes, no threads, no logging."""
    outside = {"asyncio", "socket", "ssl", "urllib", "http", "sqlite3", "subprocess", "threading", "structlog", "os"}

    assert sorted(one for one in imports(package) if within(one[1], outside)) == []


def test_channels_translate_and_decide_nothing() -> None:
    """Of ours they know messages, each other's shared files, and the port's word for "nobody answers"."""
    known = {"bot.channels", "bot.message", "engine.ports"}
    ours = {one for one in imports("bot.channels") if within(one[1], set(PACKAGES))}

    assert sorted(one for one in ours if not within(one[1], known)) == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    modules = [module for package in PACKAGES for module in (package, *GRAPH.find_descendants(package))]

    assert [module for module in modules if module in GRAPH.find_upstream_modules(module)] == []


def test_heavy_libraries_stay_out() -> None:
    """Half a second each: a start has no use for them."""
    heavy = {"numpy", "pandas", "numba", "polars", "scipy"}

    assert [one for package in PACKAGES for one in imports(package) if within(one[1], heavy)] == []
