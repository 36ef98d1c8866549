import pytest

from engine.core.commands import SetStrategy
from skills.strategy_switch import Switch, set_strategy
from tests.skills.views import a_view


@pytest.mark.parametrize("on", [True, False])
def test_a_strategy_is_switched_by_its_name_and_the_owners_word(on: bool) -> None:  # noqa: FBT001
    command = set_strategy(Switch(strategy="mean_reversion", on=on), a_view())
    assert command == SetStrategy(name="mean_reversion", on=on, why="owner", result=None)
