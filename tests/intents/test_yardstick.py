"""The development set: nothing wrong is ever done, and what is served is understood."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from intents.evaluate import in_scope, judged, tally

if TYPE_CHECKING:
    from intents.evaluate import Judged
    from intents.load import Language

EVAL = Path(__file__).parents[3] / "shared" / "eval"
EXACT = {  # share of served rows that must be exact
    "plain": 0.98,
    "typo": 0.93,
    "voice": 0.95,
    "paraphrase": 0.80,
    "negation": 0.97,
    "dialogue": 0.93,
    "compound": 0.93,
}
needs_set = pytest.mark.skipif(not EVAL.is_dir(), reason="the development set lies beside the repository")


def results(name: str, language: Language) -> list[Judged]:
    return list(judged(EVAL / f"{name}.yaml", language))


@needs_set
@pytest.mark.parametrize("name", [*EXACT, "scope"])
def test_nothing_wrong_is_done(name: str, language: Language) -> None:
    assert [(one.row, one.parsed.requests) for one in results(name, language) if one.score == "wrong"] == []


@needs_set
@pytest.mark.parametrize(("name", "least"), EXACT.items())
def test_what_is_served_is_understood(name: str, least: float, language: Language) -> None:
    served = [one for one in results(name, language) if in_scope(one.row, language)]
    assert tally(served)["exact"] >= least * len(served)


@needs_set
def test_what_is_out_of_scope_is_refused_or_asked_back(language: Language) -> None:
    refused = [one for one in results("scope", language) if one.parsed.status != "ok"]
    assert len(refused) >= 0.98 * len(results("scope", language))
