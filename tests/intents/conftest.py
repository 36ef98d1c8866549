"""The language, the scene of the rows, and the rows themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from intents.load import load_language
from intents.rows import context_of
from intents.rows import rows_of as rows_of_file

if TYPE_CHECKING:
    from intents.context import Context
    from intents.load import Language

ROWS = Path(__file__).parent / "en"


def rows_of(intent: str) -> list[dict[str, Any]]:
    """The rows of an intent's file; rows without an expectation mean the intent of the file."""
    return rows_of_file(ROWS / f"{intent}.yaml")


def intents_with_rows() -> list[str]:
    return sorted(path.stem for path in ROWS.glob("[!_]*.yaml"))


def scene_of_rows() -> dict[str, Any]:
    scene: dict[str, Any] = yaml.load((ROWS / "_scene.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return scene


@pytest.fixture(scope="session")
def language() -> Language:
    return load_language()


@pytest.fixture(scope="session")
def scene() -> Context:
    return context_of(scene_of_rows())
