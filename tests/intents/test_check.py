"""The language files hold together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from intents.check import check
from intents.grammar import Automaton, Template, TemplateError, read_template
from tests.intents.conftest import intents_with_rows, rows_of

if TYPE_CHECKING:
    from intents.load import Language


def test_no_template_is_dead_or_shared(language: Language) -> None:
    assert check(language, {intent: rows_of(intent) for intent in intents_with_rows()}) == []


def test_a_template_that_takes_anothers_sentence_is_found(language: Language) -> None:
    templates = (Template("pause", "show positions"), Template("show_positions", "show positions"))
    trees = tuple(read_template(one.text, {}, {}) for one in templates)
    broken = replace(language, templates=templates, trees=trees, automaton=Automaton(trees))
    amiss = check(broken, {"show_positions": [{"t": "show my positions", "i": "show_positions"}]})
    assert "pause: matches a row of show_positions: show my positions" in amiss
    assert "pause and show_positions both own: show positions" in amiss
    assert "pause: 0 rows, at least 12 wanted" in amiss


@pytest.mark.parametrize("text", ["(a|b", "a]", "[a", "a <nowhere>"])
def test_a_bad_template_is_named(text: str) -> None:
    with pytest.raises(TemplateError, match="template"):
        read_template(text, {}, {})
