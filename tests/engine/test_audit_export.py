"""The trail as JSON Lines: what is written, where to, and what a file says by itself."""

import json
from pathlib import Path

import pytest

from engine.adapters.audit.copies import read_lines
from engine.adapters.audit.keys import Pen
from engine.adapters.audit.report import Report
from engine.core.chain import read_line, read_seal
from engine.ports import Unavailable
from engine.trail import export_trail, verify_export
from tests.engine.audit_books import Book, written

ROWS = 60


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return written(tmp_path_factory.mktemp("export"), ROWS, 20)


@pytest.fixture
def file(book: Book, tmp_path: Path) -> Path:
    path = tmp_path / "trail.jsonl"
    assert export_trail(book.database, str(path)) == ROWS + 1
    return path


def verified(book: Book, path: Path, *keys: str) -> Report:
    return verify_export(str(path), book.places, keys)


def codes(report: Report) -> list[tuple[str, str | None, int | None]]:
    return [(one.code, one.account, one.seq) for one in report.found]


def test_rows_come_account_by_account_and_the_newest_checkpoint_last(book: Book, file: Path) -> None:
    *rows, last = file.read_text().splitlines()
    found = [read_line(text) for text in rows]
    assert [(account, row[0]) for one in found if one for account, row in [one]] == [
        (account, seq) for account in ("other", "paper") for seq in range(1, 31)
    ]
    assert last == book.lines[-1]
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_whole_file_is_sound(book: Book, file: Path) -> None:
    report = verified(book, file)
    assert report.found == ()
    assert (report.rows, report.seals, report.unsigned) == (ROWS, 1, 0)
    assert report.notes == (f"checkpoints are checked by the key in {book.places.key}",)


def test_rows_after_a_number_and_of_one_account(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    assert export_trail(book.database, str(path), 25, "paper") == 6
    report = verified(book, path)
    assert report.found == ()
    assert report.notes[1:] == (
        "begins with row 26 of paper: what came before is not in this file",
        "no rows of other are in this file",
    )


def without(lines: list[str], *places: int) -> list[str]:
    return [line for number, line in enumerate(lines, 1) if number not in places]


def test_what_was_changed_in_a_file_is_found(book: Book, file: Path) -> None:
    lines = file.read_text().splitlines()
    row = lines[16]
    assert read_line(row)
    wrong: dict[str, tuple[list[str], list[tuple[str, str | None, int | None]]]] = {
        "a row out of the middle": (without(lines, 17), [("chain", "other", 17)]),
        "the last row of an account": (without(lines, 30), [("signed_row_missing", "other", 30)]),
        "two rows in another order": ([*lines[:4], lines[5], lines[4], *lines[6:]], [("chain", "other", 5)]),
        "a word": (
            [*lines[:16], row.replace('"actor":"engine"', '"actor":"owner"'), *lines[17:]],
            [("chain", "other", 17)],
        ),
        "a blank": (
            [*lines[:16], row.replace(":", ": ", 1), *lines[17:]],
            [("line", None, None), ("chain", "other", 17)],
        ),
        "a row twice": ([*lines[:17], row, *lines[17:]], [("chain", "other", 18)]),
        "the checkpoint": ([*lines[:-1], lines[-1].replace('"at":"2026', '"at":"2027')], [("signature", None, None)]),
        "no checkpoint": (lines[:-1], [("nothing_signed", None, None)]),
    }
    for what, (changed, found) in wrong.items():
        path = file.with_name("changed.jsonl")
        path.write_text("".join(f"{line}\n" for line in changed))
        assert codes(verified(book, path))[: len(found)] == found, what


def test_another_key_than_the_one_that_is_trusted_is_found(book: Book, file: Path) -> None:
    assert codes(verified(book, file, Pen(bytes(32)).public)) == [("key", None, None)]


def test_a_file_with_nothing_signed_and_no_key_says_so(book: Book, tmp_path: Path, file: Path) -> None:
    from engine.adapters.audit.notary import Places

    nowhere = Places(key=tmp_path / "no.key", file=tmp_path / "no.jsonl")
    report = verify_export(str(file), nowhere)
    assert report.sound
    assert "nobody vouches for those" in report.notes[0]


# --- where to


def test_to_an_address(book: Book, tmp_path: Path) -> None:
    place = f"memory://{tmp_path.name}/trail.jsonl"
    assert export_trail(book.database, place) == ROWS + 1
    assert len(list(read_lines(place))) == ROWS + 1
    assert verify_export(place, book.places).sound
    assert export_trail(book.database, (tmp_path / "by_address.jsonl").as_uri()) == ROWS + 1
    assert (tmp_path / "by_address.jsonl").read_text().splitlines() == list(read_lines(place))


def test_to_standard_output(book: Book, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert export_trail(book.database, "-", 29, "paper") == 2
    row, seal = capsysbinary.readouterr().out.decode().splitlines()
    assert json.loads(row)["seq"] == 30
    assert read_seal(seal)


def test_places_that_cannot_be_used_are_named(book: Book, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    for place, words in {
        "s3://bucket/trail.jsonl": "s3:// needs a driver that is not installed here: Install s3fs",
        "nosuch://trail.jsonl": "nosuch://trail.jsonl cannot be used: Protocol not known",
        str(tmp_path / "gone" / "trail.jsonl"): "gone/trail.jsonl is not there",
        str(tmp_path / "taken"): "taken cannot be used: Is a directory",
    }.items():
        with pytest.raises(Unavailable, match=words):
            export_trail(book.database, place)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_an_account_or_database_that_is_not_there_is_named(book: Book, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="has no account nobody"):
        export_trail(book.database, str(tmp_path / "x"), account="nobody")
    with pytest.raises(Unavailable, match=r"gone\.sqlite is not there; name the account's folder"):
        export_trail(tmp_path / "gone.sqlite", str(tmp_path / "x"))
    with pytest.raises(Unavailable, match=r"gone\.jsonl is not there"):
        verify_export(str(tmp_path / "gone.jsonl"), book.places)


def test_a_password_in_an_address_is_not_repeated(book: Book) -> None:
    with pytest.raises(Unavailable) as caught:
        export_trail(book.database, "nosuch://anna:secret@host/trail.jsonl")
    assert "secret" not in str(caught.value)
