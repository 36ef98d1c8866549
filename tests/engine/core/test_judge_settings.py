"""What an owner may set: whole patches, rules of business, and a rate."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core import commands as c
from engine.core import events as e
from engine.core.preferences import Preferences
from engine.core.refusals import Refusal
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.words import AccountKind, Autonomy, BreakerKind, Sector, Tier
from tests.builders import NOON, a_breaker
from tests.engine.scenes import a_scene, an_account, done, judged, prefer, refused


def setting(**fields: object) -> c.ChangePreferences:
    patch = {name.replace("__", "."): value for name, value in fields.items()}
    return c.ChangePreferences(patch=patch, by="owner", channel="terminal")


def after(**span: float) -> Scene:
    """Only people's time has passed."""
    return replace(a_scene(), wall=NOON + timedelta(**span))


CALM = an_account(preferences=Preferences())


def test_a_patch_is_set_whole_and_remembered_with_old_and_new() -> None:
    (event,) = judged(setting(risk__reserve_pct=30, trading__max_open_positions=4), CALM)
    assert isinstance(event, e.PreferencesChanged)
    assert event.change.fields == (("risk.reserve_pct", 20.0, 30.0), ("trading.max_open_positions", 10, 4))
    assert (event.change.by, event.change.at, event.change.seq) == ("owner", NOON, 1)
    changed = done(CALM, setting(risk__reserve_pct=30, trading__max_open_positions=4))
    assert (changed.preferences.risk.reserve_pct, changed.preferences.trading.max_open_positions) == (30, 4)
    assert changed.version == CALM.version + 1


def test_one_bad_field_changes_nothing_and_is_named_with_value_and_range() -> None:
    no = refused(setting(risk__reserve_pct=30, risk__max_drawdown_pct=95), CALM)
    assert no.code is Refusal.BAD_VALUE
    assert no.facts["field"] == "risk.max_drawdown_pct"
    assert no.facts["asked"] == 95
    assert "90" in no.facts["allowed"]


def test_what_is_so_already_is_told_with_its_value() -> None:
    no = refused(setting(risk__reserve_pct=20), CALM)
    assert no.code is Refusal.NOTHING_CHANGED


def test_only_fields_that_change_are_remembered() -> None:
    (event,) = judged(setting(risk__reserve_pct=20, risk__max_exposure_pct=70), CALM)
    assert isinstance(event, e.PreferencesChanged)
    assert [path for path, _, _ in event.change.fields] == ["risk.max_exposure_pct"]


def test_looser_limits_are_marked() -> None:
    for patch, loosened in (({"risk__max_exposure_pct": 90}, True), ({"risk__max_exposure_pct": 70}, False)):
        (event,) = judged(setting(**patch), CALM)
        assert isinstance(event, e.PreferencesChanged)
        assert event.loosened is loosened


def test_a_watchlist_with_a_ticker_that_has_no_price_is_refused_as_a_whole() -> None:
    no = refused(setting(trading__watchlist=["KO", "ZZZZ", "QQQQ"]), CALM)
    assert no.code is Refusal.NO_PRICE_HERE
    assert no.facts["tickers"] == ["QQQQ", "ZZZZ"]
    assert no.facts["others"] == ["KO"]
    watched = done(CALM, setting(trading__watchlist=["KO", "PEP"]))
    assert watched.preferences.trading.watchlist == ("KO", "PEP")


def test_a_ticker_that_has_no_price_any_more_can_still_be_taken_off() -> None:
    state = replace(CALM, preferences=prefer(trading__watchlist=["GONE", "KO"]))
    assert done(state, setting(trading__watchlist=["GONE"])).preferences.trading.watchlist == ("GONE",)


def test_only_what_has_a_price_can_be_compared_with() -> None:
    no = refused(setting(performance__benchmark="ZZZZ"), CALM)
    assert (no.code, no.facts) == (Refusal.NO_PRICE_HERE, {"tickers": ["ZZZZ"], "others": None})
    for known in ("KO", "SPX"):
        assert done(CALM, setting(performance__benchmark=known)).preferences.performance.benchmark == known
    back = replace(CALM, preferences=prefer(performance__benchmark="KO"))
    assert done(back, setting(performance__benchmark="SPY")).preferences.performance.benchmark == "SPY"


# --- contradictions

