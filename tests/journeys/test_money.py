"""Money put in, taken out, begun anew: what the owner sees of it, and what he is told of gains and losses."""

from pathlib import Path
from typing import Any

from engine.bus import Done
from engine.core import commands as c
from engine.core.units import money
from engine.core.valuation import reference
from engine.verify import verify_files
from tests.journeys.house import People, Visit, copied, visit


async def does(visitor: Visit, command: c.Command) -> None:
    assert isinstance(await visitor.house.engine.bus.do(command), Done)


async def gain(visitor: Visit, question: str) -> Any:
    return (await visitor.hear(question)).facts["pnl"]


async def test_money_put_in_changes_no_result(invested: Visit) -> None:
    before = [await gain(invested, question) for question in ("how am I doing?", "profit all time", "status")]
    limits = invested.house.engine.bus.state.peak
    await does(invested, c.MoveCash(amount=money(50_000), by="owner"))
    assert [await gain(invested, question) for question in ("how am I doing?", "profit all time", "status")] == before
    assert invested.state.peak > limits
    await does(invested, c.MoveCash(amount=money(-20_000), by="owner"))
    assert [await gain(invested, question) for question in ("how am I doing?", "profit all time", "status")] == before
    await invested.days(1)
    summary = (await invested.news())[-1]
    assert "since the start" in summary
    snapshots = invested.house.engine.history.snapshots
    assert snapshots[-1].contributed == money(130_000)
    assert sum(one.day_pnl for one in snapshots) == snapshots[-1].equity - money(130_000)


async def test_a_summary_says_what_was_moved(new: Visit) -> None:
    await new.until(lambda state: state.tally.session is not None)
    await does(new, c.MoveCash(amount=money(5_000), by="owner"))
    await new.days(1)
    assert "since the start · +$5,000.00 of paper money moved" in (await new.news())[-1]


async def test_an_account_begun_anew_begins_with_nothing_behind_it(
    invested_files: Path, tmp_path: Path, people: People
) -> None:
    """And so it is after a restart; it trades on, and its books hold together."""
    folder = copied(invested_files, tmp_path / "account")
    async with visit(folder, people) as account:
        held = len(account.state.positions)
        assert held
        await does(account, c.ResetAccount(by="owner"))
        told = await account.news()
        assert f"The account begins anew with $100,000.00. {held} positions gone." in told[-1]
        assert "No open positions" in await account.say("show my positions")
        await as_new(account)
    async with visit(folder, people) as account:
        await as_new(account)
        await account.days(2)
        state = account.state
        assert state.positions
        assert state.last is not None
        assert await gain(account, "profit all time") == state.last.equity - money(100_000)
        assert (state.frozen, state.transfers) == (frozenset(), ())
    report = verify_files(folder / "parley.sqlite", folder / "paper.sqlite")
    assert report.sound, report.as_text()


async def as_new(account: Visit) -> None:
    said = await account.hear("profit all time")
    assert (said.facts["pnl"], said.facts["trades"], said.facts["equity"]) == (0, 0, money(100_000))
    assert "$100,000.00 ($0.00, 0% today)" in await account.say("status")


async def result(visitor: Visit) -> float:
    """The session's result so far, as a fraction of what it is counted from."""
    view = await visitor.house.engine.view()
    before = reference(view.state)
    return (view.worth.equity - before) / before


async def test_an_alert_comes_at_once_for_a_new_mark_and_once_a_session(invested: Visit) -> None:
    while abs(await result(invested)) < 0.002:
        await invested.replay.beat()
    way, field = ("up", "gain_alert_pct") if await result(invested) > 0 else ("down", "loss_alert_pct")
    assert not [text for text in await invested.news() if "your mark is" in text]
    await does(invested, c.ChangePreferences(patch={f"performance.{field}": 0.1}, by="owner"))
    (told,) = [text for text in await invested.news() if "your mark is" in text]
    assert told.startswith("PAPER · ")
    assert f"The account is {way} $" in told
    assert "today; your mark is 0.1%. It stands at $" in told
    await does(invested, c.ChangePreferences(patch={f"performance.{field}": 0.2}, by="owner"))
    await invested.replay.beat()
    assert not [text for text in await invested.news() if "your mark is" in text]
