"""Dates of earnings and market events come in from files, and act before the answer is given; and a real process."""

import signal
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.wire import BadRequest
from engine.core import events as e
from engine.core.words import EventScope, Severity, StopReason
from tests.journeys.house import Visit
from tests.journeys.test_settings_file import Parley, ended

HEAD = "title,scope,target,severity,from,until\n"
WRONG = "Nothing was taken from that file. What has to be put right:\n"


async def brought(visitor: Visit, kind: str, document: str) -> dict[str, Any]:
    answer: dict[str, Any] = await visitor.house.errands.run({"import": {"kind": kind, "document": document}})
    return answer


def stops(visitor: Visit) -> dict[str, int]:
    return {ticker: held.stop for ticker, held in visitor.state.positions.items()}


async def test_dates_of_earnings_are_put_on_record_and_bring_stops_nearer_at_once(invested: Visit) -> None:
    ticker, before = next(iter(sorted(invested.state.positions))), stops(invested)
    session = (await invested.house.engine.bus.scene()).day.date
    answer = await brought(invested, "earnings", f"ticker,date\n{ticker},{session}\n{ticker},2021-04-21\n")
    assert answer["said"].startswith("Done: 2 dates of earnings on record for 1 company.")
    assert invested.state.earnings == {ticker: (session, date(2021, 4, 21))}
    moved = [one for one in invested.events if isinstance(one, e.StopMoved)]
    assert [(one.ticker, one.reason) for one in moved] == [(ticker, StopReason.EARNINGS)]
    assert stops(invested)[ticker] > before[ticker]
    assert {**stops(invested), ticker: before[ticker]} == before
    news = [one for one in await invested.news() if "its earnings are near" in one]
    assert len(news) == 1


async def test_an_event_brings_every_stop_that_it_touches_nearer_and_is_told(invested: Visit) -> None:
    before, now = stops(invested), invested.house.engine.clock.market()
    until = now + timedelta(days=3)
    answer = await brought(
        invested, "events", f"{HEAD}Fed decision,market,,high,{now.isoformat()},{until.isoformat()}\n"
    )
    assert answer["said"].startswith("Noted: Fed decision: high risk from ")
    (standing,) = invested.state.market_events
    assert (standing.scope, standing.severity, standing.source) == (EventScope.MARKET, Severity.HIGH, "csv")
    assert all(stop >= before[ticker] for ticker, stop in stops(invested).items())
    moved = {one.ticker for one in invested.events if isinstance(one, e.StopMoved) and one.reason is StopReason.EVENT}
    assert moved
    news = await invested.news()
    assert "PAPER" in news[0]
    assert "Market events: Fed decision: high risk from" in news[0]
    assert "as an event of high risk touches it" in "".join(news)


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        ("earnings", "ticker,date\nKO,2020-04-21\n"),
        ("events", f"{HEAD}Fed decision,market,,high,2020-02-03T11:00,2020-02-03T12:15\n"),
    ],
)
async def test_the_same_file_again_changes_nothing_and_is_no_error(new: Visit, kind: str, document: str) -> None:
    await brought(new, kind, document)
    before = new.state
    assert await brought(new, kind, document) == {"said": "All of that is so already; nothing was changed."}
    assert (new.state.earnings, new.state.market_events) == (before.earnings, before.market_events)


async def test_a_file_in_which_an_event_is_less_severe_waits_for_a_yes(new: Visit) -> None:
    line = "Fed decision,market,,{},2020-02-03T11:00,2020-02-03T12:15\n"
    await brought(new, "events", HEAD + line.format("high"))
    answer = await brought(new, "events", HEAD + line.format("low"))
    assert answer["said"].startswith("PAPER · Less risk than is noted?\n  Fed decision: high risk from ")
    assert [one.severity for one in new.state.market_events] == [Severity.HIGH]
    reply = await new.house.errands.run({"message": {"text": "yes"}})
    assert [one.severity for one in new.state.market_events] == [Severity.LOW], reply