SECTORS_BUT_ONE = [sector for sector in Sector if sector is not Sector.ENERGY]


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        ({"trading__asset_classes": []}, Refusal.NO_ASSET_CLASS),
        ({"trading__order_types": []}, Refusal.NO_ORDER_TYPE),
        ({"trading__excluded_sectors": list(Sector)}, Refusal.ALL_SECTORS_EXCLUDED),
        ({"trading__universe": "watchlist_only"}, Refusal.EMPTY_UNIVERSE),
        (
            {"trading__universe": "watchlist_only", "trading__watchlist": ["KO"], "trading__excluded_tickers": ["KO"]},
            Refusal.EMPTY_UNIVERSE,
        ),
    ],
)
def test_settings_under_which_nothing_could_be_bought_are_refused(patch: dict[str, object], code: Refusal) -> None:
    assert refused(setting(**patch, risk__reserve_pct=5), CALM).code is code


def test_all_sectors_but_one_may_be_excluded() -> None:
    assert done(CALM, setting(trading__excluded_sectors=SECTORS_BUT_ONE))


WATCHING = an_account(preferences=prefer(trading__universe="watchlist_only", trading__watchlist=["KO", "PEP"]))


@pytest.mark.parametrize(
    "patch",
    [
        {"trading__watchlist": []},
        {"trading__excluded_tickers": ["KO", "PEP"]},
        {"trading__excluded_sectors": ["consumer_staples"]},
        {"trading__asset_classes": ["etfs"]},
    ],
)
def test_when_nothing_that_is_watched_may_be_bought_nothing_may(patch: dict[str, object]) -> None:
    no = refused(setting(**patch), WATCHING)
    assert no.code is Refusal.EMPTY_UNIVERSE
    assert no.facts["tickers"] == (None if "trading__watchlist" in patch else ["KO", "PEP"])
    assert done(WATCHING, setting(**patch, trading__universe="any"))


def test_one_watched_ticker_that_may_be_bought_is_enough() -> None:
    assert done(WATCHING, setting(trading__excluded_tickers=["KO"]))


def test_a_contradiction_that_stands_does_not_keep_other_things_from_being_set() -> None:
    stuck = an_account(preferences=prefer(trading__universe="watchlist_only"))
    assert done(stuck, setting(risk__reserve_pct=5)).preferences.risk.reserve_pct == 5


# --- risk tolerance


def test_tolerance_rises_one_step_at_a_time() -> None:
    no = refused(setting(trading__risk_tolerance="aggressive"), CALM)
    assert no.code is Refusal.TOLERANCE_ONE_STEP
    assert no.facts == {"old": "conservative", "asked": "aggressive", "possible": "moderate"}


def test_tolerance_rises_once_in_a_day_and_the_refusal_says_how_long_to_wait() -> None:
    state = done(CALM, setting(trading__risk_tolerance="moderate"))
    no = refused(setting(trading__risk_tolerance="aggressive"), state, after(hours=20))
    assert no.code is Refusal.TOLERANCE_COOLDOWN
    assert no.facts["wait"] == 4 * 3600
    refused(setting(trading__risk_tolerance="aggressive"), state, after(hours=23, minutes=59, seconds=59))
    risen = done(state, setting(trading__risk_tolerance="aggressive"), after(hours=24))
    assert risen.preferences.trading.risk_tolerance is Tier.AGGRESSIVE


def test_lowering_is_always_at_once() -> None:
    state = done(CALM, setting(trading__risk_tolerance="moderate"))
    state = replace(state, preferences=prefer(trading__risk_tolerance="aggressive"))
    assert done(state, setting(trading__risk_tolerance="conservative"), after(seconds=1))


def test_a_day_of_market_time_is_not_a_day() -> None:
    state = done(CALM, setting(trading__risk_tolerance="moderate"))
    next_week = replace(a_scene(NOON + timedelta(days=4)), wall=NOON + timedelta(minutes=5))
    assert refused(setting(trading__risk_tolerance="aggressive"), state, next_week).code is Refusal.TOLERANCE_COOLDOWN


def test_the_rise_is_remembered_for_a_day_however_much_is_changed_meanwhile() -> None:
    state = done(CALM, setting(trading__risk_tolerance="moderate"))
    for number in range(150):
        state = done(state, setting(risk__reserve_pct=number % 80 + 1), after(seconds=3 * number))
    no = refused(setting(trading__risk_tolerance="aggressive"), state, after(hours=23))
    assert no.code is Refusal.TOLERANCE_COOLDOWN


# --- autonomy


def test_acting_alone_needs_an_engine_that_is_well() -> None:
    assert refused(setting(trading__autonomy="auto"), CALM, a_scene(healthy=False)).code is Refusal.AUTO_NEEDS_HEALTH
    asking = done(CALM, setting(trading__autonomy="ask"), a_scene(healthy=False))
    assert asking.preferences.trading.autonomy is Autonomy.ASK


