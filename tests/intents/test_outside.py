"""Intents from outside: beside ours, never in their place; what does not fit is refused with what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from intents.outside import Unfit, extended, outside
from intents.parser import parse
from intents.rows import context_of
from tests.intents.conftest import intents_with_rows, rows_of, scene_of_rows

if TYPE_CHECKING:
    from intents.load import Language

ENTRY = 'show_moods: {slots: {mood?: mood}, harm: look, example: "show the moods of the market", says: "moods"}\n'
COMPANIES = ENTRY.replace("mood?: mood", "mood?: mood, tickers?: tickers")
SENTENCES = '- "show the moods of the market"\n- "is the market {mood}"\n'
MOODS = "mood: {gloomy: [gloomy, down in the dumps], merry: [merry]}\n"

FREE = "kindly put the whole book on conservative risk"
"""What no template of ours has, and is understood all the same."""


def a_package(
    folder: Path, contract: str = ENTRY, sentences: str = SENTENCES, choices: str = MOODS, name: str = "show_moods"
) -> Path:
    for path, text in (
        ("intents.yaml", contract),
        (f"sentences/en/{name}.yaml", sentences),
        ("lists/en/choices.yaml", choices),
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def test_what_is_brought_is_understood(tmp_path: Path, language: Language) -> None:
    wider = extended(language, a_package(tmp_path))
    context = context_of(scene_of_rows())
    assert outside(wider) == ("show_moods",)
    assert outside(language) == ()
    for text, slots in (
        ("Show the moods of the market, please", {}),
        ("is the market down in the dumps?", {"mood": "gloomy"}),
    ):
        parsed = parse(text, context, wider)
        assert [(one.intent, dict(one.slots)) for one in parsed.requests] == [("show_moods", slots)]
        assert parse(text, context, language).status != "ok"


def test_our_own_rows_mean_what_they_meant(tmp_path: Path, language: Language) -> None:
    """Also beside a package whose words are companies and commands of ours."""
    sentences = SENTENCES + '- "sell apple to the moods of target now"\n- "pause in a {mood} mood for tesla"\n'
    wider = extended(language, a_package(tmp_path, sentences=sentences))
    context = context_of(scene_of_rows())
    for intent in intents_with_rows():
        for row in rows_of(intent)[:4]:
            text = row.get("t") or row["turns"][0]
            assert parse(text, context, wider) == parse(text, context, language), text


def test_ours_are_read_first_where_both_could_be_meant(tmp_path: Path, language: Language) -> None:
    """A sentence drawn by chance does not show every clash: at the table ours wins all the same."""
    words = "|".join(f"thing{number}" for number in range(200))
    sentences = SENTENCES + f'- "({words}|show my positions)"\n'
    wider = extended(language, a_package(tmp_path, sentences=sentences))
    parsed = parse("show my positions", context_of(scene_of_rows()), wider)
    assert [one.intent for one in parsed.requests] == ["show_positions"]


def test_ours_are_read_first_however_freely(tmp_path: Path, language: Language) -> None:
    words = "|".join(f"thing{number}" for number in range(200))
    sentences = SENTENCES + f'- "({words}|{FREE})"\n'
    wider = extended(language, a_package(tmp_path, sentences=sentences))
    context = context_of(scene_of_rows())
    assert parse(FREE, context, wider) == parse(FREE, context, language)
    assert [one.intent for one in parse("thing7", context, wider).requests] == ["show_moods"]


def test_a_question_that_only_points_to_ours_may_be_asked_of_others(tmp_path: Path, language: Language) -> None:
    context, words = context_of(scene_of_rows()), "how is my account split between sectors"
    wider = extended(language, a_package(tmp_path, sentences=SENTENCES + f'- "{words}"\n'))
    assert [one.intent for one in parse(words, context, language).requests] == ["show_limits"]
    assert [one.intent for one in parse(words, context, wider).requests] == ["show_moods"]
    changing = a_package(tmp_path, ENTRY.replace("look", "safer"), SENTENCES + f'- "{words}"\n')
    with pytest.raises(Unfit, match="means show_limits already"):
        extended(language, changing)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"contract": "- show_moods"}, "intents.yaml: must have an entry for each intent"),
        ({"contract": "show_moods: [", "sentences": ""}, "intents.yaml: cannot be read"),
        ({"contract": ENTRY.replace("harm: look, ", "")}, "show_moods: harm must be one of look"),
        ({"contract": ENTRY.replace("look", "grave")}, "not grave"),
        ({"contract": ENTRY.replace("look", "dialogue")}, "not dialogue"),
        ({"contract": ENTRY.replace(', says: "moods"', "")}, "show_moods: has no says"),
        ({"contract": ENTRY.replace("show_moods", "pause"), "name": "pause"}, "there is an intent pause already"),
        ({"contract": ENTRY.replace("show the moods", "tell the moods")}, "its example is not understood"),
        ({"contract": ENTRY.replace("{mood?: mood}", "{}")}, "show_moods: has no slot mood"),
        ({"contract": ENTRY.replace("{mood?: mood}", "[mood]")}, "slots must be a mapping"),
        ({"name": "moods"}, "sentences/en/moods.yaml: there is no such intent"),
        ({"sentences": "[]"}, "sentences/en/show_moods.yaml: has no sentences"),
        ({"sentences": "5"}, "must be a list of sentences"),
        ({"sentences": '- "show (the moods"'}, "unbalanced brackets"),
        ({"sentences": '- "[show] [moods]"'}, "may be said without a word"),
        ({"sentences": SENTENCES + '- "show my positions"'}, "means show_positions already: show positions"),
        ({"contract": COMPANIES, "sentences": SENTENCES + '- "{tickers}"'}, "already: "),
        ({"contract": ENTRY.replace("mood?: mood", "5: mood")}, "intents.yaml: cannot be used"),
        ({"choices": "mood: {gloomy: 5}"}, "choices.yaml: cannot be used"),
        ({"choices": 'mood: {gloomy: ["(down"]}'}, "choices.yaml: cannot be used"),
        ({"sentences": SENTENCES + '- "yes"'}, "means confirm already: yes"),
        ({"sentences": SENTENCES + f'- "{FREE}"'}, "means set_risk_tolerance already: "),
        ({"sentences": SENTENCES * 101}, "202 templates, at most 200 can be"),
        ({"sentences": SENTENCES + f'- "{"very " * 501}moody"'}, "too long a template"),
        ({"sentences": SENTENCES + '- "is it {mood:feeling}"'}, "there is no type of slots feeling"),
        ({"choices": "sector: {tech: [techy]}"}, "there is a type of slots sector already"),
        ({"choices": "[mood]"}, "must have types of slots"),
    ],
)
def test_what_does_not_fit_is_said(changes: dict[str, str], wrong: str, tmp_path: Path, language: Language) -> None:
    folder = a_package(tmp_path, **changes)
    with pytest.raises(Unfit) as caught:
        extended(language, folder)
    assert wrong in str(caught.value)


def test_a_folder_without_files_is_said(tmp_path: Path, language: Language) -> None:
    with pytest.raises(Unfit, match=r"intents\.yaml: cannot be read"):
        extended(language, tmp_path)
