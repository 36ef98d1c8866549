"""docs/properties.md: which tests hold which property; `uv run python -m tests.house.properties` writes it anew."""

import re
from collections.abc import Iterator
from typing import Final

import yaml

from tests.house.tree import HOUSE, python, text

PAGE: Final = HOUSE / "docs" / "properties.md"
NAMED: Final = re.compile(r"def (test_p(\d\d)_\w+)")
TOP: Final = """\
# Properties

What holds whatever happens, by the number under which tests know it (`test_p11_…`). Most are held on generated input,
some by whole sequences of it. This page is made from the tests, by `uv run python -m tests.house.properties`.

| property | what holds | tests |
| --- | --- | --- |
"""
WORDS: Final[dict[int, str]] = yaml.safe_load((HOUSE / "tests/house/properties.yaml").read_text(encoding="utf-8"))


def held() -> dict[int, list[tuple[str, str]]]:
    """The tests of each number: file and name, in the order of files."""
    found: dict[int, list[tuple[str, str]]] = {}
    for file in sorted(python("tests")):
        for name, number in NAMED.findall(text(file)):
            found.setdefault(int(number), []).append((file.as_posix(), name))
    return found


def rows() -> Iterator[str]:
    for number, tests in sorted(held().items()):
        files = dict.fromkeys(file for file, _ in tests)
        listed = "<br>".join(f"`{file}` {names(file, tests)}" for file in files)
        yield f"| {number} | {WORDS.get(number, '')} | {listed} |"


def names(file: str, tests: list[tuple[str, str]]) -> str:
    return " ".join(f"`{name}`" for there, name in tests if there == file)


def page() -> str:
    return TOP + "\n".join(rows()) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
