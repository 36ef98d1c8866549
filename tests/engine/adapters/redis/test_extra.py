"""Without the libraries that the extra brings, a plain complaint."""

import sys
from typing import Any

import pytest

from engine.wiring.elsewhere import elsewhere
from engine.wiring.plan import BadStart


def test_a_missing_library_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody: Any = None
    monkeypatch.setitem(sys.modules, "engine.adapters.redis.hearing", nobody)
    with pytest.raises(BadStart, match=r"^redis_url needs the extra redis: uv sync --extra redis$"):
        elsewhere("redis://127.0.0.1:6379/0", nobody, nobody, nobody, nobody)


def test_without_an_address_there_is_nothing_to_import() -> None:
    nobody: Any = None
    assert elsewhere(None, nobody, nobody, nobody, nobody) is None
