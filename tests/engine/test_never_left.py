"""No order is left lying: whatever fails once while it is sent, it goes out once or ends as soon as all works again."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import execution as sending
from engine.core import commands as c
from engine.core.units import DOLLAR, money
from engine.core.words import OrderStatus, Side
from engine.loops import ask, recover
from tests.engine.scenes import NOON, House, an_outside, opened

Part = Callable[[House], tuple[Any, str]]

PARTS: Final[dict[str, Part]] = {
    "the store confirms": lambda house: (house.store, "confirm"),
    "the store saves": lambda house: (house.store, "save"),
    "the store loads": lambda house: (house.store, "load"),
    "the log": lambda _: (sending.log, "info"),
    "the kill switch": lambda house: (house.bus.latch, "thrown"),
    "sending": lambda house: (house.broker, "submit"),
    "cancelling": lambda house: (house.broker, "cancel"),
    "asking": lambda house: (house.broker, "find"),
    "fills": lambda house: (house.broker, "fills"),
    "the book": lambda house: (house.broker, "holdings"),
    "prices": lambda house: (house.market, "quotes"),
    "splits": lambda house: (house.market, "actions"),
    "the bus": lambda house: (house.bus, "do"),
    "holding": lambda house: (house.bus, "holds"),
    "booking": lambda house: (house.execution, "_book"),
    "recording": lambda house: (house.execution, "_record"),
    "collecting": lambda house: (house.execution, "_collected"),
    "settling": lambda house: (house.execution, "settle"),
}
FAILURES: Final = (OSError(28, "No space left on device"), RuntimeError("a bug"), TimeoutError())


class Breaks:
    """Stands before one part, and raises at one of its calls: before the part does anything, or after all is done."""

    def __init__(self, there: Any, name: str, number: int, error: Exception, *, late: bool) -> None:
        self._real, self._left, self._error, self._late = getattr(there, name), number, error, late
        self._undo: Callable[[], None] = lambda: delattr(there, name)
        setattr(there, name, self.calls if name in {"thrown", "info"} else self.awaits)

    def calls(self, *args: Any, **kwargs: Any) -> Any:
        self._left -= 1
        if self._left == 0:
            raise self._error
        return self._real(*args, **kwargs)

    async def awaits(self, *args: Any) -> Any:
        self._left -= 1
        now = self._left == 0
        if now and not self._late:
            raise self._error
        answer = await self._real(*args)
        if now:
            raise self._error
        return answer

    def mend(self) -> None:
        self._undo()


async def holding(*tickers: str) -> House:
    """A house that holds ten shares each."""
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    for day in range(20, 0, -1):
        closes = {"KO": money("60") + day % 2 * DOLLAR, "PEP": money("150") + day // 2 % 2 * DOLLAR}
        market.close(NOON - timedelta(days=day), closes)
    house = await opened(clock, market, broker)
    for ticker in tickers:
        await house.do(c.Buy(ticker=ticker, shares=10, by="owner"))
    assert {ticker: one.shares for ticker, one in house.state.positions.items()} == dict.fromkeys(tickers, 10)
    return house


async def attempted(house: House, command: c.Command) -> None:
    """Something is told to do it, which survives its failing, as every loop and every channel does."""
    with suppress(*map(type, FAILURES)):
        await house.do(command)


async def goes_on(house: House) -> None:
    """What happens of itself within two minutes."""
    for _ in range(2):
        await recover(house.crew)
        await ask(house.crew)


@pytest.mark.parametrize("part", PARTS)
@given(
    number=st.integers(1, 5),
    error=st.sampled_from(FAILURES),
    late=st.booleans(),
    sells=st.booleans(),
)
@settings(max_examples=12)
async def test_after_any_one_failure_each_order_goes_out_once_or_ends(
    part: str, number: int, error: Exception, *, late: bool, sells: bool
) -> None:
    house = await holding("KO")
    fault = Breaks(*PARTS[part](house), number, error, late=late)
    try:
        wanted = c.Sell(ticker="KO", shares=10, by="owner") if sells else c.Buy(ticker="PEP", shares=3, by="owner")
        await attempted(house, wanted)
    finally:
        fault.mend()
    meant = {row.decision_id for row in house.state.sent}
    await goes_on(house)
    sent = [order.client_order_id for order in house.broker.sent]
    assert len(sent) == len(set(sent))
    assert house.state.orders == {}
    assert house.health.ok
    held = await house.broker.holdings()
    assert held.shares == {ticker: one.shares for ticker, one in house.state.positions.items()}
    if len(meant) > 1 and sells:
        assert held.shares == {}


async def test_one_order_that_fails_keeps_no_other_from_the_broker() -> None:
    house = await holding("KO", "PEP")
    fault = Breaks(house.broker, "submit", 1, RuntimeError("a bug"), late=False)
    await house.do(c.Flatten(by="owner"))
    fault.mend()
    assert [order.ticker for order in house.broker.sent if order.side is Side.SELL] == ["PEP"]
    assert (house.health.ok, house.health.why) == (False, "an order could not be carried out: RuntimeError")
    await recover(house.crew)
    assert house.state.positions == {}
    assert house.health.ok


async def test_an_exit_that_never_went_out_is_sent_with_the_next_asking_though_all_seems_well() -> None:
    house = await holding("KO")
    house.bus._listeners.clear()  # nobody hears of it, as after a commit whose answer was lost
    await house.do(c.Sell(ticker="KO", shares=10, by="owner"))
    assert [order.status for order in house.state.orders.values()] == [OrderStatus.INTENDED]
    assert house.health.ok
    await ask(house.crew)
    assert house.state.positions == {}


async def test_an_entry_that_never_went_out_is_settled_when_it_is_found_so_twice() -> None:
    house = await holding()
    house.bus._listeners.clear()
    await house.do(c.Buy(ticker="KO", shares=3, by="owner"))
    await ask(house.crew)
    assert (len(house.state.orders), house.broker.sent) == (1, [])
    await ask(house.crew)
    assert house.state.orders == {}
    assert len(house.broker.sent) == len(house.state.positions)
