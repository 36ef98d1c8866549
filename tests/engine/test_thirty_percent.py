"""Two thousand orders at a broker that fails three times in ten: all are settled, none is doubled, to the cent."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.bus import Done
from engine.core import commands as c
from engine.core import events as e
from engine.core.nouns import Fill
from engine.core.policy import DEFAULT_POLICY
from engine.core.units import money
from engine.core.words import OrderStatus, Side
from engine.loops import recover
from engine.ports import Unavailable
from engine.reconcile import our_book
from tests.engine.scenes import House, an_outside, opened, the_calendar
from tests.fakes import FakeBroker

TICKERS = ("AAPL", "JNJ", "JPM", "KO", "XOM")
FAULTY = 0.3
FRIDAY = datetime(2026, 11, 20, 15, tzinfo=UTC)
PATIENT = DEFAULT_POLICY._replace(repeat_seconds=0, orders_a_minute=1_000)


class Trouble:
    """The broker behind a line that fails at random: before or after what was asked, by reset, time-out or refusal to
    tell; executions come late, twice, or in another order."""

    def __init__(self, broker: FakeBroker, chance: random.Random) -> None:
        self._broker, self._chance = broker, chance
        self.faulty = FAULTY
        self.met: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._broker, name)
        return self._failing(name, found) if name in ("submit", "find", "cancel", "holdings") else found

    def _failing(self, name: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def tried(*args: Any) -> Any:
            fails = self._chance.random() < self.faulty
            before, error = self._chance.random() < 0.5, self._error()
            if fails and before:
                self.met[f"{name} before"] += 1
                raise error
            answer = await call(*args)
            if fails:
                self.met[f"{name} after"] += 1
                raise error
            return answer

        return tried

    def _error(self) -> Exception:
        return self._chance.choice(
            [Unavailable("503 Service Unavailable"), ConnectionResetError("reset by peer"), TimeoutError()]
        )

    async def fills(self, after: str | None) -> Sequence[Fill]:
        found = list(await self._broker.fills(after))
        if self._chance.random() >= self.faulty or not found:
            return found
        kind = self._chance.choice(["late", "doubled", "shuffled", "lost"])
        self.met[f"fills {kind}"] += 1
        if kind == "lost":
            raise self._error()
        if kind == "late":
            return found[: self._chance.randrange(len(found))]
        found = found * 2 if kind == "doubled" else found
        self._chance.shuffle(found)
        return found


class Life:
    """An owner who buys and sells at random, at a broker in trouble."""

    def __init__(self, house: House, trouble: Trouble, chance: random.Random) -> None:
        self.house, self.trouble, self._chance = house, trouble, chance
        self.events: list[e.Event] = []
        self.intended: list[str] = []
        house.bus.listen(self.write_down)

    async def write_down(self, done: Done) -> None:
        self.events += done.events
        self.intended += [one.order.client_order_id for one in done.events if isinstance(one, e.OrderIntended)]

    async def wishes(self) -> None:
        """One order, at another price, some minutes later; now and then it is filled in parts or taken back."""
        house, ticker = self.house, self._chance.choice(TICKERS)
        house.market.show(house.clock.market(), {ticker: money(50) + self._chance.randrange(-90, 91) * 100})
        house.broker.holds_back = self._chance.random() < 0.3
        held = house.state.positions.get(ticker)
        if held is not None and self._chance.random() < 0.6:
            await house.do(c.Sell(ticker=ticker, shares=self._chance.randint(1, held.shares), by="owner"))
        else:
            await house.do(c.Buy(ticker=ticker, shares=self._chance.randint(1, 9), by="owner"))
        self._in_parts()
        if self._chance.random() < 0.1:
            await house.do(c.CancelOrders(by="owner"))
        house.clock.forward(timedelta(seconds=20))

    def _in_parts(self) -> None:
        broker = self.house.broker
        for order in broker._waiting():
            left = order.shares - broker._receipts[order.client_order_id].filled_shares
            if left > 1 and (order.side is Side.BUY or broker._shares.get(order.ticker, 0) >= order.shares):
                broker.execute(order.client_order_id, left // 2, money(50))

    async def goes_on(self) -> None:
        """What the loops do: recover when unwell, look at the books now and then; a night passes before the close."""
        await recover(self.house.crew)
        if self._chance.random() < 0.1:
            await self.house.reconcile.run()
        scene = await self.house.bus.scene()
        if scene.session is None or scene.at > scene.session.closes_at - timedelta(minutes=45):
            now = self.house.clock.market()
            ahead = the_calendar().sessions(now.date(), (now + timedelta(9)).date())
            self.house.clock.market_now = next(one.opens_at for one in ahead if one.opens_at > now) + timedelta(hours=1)
            self.house.market.show(self.house.clock.market(), dict.fromkeys(TICKERS, money(50)))

    async def settles(self) -> None:
        self.trouble.faulty, self.house.broker.holds_back = 0.0, False
        for _ in range(3):
            await recover(self.house.crew)
            assert await self.house.reconcile.run()


@pytest.mark.parametrize("orders", [120, pytest.param(2_000, marks=pytest.mark.slow)])
async def test_three_faults_in_ten_lose_no_order_and_double_none(orders: int) -> None:
    chance = random.Random(30 + orders)
    clock, market, broker = an_outside(FRIDAY, dict.fromkeys(TICKERS, "50"), "1000000")
    for day in range(20, 0, -1):
        market.close(FRIDAY - timedelta(days=day), dict.fromkeys(TICKERS, money(50) + day % 2 * 10_000))
    trouble = Trouble(broker, chance)
    house = await opened(clock, market, broker, door=trouble, cash="1000000", autonomy="off", policy=PATIENT)
    life = Life(house, trouble, chance)
    while len(life.intended) < orders:
        await life.wishes()
        await life.goes_on()
        assert house.state.frozen == frozenset()
        assert house.state.difference(None) is None
    await life.settles()
    assert all(trouble.met[f"{kind} {when}"] for kind in ("submit", "find") for when in ("before", "after"))
    assert all(trouble.met[f"fills {kind}"] for kind in ("late", "doubled", "shuffled", "lost"))
    assert our_book(house.state) == await broker.holdings()
    assert house.state.orders == {}
    assert max(Counter(order.client_order_id for order in broker.sent).values()) == 1
    filled = Counter(event.fill.execution_id for event in life.events if isinstance(event, e.Filled))
    assert filled.keys() == {fill.execution_id for fill in broker._fills}
    assert set(filled.values()) == {1}
    ended = Counter(
        event.order.client_order_id
        for event in life.events
        if isinstance(event, e.OrderUpdated) and not event.order.status.is_open
    )
    assert ended.keys() | {event.order.client_order_id for event in life.events if isinstance(event, e.Filled)} == set(
        life.intended
    )
    assert OrderStatus.IN_DOUBT in {event.order.status for event in life.events if isinstance(event, e.OrderUpdated)}
