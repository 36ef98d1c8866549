"""`parley intents check`: whether the language holds together, told on the command line."""

from pathlib import Path

import pytest

from bot.cli import main
from bot.packages import Furnished
from intents.load import load_language
from tests.intents.test_check import only

ROOT = Path(__file__).parents[2]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A language that can only greet and show positions."""
    language = only(load_language(), "greet", "show_positions")
    monkeypatch.setattr("bot.packages.installed", lambda tongue: Furnished(language))


@pytest.mark.usefixtures("small")
def test_the_rows_of_the_current_folder_are_taken(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["intents", "check", "--language", "en"]) == 1
    out, err = capsys.readouterr()
    assert "pause: rows of an intent that is not there" in out.splitlines()
    assert err == ""


@pytest.mark.usefixtures("small")
def test_without_rows_the_rest_is_checked_and_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["intents", "check", "--language", "en"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("en: 2 intents, ")
    assert out.endswith(" templates, 0 rows: nothing found\n")
    assert err == "en: no tested sentences here (tests/intents/en); name their folder by --rows. The rest is checked\n"


@pytest.mark.usefixtures("small")
def test_each_finding_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "greet.yaml").write_text("- {t: show my positions}\n", encoding="utf-8")
    assert main(["intents", "check", "--language", "en", "--rows", str(tmp_path)]) == 1
    *found, total = capsys.readouterr().out.splitlines()
    assert "show_positions: matches a row of greet: show my positions" in found
    assert "greet: 1 rows, at least 12 wanted" in found
    assert "show_positions: 0 rows, at least 12 wanted" in found
    assert total.endswith(f", 1 rows: {len(found)} found")


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["--language", "xx"], "--language must be one of de, en"),
        (["--language", "en", "--rows", "nowhere"], "nowhere: there is no such folder of rows"),
    ],
)
def test_what_cannot_be_checked_is_said(arguments: list[str], wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["intents", "check", *arguments]) == 2
    assert capsys.readouterr().err.startswith(wrong)
