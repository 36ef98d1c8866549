"""Sets that others wrote: nothing wrong is ever done, and each is understood as well as it should be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from intents.evaluate import judged
from intents.figures import BARS

if TYPE_CHECKING:
    from intents.evaluate import Judged
    from intents.load import Language

EVAL = Path(__file__).parents[3] / "shared" / "eval"
OWN = Path(__file__).parent / "yardstick"
SETS = sorted(path.relative_to(OWN).as_posix() for path in OWN.glob("*/*.yaml"))
REACHED = {
    "aloud/paraphrase.yaml": 0.52,
    "aloud/compound.yaml": 0.75,
    "aloud/dialogue.yaml": 0.90,
    "aloud/negation.yaml": 0.91,
    "aloud/typo.yaml": 0.90,
    "second/negation.yaml": 0.95,
}
"""The least share that is exact where the bars are not reached yet."""
needs_set = pytest.mark.skipif(not EVAL.is_dir(), reason="the development set lies beside the repository")


def results(name: str, language: Language) -> list[Judged]:
    return list(judged(EVAL / f"{name}.yaml", language))


@needs_set
@pytest.mark.parametrize("name", BARS)
def test_nothing_wrong_is_done(name: str, language: Language) -> None:
    assert [(one.row, one.parsed.requests) for one in results(name, language) if one.score == "wrong"] == []


@needs_set
@pytest.mark.parametrize("name", BARS)
def test_no_set_is_below_its_bars(name: str, language: Language) -> None:
    judged_rows = results(name, language)
    below = [bar.what for bar in BARS[name] if sum(map(bar.holds, judged_rows)) < bar.least * len(judged_rows)]
    assert below == []


@pytest.mark.parametrize("name", SETS)
def test_nothing_wrong_is_done_in_our_own_sets(name: str, language: Language) -> None:
    found = list(judged(OWN / name, language))
    assert [(one.row, one.parsed.requests) for one in found if one.score == "wrong"] == []
    exact = BARS[Path(name).stem][0]
    assert sum(map(exact.holds, found)) >= REACHED.get(name, exact.least) * len(found)
