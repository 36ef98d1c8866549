"""Settings leave and come back as a file, through the same pipe as anything that is said; and a real process."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from bot import wire
from bot.message import Message, Reply
from bot.remote import answering
from bot.settings_file import read
from engine.core import events as e
from engine.core.preferences import FIELDS, Preferences, patched
from engine.core.words import Autonomy
from tests.journeys.house import Visit

CAREFUL = "risk: {daily_loss_limit_pct: 2, max_exposure_pct: 50}\ntrading: {watchlist: [KO, AAPL]}\n"
LOOSER = "risk:\n  daily_loss_limit_pct: 5\ntrading:\n  watchlist: [KO]\n"


async def brought(visitor: Visit, document: str) -> Reply:
    said = Message("import settings", "terminal:local", "socket", uuid4().hex, visitor.people.now, document=document)
    return await visitor.house.dialogue.hear(said)


async def test_a_file_is_one_change_of_all_its_fields(new: Visit) -> None:
    version = new.state.version
    reply = await brought(new, CAREFUL)
    assert reply.key == "done.changed"
    assert new.state.version == version + 1
    settings = new.state.preferences
    assert (settings.risk.daily_loss_limit_pct, settings.risk.max_exposure_pct) == (2, 50)
    assert settings.trading.watchlist == ("AAPL", "KO")
    assert settings.risk.max_drawdown_pct == 15


async def test_a_file_that_loosens_limits_asks_and_waits(new: Visit) -> None:
    asked = await brought(new, LOOSER)
    assert "daily loss limit: 3% → 5%" in asked.text
    assert "watchlist: added KO" in asked.text
    assert [button.says for button in asked.buttons] == ["yes", "no"]
    assert new.state.preferences == Preferences()
    assert "nothing waiting" in await new.say("yes")
    assert (await new.say("yes", channel="socket")).startswith("Done.")
    assert new.state.preferences.risk.daily_loss_limit_pct == 5
    assert "Limits are looser now" in "".join(await new.news())


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("risk: {daily_loss_limit_pct: 90, reserve_pct: 30}",
         "The daily loss limit cannot be 90%; possible is: from 0.1% to 50%."),
        ("risk: {daily_loss_limit: 2, reserve_pct: 30}",
         "risk.daily_loss_limit is not a setting; did you mean risk.daily_loss_limit_pct?"),
        ("trading: {risk_tolerance: aggressive}\nrisk: {reserve_pct: 30}", "Risk tolerance rises one step at a time"),
        ("risk: {reserve_pct: [", "That file cannot be read (line 2): did not"),
        ("", "There is no setting in that file; nothing was changed."),
        ("risk: {daily_loss_limit_pct: 3}", "All of that is so already; nothing was changed."),
        ("notifications: {summary_time: noon}",
         "The summary time cannot be noon; possible is: a time of day such as 16:30."),
    ],
)  # fmt: skip
async def test_a_bad_field_changes_nothing_and_is_named(new: Visit, document: str, said: str) -> None:
    before = new.state.preferences
    reply = await brought(new, document)
    assert reply.text.startswith(said), reply.text
    assert new.state.preferences == before


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("risk: {daily_loss_limit_pct: 2%}",
         'The daily loss limit cannot be "2%", for that is text: it has to be a number, without quotes and without'),
        ('risk: {daily_loss_limit_pct: "2"}', 'The daily loss limit cannot be "2", for that is text:'),
        ("risk: {daily_loss_limit_pct: .nan}", 'The daily loss limit cannot be ".nan", for that is text:'),
        ("risk: {daily_loss_limit_pct: true}", "The daily loss limit cannot be true; possible is: from 0.1% to 50%."),
        ("risk: {daily_loss_limit_pct: 50.001}", "The daily loss limit cannot be 50.001%; possible is:"),
        ("risk: {daily_loss_limit_pct: [2, 3]}", "The daily loss limit cannot be [2, 3]; possible is:"),
        ("risk: {daily_loss_limit_pct: {a: 2}}", "The daily loss limit cannot be a: 2; possible is:"),
        ("risk: {daily_loss_limit_pct: none}", "The daily loss limit cannot be none; possible is:"),
        ("trading: {absolute_position_cap: 2500.555}",
         "The most dollars in a position cannot be $2,500.555; possible is: from $0 to $1,000,000,000, in whole"),
        ("trading: {order_timeout_seconds: 129600}",
         "The time an order may wait cannot be 1 day 12 h; possible is: from 5 seconds to 1 day, in whole seconds."),
        ("trading: {order_timeout_seconds: 4.5}", "The time an order may wait cannot be 4.5 seconds; possible is:"),
        ("trading: {min_confidence: 65}",
         "The minimum confidence cannot be 6,500%; possible is: more than 0% and at most 100%, or none."),
        ("notifications: {timezone: Europe/Nowhere}", "The time zone cannot be Europe/Nowhere; possible is: an IANA"),
        ("notifications: {quiet_hours: [22:00]}", "The quiet hours cannot be [22:00]; possible is: a start and an"),
        ("trading: {max_open_positions: 2.5}", "The max open positions cannot be 2.5; possible is: a whole number"),
    ],
)  # fmt: skip
async def test_a_value_that_is_not_possible_is_named_as_it_was_written(new: Visit, document: str, said: str) -> None:
    before, reply = new.state.preferences, await brought(new, document)
    assert reply.text.startswith(said), reply.text
    assert reply.text.endswith("Nothing was changed.")
    assert reply.key.startswith("refused.bad_value")
    assert new.state.preferences == before


async def test_no_kind_of_value_breaks_the_answer(new: Visit) -> None:
    kinds = ('"2"', "maybe", "true", "2.5", ".nan", ".inf", "[]", "[1, x]", "[[1]]", "{a: 1}", "none", "-1", "1e+300")
    for number, path in enumerate(FIELDS):
        category, _, name = path.partition(".")
        for kind in kinds[number % 3 :: 3]:
            reply = await brought(new, f"{category}: {{{name}: {kind}}}")
            assert reply.key != "sorry", (path, kind)
        new.people.wait(61)


async def test_what_is_exported_imports_exactly(new: Visit) -> None:
    await brought(new, CAREFUL)
    kept = new.state.preferences
    answer = await new.house.errands.run({"export": {"all": False}})
    assert patched(Preferences(), read(answer["document"])) == kept
    assert set(read(answer["document"])) == {
        "trading.watchlist", "risk.daily_loss_limit_pct", "risk.max_exposure_pct"
    }  # fmt: skip
    whole = await new.house.errands.run({"export": {"all": True}})
    assert patched(Preferences(), read(whole["document"])) == kept
    assert (await brought(new, whole["document"])).key == "import.same"


async def test_an_import_is_undone_as_one(new: Visit) -> None:
    await brought(new, CAREFUL)
    assert "daily loss limit: 2% → 3%" in await new.say("undo", channel="socket")
    await new.say("yes", channel="socket")
    assert new.state.preferences == Preferences()


async def test_a_correction_does_not_turn_an_import_into_something_else(new: Visit) -> None:
    await brought(new, LOOSER)
    await new.say("make that 9 percent", channel="socket")
    await new.say("yes", channel="socket")
    assert new.state.preferences.risk.daily_loss_limit_pct in (3, 5)


async def test_a_yes_counts_for_its_own_caller_alone(new: Visit) -> None:
    """Two processes at the socket are one person; the yes of one says nothing to what the other was asked."""
    errands = new.house.errands
    ours = wire.asked("import settings", "trading: {max_open_positions: 12}", conversation="one")
    assert "10 → 12" in (await errands.run(ours))["reply"]["text"]
    await errands.run(wire.asked("trade for me", conversation="two"))
    assert (await errands.run(answering(ours, "yes")))["reply"]["text"].startswith("Done.")
    assert new.state.preferences.trading.max_open_positions == 12
    assert new.state.preferences.trading.autonomy is Autonomy.OFF
    assert (await errands.run(wire.asked("yes", conversation="two")))["reply"]["text"].startswith("Done: I now trade")


@pytest.mark.parametrize("word", ["yes", "no"])
async def test_an_answer_to_an_import_answers_nothing_else(invested: Visit, word: str) -> None:
    """Neither a trade that waits, nor what was asked later in the same place."""
    await invested.say("ask me before every trade")
    await invested.until(lambda state: bool(state.proposals))
    errands, ours = invested.house.errands, wire.asked("import settings", LOOSER, conversation="one")
    await errands.run(ours)
    await errands.run(wire.asked("set max positions to 20", conversation="one"))
    reply = await errands.run(answering(ours, word))
    assert reply["reply"]["text"] == "There is nothing waiting for your answer."
    assert invested.state.proposals
    assert invested.state.preferences.trading.max_open_positions == 10


async def test_a_yes_to_an_import_is_no_yes_to_a_trade_that_waits(invested: Visit) -> None:
    await invested.say("ask me before every trade")
    await invested.until(lambda state: bool(state.proposals))
    errands, ours = invested.house.errands, wire.asked("import settings", LOOSER, conversation="one")
    await errands.run(ours)
    assert (await errands.run(answering(ours, "yes")))["reply"]["text"].startswith("Done.")
    assert invested.state.proposals
    assert invested.state.preferences.risk.daily_loss_limit_pct == 5


async def test_both_ways_are_in_the_journal(new: Visit) -> None:
    await brought(new, CAREFUL)
    await new.house.errands.run({"export": {}})
    facts = {one.topic.value: one.facts for one in new.events if isinstance(one, e.Witnessed)}
    assert facts["import"]["fields"] == ["risk.daily_loss_limit_pct", "risk.max_exposure_pct", "trading.watchlist"]
    assert facts["export"] == {"all": False}


# --- a real process


class Parley:
    """A folder, and the commands run on it as somebody would at a shell."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *arguments: str, given: str = "") -> tuple[int, str, str]:
        command = [sys.executable, "-m", "bot", *arguments, "--data", str(self.folder)]
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    def start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "bot", "--data", str(self.folder), "--plain", "--pace", "3600", "--for", "10m"]
        null, pipe = subprocess.DEVNULL, subprocess.PIPE
        child = subprocess.Popen(command, stdin=null, stdout=pipe, stderr=null)
        for _ in range(600):
            if (self.folder / "parley.sock").exists() or (self.folder / "socket").exists():
                return child
            time.sleep(0.05)
        raise AssertionError("it did not start")


