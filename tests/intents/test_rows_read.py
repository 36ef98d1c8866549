"""Rows of files are whole, or the first that is not is named with what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from intents.rows import BadRows, read_rows, rows_in, rows_of

SCENE = 'now: "2026-03-11T14:30:00-04:00"\ntz: America/New_York\n'


def a_file(folder: Path, text: str, name: str = "plain.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "row",
    [
        '{t: "", st: unknown}',
        '{turns: [pause, "yes"], i: pause, s: {}}',
        "{t: pause and resume, all: [{i: pause}, {i: resume, s: {}}], not: [buy]}",
        "{t: pause, any: [{i: pause}, {st: clarify}, {all: [{i: pause}, {i: resume}]}]}",
    ],
)
def test_every_kind_of_row_is_read(row: str, tmp_path: Path) -> None:
    scene, rows = read_rows(a_file(tmp_path, f"{SCENE}rows:\n- {row}\n"))
    assert (scene["tz"], len(rows)) == ("America/New_York", 1)


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("pause", "is no mapping"),
        ("{i: pause}", "needs either t or turns"),
        ("{t: pause, turns: [pause], i: pause}", "needs either t or turns"),
        ("{t: 5, i: pause}", "t must be a text"),
        ("{turns: [], i: pause}", "t must be a text"),
        ("{t: pause}", "must expect exactly one of all, any, i, st"),
        ("{t: pause, i: pause, st: ok}", "must expect exactly one of"),
        ("{t: pause, st: maybe}", "st must be one of clarify, ok, unknown"),
        ("{t: pause, i: 3}", "i must be the name of an intent"),
        ("{t: pause, i: pause, s: [until]}", "s must be the slots of an intent"),
        ("{t: pause, st: clarify, s: {}}", "s must be the slots of an intent"),
        ("{t: pause, i: pause, slots: {}}", "slots is not a part of a row"),
        ("{t: pause, i: pause, not: buy}", "not must be a list of intents"),
        ("{t: pause, all: []}", "all must be a list of expectations"),
        ("{t: pause, all: [{st: ok}]}", "must expect exactly one of i"),
        ("{t: pause, any: [{any: []}]}", "must expect exactly one of all, i, st"),
        ("{t: pause, any: [pause]}", "which is no mapping"),
    ],
)
def test_a_bad_row_is_named_with_what_is_wrong(row: str, wrong: str, tmp_path: Path) -> None:
    path = a_file(tmp_path, f"{SCENE}rows:\n- {{t: pause, i: pause}}\n- {row}\n")
    with pytest.raises(BadRows) as caught:
        read_rows(path)
    assert str(caught.value).startswith(f"{path}: row 2: ")
    assert wrong in str(caught.value)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("- {t: pause, i: pause}", "must have a scene"),
        ("rows: [", "is not YAML"),
        ("tz: America/New_York\nrows: []", "it has no now"),
        ("now: soon\ntz: America/New_York\nrows: []", "soon"),
        ('now: "2026-03-11T14:30:00"\ntz: America/New_York\nrows: []', "no offset"),
        ('now: "2026-03-11T14:30:00-04:00"\ntz: Mars/Base\nrows: []', "Mars/Base"),
        ("\udcff", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(text: str, wrong: str, tmp_path: Path) -> None:
    path = tmp_path / "plain.yaml"
    path.write_bytes(text.encode("utf-8", errors="surrogateescape"))
    with pytest.raises(BadRows, match=wrong) as caught:
        read_rows(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadRows, match="there is no such file"):
        read_rows(tmp_path / "plain.yaml")
    with pytest.raises(BadRows, match="there is no such folder"):
        rows_in(tmp_path / "en")


def test_a_row_without_an_expectation_means_the_intent_of_its_file(tmp_path: Path) -> None:
    a_file(tmp_path, "", "_scene.yaml")
    a_file(tmp_path, "- {t: hold it}\n- {t: hold Apple, st: clarify}\n", "pause.yaml")
    expected = [{"i": "pause", "s": {}, "t": "hold it"}, {"t": "hold Apple", "st": "clarify"}]
    assert rows_in(tmp_path) == {"pause": expected}
    with pytest.raises(BadRows, match="must be a list of rows"):
        rows_of(a_file(tmp_path, "rows: []", "buy.yaml"))