def test_acting_alone_needs_that_no_breaker_stands() -> None:
    standing = a_breaker(kind=BreakerKind.SINGLE_POSITION, ticker="KO")
    state = replace(CALM, breakers={(BreakerKind.SINGLE_POSITION, "KO"): standing})
    no = refused(setting(trading__autonomy="auto"), state)
    assert no.code is Refusal.AUTO_NEEDS_NO_BREAKER
    assert no.facts["kind"] == "single_position"
    assert no.facts["ticker"] == "KO"
    acting = replace(state, preferences=prefer())
    assert done(acting, setting(risk__reserve_pct=5)).preferences.trading.autonomy is Autonomy.AUTO


def test_acting_alone_with_real_money_is_refused_plainly() -> None:
    live = replace(CALM, kind=AccountKind.LIVE)
    assert refused(setting(trading__autonomy="auto"), live).code is Refusal.AUTO_NEEDS_CEREMONY
    assert done(live, setting(trading__autonomy="ask")).preferences.trading.autonomy is Autonomy.ASK


# --- by which message


def test_a_change_says_who_where_and_by_which_message() -> None:
    command = replace(setting(risk__reserve_pct=5), key="terminal:m7:2")
    (event,) = judged(command, CALM)
    assert isinstance(event, e.PreferencesChanged)
    change = event.change
    assert (change.by, change.channel, change.message, change.how) == ("owner", "terminal", "terminal:m7", "set")
    (paused, *_) = judged(c.PauseEntries(by="owner", channel="web", key="web:m8:0"), CALM)
    assert isinstance(paused, e.EntriesPaused)
    assert paused.change
    assert (paused.change.message, paused.change.channel) == ("web:m8", "web")


@pytest.mark.parametrize("key", [None, "", "autonomy"])
def test_a_command_without_a_message_makes_a_change_without_one(key: str | None) -> None:
    (event,) = judged(replace(setting(risk__reserve_pct=5), key=key), CALM)
    assert isinstance(event, e.PreferencesChanged)
    assert event.change.message is None


# --- how often


def many(count: int, apart_s: float) -> State:
    state = CALM
    for number in range(count):
        state = done(state, setting(risk__reserve_pct=number + 1), after(seconds=number * apart_s))
    return state


def test_thirty_changes_a_minute_and_then_the_wait_is_told() -> None:
    state = many(30, apart_s=1)
    no = refused(setting(risk__reserve_pct=77), state, after(seconds=40))
    assert no.code is Refusal.CHANGE_RATE
    assert no.facts == {"limit": 30, "wait": 20.0}
    assert done(state, setting(risk__reserve_pct=77), after(seconds=60)).preferences.risk.reserve_pct == 77


def test_what_was_put_back_and_putting_it_back_count_too() -> None:
    """Fifteen changes and fifteen undoings are thirty."""
    state = CALM
    for number in range(15):
        state = done(state, setting(risk__reserve_pct=50), after(seconds=2 * number))
        state = done(state, c.UndoChanges(), after(seconds=2 * number + 1))
    assert state.changes == ()
    for command in (setting(risk__reserve_pct=50), setting(risk__reserve_pct=51, trading__max_daily_trades=9)):
        assert refused(command, state, after(seconds=59)).code is Refusal.CHANGE_RATE
    assert done(state, setting(risk__reserve_pct=50), after(seconds=60))


def test_an_undoing_may_have_to_wait_too() -> None:
    state = many(30, apart_s=0.1)
    assert refused(c.UndoChanges(), state, after(seconds=4)).code is Refusal.CHANGE_RATE
    assert done(state, c.UndoChanges(), after(seconds=60))


def test_only_the_acts_of_the_last_minute_are_kept() -> None:
    state = many(40, apart_s=10)
    assert [(NOON + timedelta(seconds=390)) - at for at in state.acted_at] == [
        timedelta(seconds=seconds) for seconds in (50, 40, 30, 20, 10, 0)
    ]


def test_the_wait_counts_pauses_too_and_is_long_enough() -> None:
    """Pausing is never refused, so that more than thirty may stand in the minute."""
    state = many(30, apart_s=1)
    for number in range(10):
        until = NOON + timedelta(hours=number + 1)
        state = done(state, c.PauseEntries(until=until), after(seconds=30 + number))
    no = refused(setting(risk__reserve_pct=77), state, after(seconds=41))
    wait = no.facts["wait"]
    refused(setting(risk__reserve_pct=77), state, after(seconds=41 + wait - 0.001))
    assert done(state, setting(risk__reserve_pct=77), after(seconds=41 + wait))


@pytest.mark.parametrize("cap", [25, 25.5, "25.50", Decimal("25.50")])
def test_dollars_are_remembered_exactly(cap: object) -> None:
    (event,) = judged(setting(trading__absolute_position_cap=cap), CALM)
    assert isinstance(event, e.PreferencesChanged)
    assert Decimal(event.change.fields[0][2]) == Decimal(str(cap))
