"""What goes wrong around the house: it says so, does nothing by halves, and goes on by itself."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.adapters.sql_store import SqlStore
from engine.bus import Done
from engine.core.words import Autonomy
from engine.execution import Execution
from engine.ports import Unavailable
from engine.verify import verify_files
from tests.journeys.house import People, Visit, copied, visit
from tests.journeys.test_kill import what_happened

NO_ROUTE = "the broker's book could not be read: no route to it. Nothing is entered; stops go on; I keep trying."


def store_of(visitor: Visit) -> SqlStore:
    store = visitor.house.engine.store
    assert isinstance(store, SqlStore)
    return store


def at_the_broker(visitor: Visit, change: str) -> None:
    """Somebody else does something with the account at its broker."""
    book = Path(store_of(visitor)._where).with_name("paper.sqlite")
    with closing(sqlite3.connect(book)) as connection, connection:
        connection.execute(change)


def sound(visitor: Visit) -> bool:
    """Whether journal, tables and both books hold together."""
    database = Path(store_of(visitor)._where)
    report = verify_files(database, database.with_name("paper.sqlite"))
    assert report.sound, report.as_text()
    return report.sound


@contextmanager
def full_disk(visitor: Visit) -> Iterator[None]:
    """Nothing can be written to the engine's database; reading goes on."""

    async def no_room(*_: Any, **__: Any) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    database = store_of(visitor)._database
    database.write = no_room  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        del database.write


async def test_a_full_disk_changes_nothing_and_says_so(invested: Visit) -> None:
    before = invested.state
    with full_disk(invested):
        said = await invested.say("watch apple")
        assert said.startswith("Nothing was changed: it could not be stored (no room to write ")
        assert invested.state is before
        await invested.seconds_pass()
        await invested.seconds_pass()
        (told,) = invested.wall.pushed
        assert told.startswith("PAPER · The engine is not well: no room to write ")
        assert "Nothing is entered and NOTHING IS SOLD until that is over" in told
        assert "The engine is not well" in await invested.say("status")
        await invested.recovers()
        assert "The engine is not well" in await invested.say("status")
    await invested.recovers()
    assert "The engine is not well" not in await invested.say("status")
    assert [text for text in await invested.news() if "well again" in text]
    assert "now watching AAPL" in await invested.say("watch apple")


async def test_a_full_disk_in_the_middle_of_trading_loses_nothing(
    begun_files: Path, tmp_path: Path, people: People
) -> None:
    """Writes fail in the middle of turns, snapshots and recommendations; the account does what it would have done."""
    chance, failures = random.Random(7), 0
    for name in ("whole", "torn"):
        async with visit(copied(begun_files, tmp_path / name), people) as account:
            await account.news()
            await account.agree("trade for me")
            store, save, fails_in = store_of(account), store_of(account).save, 10**9

            async def sometimes(batch: Any) -> None:
                nonlocal fails_in
                fails_in -= 1
                if fails_in <= 0:
                    raise Unavailable("the disk is full")
                await save(batch)  # noqa: B023  # called within this round only

            store.save = sometimes  # type: ignore[method-assign]
            last = (await account.house.engine.view()).scene.upcoming[4].date
            while account.state.last is None or account.state.last.session < last or not account.state.tally.summarised:
                fails_in = chance.randint(1, 12) if name == "torn" else 10**9
                await account.replay.beat()
                fails_in = 10**9
                failures += not account.well()
                await account.recovers()
    assert failures > 10
    whole, torn = what_happened(tmp_path / "whole"), what_happened(tmp_path / "torn")
    assert torn == whole
    assert verify_files(tmp_path / "torn/parley.sqlite", tmp_path / "torn/paper.sqlite").sound


async def test_news_that_cannot_be_marked_as_shown_is_not_shown_again(invested: Visit) -> None:
    await invested.say("stop everything")
    await invested.agree("resume")
    await invested.agree("set my daily loss limit to 4 percent")
    with full_disk(invested):
        for _ in range(3):
            with pytest.raises(Unavailable):
                await invested.house.notifier.flush()
    assert len([text for text in await invested.news() if "Limits are looser" in text]) == 1


async def test_stop_everything_holds_even_when_it_cannot_be_stored(invested: Visit) -> None:
    with full_disk(invested):
        said = await invested.say("stop everything")
        assert said.startswith("STOPPED: nobody enters anything. It could not be stored yet (no room to write ")
        at = invested.house.engine.clock.market()
        await invested.replay.beat()
        assert invested.house.engine.clock.market() == at
        await invested.recovers()
        assert not invested.killed()
    await invested.recovers()
    assert invested.killed()
    assert "The kill switch has stood since" in await invested.say("status")
    await invested.seconds_pass()
    entries = invested.state.tally.entries
    await invested.days(1)
    assert not invested.state.tally.entries
    assert entries


