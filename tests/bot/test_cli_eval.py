"""`parley eval`: a line a file, and an exit code that says whether people are understood well enough."""

import re
from pathlib import Path

import pytest

from bot.cli import main
from intents.figures import BARS

SCENE = 'now: "2026-03-11T14:30:00-04:00"\ntz: America/New_York\npositions: [AAPL]\nrows:\n'
EXACT = "- {t: show my positions, i: show_positions}\n"
MISS = "- {t: show my positions, i: show_orders}\n"
WRONG = "- {t: pause, i: show_positions}\n"
HALF = "- {t: tell me a joke, st: clarify}\n"
OFFERED = '- {t: "pause and resume", i: resume}\n'


def a_set(folder: Path, name: str, rows: str) -> str:
    path = folder / f"{name}.yaml"
    path.write_text(SCENE + rows, encoding="utf-8")
    return str(path)


def test_a_file_of_exact_rows_is_one_line_and_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", a_set(tmp_path, "plain", EXACT * 3)]) == 0
    out = capsys.readouterr().out
    line = r"plain: 3 rows  exact 3 \(100.0 %\)  offered 0 \(0.0 %\)  half 0 \(0.0 %\)  miss 0 \(0.0 %\)  "
    assert re.fullmatch(line + r"wrong 0 \(0.0 %\)  p50 \d+\.\d\d ms  p99 \d+\.\d\d ms\n", out)


def test_a_file_below_its_bars_says_which(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", a_set(tmp_path, "paraphrase", EXACT * 7 + MISS + OFFERED * 2)]) == 1
    below = capsys.readouterr().out.splitlines()[1:]
    assert below == [
        "  below the bar: 70.0 % exact, at least 80.0 % wanted",
        "  below the bar: 90.0 % exact or offered, at least 95.0 % wanted",
    ]


def test_of_a_set_that_is_not_known_only_nothing_wrong_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", a_set(tmp_path, "mine", EXACT + MISS + HALF)]) == 0
    assert main(["eval", a_set(tmp_path, "theirs", EXACT * 99 + WRONG)]) == 1
    assert "  below the bar: 1 wrong, none allowed" in capsys.readouterr().out


def test_what_is_out_of_scope_has_to_be_refused_or_asked(tmp_path: Path) -> None:
    assert main(["eval", a_set(tmp_path, "scope", HALF)]) == 0
    assert main(["eval", a_set(tmp_path, "scope", HALF + "- {t: show my positions, st: unknown}\n")]) == 1


def test_every_row_that_is_not_exact_is_shown_on_demand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = a_set(tmp_path, "mine", EXACT + MISS + '- {turns: [pause, "buy 2 apple"], st: unknown}\n')
    assert main(["eval", path, "--verbose"]) == 1
    assert capsys.readouterr().out.splitlines()[2:] == [
        "  miss: 'show my positions'",
        '    expected {"i": "show_orders"}',
        "    got ok show_positions {}",
        "  wrong: 'pause / buy 2 apple'",
        '    expected {"st": "unknown"}',
        '    got ok buy {"shares": 2, "ticker": "AAPL"}',
    ]


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = str(tmp_path / "gone.yaml")
    bad = a_set(tmp_path, "bad", EXACT + "- {t: pause, expects: pause}\n")
    assert main(["eval", gone, bad, a_set(tmp_path, "plain", MISS)]) == 2
    out, err = capsys.readouterr()
    assert out.startswith("plain: 1 rows")
    told = err.splitlines()
    assert told[0] == f"{gone}: there is no such file"
    assert told[1].startswith(f"{bad}: row 2: expects is not a part of a row")
    assert len(told) == 2


def test_an_empty_file_of_rows_is_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plain.yaml"
    path.write_text(SCENE.replace("rows:\n", "rows: []\n"), encoding="utf-8")
    assert main(["eval", str(path)]) == 0
    assert capsys.readouterr().out.startswith("plain: 0 rows  exact 0 (0.0 %)")


def test_the_bars_are_those_of_the_page() -> None:
    bars = {name: [(bar.what, bar.least) for bar in several] for name, several in BARS.items()}
    assert bars == {
        "plain": [("exact", 0.98), ("exact or offered", 0.995)],
        "typo": [("exact", 0.93), ("exact or offered", 0.98)],
        "voice": [("exact", 0.95), ("exact or offered", 0.98)],
        "paraphrase": [("exact", 0.80), ("exact or offered", 0.95)],
        "negation": [("exact", 0.97)],
        "scope": [("refused or asked", 0.98)],
        "dialogue": [("exact", 0.93)],
        "compound": [("exact", 0.93)],
    }
