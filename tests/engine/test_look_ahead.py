"""Nobody looks ahead: a whole replay asks its market of no instant after the clock's, and the future changes nothing.

Market, strategies, engine and paper broker are the real ones, on real closes of the first months of 2020.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engine.adapters.example_strategies import Breakout, MeanReversion, Momentum
from engine.adapters.paper_broker import PaperBroker
from engine.adapters.replay_market import Halt, ReplayMarket
from engine.adapters.tables.closes import Closes, load_closes
from engine.core.abilities import Ability
from engine.core.happenings import CorporateAction
from engine.core.scene import Quote
from engine.core.session import Session
from engine.core.units import Money, Ticker, money
from engine.core.words import ActionKind
from tests.engine.scenes import Hands, House, opened, session_of, the_calendar

FIRST = session_of(date(2020, 2, 3))
LAST = session_of(date(2020, 2, 28))
"""Four weeks, the last of them the beginning of a fall."""


class LookedAhead(Exception):
    """Somebody asked the market of an instant that has not come."""


class Watched:
    """A market that answers nothing about the future, and remembers who asked."""

    def __init__(self, market: ReplayMarket, clock: Hands) -> None:
        self._market, self._clock = market, clock
        self.interval_s = market.interval_s
        self.abilities: frozenset[Ability] = market.abilities
        self.ends_at = market.ends_at
        self.looked_ahead: list[datetime] = []
        self.asked: set[str] = set()

    def tickers(self) -> frozenset[Ticker]:
        return self._market.tickers()

    async def quotes(self, at: datetime) -> Mapping[Ticker, Quote]:
        return await self._of("quotes", at).quotes(at)

    async def history(self, ticker: Ticker, at: datetime, sessions: int) -> Sequence[Money]:
        return await self._of("history", at).history(ticker, at, sessions)

    async def benchmark(self, at: datetime, ticker: Ticker) -> Money | None:
        return await self._of("benchmark", at).benchmark(at, ticker)

    async def actions(self, after: datetime, at: datetime) -> Sequence[CorporateAction]:
        return await self._of("actions", at).actions(after, at)

    async def halted(self, at: datetime) -> frozenset[Ticker]:
        return await self._of("halted", at).halted(at)

    def _of(self, question: str, at: datetime) -> ReplayMarket:
        self.asked.add(question)
        if at > self._clock.market():
            self.looked_ahead.append(at)
            raise LookedAhead(question)
        return self._market


@dataclass(frozen=True)
class Future:
    """What is printed, split and halted: all there is, and all there will be."""

    rows: Closes
    actions: tuple[CorporateAction, ...] = ()
    halts: tuple[Halt, ...] = ()


def an_action(number: int, ticker: str, session: Session, **changes: Any) -> CorporateAction:
    usual: dict[str, Any] = {"kind": ActionKind.SPLIT, "new": 2}
    return CorporateAction(
        id=f"{number}-{ticker}", ticker=ticker, ex_date=session.date, opens_at=session.opens_at, **usual | changes
    )


def as_printed() -> Future:
    """Real closes; three tickers as they would have been printed before a split in the second week, and a halt."""
    rows, split_on = load_closes(), session_of(date(2020, 2, 12))
    before = sum(1 for day in rows.dates if day < split_on.date)
    names = sorted(rows.prices)[:3]
    prices = {
        name: (*(price * 2 for price in row[:before]), *row[before:]) if name in names else row
        for name, row in rows.prices.items()
    }
    dividends = [
        an_action(9, name, split_on, kind=ActionKind.DIVIDEND, new=1, per_share=money("0.50")) for name in names
    ]
    halted = session_of(date(2020, 2, 24))
    return Future(
        Closes(rows.dates, prices, rows.benchmark),
        (*(an_action(1, name, split_on) for name in names), *dividends),
        tuple(Halt(name, halted.opens_at, halted.closes_at) for name in names),
    )


def otherwise(future: Future, last: Session, seed: int) -> Future:
    """The same up to a session, and something else altogether from then on."""
    chance, rows = Random(seed), future.rows
    kept = sum(1 for day in rows.dates if day <= last.date)

    def row(prices: Sequence[Money]) -> tuple[Money, ...]:
        return (*prices[:kept], *(max(100, int(price * chance.uniform(0.3, 3))) for price in prices[kept:]))

    prices = {name: row(prices) for name, prices in rows.prices.items()}
    coming = the_calendar().next_session(last.closes_at)
    actions = tuple(an_action(5, name, coming, new=7, old=3) for name in sorted(prices))
    halts = tuple(Halt(name, coming.opens_at, coming.closes_at) for name in sorted(prices)[::2])
    return Future(
        Closes(rows.dates, prices, row(rows.benchmark)),
        (*(one for one in future.actions if one.opens_at < coming.opens_at), *actions),
        (*(one for one in future.halts if one.since < coming.opens_at), *halts),
    )


async def replayed(future: Future, last: Session, book: Path) -> tuple[House, Watched]:
    """From the first session to the end of that one."""
    clock = Hands(FIRST.opens_at)
    market = ReplayMarket(future.rows, the_calendar(), future.actions, future.halts)
    watched = Watched(market, clock)
    paper = PaperBroker.open(book, watched, clock, the_calendar(), money("100000"))
    with closing(paper):
        sources = (Momentum(watched), MeanReversion(watched), Breakout(watched))
        outside: Any = (clock, watched, paper)
        house = await opened(*outside, sources=sources, ends_at=market.ends_at)
        await house.replay.begin()
        while clock.market() < last.closes_at + timedelta(minutes=5):
            before = clock.market()
            await house.replay.beat()
            assert house.health.ok, house.health.why
            assert clock.market() >= before
        assert await house.reconcile.run()
    return house, watched


async def test_nobody_asks_of_an_instant_that_has_not_come(tmp_path: Path) -> None:
    """In four weeks with splits, dividends, halts, entries and exits; every kind of question was asked."""
    house, watched = await replayed(as_printed(), LAST, tmp_path / "paper.db")
    assert watched.looked_ahead == []
    assert watched.asked == {"quotes", "history", "benchmark", "actions", "halted"}
    decisions = await house.store.decisions("paper", 10_000)
    assert sum(1 for one in decisions if one.acts) > 20
    assert len(house.state.trades) > 5
    assert len(house.state.actions) > 1
    assert not house.state.frozen


@pytest.mark.parametrize("last", [date(2020, 2, 4), date(2020, 2, 13), date(2020, 2, 19)], ids=date.isoformat)
async def test_other_rows_of_later_days_change_no_decision_of_before(tmp_path: Path, last: date) -> None:
    """Account, journal and decisions are the same to the hash."""
    session, known = session_of(last), as_printed()
    one, _ = await replayed(known, session, tmp_path / "one.db")
    two, _ = await replayed(otherwise(known, session, seed=last.day), session, tmp_path / "two.db")
    assert one.state == two.state
    assert await one.store.decisions("paper", 10_000) == await two.store.decisions("paper", 10_000)


async def test_a_session_later_other_rows_are_other_decisions(tmp_path: Path) -> None:
    session, coming, known = session_of(date(2020, 2, 4)), session_of(date(2020, 2, 5)), as_printed()
    one, _ = await replayed(known, coming, tmp_path / "one.db")
    two, _ = await replayed(otherwise(known, session, seed=4), coming, tmp_path / "two.db")
    assert one.state.head != two.state.head


async def test_whoever_looks_ahead_is_caught(tmp_path: Path) -> None:
    clock = Hands(FIRST.opens_at)
    market = Watched(ReplayMarket(load_closes(), the_calendar()), clock)
    ahead = FIRST.opens_at + timedelta(seconds=1)
    for question in (
        market.quotes(ahead),
        market.history("KO", ahead, 1),
        market.benchmark(ahead, "SPY"),
        market.actions(FIRST.opens_at, ahead),
        market.halted(ahead),
    ):
        with pytest.raises(LookedAhead):
            await question
    with closing(PaperBroker.open(tmp_path / "paper.db", market, clock, the_calendar(), 0)) as paper:
        await paper.holdings()
    assert market.looked_ahead == [ahead] * 5
