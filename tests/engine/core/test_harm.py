"""How much a command can hurt: every direction of every field, and an entry for all that people can say."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.core import commands as c
from engine.core.abilities import Ability
from engine.core.harm import HARM, LOOSER, NEUTRAL, harm_of, loosens, loosens_in_force, of_patch
from engine.core.hushing import HIDES
from engine.core.policy import DEFAULT_POLICY
from engine.core.preferences import Preferences, fields, patched
from engine.core.words import Harm, Role, Tier
from tests.builders import NOON
from tests.engine.scenes import a_scene, an_account, done, prefer

USUAL = Preferences()
CALM = an_account(preferences=USUAL)

TIGHT_TO_LOOSE: dict[str, list[Any]] = {
    "trading.autonomy": ["off", "ask", "auto"],
    "trading.risk_tolerance": ["conservative", "moderate", "aggressive"],
    "trading.universe": ["watchlist_only", "any"],
    "trading.min_confidence": [0.9, 0.8, None],
    "trading.max_daily_trades": [1, 50, 500],
    "trading.max_open_positions": [1, 10, 100],
    "trading.position_size_pct": [1, 1.5, None],
    "trading.absolute_position_cap": [25, 50, None],
    "trading.capital_limit": [0, 5000, None],
    "risk.max_position_pct": [1, 3, None],
    "risk.max_exposure_pct": [10, 80, 100],
    "risk.max_sector_pct": [1, 5, None],
    "risk.stop_loss_pct": [1, 5, None],
    "risk.take_profit_pct": [1, 5, None],
    "risk.max_drawdown_pct": [5, 15, 50],
    "risk.daily_loss_limit_pct": [1, 3, 10],
    "risk.single_position_loss_pct": [1, 10, 50],
    "trading.excluded_tickers": [["KO", "PEP"], ["KO"], []],
    "trading.excluded_sectors": [["energy", "utilities"], ["energy"], []],
    "trading.asset_classes": [["equities"], ["equities", "etfs"], ["equities", "etfs", "options"]],
    "trading.after_hours": [False, True],
    "trading.pre_market": [False, True],
    "trading.micro_trading": [False, True],
    "trading.settlement": ["cash", "margin"],
    "strategy.auto_deploy_optimised": [False, True],
    "strategy.max_strategies": [1, 5, 50],
    "strategy.auto_pause_underperforming": [True, False],
    "strategy.underperformance_pct": [1, 5, 50],
    "market_data.options": [False, True],
    "market_data.futures": [False, True],
}
ABLE = a_scene(abilities=frozenset(Ability))
"""Broker, market and engine can do whatever there is."""


def test_every_field_has_a_direction_or_is_neutral() -> None:
    paths = {field.path for field in fields()}
    assert set(LOOSER) | set(HIDES) | NEUTRAL == paths
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


@pytest.mark.parametrize(
    ("path", "own", "bound"),
    [
        ("trading.min_confidence", 0.7, 0.9),
        ("trading.position_size_pct", 10, 1.0),
        ("risk.max_position_pct", 20, 3.0),
        ("risk.max_sector_pct", 30, 10.0),
    ],
)
def test_a_value_that_the_tier_overrides_allows_nothing_more_when_it_goes(path: str, own: float, bound: float) -> None:
    """A conservative account: at least 0.75 sure, usually 2 %, at most 5 % in a company and 20 % in a sector."""
    overridden, binding = patched(USUAL, {path: own}), patched(USUAL, {path: bound})
    assert of_patch({path: None}, overridden) is Harm.NEUTRAL
    assert of_patch({path: None}, binding) is Harm.RISKIER
    assert of_patch({path: own}, binding) is Harm.RISKIER
    assert of_patch({path: None, "risk.daily_loss_limit_pct": 5}, overridden) is Harm.RISKIER
    assert of_patch({path: None, "trading.risk_tolerance": "moderate"}, overridden) is Harm.RISKIER
    assert not loosens_in_force(overridden, USUAL, DEFAULT_POLICY)
    assert loosens_in_force(binding, USUAL, DEFAULT_POLICY)


def test_the_tier_is_the_houses_own() -> None:
    """Where a conservative account may hold 30 % in a company, a limit of one's own of 20 % binds."""
    wide = DEFAULT_POLICY.tiers[Tier.CONSERVATIVE]._replace(max_position=0.3, max_sector=0.4)
    policy = DEFAULT_POLICY._replace(tiers={**DEFAULT_POLICY.tiers, Tier.CONSERVATIVE: wide})
    account = an_account(preferences=patched(USUAL, {"risk.max_position_pct": 20}))
    lifted = c.ChangePreferences(patch={"risk.max_position_pct": None})
    assert harm_of(lifted, account) is Harm.NEUTRAL
    assert harm_of(lifted, account, policy) is Harm.RISKIER


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
    c.ResolveBreaker,
    c.EndPause,
    c.RecordOrder,
    c.RecordFill,
    c.TakeSnapshot,
    c.Summarise,
    c.FreezeTicker,
    c.ThawTicker,
    c.Note,
    c.EndTerm,
    c.EndMutes,
    c.RecordTransfer,
    c.Admit,
    c.Witness,
    c.BuyTranche,
    c.TimeOutOrder,
    c.RaiseAlert,
    c.MoveTier,
    c.LiquidateReserve,
    c.RearmEmergency,
    c.MarkReserve,
    c.TakeAction,
    c.TrimPositions,
    c.GiveUpParts,
    c.WarnOfExit,
    c.NoteDifference,
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
        (c.MoveCash(amount=1), Harm.NEUTRAL),
        (c.ResetAccount(), Harm.GRAVE),
        (c.Invite(code="", role=Role.VIEWER, lapses_at=NOON), Harm.GRAVE),
        (c.SetRole(person="Ann", role=Role.OWNER), Harm.GRAVE),
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
        ABLE,
    )
    assert harm_of(c.UndoChanges(), tightened) is Harm.RISKIER
    loosened = done(
        replace(CALM, preferences=prefer(**{**plain, path.replace(".", "__"): near})),
        c.ChangePreferences(patch={path: loose}),
        ABLE,
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


# --- settings for a time

EXPOSURE = "risk.max_exposure_pct"
MONDAY, TUESDAY, FRIDAY = (NOON + timedelta(days=days) for days in (3, 4, 7))


def for_a_time(value: float, until: datetime | None) -> c.ChangePreferences:
    return c.ChangePreferences(patch={EXPOSURE: value}, until=until)


def test_a_change_for_a_time_has_the_class_of_the_change() -> None:
    """What its end brings back is agreed with it."""
    assert harm_of(for_a_time(50, FRIDAY), CALM) is Harm.SAFER
    assert harm_of(for_a_time(90, FRIDAY), CALM) is Harm.RISKIER


@pytest.mark.parametrize(
    ("now", "asked", "until", "harm"),
    [
        (90, 90, FRIDAY, Harm.RISKIER),
        (90, 90, None, Harm.RISKIER),
        (90, 90, MONDAY, Harm.NEUTRAL),
        (90, 85, FRIDAY, Harm.RISKIER),
        (90, 85, TUESDAY, Harm.SAFER),
        (90, 70, None, Harm.SAFER),
        (50, 50, FRIDAY, Harm.NEUTRAL),
        (50, 50, None, Harm.NEUTRAL),
        (50, 50, MONDAY, Harm.RISKIER),
        (50, 60, TUESDAY, Harm.RISKIER),
        (50, 40, FRIDAY, Harm.SAFER),
    ],
)
def test_staying_looser_longer_and_going_back_sooner_are_riskier(
    now: float, asked: float, until: datetime | None, harm: Harm
) -> None:
    """From 80 for good to `now` until Tuesday, and then something else."""
    state = done(CALM, for_a_time(now, TUESDAY))
    assert harm_of(for_a_time(asked, until), state) is harm


def test_undoing_a_change_for_a_time_has_the_class_of_what_comes_back() -> None:
    assert harm_of(c.UndoChanges(), done(CALM, for_a_time(50, TUESDAY))) is Harm.RISKIER
    assert harm_of(c.UndoChanges(), done(CALM, for_a_time(90, TUESDAY))) is Harm.SAFER


def test_undoing_what_made_a_change_last_brings_back_its_end() -> None:
    """A tight value that was to stay goes back to the looser one: that needs a yes."""
    tight = done(done(CALM, for_a_time(50, TUESDAY)), for_a_time(50, None))
    assert harm_of(c.UndoChanges(), tight) is Harm.RISKIER
    loose = done(done(CALM, for_a_time(90, TUESDAY)), for_a_time(90, None))
    assert harm_of(c.UndoChanges(), loose) is Harm.NEUTRAL
    shorter = done(done(CALM, for_a_time(90, FRIDAY)), for_a_time(90, MONDAY))
    assert harm_of(c.UndoChanges(), shorter) is Harm.RISKIER
