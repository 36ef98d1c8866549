"""How much a command can hurt: every direction of every field, and an entry for all that people can say."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.core import commands as c
from engine.core.harm import HARM, LOOSER, NEUTRAL, harm_of, loosens, of_patch
from engine.core.preferences import Preferences, fields, patched
from engine.core.words import Harm
from tests.builders import NOON
from tests.engine.scenes import an_account, done, prefer

USUAL = Preferences()
CALM = an_account(preferences=USUAL)

TIGHT_TO_LOOSE: dict[str, list[Any]] = {
    "trading.autonomy": ["off", "ask", "auto"],
    "trading.risk_tolerance": ["conservative", "moderate", "aggressive"],
    "trading.universe": ["watchlist_only", "any"],
    "trading.min_confidence": [0.9, 0.7, None],
    "trading.max_daily_trades": [1, 50, 500],
    "trading.max_open_positions": [1, 10, 100],
    "trading.position_size_pct": [1, 5, None],
    "trading.absolute_position_cap": [25, 50, None],
    "trading.capital_limit": [0, 5000, None],
    "risk.max_position_pct": [1, 5, None],
    "risk.max_exposure_pct": [10, 80, 100],
    "risk.max_sector_pct": [1, 5, None],
    "risk.stop_loss_pct": [1, 5, None],
    "risk.take_profit_pct": [1, 5, None],
    "risk.max_drawdown_pct": [5, 15, 50],
    "risk.daily_loss_limit_pct": [1, 3, 10],
    "risk.single_position_loss_pct": [1, 10, 50],
}


def test_every_field_has_a_direction_or_is_neutral() -> None:
    paths = {field.path for field in fields()}
    assert set(LOOSER) | NEUTRAL == paths
    assert not set(LOOSER) & NEUTRAL
    assert set(TIGHT_TO_LOOSE) == set(LOOSER)


@pytest.mark.parametrize("path", TIGHT_TO_LOOSE)
def test_looser_is_riskier_and_tighter_is_safer_in_every_step(path: str) -> None:
    steps = TIGHT_TO_LOOSE[path]
    for place, tight in enumerate(steps):
        for loose in steps[place + 1 :]:
            before, after = patched(USUAL, {path: tight}), patched(USUAL, {path: loose})
            assert of_patch({path: loose}, before) is Harm.RISKIER
            assert of_patch({path: tight}, after) is Harm.SAFER
            assert loosens(before, after)
            assert not loosens(after, before)
        assert of_patch({path: tight}, patched(USUAL, {path: tight})) is Harm.NEUTRAL


def test_a_cap_of_zero_dollars_is_no_cap_at_all() -> None:
    """Sizing takes 0 for none: from $25 to $0 lifts the limit."""
    capped, uncapped = patched(USUAL, {"trading.absolute_position_cap": 25}), {"trading.absolute_position_cap": 0}
    assert of_patch(uncapped, capped) is Harm.RISKIER
    assert loosens(capped, patched(capped, uncapped))
    assert of_patch({"trading.absolute_position_cap": 25}, patched(USUAL, uncapped)) is Harm.SAFER
    assert not loosens(patched(USUAL, uncapped), USUAL)


@pytest.mark.parametrize(("path", "values"), [("trading.watchlist", [[], ["KO"]]), ("risk.reserve_pct", [0, 20, 90])])
def test_some_fields_are_neutral_both_ways(path: str, values: list[Any]) -> None:
    for old in values:
        for new in values:
            assert of_patch({path: new}, patched(USUAL, {path: old})) is Harm.NEUTRAL


def test_a_patch_is_as_harmful_as_its_worst_field() -> None:
    assert of_patch({"risk.max_exposure_pct": 50, "trading.autonomy": "ask"}, USUAL) is Harm.RISKIER
    assert of_patch({"risk.max_exposure_pct": 50, "risk.reserve_pct": 5}, USUAL) is Harm.NEUTRAL
    assert of_patch({"risk.max_exposure_pct": 50}, USUAL) is Harm.SAFER


def test_what_the_judge_refuses_needs_no_yes() -> None:
    assert of_patch({"risk.max_exposure_pct": 900}, USUAL) is Harm.NEUTRAL
    assert of_patch({"no.such": 1}, USUAL) is Harm.NEUTRAL


ENGINES_OWN = {
    c.OpenAccount,
    c.BeginSession,
    c.ReceiveRecommendation,
    c.Consider,
    c.AbandonRecommendation,
    c.LapseProposal,
    c.ExitPosition,
    c.RaiseStop,
    c.TripBreaker,
    c.ResolveBreaker,
    c.EndPause,
    c.RecordOrder,
    c.RecordFill,
    c.TakeSnapshot,
    c.Summarise,
    c.FreezeTicker,
    c.Note,
}


def commands() -> set[type[c.Command]]:
    """Every command there is."""
    named = [value for value in vars(c).values() if isinstance(value, type) and issubclass(value, c.Command)]
    return {*named} - {c.Command}


def test_every_command_is_a_persons_with_a_class_or_the_engines_own() -> None:
    assert set(HARM) | ENGINES_OWN == commands()
    assert not set(HARM) & ENGINES_OWN


def test_an_engines_own_command_has_no_class() -> None:
    with pytest.raises(KeyError):
        harm_of(c.BeginSession(), CALM)


@pytest.mark.parametrize(
    ("command", "harm"),
    [
        (c.PauseEntries(), Harm.SAFER),
        (c.StopEverything(), Harm.SAFER),
        (c.Reject(), Harm.SAFER),
        (c.Approve(), Harm.NEUTRAL),
        (c.ResumeEntries(), Harm.RISKIER),
        (c.ClosePosition(tickers=("KO",)), Harm.RISKIER),
        (c.ChangePreferences(patch={"trading.autonomy": "auto"}), Harm.RISKIER),
        (c.ChangePreferences(patch={"risk.max_exposure_pct": 20}), Harm.SAFER),
    ],
)
def test_a_command_has_its_class(command: c.Command, harm: Harm) -> None:
    assert harm_of(command, CALM) is harm


@pytest.mark.parametrize("path", TIGHT_TO_LOOSE)
def test_undo_takes_the_class_of_the_change_it_makes(path: str) -> None:
    tight, *_, loose = TIGHT_TO_LOOSE[path]
    near = TIGHT_TO_LOOSE[path][-2]
    plain = {"trading__autonomy": "off", "trading__watchlist": ("KO",)}
    tightened = done(
        replace(CALM, preferences=prefer(**{**plain, path.replace(".", "__"): loose})),
        c.ChangePreferences(patch={path: tight}),
    )
    assert harm_of(c.UndoChanges(), tightened) is Harm.RISKIER
    loosened = done(
        replace(CALM, preferences=prefer(**{**plain, path.replace(".", "__"): near})),
        c.ChangePreferences(patch={path: loose}),
    )
    assert harm_of(c.UndoChanges(), loosened) is Harm.SAFER


def test_undoing_a_pause_resumes_and_undoing_a_resumption_pauses() -> None:
    paused = done(CALM, c.PauseEntries())
    assert harm_of(c.UndoChanges(), paused) is Harm.RISKIER
    resumed = done(paused, c.ResumeEntries())
    assert harm_of(c.UndoChanges(), resumed) is Harm.SAFER
    longer = done(paused, c.PauseEntries(until=NOON + timedelta(hours=1)))
    assert harm_of(c.UndoChanges(), longer) is Harm.SAFER


def test_undoing_several_is_as_harmful_as_the_worst() -> None:
    neutral = done(CALM, c.ChangePreferences(patch={"risk.reserve_pct": 5}))
    assert harm_of(c.UndoChanges(), neutral) is Harm.NEUTRAL
    paused = done(neutral, c.PauseEntries())
    assert harm_of(c.UndoChanges(count=2), paused) is Harm.RISKIER
    assert harm_of(c.UndoChanges(field="risk.reserve_pct"), paused) is Harm.NEUTRAL
