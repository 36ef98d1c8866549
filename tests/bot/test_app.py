"""Putting the house together, and its commands' exit codes."""

import asyncio
from pathlib import Path

import pytest

from bot import app
from bot.config import Options, Settings
from bot.folder import DataFolder
from engine.adapters.instruments import load_instruments
from engine.core.units import money
from tests.journeys.house import Visit, copied, settings_of


def test_what_the_configuration_asks_of_the_engine(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path) as folder:
        plan = app.plan(settings_of(tmp_path), folder)
        assert (plan.database, plan.book) == (tmp_path / "parley.sqlite", tmp_path / "paper.sqlite")
        assert plan.cash == money(100_000)
        assert not plan.start_asked
        assert app.plan(settings_of(tmp_path, plan.start), folder).start_asked


def test_companies_are_called_by_their_names() -> None:
    instruments = load_instruments()
    assert app.company(instruments, "MSFT") == "Microsoft"
    assert app.company(instruments, "NOSUCH") == "NOSUCH"


async def test_the_line_at_the_bottom(new: Visit) -> None:
    engine, phrases = new.house.engine, new.house.phrases
    assert app.bottom_line(engine, phrases).strip() == (
        "PAPER · Mon 3 Feb 09:30 · $100,000.00 · 0 positions · autonomy off"
    )


async def test_the_line_at_the_bottom_of_an_account_that_trades(invested: Visit) -> None:
    assert "10 positions · autonomy auto" in app.bottom_line(invested.house.engine, invested.house.phrases)


async def test_the_line_at_the_bottom_counts_money_that_was_put_in(invested: Visit) -> None:
    engine, phrases, last = invested.house.engine, invested.house.phrases, invested.state.last
    assert last is not None
    await invested.say("put $5,000 of paper money in")
    told = app.bottom_line(engine, phrases)
    assert f"${(last.equity + money(5_000)) / 10_000:,.2f}" in told


async def test_what_makes_typing_easier(new: Visit, tmp_path: Path) -> None:
    from tests.journeys.house import the_language

    with DataFolder.open(tmp_path / "other") as folder:
        engine, phrases = new.house.engine, new.house.phrases
        comforts = app.comforts(engine, the_language(), phrases, Settings(), folder)
    assert "stop everything" in comforts.sentences
    assert "yes" not in comforts.sentences
    assert "MSFT" in comforts.tickers
    assert comforts.toolbar is not None
    assert comforts.toolbar().strip().startswith("PAPER")


async def test_the_first_words(new: Visit) -> None:
    await app.welcome(new.house)
    assert new.wall.pushed[-1].startswith("Parley · PAPER account, as you left it; autonomy is off.")
    assert [button.says for button in new.wall.buttons] == ["trade for me"]


async def test_somebody_who_left_at_once_leaves_everything_in_order(
    begun_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody reads: news wait, nothing is lost, and the exit code is 0."""
    from bot.channels.lines import ChannelClosed
    from tests.journeys.house import Wall, the_language

    class Gone(Wall):
        async def push(self, text: str, buttons: object = ()) -> None:
            raise ChannelClosed

    folder = copied(begun_files, tmp_path / "account")
    monkeypatch.setattr(app, "load_language", the_language)
    monkeypatch.setattr(app, "local_channel", lambda *_, **__: Gone())
    monkeypatch.setattr(app, "start_log", lambda *_: None)
    options = Options()
    asyncio.get_running_loop().call_later(0.05, options.stop.set)
    assert await app.chat(settings_of(folder), options) == 0
