import json
import os
import signal
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli import main
from bot.config import Options, Settings
from bot.folder import DataFolder

CHAT = """
import asyncio, sys, types
app = types.ModuleType("bot.app")
async def chat(settings, options):
    print("ready", flush=True)
    await options.stop.wait()
    print("saved", flush=True)
    return 0
app.chat = chat
sys.modules["bot.app"] = app
from bot.cli import main
sys.exit(main(sys.argv[1:]))
"""
Seen = list[tuple[Settings, Options]]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    """What the composition root was called with; it opens the data folder, as it should, and leaves."""
    calls: Seen = []

    async def chat(settings: Settings, options: Options) -> int:
        calls.append((settings, options))
        DataFolder.open(settings.folder).close()
        return 0

    app = types.ModuleType("bot.app")
    app.chat = chat  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "bot.app", app)
    return calls


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that this usage is refused with."""
    try:
        code = main(arguments)
    except SystemExit as error:
        code = int(error.code or 0)
    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    return err.strip()


def test_without_a_command_it_talks_with_what_was_asked_for(seen: Seen) -> None:
    arguments = "--data here --from 2020-03-02 --pace 0.5 --plain --for 2m"
    assert main(arguments.split()) == 0
    settings, options = seen[0]
    assert settings.folder == Path("here")
    assert (settings.replay.start.isoformat(), settings.replay.pace_seconds) == ("2020-03-02", 0.5)
    assert settings.terminal.plain
    assert options.run_s == 120


@pytest.mark.parametrize(("text", "seconds"), [("40s", 40), ("2m", 120), ("1h", 3600), ("7", 7), ("0.5m", 30)])
def test_durations(text: str, seconds: float, seen: Seen) -> None:
    main(["--for", text, "--data", "here"])
    assert seen[0][1].run_s == seconds


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("--pln", "--pln is not an option; did you mean --plain?"),
        ("parse --jsnl", "--jsnl is not an option; did you mean --jsonl?"),
        ("--xyzzy", "--xyzzy is not an option; see parley --help"),
        ("prase hello", "prase is not a command; did you mean parse?"),
        ("db verfy", "verfy is not a command; did you mean verify?"),
        ("settings exprot", "exprot is not a command; did you mean export?"),
        ("pair --role king", "--role must be one of viewer, operator, owner, not 'king'"),
        ("pair --minutes 0", "--minutes must be a whole number of minutes from 1 to 1440, not '0'"),
        ("pair --minutes soon", "--minutes must be a whole number of minutes from 1 to 1440, not 'soon'"),
        ("settings import gone.yaml", "gone.yaml: cannot be read (No such file or directory)"),
        ("--for ever", "--for must be a duration such as 40s, 2m or 1h, not 'ever'"),
        ("--pace fast", "--pace must be a number of at least 0, not 'fast'"),
        ("--pace=-1", "--pace must be a number of at least 0, not '-1'"),
        ("--from tomorrow", "--from must be a date such as 2020-02-03, not 'tomorrow'"),
        ("--config gone.yaml", "gone.yaml: there is no such file"),
        ("parse --tz Mars x", "--tz must be a time zone such as America/New_York, not 'Mars'"),
        ("parse --now noon x", "--now must be a time such as 2026-03-04T10:00:00-05:00, not 'noon'"),
    ],
)
def test_bad_usage_is_one_line_with_code_2(
    arguments: str, line: str, capsys: pytest.CaptureFixture[str], seen: Seen
) -> None:
    assert refused(capsys, *arguments.split()) == line
    assert seen == []


def test_a_bad_configuration_makes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str], seen: Seen) -> None:
    Path("config.yaml").write_text("data: here\nreplay: {pace: 3}\n")
    assert refused(capsys) == "config.yaml: replay.pace is not a setting; did you mean replay.pace_seconds?"
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


def test_a_busy_or_unusable_folder_is_one_line_with_code_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], seen: Seen
) -> None:
    with DataFolder.open(tmp_path / "busy"):
        assert main(["--data", "busy"]) == 3
    (tmp_path / "file").touch()
    assert main(["--data", "file"]) == 3
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"another Parley (process {os.getpid()}) is running on {tmp_path / 'busy'}; ")
    assert second == f"{tmp_path / 'file'} is not a folder; name another with --data DIR"


def test_a_file_that_is_no_text_is_not_imported(capsys: pytest.CaptureFixture[str], seen: Seen) -> None:
    Path("settings.yaml").write_bytes(b"risk: \xff")
    assert refused(capsys, "settings", "import", "settings.yaml") == "settings.yaml: is not UTF-8 text"


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == "parley 0.1.0\n"
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert "--data DIR" in capsys.readouterr().out


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys, bot.cli\n"
        "try: bot.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'pydantic', 'prompt_toolkit', 'sqlalchemy', 'asyncio', 'yaml', 'intents'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=10, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_chat_in_good_order(told: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", CHAT], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.send_signal(told)
        out, err = child.communicate(timeout=8)
    assert (child.returncode, out, err) == (0, b"saved\n", b"")


def test_the_time_asked_for_ends_a_chat() -> None:
    done = subprocess.run([sys.executable, "-c", CHAT, "--for", "0.1s"], capture_output=True, timeout=8, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"ready\nsaved\n", b"")


Run = Callable[..., list[dict[str, object]]]


@pytest.fixture
def parsed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs `parley parse` with these arguments and this standard input."""

    def run(*arguments: str, lines: bytes = b"") -> list[dict[str, object]]:
        (tmp_path / "lines").write_bytes(lines)
        with (tmp_path / "lines").open() as file:
            monkeypatch.setattr(sys, "stdin", file)
            assert main(["parse", *arguments]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


def test_words_are_one_message(parsed: Run) -> None:
    (answer,) = parsed("show", "my", "positions")
    assert answer["text"] == "show my positions"
    assert list(answer) == ["text", "status", "requests", "missing", "candidates", "why", "said"]


def test_each_line_gives_one_object_whatever_it_holds(parsed: Run) -> None:
    lines = (
        b'show my positions\n{"text": "pause", "tz": "Asia/Tokyo", "now": "2026-03-04T10:00:00"}\n{bad\n\n'
        b'{"turns": ["show my positions", "yes"], "watchlist": ["KO"], "positions": "AAPL,KO"}\n'
        b'{"text": 5}\n{"turns": []}\n{"text": "x", "tz": "Mars"}\n{"text": "x", "positions": 7}\n\xff\x00\n'
        + b"x"
        * 10_000
    )
    answers = parsed("--jsonl", lines=lines)
    assert [sorted(answer) == ["error"] for answer in answers] == [
        *(False, False, True, False, False),
        *(True, True, True, True, False, False),
    ]
    assert str(answers[2]["error"]).startswith("not JSON that can be read: ")
    assert answers[5]["error"] == "needs a text, or turns: a list of texts"
    assert answers[7]["error"] == "tz must be a time zone such as America/New_York, not 'Mars'"
    assert answers[8]["error"] == "positions must be tickers such as AAPL,KO, not 7"


def test_without_jsonl_lines_are_texts(parsed: Run) -> None:
    answers = parsed(lines=b'pause\r\n{"text": "pause"}\n')
    assert [answer["text"] for answer in answers] == ["pause", '{"text": "pause"}']


def test_answers_come_as_soon_as_their_lines_until_nobody_reads_them() -> None:
    command = [sys.executable, "-m", "bot", "parse", "--jsonl"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        for text in (b"pause", b"resume"):
            child.stdin.write(text + b"\n")
            child.stdin.flush()
            assert json.loads(child.stdout.readline())["text"] == text.decode()
        child.stdout.close()
        child.stdin.write(b"status\n")
        child.stdin.close()
        assert child.stderr.read() == b""
        assert child.wait(8) == 0
