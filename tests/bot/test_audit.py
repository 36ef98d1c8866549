"""`parley audit`: exit codes, sentences, and a start and a stop of the whole house that leave their marks."""

import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot import audit
from bot.cli import main
from bot.config import Audit, Settings
from engine.adapters.audit.keys import Pen
from engine.core import events
from engine.core.chain import read_line, read_seal
from engine.core.words import Topic
from engine.wiring import in_force
from tests.engine.audit_books import Book, edited, written
from tests.house.tree import text
from tests.journeys.house import People, Visit, copied, visit


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return written(tmp_path_factory.mktemp("bot"), 40, 20)


@pytest.fixture
def book(whole: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    monkeypatch.chdir(tmp_path)
    return Book(Path(shutil.copytree(whole.folder, tmp_path / "data")))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    """Exit code and all that was said."""
    code = main(["audit", *arguments, "--data", "data"])
    out, err = capsys.readouterr()
    return code, (out + err).splitlines()


def test_a_sound_trail_is_called_so(book: Book, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = run(capsys, "verify")
    key = (Path("data") / "audit.key").as_posix()
    assert code == 0
    assert said[2:] == [
        "rows: 40, checkpoints: 2, rows not signed yet: 0",
        f"checkpoints are checked by the key in {key}",
        "sound",
    ]
    assert [line.partition(", ")[0] for line in said[:2]] == ["other: row 20", "paper: row 20"]


def test_the_first_bad_row_is_named_with_what_to_do(book: Book, capsys: pytest.CaptureFixture[str]) -> None:
    with edited(book) as connection:
        connection.execute("UPDATE journal SET actor = 'nobody' WHERE account = 'paper' AND seq = 7")
    code, said = run(capsys, "verify")
    assert code == 1
    assert said[-2] == "chain: row 7 of paper: contents do not match their hash"
    assert said[-1].startswith("NOT SOUND: stop the engine, copy its folder as it is, and compare it with an export")


def test_json_for_programs(book: Book, capsys: pytest.CaptureFixture[str]) -> None:
    (book.folder / "checkpoints.jsonl").unlink()
    code, said = run(capsys, "verify", "--json")
    found = json.loads("\n".join(said))
    assert code == 1
    assert (found["ok"], found["rows"], found["checkpoints"], found["unsigned"]) == (False, 40, 2, 0)
    assert found["accounts"]["paper"]["seq"] == 20
    assert found["findings"] == [
        {
            "code": "checkpoints_file",
            "sentence": "checkpoints.jsonl is missing, the database has 2 checkpoints",
            "account": None,
            "seq": None,
        }
    ]


def test_json_of_what_is_no_text(book: Book, capsys: pytest.CaptureFixture[str]) -> None:
    with edited(book) as connection:
        connection.execute(
            "UPDATE journal SET account = CAST(x'ff' AS TEXT), hash = x'ff' WHERE account = 'paper' AND seq = 20"
        )
    code, said = run(capsys, "verify", "--json")
    assert code == 1
    assert not json.loads("\n".join(said))["ok"]
    assert run(capsys, "verify")[0] == 1


def test_export_key_and_verify_of_the_file_with_that_key(book: Book, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "export", "trail.jsonl") == (0, [])
    code, (key,) = run(capsys, "key")
    assert (code, len(key)) == (0, 64)
    book.folder.rename("elsewhere")
    code, said = run(capsys, "verify", "trail.jsonl", "--key", key)
    assert (code, said[-2:]) == (0, ["checkpoints are checked by the key that you gave", "sound"])
    code, said = run(capsys, "verify", "trail.jsonl", "--key", Pen(bytes(32)).public)
    assert code == 1
    assert said[-2].endswith(f"is signed by another key than yours: {key}")
    assert run(capsys, "verify", "trail.jsonl", "--key", Pen(bytes(32)).public, "--key", key)[0] == 0


def test_export_to_standard_output(book: Book, capsys: pytest.CaptureFixture[str]) -> None:
    code, (row, seal) = run(capsys, "export", "-", "--account", "paper", "--after", "19")
    assert code == 0
    assert read_line(row)
    assert read_seal(seal)


def test_copies_elsewhere_are_checked_too(book: Book, capsys: pytest.CaptureFixture[str]) -> None:
    Path("copies").mkdir()
    for number, line in enumerate(book.lines):
        Path("copies", f"checkpoint-{number}.json").write_text(f"{line}\n")
    assert run(capsys, "verify", "--copies", "copies")[0] == 0
    Path("copies", "checkpoint-9.json").write_text("{}\n")
    code, said = run(capsys, "verify", "--copies", "copies")
    assert (code, said[-2]) == (1, "copies: 1 lines among the copies are no checkpoints as they were written")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("verify --key zz", 2, "--key must be a public key of 64 hex digits, or a file that holds one, not 'zz'"),
        ("verify gone.jsonl", 3, "gone.jsonl is not there"),
        ("verify --copies gone", 3, "gone is not there"),
        ("export s3://bucket/x", 3, "s3:// needs a driver that is not installed here: Install s3fs to access S3"),
        ("export x --account nobody", 3, "the database has no account nobody: it has other, paper"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    arguments: str, code: int, words: str, book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, *arguments.split()) == (code, [words])


def test_bad_numbers_are_usage(book: Book, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        run(capsys, "export", "x", "--after", "-1x")
    with pytest.raises(SystemExit, match="2"):
        main(["audit", "vrify"])
    assert capsys.readouterr().err.splitlines()[-1] == "vrify is not a command; did you mean verify?"


def test_without_an_account_or_a_key_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    where = Path("data", "parley.sqlite")
    missing = f"{where} is not there; name the account's folder with --data DIR"
    assert run(capsys, "verify") == (3, [missing])
    assert run(capsys, "export", "x") == (3, [missing])
    code, (said,) = run(capsys, "key")
    assert code == 3
    assert said.startswith(f"{Path('data', 'audit.key')} cannot be used as the key of checkpoints (No such file")


def test_what_the_configuration_asks_for() -> None:
    settings = Settings(audit=Audit(key_file="~/keys/audit.key", checkpoint_seconds=5, copies="s3://bucket/c"))
    asked = audit.asked(settings)
    assert asked.key == Path("~/keys/audit.key").expanduser()
    assert (asked.every_s, asked.copies) == (5, "s3://bucket/c")
    assert audit.asked(Settings()).key is None


def test_the_page_tells_of_every_kind_of_row_and_every_topic() -> None:
    table = text("docs/audit.md").partition("## What is in it")[2].partition("## Verify")[0]
    named = {name for line in table.splitlines() if line.startswith("| `") for name in re.findall(r"`(\w+)`", line)}
    kinds = {kind.__name__ for kind in vars(events).values() if isinstance(kind, type)}
    assert named == kinds - {"Event"} | {topic.value for topic in Topic}


# --- the whole house


async def test_a_start_notes_the_configuration_in_force(new: Visit) -> None:
    engine = new.house.engine
    noted = [row for row in await engine.store.journal("paper") if row.kind == "Witnessed"]
    (config,) = [row.body for row in noted if row.body["topic"] == Topic.ENGINE_CONFIG.value]
    assert config["facts"] == json.loads(json.dumps(in_force(engine.bus.policy)))
    assert config["facts"]["policy"]["min_price"] == 10_000
    assert engine.bus.state.config == config["facts"]["digest"]


async def test_while_it_runs_and_when_it_stops_its_journal_is_signed(
    begun_files: Path, tmp_path: Path, people: People
) -> None:
    folder = copied(begun_files, tmp_path / "account")
    async with visit(folder, people) as new:
        engine = new.house.engine
        await new.say("pause")
        before = len(await engine.store.checkpoints())
        await engine.notary.sign()
        running = (await engine.store.checkpoints())[before:]
        assert [signed.heads for signed in running] == [{"paper": (engine.bus.state.seq, engine.bus.state.head)}]
        await new.say("stop everything")
    with closing(sqlite3.connect(folder / "parley.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM checkpoints").fetchone() == (before + 2,)
    assert main(["audit", "verify", "--data", str(folder)]) == 0


async def test_a_stop_that_finds_nothing_new_signs_nothing(new: Visit) -> None:
    engine = new.house.engine
    await engine.notary.sign()
    many = len(await engine.store.checkpoints())
    await engine.notary.sign()
    assert len(await engine.store.checkpoints()) == many