def ended(child: "subprocess.Popen[bytes]", told: signal.Signals) -> None:
    child.send_signal(told)
    child.communicate(timeout=20)


@pytest.fixture(scope="module")
def parley(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parley]:
    """A process that owns a folder, while the tests of this file talk to it."""
    account = Parley(tmp_path_factory.mktemp("real") / "account")
    child = account.start()
    yield account
    ended(child, signal.SIGTERM)
    assert not (account.folder / "parley.sock").exists()


def test_commands_reach_the_running_process(parley: Parley, tmp_path: Path) -> None:
    assert (parley.folder / "parley.sock").stat().st_mode & 0o777 == 0o600
    code, out, _ = parley.run("say", "trade", "for", "me")
    assert (code, out.splitlines()[-1]) == (0, "[Yes] [No]")
    assert parley.run("say", "no")[1] == "All right, dropped: autonomy. Nothing was changed.\n"
    code, out, _ = parley.run("pair", "--role", "operator", "--minutes", "5")
    assert code == 0
    assert re.match(r"[A-Z2-9]{4}-[A-Z2-9]{4} lets one person in as operator, once, within 5 min\.", out)
    assert parley.run("people")[1].startswith("owner  terminal:local  since ")
    code, _, err = parley.run("role", "terminal:local", "viewer")
    assert code == 1
    assert err.startswith("terminal:local is the only owner, and an account needs one.")


