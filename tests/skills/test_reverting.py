from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core.nouns import Change
from engine.core.preferences import FIELDS, Preferences, changed_from, patched, value_of
from engine.core.words import Tier
from engine.view import View
from skills.reverting import Category, Undo, reset_preferences, undo
from tests.builders import NOON, a_change, a_state
from tests.engine.scenes import prefer
from tests.skills.views import a_view, words

HOUR = timedelta(hours=1)
LOSS, WATCHED = "risk.daily_loss_limit_pct", "trading.watchlist"


def changed(*changes: Change, **own: Any) -> View:
    view = a_view(a_state(preferences=prefer(**own), changes=changes))
    view.history.changes.extend(changes)
    return view


def ago(hours: int, seq: int, path: str, old: object, new: object) -> Change:
    return a_change(seq=seq, at=NOON - hours * HOUR, fields=((path, old, new),))


TWICE = changed(
    ago(5, 1, WATCHED, (), ("KO",)),
    ago(3, 2, LOSS, 3.0, 2.0),
    ago(1, 3, LOSS, 2.0, 1.0),
    risk__daily_loss_limit_pct=1,
    trading__watchlist=("KO",),
)


def test_undo_is_of_the_last_message_of_several_changes_or_of_a_field() -> None:
    assert undo(Undo(), a_view()) == c.UndoChanges()
    assert undo(Undo(count=2), a_view()) == c.UndoChanges(count=2)
    assert undo(Undo(field=WATCHED), a_view()) == c.UndoChanges(field=WATCHED)


def test_as_it_was_at_an_instant_is_a_change_to_the_values_of_then() -> None:
    assert undo(Undo(as_of=NOON - 2 * HOUR), TWICE) == c.ChangePreferences(patch={LOSS: 2.0})
    assert undo(Undo(as_of=NOON - 4 * HOUR), TWICE) == c.ChangePreferences(patch={LOSS: 3.0})
    assert undo(Undo(as_of=NOON - 9 * HOUR, field=WATCHED), TWICE) == c.ChangePreferences(patch={WATCHED: ()})


@pytest.mark.parametrize("slots", [Undo(as_of=NOON), Undo(as_of=NOON - 4 * HOUR, field=WATCHED)])
def test_nothing_changed_since_then_is_said(slots: Undo) -> None:
    assert words(undo(slots, TWICE)).startswith("Nothing to put back: your settings are as they were on Fri 20 Nov ")


def test_a_reset_sets_what_differs_to_its_default() -> None:
    own = {"trading__watchlist": ("KO",), "risk__daily_loss_limit_pct": 1, "risk__stop_loss_pct": 5}
    view = a_view(a_state(preferences=prefer(trading__autonomy="off", **own)))
    assert reset_preferences(Category(category="risk"), view) == c.ChangePreferences(
        patch={"risk.stop_loss_pct": None, "risk.daily_loss_limit_pct": 3}
    )
    everything = reset_preferences(Category(), view)
    assert isinstance(everything, c.ChangePreferences)
    assert patched(view.state.preferences, everything.patch) == Preferences()


def test_a_reset_of_what_is_at_first_has_nothing_to_do() -> None:
    view = a_view(a_state(preferences=Preferences()))
    assert words(reset_preferences(Category(), view)) == "Nothing to reset: all settings are as they were at first."
    assert words(reset_preferences(Category(category="market_data"), view)) == (
        "Nothing to reset: all market data settings are as they were at first."
    )


CHOICES = {
    LOSS: (1.0, 2.0, 3.0),
    WATCHED: ((), ("KO",), ("KO", "PEP")),
    "trading.risk_tolerance": tuple(Tier),
    "risk.stop_loss_pct": (None, 5.0),
}


@given(
    st.lists(st.sampled_from([(path, value) for path, values in CHOICES.items() for value in values]), max_size=12),
    st.integers(0, 12),
)
def test_as_of_brings_back_exactly_the_settings_of_then(moves: list[tuple[str, Any]], hour: int) -> None:
    """One change an hour; as of any hour, the settings are those that stood then."""
    begins = datetime(2026, 11, 1, tzinfo=NOON.tzinfo)
    stood, changes = [Preferences()], []
    for number, (path, value) in enumerate(moves, 1):
        old = value_of(stood[-1], path)
        changes.append(a_change(seq=number, at=begins + number * HOUR, fields=((path, old, value),)))
        stood.append(patched(stood[-1], {path: value}))
    view = a_view(a_state(preferences=stood[-1]))
    view.history.changes.extend(changes)
    answer = undo(Undo(as_of=begins + hour * HOUR), view)
    then = stood[min(hour, len(moves))]
    if isinstance(answer, c.ChangePreferences):
        assert patched(stood[-1], answer.patch) == then
        assert set(answer.patch) == set(changed_from(stood[-1], then))
    else:
        assert then == stood[-1]


def test_every_default_can_be_set() -> None:
    assert patched(Preferences(), {path: field.default for path, field in FIELDS.items()}) == Preferences()


def test_a_midnight_is_the_end_of_the_day_before() -> None:
    midnight = datetime(2026, 11, 17, 5, 0, tzinfo=UTC)
    assert words(undo(Undo(as_of=midnight), a_view())) == (
        "Nothing to put back: your settings are as they were at the end of Mon 16 Nov 2026, by your own clock."
    )
