"""What must not stand in any file of ours."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.house.tree import text, written

HERE: Final = Path("tests/house/test_tree.py")
NOT_HERE: Final = {
    "a registry's host": r"pypi\.org|pythonhosted|index-url|registry\.npmjs",
    "a path of one machine": r"/(?:root|work|home/\w+|Users/\w+)/\w|C:\\\\",
    "work that is left": r"\b(?:TODO|FIXME|XXX|HACK)\b",
    "the number of a ticket": r"\bissues? #?\d|\(#\d+\)|\bGH-\d",
    "a secret": r"-----BEGIN [A-Z ]*PRIVATE KEY|\b(?:sk|ghp|xox[bp])[-_][A-Za-z0-9]{20,}",
}


@pytest.mark.parametrize("what", NOT_HERE)
def test_no_file_has_in_it(what: str) -> None:
    pattern = re.compile(NOT_HERE[what])

    assert [f"{file}: {found[0]}" for file in written() if file != HERE and (found := pattern.search(text(file)))] == []


def test_every_link_between_pages_leads_somewhere() -> None:
    pages = [file for file in written() if file.suffix == ".md"]
    links = [(page, link) for page in pages for link in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text(page))]
    broken = [(page.as_posix(), link) for page, link in links if not (_house() / page.parent / link).exists()]

    assert broken == []


def _house() -> Path:
    return Path(__file__).parents[2]