async def test_a_silent_broker_is_told_and_stop_everything_works_meanwhile(
    invested: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = invested.house.engine.crew.reconcile._execution.line.broker

    async def silent(*_: Any) -> None:
        raise Unavailable("no route to it")

    with monkeypatch.context() as patch:
        for call in ("submit", "fills", "find", "holdings", "cancel"):
            patch.setattr(type(broker), call, silent)
        await invested.until(lambda _: not invested.well(), beats=3)
        await invested.seconds_pass()
        (told,) = [text for text in await invested.news() if "not well" in text]
        assert "the broker did not answer: no route to it" in told
        assert "cannot trade by myself" not in await invested.say("status")
        assert (await invested.say("stop everything")).startswith("STOPPED.")
        await invested.recovers()
        assert not invested.well()
    await invested.recovers()
    assert invested.well()
    assert invested.killed()


async def test_autonomy_cannot_be_raised_while_the_engine_is_not_well(new: Visit) -> None:
    new.house.engine.health.fails("the broker does not answer")
    assert "cannot trade by myself yet" in await new.say("trade for me")


async def test_an_order_whose_answer_was_lost_is_bought_once(new: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    await new.agree("trade for me")
    broker = new.house.engine.crew.reconcile._execution.line.broker
    submit, sent = type(broker).submit, 0

    async def mute(self: Any, order: Any) -> Any:
        nonlocal sent
        sent += 1
        await submit(self, order)
        raise Unavailable("the line broke")

    with monkeypatch.context() as patch:
        patch.setattr(type(broker), "submit", mute)
        await new.until(lambda state: not new.well())
    assert sent == 1
    await new.recovers()
    await new.days(1)
    bought = [text for text in await new.news() if "Bought" in text]
    assert len({text.split(" of ")[1].split(" at ")[0] for text in bought}) == len(bought) == 3


async def test_a_skill_that_raises_is_answered(invested: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr("skills.status.held_back", broken)
        reply = await invested.hear("status")
        assert reply.text.startswith("Something went wrong on my side and your message was not carried out.")
        assert reply.speech
    assert "positions open" in await invested.say("status")


async def test_a_listener_that_raises_takes_nothing_with_it(invested: Visit) -> None:
    async def broken(_: Done) -> None:
        raise RuntimeError("a bug")

    invested.house.engine.bus._listeners.insert(0, broken)
    assert "now watching AAPL" in await invested.say("watch apple")
    await invested.days(1)
    assert any("Fri 7 Feb 2020" in text for text in await invested.news())


async def test_a_loop_that_raises_is_told_once_and_runs_again(invested: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Execution, "collect", lambda _: 1 / 0)
        for _ in range(4):
            await invested.replay.beat()
        told = [text for text in await invested.news() if "failed" in text]
        assert (
            'PAPER · "decide recommendations" failed with ZeroDivisionError; it is in the log and runs again next time.'
            in told
        )
        assert len(told) == len(set(told)), "each loop that failed is named once"
    await invested.days(1)
    assert 'PAPER · "decide recommendations" runs again.' in await invested.news()


async def test_an_evaluation_that_raises_becomes_a_skip_and_the_others_go_on(
    new: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.core.evaluate import decision
    from engine.core.judge import entries

    def broken(case: Any, name: str) -> Any:
        if case.recommendation.ticker == "XOM":
            raise RuntimeError("a bug")
        return decision(case, name)

    monkeypatch.setattr(entries, "decision", broken)
    await new.agree("trade for me")
    await new.days(1)
    assert new.state.positions.keys() == {"UNH", "CVX"}
    said = await new.say("why didn't you buy Exxon?")
    assert "Something went wrong while it was examined (RuntimeError); nothing was done." in said


async def test_degraded_at_the_start_it_says_so_and_goes_on_when_it_can(
    invested_files: Path, tmp_path: Path, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.adapters.paper_broker import PaperBroker

    async def silent(*_: Any) -> None:
        raise Unavailable("no route to it")

    with monkeypatch.context() as patch:
        patch.setattr(PaperBroker, "holdings", silent)
        async with visit(copied(invested_files, tmp_path / "account"), people) as account:
            told = [text for text in await account.news() if "not well" in text]
            assert told == ["PAPER · The engine is not well: " + NO_ROUTE]
            assert account.state.preferences.trading.autonomy is Autonomy.AUTO
            assert "PAPER · 10 positions" in await account.say("show my positions")
            patch.undo()
            await account.recovers()
            assert any("well again" in text for text in await account.news())
            await account.days(1)


async def test_a_book_that_is_not_this_accounts_is_told(invested_files: Path, tmp_path: Path, people: People) -> None:
    """Exits only, retried, and two ways out of which one works by talking."""
    folder = copied(invested_files, tmp_path / "account")
    for file in folder.glob("paper.sqlite*"):
        file.unlink()
    async with visit(folder, people) as account:
        (told,) = [text for text in await account.news() if "not well" in text]
        assert "put its file, paper.sqlite, back from a copy" in told
        await account.recovers()
        assert not account.well()
        await account.say("reset the paper account")
        await account.say("reset paper")
        await account.recovers()
        assert account.well()
        await account.days(1)


async def test_a_difference_in_cash_stops_entries_until_the_owner_takes_the_brokers_word(invested: Visit) -> None:
    at_the_broker(invested, "UPDATE book SET cash = cash - 50000")
    await invested.house.engine.crew.reconcile.run()
    (told,) = [text for text in await invested.news() if "in cash" in text]
    assert "To take the broker's number for true: \"accept the broker's cash\"." in told
    assert "The broker's cash (" in await invested.say("status")
    assert "$5.00 less count as taken out." in await invested.say("accept the broker's cash")
    assert "$5.00 count as taken out." in await invested.say("yes")
    assert invested.state.differences == ()
    await invested.house.engine.crew.reconcile.run()
    assert await invested.news() == []
    assert sound(invested)


async def test_a_difference_in_shares_freezes_that_ticker_only(invested: Visit) -> None:
    before = invested.state.positions["KO"].shares
    at_the_broker(invested, "UPDATE holdings SET shares = shares + 1 WHERE ticker = 'KO'")
    await invested.house.engine.crew.reconcile.run()
    assert invested.state.frozen == {"KO"}
    (told,) = [text for text in await invested.news() if "frozen" in text]
    assert told.startswith("PAPER · The broker has ")
    await invested.house.engine.crew.reconcile.run()
    assert await invested.news() == []
    assert "The broker's book is not ours on KO" in await invested.say("status")
    assert "KO is frozen" in await invested.say("buy 1 share of coke")
    assert "There is no difference" not in await invested.agree("accept the broker's numbers for coke")
    assert (invested.state.frozen, invested.state.positions["KO"].shares) == (frozenset(), before + 1)
    at_the_broker(invested, f"UPDATE holdings SET shares = {before - 2} WHERE ticker = 'KO'")
    await invested.house.engine.crew.reconcile.run()
    await invested.agree("accept the broker's numbers for coke")
    other = min(invested.house.engine.tickers - invested.state.positions.keys())
    at_the_broker(invested, f"INSERT INTO holdings SELECT account, '{other}', 7, since FROM holdings LIMIT 1")
    await invested.news()
    await invested.house.engine.crew.reconcile.run()
    (told,) = await invested.news()
    assert f"The broker has 7 shares of {other}, our book 0 shares" in told
    await invested.agree(f"accept the broker's numbers for {other}")
    assert invested.state.positions["KO"].shares == before - 2
    assert sound(invested)
    await invested.days(1)
    assert sound(invested)
    await invested.house.engine.crew.reconcile.run()
    assert invested.state.differences == ()
    assert "do not differ on KO" in await invested.say("accept the broker's numbers for coke")


async def test_what_was_known_last_is_told_as_such_while_the_store_is_silent(invested: Visit) -> None:
    """Settings can be looked at, not changed; the account is as it was once the store is back."""
    stale = "The database does not answer: this is what I knew last, and nothing can be changed until it does.\n"
    before = await invested.say("show my settings")
    store = store_of(invested)
    save, ask = store.save, store.preferences

    async def silent(*_: Any) -> Any:
        raise Unavailable("the disk is gone")

    store.save = store.preferences = silent  # type: ignore[method-assign,assignment]
    assert (await invested.say("watch apple")).startswith("Nothing was changed: it could not be stored")
    assert await invested.say("show my settings") == stale + before
    store.save, store.preferences = save, ask  # type: ignore[method-assign]
    await invested.recovers()
    invested.house.engine.known.doubt()
    assert await invested.say("show my settings") == before