async def test_the_replay_goes_to_the_end_of_an_event_and_says_that_it_is_over(new: Visit) -> None:
    """Market time is the replay's: 3 February 2020, in the morning."""
    document = f"{HEAD}Rumours,ticker,AAPL,medium,2020-02-03T11:00,2020-02-03T12:15\n"
    await brought(new, "events", document)
    await new.until(lambda state: not state.market_events, beats=20)
    assert new.house.engine.clock.market() == datetime(2020, 2, 3, 17, 15, tzinfo=UTC)
    assert "Over: Rumours: medium risk for AAPL" in "".join(await new.news())


@pytest.mark.parametrize(
    ("kind", "document", "said"),
    [
        (
            "earnings",
            "ticker,date\nKO,tomorrow\nTSLAA,2020-04-21\nKO,2020-04-21",
            WRONG + 'line 2: "tomorrow" is no date; write it as 2020-04-21\n'
            'line 3: "TSLAA" has no price in this market; correct the ticker, or leave the line out',
        ),
        (
            "events",
            f"{HEAD}Fed,planet,,high,2020-02-03T11:00,2020-02-03T12:15",
            WRONG + 'line 2: "planet" is no scope; it is one of market, sector and ticker',
        ),
        (
            "events",
            "",
            WRONG + "line 1: the first line must be title,scope,target,severity,from,until",
        ),
        ("events", f"{HEAD}Fed,market,,high,2019-02-03T11:00,2019-02-03T12:15", "Sun 3 Feb 12:15 has passed already;"),
    ],
)
async def test_a_bad_line_keeps_the_file_out_and_is_named(new: Visit, kind: str, document: str, said: str) -> None:
    answer = await brought(new, kind, document)
    assert answer["error"].startswith(said), answer["error"]
    assert (new.state.earnings, new.state.market_events) == ({}, ())


async def test_many_bad_lines_are_counted(new: Visit) -> None:
    answer = await brought(new, "earnings", "ticker,date\n" + "KO,soon\n" * 14)
    assert answer["error"].splitlines()[-2].startswith("line 11: ")
    assert answer["error"].splitlines()[-1] == "And 4 more."


async def test_what_was_brought_in_is_kept_and_witnessed(new: Visit) -> None:
    await brought(new, "earnings", "ticker,date\nKO,2020-04-21\n")
    facts = [one.facts for one in new.events if isinstance(one, e.Witnessed) and one.topic.value == "import"]
    assert facts == [{"kind": "earnings"}]
    assert await new.house.engine.store.load("paper") == new.state


async def test_an_unknown_kind_is_no_request(new: Visit) -> None:
    with pytest.raises(BadRequest, match="kind must be one of earnings, events"):
        await brought(new, "weather", "x")


def test_files_come_in_by_the_command_line(tmp_path: Path) -> None:
    """To the process that runs, and without one."""
    parley = Parley(tmp_path / "account")
    earnings, events = tmp_path / "earnings.csv", tmp_path / "events.csv"
    earnings.write_text("ticker,date\nKO,2020-04-21\n")
    events.write_text(f"{HEAD}Fed,market,,high,2020-03-03T09:30,2020-03-03T16:00\n")
    child = parley.start()
    try:
        code, out, err = parley.run("import", "earnings", str(earnings))
        assert (code, err) == (0, "")
        assert out.startswith("Done: 1 date of earnings on record for 1 company.")
        code, out, err = parley.run("import", "events", "-", given=events.read_text())
        assert (code, err) == (0, "")
        assert out.startswith("Noted: Fed: high risk from Tue 3 Mar 09:30 to Tue 3 Mar 16:00.")
        assert parley.run("import", "events", str(earnings))[0] == 1
    finally:
        ended(child, signal.SIGTERM)
    same = "All of that is so already; nothing was changed.\n"
    assert parley.run("import", "events", str(events)) == (0, same, "")


@pytest.mark.parametrize(
    "command", [["import", "earnings", "-"], ["say", "status"], ["people"], ["settings", "import", "-"]]
)
def test_a_folder_without_an_account_is_named_and_left_alone(tmp_path: Path, command: list[str]) -> None:
    for folder in (tmp_path / "typo", tmp_path):
        code, out, err = Parley(folder).run(*command, given="ticker,date\nKO,2020-04-21\n")
        assert (code, out) == (3, "")
        assert err == f"no account in {folder}: name its folder with --data DIR, or start parley there to begin one\n"
        assert list(tmp_path.iterdir()) == []
