"""Many paper accounts opened as one program: whose files they are, and by what terms they trade."""

from datetime import date
from pathlib import Path

import pytest

from bot.folder import DataFolder, FolderBusy
from engine.adapters.paper_broker import Terms
from engine.core.policy import DEFAULT_POLICY
from engine.core.units import money
from engine.core.words import OrderType
from engine.ports import Held
from engine.wiring import Plan
from engine.wiring.fleet import open_fleet
from tests.engine.adapters.floor import a_buy

NAMES = ("ann", "bob")


def a_plan(folder: Path, terms: Terms) -> Plan:
    return Plan(
        database=folder / "parley.sqlite",
        book=folder / "paper.sqlite",
        start=date(2020, 2, 3),
        start_asked=False,
        cash=money("10000"),
        policy=DEFAULT_POLICY,
        terms=terms,
    )


async def test_a_folder_is_one_fleets_and_its_orders_pay_what_the_terms_say(tmp_path: Path) -> None:
    plan = a_plan(tmp_path, Terms(fee_per_order=money("7"), kinds=frozenset({OrderType.MARKET})))
    async with open_fleet(plan, NAMES) as replay:
        with pytest.raises(Held, match="another process runs on"):
            async with open_fleet(plan, ["carol"]):
                pass
        with pytest.raises(FolderBusy):
            DataFolder.open(tmp_path)
        await replay.beat()
        crew = replay.fleet.crews["ann"]
        scene = await crew.bus.scene()
        assert {one.value for one in scene.abilities} >= {"market_orders"}
        assert {one.value for one in scene.abilities}.isdisjoint({"limit_orders", "stop_orders"})
        broker = crew.step._execution.line.broker
        before = (await broker.holdings()).cash
        await broker.submit(a_buy("one", 1))
        (fill,) = await broker.fills(None)
        assert (await broker.holdings()).cash == before - fill.price - money("7")
    with DataFolder.open(tmp_path), pytest.raises(Held):
        async with open_fleet(plan, NAMES):
            pass
    async with open_fleet(plan, NAMES) as again:
        assert sorted(again.fleet.crews) == ["ann", "bob"]
