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
    template = Template("pause", "show positions")
    trees = (*language.trees, read_template(template.text, {}, {}))
    broken = replace(language, templates=(*language.templates, template), trees=trees, automaton=Automaton(trees))
    assert "pause: matches a row of show_positions: show my positions" in check(
        broken, {"show_positions": [{"t": "show my positions", "i": "show_positions"}]}
    )


@pytest.mark.parametrize("text", ["(a|b", "a]", "[a", "a <nowhere>"])
def test_a_bad_template_is_named(text: str) -> None:
    with pytest.raises(TemplateError, match="template"):
        read_template(text, {}, {})
