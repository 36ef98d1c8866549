"""The development set: nothing wrong is ever done, and what is served is understood."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from intents.evaluate import in_scope, judged
from intents.figures import BARS

if TYPE_CHECKING:
    from intents.evaluate import Judged
    from intents.load import Language

EVAL = Path(__file__).parents[3] / "shared" / "eval"
needs_set = pytest.mark.skipif(not EVAL.is_dir(), reason="the development set lies beside the repository")


def results(name: str, language: Language) -> list[Judged]:
    return list(judged(EVAL / f"{name}.yaml", language))


@needs_set
@pytest.mark.parametrize("name", BARS)
def test_nothing_wrong_is_done(name: str, language: Language) -> None:
    assert [(one.row, one.parsed.requests) for one in results(name, language) if one.score == "wrong"] == []


@needs_set
@pytest.mark.parametrize("name", BARS)
def test_what_is_served_is_understood(name: str, language: Language) -> None:
    served = [one for one in results(name, language) if in_scope(one.row, language)]
    bar = BARS[name][0]
    assert sum(map(bar.holds, served)) >= bar.least * len(served)
