from engine.core import commands as c
from engine.core.words import Autonomy, Tier
from skills.settings import (
    Level,
    Setting,
    Tolerance,
    Undo,
    set_autonomy,
    set_preference,
    set_risk_tolerance,
    undo,
)
from tests.skills.views import a_view


def test_each_setting_is_a_change_of_one_field() -> None:
    view = a_view()
    assert set_risk_tolerance(Tolerance(tier=Tier.MODERATE), view) == c.ChangePreferences(
        patch={"trading.risk_tolerance": Tier.MODERATE}
    )
    assert set_autonomy(Level(level=Autonomy.ASK), view) == c.ChangePreferences(
        patch={"trading.autonomy": Autonomy.ASK}
    )
    setting = Setting(field="risk.daily_loss_limit_pct", value=2, unit="percent")
    assert set_preference(setting, view) == c.ChangePreferences(patch={"risk.daily_loss_limit_pct": 2})


def test_undo_of_the_last_of_several_or_of_a_field() -> None:
    assert undo(Undo(), a_view()) == c.UndoChanges(count=1)
    assert undo(Undo(count=2), a_view()) == c.UndoChanges(count=2)
    assert undo(Undo(field="trading.watchlist"), a_view()) == c.UndoChanges(field="trading.watchlist")
