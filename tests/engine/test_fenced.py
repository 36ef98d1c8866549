"""An engine whose account another process runs now: it does nothing any more, and says so."""

from dataclasses import replace
from typing import Any

from engine.core import commands as c
from engine.core.refusals import Refusal, Refused
from engine.core.words import Priority
from engine.loops import alarm, hold, recover
from engine.ports import Batch, Fenced, Unavailable
from tests.builders import an_order
from tests.engine.scenes import NOON, FrailStore, House, an_outside, opened
from tests.engine.test_bus import reserve
from tests.fakes import Fault


class TakenOver(FrailStore):
    """A store whose account another process took over; `server` says whether it can be asked about it."""

    server = True
    gone = False

    async def save(self, batch: Batch) -> None:
        if self.gone:
            raise Fenced("account paper is run by two now")
        await super().save(batch)

    async def confirm(self, _account: str) -> None:
        if self.down is not None:
            raise Unavailable("no answer in time")
        if self.gone and self.server:
            raise Fenced("account paper is run by two now")


async def a_house_to_lose() -> tuple[House, TakenOver]:
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    house = await opened(clock, market, broker)
    store = TakenOver(house.store)
    return await opened(clock, market, broker, house.store, kept=store), store


async def test_whoever_was_replaced_refuses_everything_for_good() -> None:
    house, store = await a_house_to_lose()
    store.gone = True
    outcome = await house.do(reserve(30))
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.facts) == (Refusal.FENCED, {"why": "account paper is run by two now"})
    store.gone = False  # whatever the store says later
    for command in (reserve(30), c.StopEverything(by="owner")):
        again = await house.do(command)
        assert isinstance(again, Refused)
        assert again.code is Refusal.FENCED
    assert house.bus.owed is None
    assert house.state.killed_at is None


async def test_whoever_was_replaced_never_recovers_and_cries_it_once() -> None:
    house, store = await a_house_to_lose()
    cried: list[Any] = []

    async def cry(announcement: Any) -> None:
        cried.append((announcement.event_type, announcement.priority, announcement.facts["why"]))

    house.crew.criers.append(cry)
    house.health.fails("the disk is full")
    await alarm(house.crew)
    store.gone = True
    await hold(house.crew)
    for _ in range(2):
        await alarm(house.crew)
        await recover(house.crew)
        house.health.fails("something else")
    assert cried == [("account_fenced", Priority.CRITICAL, "account paper is run by two now")]
    assert (house.health.ok, house.health.why) == (False, "account paper is run by two now")


async def test_whoever_was_replaced_sends_nothing_that_he_stored_before() -> None:
    """Between storing an intent and sending it he is asked once more whether the account is his."""
    for gone, code in ((True, Refusal.FENCED), (False, None)):
        house, store = await a_house_to_lose()
        store.down, store.gone = (None, True) if gone else (Fault.BEFORE, False)
        order = an_order()
        house.bus.state = replace(house.state, orders={order.client_order_id: order})
        await house.execution.send(order)
        await house.execution.cancel(order)
        assert house.broker.sent == []
        assert house.health.ok is False
        assert (house.bus.fenced is not None) is (code is Refusal.FENCED)