def test_settings_go_out_and_in_by_the_command_line(parley: Parley, tmp_path: Path) -> None:
    looser = tmp_path / "looser.yaml"
    looser.write_text(LOOSER)
    code, out, err = parley.run("settings", "import", str(looser))
    assert code == 1
    assert "daily loss limit: 3% → 5%" in out
    assert out.endswith("All right, dropped: the daily loss limit and 1 more. Nothing was changed.\n")
    assert err == "nobody is here to say yes: add --yes if that is meant\n"
    code, out, _ = parley.run("settings", "import", "-", "--yes", given=LOOSER)
    assert code == 0
    assert "Done." in out
    assert parley.run("settings", "export", str(tmp_path / "out.yaml")) == (0, "", "")
    assert (tmp_path / "out.yaml").stat().st_mode & 0o777 == 0o600
    assert read((tmp_path / "out.yaml").read_text()) == {
        "risk.daily_loss_limit_pct": 5, "trading.watchlist": ["KO"]
    }  # fmt: skip
    code, out, _ = parley.run("settings", "import", "-", given="risk: {reserve_pct: 95}")
    assert (code, out) == (1, "The reserve cannot be 95%; possible is: from 0% to 90%. Nothing was changed.\n")
    assert parley.run("settings", "import", str(tmp_path / "gone.yaml"))[0] == 2


def test_a_yes_at_the_terminal(parley: Parley, tmp_path: Path) -> None:
    pexpect = pytest.importorskip("pexpect")
    file = tmp_path / "more.yaml"
    file.write_text("risk: {max_exposure_pct: 90}")
    arguments = ["-m", "bot", "settings", "import", str(file), "--data", str(parley.folder)]
    child = pexpect.spawn(sys.executable, arguments, env={**os.environ, "TERM": "dumb"}, encoding="utf-8", timeout=20)
    child.expect("Yes or no")
    child.expect("> ")
    child.sendline("yes")
    child.expect("Done")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_without_a_running_process_a_command_opens_the_account_itself(tmp_path: Path) -> None:
    alone = Parley(tmp_path / ("long" * 25) / "account")
    ended(alone.start(), signal.SIGTERM)
    assert alone.run("people")[1].startswith("owner  terminal:local  since ")
    code, out, err = alone.run("say", "trade for me")
    assert code == 1
    assert "Yes or no?" in out
    assert err == "no Parley is running that could wait for your answer: nothing was changed; start parley\n"
    child = alone.start()
    assert alone.run("say", "status")[1].startswith("PAPER · Mon 3 Feb 09:30")
    ended(child, signal.SIGKILL)
    assert (alone.folder / "socket").exists()
    assert alone.run("say", "status")[1].startswith("PAPER · Mon 3 Feb 09:30")
