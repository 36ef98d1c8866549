"""The page of settings says who reads each, and what of it is not to be had here."""

import pytest

from bot.reference import HERE, not_here, preferences
from engine.core.preferences import FIELDS
from tests.journeys.house import Visit


async def test_what_can_be_had_here_is_what_broker_and_market_have(new: Visit) -> None:
    view = await new.house.engine.view()
    assert view.scene.abilities == HERE


def test_every_setting_names_its_reader() -> None:
    assert [path for path, field in FIELDS.items() if not field.read_by] == []
    assert len(list(preferences())) == len(FIELDS)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("risk.daily_loss_limit_pct", ""),
        ("trading.gradual_entry", ""),
        ("market_data.level2", "this market shows last prices, not the order book."),
        ("trading.settlement", "this broker lends no money; only settled cash is used."),
    ],
)
def test_what_is_not_here_is_said_with_its_reason(path: str, why: str) -> None:
    assert not_here(FIELDS[path]) == why


def test_of_a_list_only_what_is_not_here_is_named() -> None:
    kinds = not_here(FIELDS["trading.asset_classes"])
    assert kinds.startswith("options: options are neither priced nor traded here")
    assert "equities:" not in kinds
    assert not_here(FIELDS["trading.order_types"]) == ""
