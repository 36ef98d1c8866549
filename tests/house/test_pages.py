"""What the pages say is so: commands run, sentences are understood, files and functions exist."""

import ast
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from bot.reference import PAGE, page
from intents.context import Context
from intents.load import load_language
from intents.parser import parse
from tests.house.tree import HOUSE, parsed, text

RUN: Final = "uv run "
PARLEY: Final = f"{RUN}parley"
UNUSABLE: Final = 3
TEST: Final = f"{RUN}pytest"
HEAVY: Final = {"alembic", "numba", "numpy", "pandas", "prompt_toolkit"}
"""What a second start of plain text has no use for: Alembic is for new tables, prompt_toolkit for a terminal."""
LASTING: Final = {f"{PARLEY} run", f"{PARLEY} status", f"{PARLEY} guard"}
"""They go on, or speak of what goes on: tried together."""
FOLLOWS: Final = {"make that 4%"}
"""Sentences that mean something only after another one."""


def commands(file: str) -> list[str]:
    """The lines of a page's `sh` blocks, without their comments."""
    blocks = re.findall(r"```sh\n(.*?)```", text(file), re.DOTALL)
    return [line.partition(" #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


def ran(command: str, home: Path, *, watched: str = "") -> subprocess.CompletedProcess[str]:
    """A `parley` command of a page, run as if by somebody whose home is empty, with nothing on standard input."""
    known = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return subprocess.run(
        ["/bin/sh", "-c", command.replace(PARLEY, f"{sys.executable} {watched} -m bot")],
        cwd=home,
        env={**known, "HOME": str(home), "XDG_DATA_HOME": str(home / "share")},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )


def test_the_readme_shows_no_command_that_is_not_tried() -> None:
    assert [command for command in commands("README.md") if PARLEY not in command] == [TEST]


def test_the_commands_of_the_readme_run(tmp_path: Path) -> None:
    """In their order, on one account; a start on what is there imports little."""
    for command in commands("README.md"):
        second = command.endswith("--plain")
        if command not in {TEST, *LASTING}:
            done = ran(command, tmp_path, watched="-X importtime" if second else "")
            assert (done.returncode, bool(done.stdout)) == (0, True), f"{command}: {done.stderr[-2000:]}"
        if second:
            imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
            assert "bot" in imported
            assert imported & HEAVY == set()


def test_an_engine_left_alone_is_well_and_guarded(tmp_path: Path) -> None:
    assert set(commands("README.md")) >= LASTING
    place = f"--data {tmp_path / 'account'}"
    command = [sys.executable, "-m", "bot", "run", *place.split()]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ}) as engine:
        try:
            until = time.monotonic() + 40
            while (done := ran(f"{PARLEY} status {place}", tmp_path)).returncode == UNUSABLE:
                assert time.monotonic() < until, done.stderr
            assert done.returncode == 0, done.stdout
            assert "heartbeat" in done.stdout
            guard = ran(f"{PARLEY} guard --once {place}", tmp_path)
            assert guard.returncode == 0, guard.stderr
        finally:
            engine.terminate()
    assert engine.returncode == 0


def test_the_gate_runs_the_tests_as_the_readme_does() -> None:
    steps = re.findall(r"^step (uv .*)$", text(".ci/run"), re.MULTILINE)

    assert steps[-1] == TEST
    assert [step for step in steps if "pytest" in step] == [TEST]


def test_the_gate_can_be_started() -> None:
    gate = HOUSE / ".ci" / "run"

    assert os.access(gate, os.X_OK)
    assert subprocess.run(["bash", "-n", gate], check=False).returncode == 0


def test_every_sentence_of_the_readme_is_understood() -> None:
    table = re.findall(r"^\| (?!to |---)[^|`]+\| (\".*) \|$", text("README.md"), re.MULTILINE)
    sentences = {sentence for row in table for sentence in re.findall(r'"([^"]+)"', row)}
    language, now = load_language(), Context(now=datetime(2026, 3, 4, 15, tzinfo=UTC), tz="America/New_York")

    assert sentences > FOLLOWS
    assert {one for one in sentences - FOLLOWS if parse(one, now, language).status != "ok"} == set()


def test_the_settings_page_is_what_the_models_say() -> None:
    """`uv run python -m bot.reference` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page(text("config.yaml"))


def named_in_paths() -> Iterator[tuple[str, str]]:
    """Each `file` of docs/paths.md with each `name` told of it before the next one."""
    for part in re.split(r"\n\n|\n\d+\. ", text("docs/paths.md").partition("\n## ")[2]):
        file = ""
        for name in re.findall(r"`([^`]+)`", part):
            if re.fullmatch(r"[\w./]+\.(py|yaml|md)", name):
                file = name
                yield file, ""
            elif file.endswith(".py") and re.fullmatch(r"[\w.]+", name):
                yield file, name


def defined(file: str) -> set[str]:
    """Names that a module defines, methods with their class before them."""
    names: set[str] = set()
    for node in parsed(Path(file)).body:
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{part.name}" for part in node.body if isinstance(part, FUNCTION)}
        if isinstance(node, ast.ClassDef | FUNCTION):
            names.add(node.name)
        if isinstance(node, ast.AnnAssign | ast.Assign):
            targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


FUNCTION: Final = ast.FunctionDef | ast.AsyncFunctionDef


def test_everything_that_the_paths_name_exists() -> None:
    files = {file for file, _ in named_in_paths()}

    assert {file for file in files if not (HOUSE / file).exists()} == set()
    assert [(file, name) for file, name in named_in_paths() if name and name not in defined(file)] == []


def test_the_index_of_documents_names_every_page() -> None:
    pages = {page.name for page in (HOUSE / "docs").glob("*.md")} - {"index.md"}

    assert {page for page in pages if f"({page})" not in text("docs/index.md")} == set()


@pytest.mark.parametrize(
    "page",
    ["docs/index.md", "docs/paths.md", "docs/decisions.md", "docs/glossary.md", "docs/howto.md", "CONTRIBUTING.md"],
)
def test_files_named_in_pages_exist(page: str) -> None:
    """Names in angle brackets stand for one's own."""
    named = re.findall(r"`((?:bot|skills|intents|engine|tests|docs|benchmarks)/[\w./]+\.\w+)`", text(page))

    assert [file for file in named if not (HOUSE / file).exists()] == []


def test_every_table_that_the_how_to_names_stands_where_it_says() -> None:
    """`NAME` in `file`, or in the table `NAME` in `file`."""
    named = re.findall(r"`([A-Z]+)` in\s+`([\w/.]+\.py)`", text("docs/howto.md"))

    assert len(named) >= 10
    assert [(file, name) for name, file in named if name not in defined(file)] == []


def test_every_test_that_the_how_to_names_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)`", text("docs/howto.md"))

    assert len(named) >= 8
    assert [file for file in named if not (HOUSE / file).exists()] == []
