"""What people say, one file an intent: every row means exactly what it should."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from intents.evaluate import hear, judge
from tests.intents.conftest import intents_with_rows, rows_of

if TYPE_CHECKING:
    from intents.context import Context
    from intents.load import Language


@pytest.mark.parametrize("intent", intents_with_rows())
def test_every_row_is_understood_exactly(intent: str, language: Language, scene: Context) -> None:
    amiss = []
    for row in rows_of(intent):
        parsed = hear(row, scene, language)
        score = judge(row, parsed)
        if score != "exact":
            amiss.append((score, row.get("t") or row["turns"], parsed.status, parsed.requests, parsed.why))
    assert not amiss


def test_every_intent_of_the_contract_has_its_rows(language: Language) -> None:
    assert set(language.contract) == set(intents_with_rows())
