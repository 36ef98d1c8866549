import pytest

from engine.core import commands as c
from engine.core.preferences import patched
from engine.core.words import Autonomy
from skills.presets import PRESETS, Preset, use_preset
from tests.builders import a_state
from tests.engine.scenes import prefer
from tests.skills.views import a_view, words


def test_first_steps_asks_and_trades_little() -> None:
    """Only what differs is changed: a new account is conservative and buys in parts already."""
    assert use_preset(Preset(preset="first_steps"), a_view()) == c.ChangePreferences(
        patch={
            "trading.autonomy": Autonomy.ASK,
            "trading.max_daily_trades": 5,
            "trading.max_open_positions": 5,
            "risk.daily_loss_limit_pct": 1,
        }
    )


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_preset_is_possible_and_leaves_nothing_to_do(name: str) -> None:
    after = patched(prefer(), PRESETS[name])
    answer = use_preset(Preset.model_validate({"preset": name}), a_view(a_state(preferences=after)))
    assert words(answer) == "Nothing to change: the first steps settings are in force already."
