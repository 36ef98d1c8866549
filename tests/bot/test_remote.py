"""Commands that ask one thing of an account: what they show, and with which exit code they end."""

from pathlib import Path
from typing import Any

import pytest

from bot import remote, wire
from bot.config import Settings
from bot.message import Button, Reply
from bot.reach import Reach
from bot.socket_client import HungUp

ASKED = Reply("Shall I?", "", (Button("Yes", "yes"), Button("No", "no")), key="ask.change")


class Owner:
    """The process that owns the account, which answers as a test told it to."""

    def __init__(self, *answers: dict[str, Any] | Reply) -> None:
        self.asked: list[dict[str, Any]] = []
        self._answers = list(answers)

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(request)
        answer = self._answers.pop(0)
        return {"reply": wire.from_reply(answer)} if isinstance(answer, Reply) else answer

    async def runs(self, run: remote.Run, *, alone: bool = False) -> int:
        return await run(Reach(self.ask, alone=alone))

    def said(self) -> list[str]:
        return [request["message"]["text"] for request in self.asked]


async def test_a_reply_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    owner = Owner(Reply("All is \x1b[2Jwell.", ""))
    assert await owner.runs(remote.say("status")) == 0
    assert owner.said() == ["status"]
    assert capsys.readouterr().out == "All is \N{REPLACEMENT CHARACTER}[2Jwell.\n"


@pytest.mark.parametrize(("alone", "code"), [(False, 0), (True, 1)])
async def test_a_question_waits_only_where_a_process_runs(alone: bool, code: int) -> None:  # noqa: FBT001  # both ways
    assert await Owner(ASKED).runs(remote.say("trade for me"), alone=alone) == code


@pytest.mark.parametrize(
    "run", [remote.say("x"), remote.pair("viewer", 5), remote.people(), remote.import_file("", agreed=True)]
)
async def test_an_error_is_one_line_and_code_1(run: remote.Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert await Owner({"error": "you may not"}).runs(run) == 1
    assert capsys.readouterr() == ("", "you may not\n")


async def test_what_is_asked_for() -> None:
    owner = Owner({"said": "x"}, {"said": "x"}, {"said": "x"})
    for run in (remote.pair("owner", 5), remote.people(), remote.give_role("chat:42", "none")):
        assert await owner.runs(run) == 0
    assert owner.asked == [
        {"pair": {"role": "owner", "minutes": 5}},
        {"people": {}},
        {"role": {"person": "chat:42", "role": "none"}},
    ]


@pytest.mark.parametrize(
    ("agreed", "last", "said", "code"),
    [
        (True, Reply("Done.", "", key="done.changed"), ["import settings", "yes"], 0),
        (True, Reply("Run out.", "", key="confirm.expired"), ["import settings", "yes"], 1),
        (False, Reply("Dropped.", "", key="confirm.dropped"), ["import settings", "no"], 1),
    ],
)
async def test_an_import_that_asks(
    agreed: bool,  # noqa: FBT001  # what is tried
    last: Reply,
    said: list[str],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    owner = Owner(ASKED, last)
    assert await owner.runs(remote.import_file("risk: {}", agreed=agreed)) == code
    assert owner.said() == said
    assert owner.asked[0]["message"]["document"] == "risk: {}"


@pytest.mark.parametrize(("key", "code"), [("done.changed", 0), ("import.same", 0), ("refused.bad_value", 1)])
async def test_an_import_that_does_not_ask(key: str, code: int) -> None:
    assert await Owner(Reply("x", "", key=key)).runs(remote.import_file("risk: {}", agreed=False)) == code


async def test_an_export_goes_where_it_was_asked_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "risk: {}  # µ\n"
    file = tmp_path / "out.yaml"
    assert await Owner({"document": text}).runs(remote.export(str(file), everything=True)) == 0
    assert file.read_text(encoding="utf-8") == text
    assert file.stat().st_mode & 0o777 == 0o600
    assert await Owner({"document": text}).runs(remote.export("-", everything=False)) == 0
    assert await Owner({"document": text}).runs(remote.export(str(tmp_path), everything=False)) == 3
    assert capsys.readouterr() == (text, f"{tmp_path}: cannot be written (Is a directory)\n")


async def test_a_process_that_hangs_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs_up(_: Reach) -> int:
        raise HungUp("gone")

    class Somebody:
        async def ask(self, _: dict[str, Any]) -> dict[str, Any]:
            return {}

        async def close(self) -> None:
            pass

    async def found(_: Path) -> Somebody:
        return Somebody()

    monkeypatch.setattr("bot.reach.Caller.find", found)
    assert await remote.at(Settings(data=tmp_path), hangs_up) == 3
