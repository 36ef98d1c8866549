"""Every gate, by who asked: the state that makes exactly it fail, its reason, and the line it leaves."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from engine.core import commands as c
from engine.core.case import Case
from engine.core.evaluate import decision
from engine.core.events import Decided
from engine.core.gates import BUY_GATES, SELL_GATES
from engine.core.judge import Ground
from engine.core.lots import Unsettled
from engine.core.nouns import Decision, Difference, Pause, Recommendation
from engine.core.policy import DEFAULT_POLICY
from engine.core.preferences import patched
from engine.core.scene import Scene
from engine.core.standing import StrategyStanding
from engine.core.state import State, Tally
from engine.core.units import money
from engine.core.words import AccountKind, BreakerKind, Origin, Side, Skip
from tests.builders import a_breaker, a_decision, a_plan, a_proposal, a_recommendation, an_order
from tests.engine.scenes import (
    DAY,
    DAY_S,
    INSTRUMENTS,
    NOON,
    TODAY,
    a_holding,
    a_scene,
    an_account,
    holding,
    judged,
    prefer,
)

NAMES = [gate.name for gate in BUY_GATES]


@dataclass(frozen=True)
class Setting:
    """All that a gate looks at."""

    state: State
    scene: Scene
    wanted: Recommendation

    def decided(self, origin: Origin = Origin.RECOMMENDED, shares: int = 0) -> Decision:
        ground = Ground(self.state, self.scene, DEFAULT_POLICY)
        case = Case(self.wanted, origin, self.state, self.scene, ground.limits, DEFAULT_POLICY, ground.worth, shares)
        return decision(case, "d1")


PASSING = Setting(an_account(), a_scene(), a_recommendation(confidence=0.8))


def with_state(**changes: object) -> Setting:
    return replace(PASSING, state=replace(PASSING.state, **changes))  # type: ignore[arg-type]


def with_scene(scene: Scene) -> Setting:
    return replace(PASSING, scene=scene, wanted=replace(PASSING.wanted, generated_at=TODAY.opens_at))


def with_wanted(**changes: object) -> Setting:
    return replace(PASSING, wanted=replace(PASSING.wanted, **changes))  # type: ignore[arg-type]


def standing(kind: BreakerKind, ticker: str | None = None) -> Setting:
    return with_state(breakers={(kind, ticker): a_breaker(kind=kind, ticker=ticker)})


def declining() -> Setting:
    """One position of one, 3 % under what was paid for it."""
    return replace(
        PASSING,
        state=holding(an_account(), a_holding("PEP", entry="150", shares=10)),
        scene=a_scene(prices={"KO": "60", "PEP": "145.50"}),
    )


def crowded() -> Setting:
    """Ten names taken: eight held, one being bought, one asked about."""
    held = [a_holding(f"T{number}", entry="1", shares=1) for number in range(8)]
    state = holding(an_account(), *held)
    buying = an_order(ticker="T8", client_order_id="paper-d8-1")
    asked = a_proposal(decision=a_decision(id="d9", ticker="T9"))
    state = replace(state, orders={"paper-d8-1": buying}, proposals={"d9": asked})
    return replace(PASSING, state=state, scene=a_scene(prices={"KO": "60", **{f"T{n}": "1" for n in range(8)}}))


def fallen() -> Setting:
    """16 % under the peak, against 15 allowed."""
    return with_state(peak=PASSING.state.cash * 100 // 84)


def held_as_micro() -> Setting:
    return replace(PASSING, state=holding(an_account(), a_holding("KO", shares=1, micro=True)))


def tenth_is_made() -> Setting:
    """Ten micro-trades of ten, and an idea for a day."""
    tally = Tally(session=DAY, entries=10, micro=10)
    setting = with_state(preferences=prefer(trading__micro_trading=True), tally=tally)
    return replace(setting, wanted=replace(setting.wanted, window="1d"))


def waiting_for_money() -> Setting:
    """Ten dollars are settled of a hundred thousand, and a share costs sixty."""
    return with_state(unsettled=(Unsettled(money("99990"), TODAY.date + timedelta(days=3)),))


def three_day_trades() -> Setting:
    """Under $25,000 on margin: the first was made on the Monday, five sessions ago with today."""
    monday, thursday = PASSING.scene.recent[-4].date, PASSING.scene.recent[-1].date
    state = an_account("20000", preferences=prefer(trading__settlement="margin"), day_trades=(monday, thursday, DAY))
    return replace(PASSING, state=state)


BROKEN: dict[str, tuple[Skip, Setting, tuple[object, object]]] = {
    "duplicate": (Skip.DUPLICATE, with_state(decided={PASSING.wanted.id: None}), (None, None)),
    "autonomy": (Skip.AUTONOMY_OFF, with_state(preferences=prefer(trading__autonomy="off")), ("off", None)),
    "engine_healthy": (Skip.DEGRADED, with_scene(a_scene(healthy=False)), (None, None)),
    "killed": (Skip.KILLED, with_state(killed_at=NOON), (None, None)),
    "paused": (Skip.PAUSED, with_state(pause=Pause(since=NOON, until=None)), (None, None)),
    "breaker": (Skip.BREAKER, standing(BreakerKind.DAILY_LOSS), ("daily_loss", 0.03)),
    "ticker_cooldown": (Skip.TICKER_COOLDOWN, standing(BreakerKind.SINGLE_POSITION, "KO"), (0.034, 0.03)),
    "frozen": (Skip.FROZEN, with_state(frozen=frozenset({"KO"})), (None, None)),
    "books": (Skip.CASH_DIFFERS, with_state(differences=(Difference(None, 1, 2, NOON),)), (2, 1)),
    "halted": (Skip.HALTED, with_scene(a_scene(halted=frozenset({"KO"}))), (None, None)),
    "mode": (Skip.MODE, with_state(kind=AccountKind.LIVE), ("live", None)),
    "asset_class": (
        Skip.ASSET_CLASS,
        with_state(preferences=prefer(trading__asset_classes=["etfs", "reits"])),
        ("equities", "etfs, reits"),
    ),
    "excluded": (Skip.EXCLUDED, with_state(preferences=prefer(trading__excluded_tickers=["KO"])), (None, None)),
    "sector": (
        Skip.SECTOR_EXCLUDED,
        with_state(preferences=prefer(trading__excluded_sectors=["consumer_staples"])),
        ("consumer_staples", None),
    ),
    "universe": (
        Skip.NOT_ON_WATCHLIST,
        with_state(preferences=prefer(trading__universe="watchlist_only", trading__watchlist=["PEP"])),
        ("watchlist_only", None),
    ),
    "strategy": (
        Skip.STRATEGY_OFF,
        with_state(strategies={"momentum": StrategyStanding(name="momentum", on=False, at=NOON, why="owner")}),
        ("momentum", None),
    ),
    "kind": (Skip.OTHER_KIND, held_as_micro(), ("standard", "micro")),
    "micro_daily": (Skip.MICRO_LIMIT, tenth_is_made(), (10, 10)),
    "micro_trading": (Skip.MICRO_OFF, with_wanted(window="intraday", generated_at=NOON), ("intraday", None)),
    "window": (Skip.WINDOW, with_scene(a_scene(TODAY.opens_at + timedelta(minutes=14, seconds=59))), (None, None)),
    "age": (Skip.STALE, with_wanted(generated_at=NOON - timedelta(days=6)), (None, None)),
    "daily_trades": (Skip.DAILY_LIMIT, with_state(tally=Tally(session=DAY, entries=50)), (50, 50)),
    "open_positions": (Skip.MAX_POSITIONS, crowded(), (10, 10)),
    "broad_decline": (Skip.BROAD_DECLINE, declining(), (1, 1)),
    "drawdown": (Skip.MAX_DRAWDOWN, fallen(), (pytest.approx(0.16), 0.15)),
    "settlement": (Skip.UNSETTLED, waiting_for_money(), (money("10"), money("60"))),
    "day_trades": (Skip.DAY_TRADES, three_day_trades(), (3, 3)),
}


def test_all_gates_let_a_good_buy_pass_and_each_leaves_its_line_in_order() -> None:
    decided = PASSING.decided()
    assert decided.acts
    assert decided.shares > 0
    assert [line.step for line in decided.trace[: len(NAMES)]] == NAMES


def test_the_gates_stand_in_the_order_of_the_page() -> None:
    page = [
        *("duplicate", "autonomy", "engine_healthy", "killed", "paused", "breaker", "ticker_cooldown", "books"),
        *(
            "frozen",
            "halted",
            "mode",
            "asset_class",
            "excluded",
            "sector",
            "universe",
            "strategy",
            "micro_trading",
            "kind",
        ),
        *("window", "age", "daily_trades", "micro_daily", "open_positions"),
        *("broad_decline", "drawdown", "settlement", "day_trades"),
    ]
    assert page == NAMES
    assert sorted(BROKEN) == sorted(NAMES), "every gate has a state that breaks it"


@pytest.mark.parametrize("name", NAMES)
def test_a_gate_that_fails_names_reason_value_and_limit_and_ends_the_trace(name: str) -> None:
    reason, setting, (value, limit) = BROKEN[name]
    decided = setting.decided()
    assert decided.reason is reason
    assert decided.shares == 0
    assert [line.step for line in decided.trace] == NAMES[: NAMES.index(name) + 1]
    assert [line.outcome for line in decided.trace] == ["ok"] * NAMES.index(name) + ["reject"]
    last = decided.trace[-1]
    assert (last.value, last.limit) == (value, limit)


@pytest.mark.parametrize("name", NAMES)
def test_an_approved_proposal_passes_all_but_what_was_settled_when_it_was_asked(name: str) -> None:
    reason, setting, _ = BROKEN[name]
    decided = setting.decided(Origin.PROPOSAL)
    settled = {"duplicate", "mode", "daily_trades", "open_positions"}
    assert decided.acts if name in settled else decided.reason is reason


@pytest.mark.parametrize("name", NAMES)
def test_a_later_part_passes_all_but_what_was_settled_by_the_first(name: str) -> None:
    reason, setting, _ = BROKEN[name]
    decided = setting.decided(Origin.TRANCHE, shares=5)
    settled = {"duplicate", "mode", "daily_trades", "micro_daily", "open_positions"}
    assert decided.acts if name in settled else decided.reason is reason


@pytest.mark.parametrize("name", ["daily_trades", "open_positions"])
def test_a_place_once_taken_is_not_asked_for_again_by_a_later_part(name: str) -> None:
    decided = BROKEN[name][1].decided(Origin.TRANCHE, shares=5)
    assert decided.shares == 5
    assert name not in {line.step for line in decided.trace}


def as_micro(setting: Setting) -> Setting:
    """The same before an idea for a day, on an account that trades such in minutes."""
    preferences = patched(setting.state.preferences, {"trading.micro_trading": True})
    state = replace(setting.state, preferences=preferences)
    return replace(setting, state=state, wanted=replace(setting.wanted, window="1d"))


STANDARD_HELD = replace(PASSING, state=holding(an_account(), a_holding("KO", shares=1)))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "micro_trading"])
def test_p34_a_micro_trade_is_stopped_by_every_gate_that_stops_a_standard_one(name: str) -> None:
    """One that is off stops none that is a micro-trade; the kind that it may not join is the standard one."""
    reason, setting, _ = BROKEN[name]
    setting = as_micro(STANDARD_HELD if name == "kind" else setting)
    pending = replace(setting.state, pending={setting.wanted.id: setting.wanted})
    (event,) = judged(c.Consider(recommendation_id=setting.wanted.id), pending, setting.scene)
    assert isinstance(event, Decided)
    assert (event.decision.reason, event.decision.micro, event.decision.shares) == (reason, True, 0)
    assert [line.step for line in event.decision.trace] == NAMES[: NAMES.index(name) + 1]


def test_p34_nothing_but_its_kind_lets_a_micro_trade_pass() -> None:
    decided = as_micro(PASSING).decided()
    assert (decided.acts, decided.micro) == (True, True)
    assert [line.step for line in decided.trace[: len(NAMES)]] == NAMES


@pytest.mark.parametrize(
    ("window", "on", "reason", "micro"),
    [
        ("intraday", True, Skip.NONE, True),
        ("1d", True, Skip.NONE, True),
        ("7d", True, Skip.NONE, False),
        ("intraday", False, Skip.MICRO_OFF, False),
        ("1d", False, Skip.NONE, False),
    ],
)
def test_ideas_for_minutes_or_a_day_are_micro_trades_where_the_owner_trades_such(
    window: str, reason: Skip, *, on: bool, micro: bool
) -> None:
    state = an_account(preferences=prefer(trading__micro_trading=on))
    wanted = replace(PASSING.wanted, window=window, generated_at=TODAY.opens_at if window == "1d" else NOON)
    decided = replace(PASSING, state=state, wanted=wanted).decided()
    assert (decided.reason, decided.micro) == (reason, micro)


def test_what_is_being_bought_has_a_kind_too() -> None:
    micro = an_order(micro=True)
    assert with_state(orders={"x": micro}).decided().reason is Skip.OTHER_KIND
    assert as_micro(with_state(orders={"x": micro})).decided().reason is not Skip.OTHER_KIND
    assert as_micro(with_state(orders={"x": replace(micro, micro=False)})).decided().reason is Skip.OTHER_KIND
    assert with_state(orders={"x": replace(micro, ticker="PEP")}).decided().acts
    parts = as_micro(with_state(tranches=(a_plan(),)))
    assert parts.decided().reason is Skip.OTHER_KIND
    assert as_micro(with_state(orders={"x": replace(micro, micro=False, side=Side.SELL)})).decided().acts


@pytest.mark.parametrize("origin", [Origin.TRANCHE, Origin.OWNER])
def test_what_was_begun_as_a_standard_trade_and_what_the_owner_buys_stay_so(origin: Origin) -> None:
    """Micro-trades were switched on between the parts of an idea for a day."""
    setting = as_micro(STANDARD_HELD)
    decided = replace(setting, state=replace(setting.state, tranches=(a_plan(),))).decided(origin, shares=5)
    assert (decided.acts, decided.micro) == (True, False)


def test_open_questions_hold_a_place_among_the_micro_trades_of_a_day() -> None:
    """Ten a day: nine made and one asked about, which a yes still makes the tenth."""
    setting = tenth_is_made()
    nine = replace(setting.state, tally=Tally(session=DAY, entries=9, micro=9))
    asked = a_proposal(decision=a_decision(id="d9", ticker="PEP", micro=True))
    assert replace(setting, state=nine).decided().acts
    waiting = replace(setting, state=replace(nine, proposals={"d9": asked}))
    assert (waiting.decided().reason, waiting.decided().trace[-1].value) == (Skip.MICRO_LIMIT, 10)
    assert waiting.decided(Origin.PROPOSAL).acts
    standard = replace(asked, decision=replace(asked.decision, micro=False))
    assert replace(setting, state=replace(nine, proposals={"d9": standard})).decided().acts


def test_micro_trades_of_yesterday_fill_no_limit_of_today() -> None:
    setting = tenth_is_made()
    tally = replace(setting.state.tally, session=DAY - timedelta(days=1))
    assert replace(setting, state=replace(setting.state, tally=tally)).decided().acts


def test_as_many_strategies_are_followed_as_the_owner_wants_in_the_order_of_the_alphabet() -> None:
    """Three are asked and two followed; one that is off leaves its place to the next."""
    scene = a_scene(sources=("momentum", "breakout", "mean_reversion"))
    two = an_account(preferences=prefer(strategy__max_strategies=2))
    off = {"breakout": StrategyStanding(name="breakout", on=False, at=NOON, why="underperforming")}
    stopped = replace(PASSING, state=two, scene=scene).decided()
    assert (stopped.reason, stopped.trace[-1].value, stopped.trace[-1].limit) == (Skip.STRATEGY_OFF, "momentum", 2)
    assert replace(PASSING, state=replace(two, strategies=off), scene=scene).decided().acts
    one = replace(two, preferences=prefer(strategy__max_strategies=1))
    on = {"momentum": StrategyStanding(name="momentum", on=True, at=NOON, why="owner")}
    assert replace(PASSING, state=replace(one, strategies=on), scene=scene).decided().acts


def test_what_comes_from_no_strategy_is_stopped_by_none() -> None:
    assert with_wanted(source="").decided().acts


def test_money_that_is_not_settled_holds_back_only_whom_it_would_pay_for() -> None:
    settling = waiting_for_money()
    assert (
        replace(settling, state=replace(settling.state, preferences=prefer(trading__settlement="margin")))
        .decided()
        .acts
    )
    poor = replace(settling.state, cash=money("30"), peak=money("30"), unsettled=(Unsettled(money("20"), TODAY.date),))
    assert "settlement" in {line.step for line in replace(settling, state=poor).decided().trace if line.outcome == "ok"}


def test_day_trades_count_on_margin_under_25_000_in_five_sessions() -> None:
    barred = three_day_trades()
    cash = prefer(trading__settlement="cash")
    assert replace(barred, state=replace(barred.state, preferences=cash)).decided().acts
    assert replace(barred, state=replace(barred.state, cash=money("25000"), peak=money("25000"))).decided().acts
    friday = (barred.scene.recent[-5].date, *barred.state.day_trades[1:])
    assert replace(barred, state=replace(barred.state, day_trades=friday)).decided().acts
    again = (DAY, DAY, DAY)
    assert replace(barred, state=replace(barred.state, day_trades=again)).decided().reason is Skip.DAY_TRADES


def test_a_ticker_that_no_table_knows_counts_as_a_share() -> None:
    shares_only = with_state(preferences=prefer(trading__asset_classes=["equities"]))
    assert replace(shares_only, scene=a_scene(instruments={})).decided().acts
    funds_only = with_state(preferences=prefer(trading__asset_classes=["etfs"]))
    assert replace(funds_only, scene=a_scene(instruments={})).decided().reason is Skip.ASSET_CLASS


def test_a_fund_is_bought_only_where_funds_are() -> None:
    fund = {"KO": INSTRUMENTS["KO"]._replace(asset_class="etfs", sector=None)}
    assert replace(PASSING, scene=a_scene(instruments=fund)).decided().acts
    shares_only = with_state(preferences=prefer(trading__asset_classes=["equities"]))
    decided = replace(shares_only, scene=a_scene(instruments=fund)).decided()
    assert (decided.reason, decided.trace[-1].value) == (Skip.ASSET_CLASS, "etfs")


def test_other_tickers_and_sectors_than_those_excluded_pass() -> None:
    others = prefer(trading__excluded_tickers=["PEP"], trading__excluded_sectors=["energy", "financials"])
    assert with_state(preferences=others).decided().acts


def test_where_no_table_knows_the_sector_the_recommendations_own_word_counts() -> None:
    setting = replace(
        with_state(preferences=prefer(trading__excluded_sectors=["energy"])), scene=a_scene(instruments={})
    )
    assert setting.decided().acts
    assert replace(setting, wanted=replace(setting.wanted, sector="energy")).decided().reason is Skip.SECTOR_EXCLUDED
    assert replace(setting, wanted=replace(setting.wanted, sector=None)).decided().acts


def test_exclusions_keep_nobody_from_selling() -> None:
    excluded = {"trading__excluded_tickers": ["KO"], "trading__excluded_sectors": ["consumer_staples"]}
    barred = prefer(trading__asset_classes=["etfs"], **excluded)
    assert replace(SELLING, state=replace(SELLING.state, preferences=barred)).decided().acts


def test_what_is_bought_in_parts_holds_its_place_against_others() -> None:
    """One position at most, and the first part of PEP has come to nothing yet."""
    plan = a_plan(recommendation=a_recommendation(ticker="PEP"))
    state = an_account(preferences=prefer(trading__max_open_positions=1), tranches=(plan,))
    assert replace(PASSING, state=state).decided().reason is Skip.MAX_POSITIONS
    assert replace(PASSING, state=state).decided(Origin.PROPOSAL).reason is Skip.MAX_POSITIONS


@pytest.mark.parametrize("kind", [BreakerKind.DAILY_LOSS, BreakerKind.VOLATILITY, BreakerKind.MANUAL])
def test_every_breaker_of_the_account_stops_entries(kind: BreakerKind) -> None:
    assert standing(kind).decided().reason is Skip.BREAKER


def test_a_latched_drawdown_stops_entries_even_when_equity_is_back() -> None:
    assert standing(BreakerKind.MAX_DRAWDOWN).decided().reason is Skip.MAX_DRAWDOWN


def test_a_breaker_on_one_ticker_stops_no_other() -> None:
    assert standing(BreakerKind.SINGLE_POSITION, "PEP").decided().acts


def test_a_full_book_still_lets_what_is_held_be_added_to() -> None:
    setting = crowded()
    state = holding(setting.state, a_holding("KO", shares=1))
    assert replace(setting, state=state).decided().reason is not Skip.MAX_POSITIONS


def test_open_questions_hold_a_slot_of_the_daily_limit() -> None:
    """Fifty a day, 49 done, one asked: a yes to it is the fiftieth."""
    asked = a_proposal(decision=a_decision(id="d9", ticker="PEP"))
    setting = with_state(tally=Tally(session=DAY, entries=49), proposals={"d9": asked})
    decided = setting.decided()
    assert decided.reason is Skip.DAILY_LIMIT
    assert decided.trace[-1].value == 50
    assert with_state(tally=Tally(session=DAY, entries=49)).decided().acts


def test_the_entries_of_the_day_before_fill_no_limit_of_today() -> None:
    """Between the open and the session's first turn its tally is still that of the last one."""
    assert with_state(tally=Tally(session=DAY - timedelta(days=1), entries=50)).decided().acts


def test_a_limit_of_positions_lowered_after_the_question_still_holds() -> None:
    state = holding(an_account(preferences=prefer(trading__max_open_positions=1)), a_holding("PEP", entry="150"))
    setting = replace(PASSING, state=state)
    assert setting.decided(Origin.PROPOSAL).reason is Skip.MAX_POSITIONS


def test_open_questions_about_others_do_not_take_an_approved_one_its_slot() -> None:
    asked = {f"d{n}": a_proposal(decision=a_decision(id=f"d{n}", ticker=f"T{n}")) for n in range(9)}
    assert with_state(proposals=asked).decided(Origin.PROPOSAL).acts


def test_broad_decline_looks_at_what_is_held_not_at_what_is_being_bought() -> None:
    """A buy on its way into the ticker that falls does not hide its fall."""
    setting = declining()
    buying = an_order(ticker="PEP", reserved="3000", shares=20)
    assert replace(setting, state=replace(setting.state, orders={"x": buying})).decided().reason is Skip.BROAD_DECLINE


@pytest.mark.parametrize(
    ("window", "sessions_ago", "reason"),
    [("1d", 1, Skip.NONE), ("1d", 2, Skip.STALE), ("7d", 2, Skip.NONE), ("30d", 2, Skip.NONE), ("7d", 3, Skip.STALE)],
)
def test_a_recommendation_ages_by_sessions(window: str, sessions_ago: int, reason: Skip) -> None:
    """Made after a close: one session ago is yesterday's close, two the one before."""
    closes = [session.closes_at for session in reversed(PASSING.scene.recent)]
    setting = with_wanted(window=window, generated_at=closes[sessions_ago - 1] + timedelta(minutes=1))
    assert setting.decided().reason is reason


@pytest.mark.parametrize(("style", "sessions"), [("day", 1), ("swing", 2), ("position", 3), ("long_term", 5)])
def test_the_style_says_how_many_sessions_an_idea_keeps(style: str, sessions: int) -> None:
    closes = [session.closes_at for session in reversed(PASSING.scene.recent)]
    last = with_wanted(window="30d", generated_at=closes[sessions - 1] + timedelta(minutes=1))
    older = with_wanted(window="30d", generated_at=closes[sessions - 1] - timedelta(days=1))
    styled = replace(PASSING.state, preferences=prefer(trading__style=style))
    assert replace(last, state=styled).decided().acts
    assert replace(older, state=styled).decided().reason is Skip.STALE


@pytest.mark.parametrize("style", ["day", "swing", "position", "long_term"])
def test_ideas_for_a_day_keep_for_a_session_whatever_the_style(style: str) -> None:
    closes = [session.closes_at for session in reversed(PASSING.scene.recent)]
    styled = replace(PASSING.state, preferences=prefer(trading__style=style))
    for sessions, reason in ((1, Skip.NONE), (2, Skip.STALE)):
        setting = with_wanted(window="1d", generated_at=closes[sessions - 1] + timedelta(minutes=1))
        assert replace(setting, state=styled).decided().reason is reason


@pytest.mark.parametrize(
    ("after_open", "before_close", "passes"),
    [(15, None, True), (14.99, None, False), (None, 15, True), (None, 14.99, False), (None, 16, True)],
)
def test_the_window_opens_a_quarter_of_an_hour_in_and_closes_one_before_the_end(
    after_open: float | None, before_close: float | None, *, passes: bool
) -> None:
    """Both ends belong to it."""
    at = (
        TODAY.opens_at + timedelta(minutes=after_open)
        if after_open is not None
        else TODAY.closes_at - timedelta(minutes=before_close or 0)
    )
    assert (with_scene(a_scene(at)).decided().reason is Skip.NONE) is passes


def an_old_price() -> Setting:
    """KO's last price is 31 minutes old on a feed of minutes; PEP's is new."""
    scene = a_scene(interval_s=60)
    quote = scene.quotes["KO"]._replace(at=NOON - timedelta(minutes=31))
    return replace(PASSING, scene=replace(scene, quotes={**scene.quotes, "KO": quote}))


def test_a_ticker_whose_price_is_missing_is_not_entered() -> None:
    assert an_old_price().decided().reason is Skip.NO_PRICE


def test_nothing_is_entered_while_the_whole_feed_is_silent() -> None:
    scene = a_scene(interval_s=60)
    silent = {ticker: quote._replace(at=NOON - timedelta(minutes=31)) for ticker, quote in scene.quotes.items()}
    assert replace(PASSING, scene=replace(scene, quotes=silent)).decided().reason is Skip.DEGRADED


def test_a_price_of_the_session_is_fresh_all_day_where_a_price_stands_for_a_day() -> None:
    scene = a_scene(TODAY.closes_at - timedelta(minutes=16), interval_s=DAY_S)
    early = {ticker: quote._replace(at=TODAY.opens_at) for ticker, quote in scene.quotes.items()}
    setting = replace(PASSING, scene=replace(scene, quotes=early))
    assert setting.decided().acts


# --- sells

SELLS = [gate.name for gate in SELL_GATES]
SELLING = Setting(
    holding(an_account(), a_holding("KO", shares=100)), a_scene(), a_recommendation(action=Side.SELL, confidence=0.1)
)


def test_a_sell_takes_all_that_is_held_and_passes_its_few_gates() -> None:
    decided = SELLING.decided()
    assert decided.acts
    assert decided.shares == 100
    assert [line.step for line in decided.trace] == SELLS == ["duplicate", "autonomy", "mode", "held"]


NOTHING_HINDERS_A_SELL: dict[str, Callable[[Setting], Setting]] = {
    "killed": lambda s: replace(s, state=replace(s.state, killed_at=NOON)),
    "paused": lambda s: replace(s, state=replace(s.state, pause=Pause(since=NOON, until=None))),
    "every breaker": lambda s: replace(
        s, state=replace(s.state, breakers={(kind, None): a_breaker(kind=kind) for kind in BreakerKind})
    ),
    "its own breaker": lambda s: replace(
        s, state=replace(s.state, breakers={(BreakerKind.SINGLE_POSITION, "KO"): a_breaker(ticker="KO")})
    ),
    "frozen": lambda s: replace(s, state=replace(s.state, frozen=frozenset({"KO"}))),
    "outside the window": lambda s: replace(s, scene=a_scene(TODAY.opens_at)),
    "after hours": lambda s: replace(s, scene=a_scene(TODAY.closes_at + timedelta(hours=1))),
    "degraded": lambda s: replace(s, scene=a_scene(healthy=False)),
    "the daily limit": lambda s: replace(s, state=replace(s.state, tally=Tally(session=DAY, entries=50))),
    "a fall": lambda s: replace(s, scene=a_scene(prices={"KO": "30"})),
    "its age": lambda s: replace(s, wanted=replace(s.wanted, generated_at=NOON - timedelta(days=60))),
    "a low confidence": lambda s: replace(s, wanted=replace(s.wanted, confidence=0.01)),
}


@pytest.mark.parametrize("hindrance", NOTHING_HINDERS_A_SELL)
@pytest.mark.parametrize("origin", [Origin.RECOMMENDED, Origin.PROPOSAL])
def test_sells_are_never_blocked_by_what_blocks_entries(hindrance: str, origin: Origin) -> None:
    assert NOTHING_HINDERS_A_SELL[hindrance](SELLING).decided(origin).acts


BROKEN_SELLS: dict[str, tuple[Skip, Setting, object]] = {
    "duplicate": (
        Skip.DUPLICATE,
        replace(SELLING, state=replace(SELLING.state, decided={SELLING.wanted.id: None})),
        None,
    ),
    "autonomy": (
        Skip.AUTONOMY_OFF,
        replace(SELLING, state=replace(SELLING.state, preferences=prefer(trading__autonomy="off"))),
        "off",
    ),
    "mode": (Skip.MODE, replace(SELLING, state=replace(SELLING.state, kind=AccountKind.LIVE)), "live"),
    "held": (Skip.NO_POSITION, replace(SELLING, state=an_account()), 0),
}


@pytest.mark.parametrize("name", SELLS)
def test_a_sell_gate_that_fails_names_its_reason(name: str) -> None:
    reason, setting, value = BROKEN_SELLS[name]
    decided = setting.decided()
    assert decided.reason is reason
    assert [line.step for line in decided.trace] == SELLS[: SELLS.index(name) + 1]
    assert (decided.trace[-1].outcome, decided.trace[-1].value) == ("reject", value)


def test_a_sell_leaves_alone_what_is_being_sold_already() -> None:
    selling = an_order(side=Side.SELL, shares=60, reserved="0")
    state = replace(SELLING.state, orders={"x": selling})
    assert replace(SELLING, state=state).decided().shares == 40
    done_already = replace(selling, shares=100)
    state = replace(SELLING.state, orders={"x": done_already})
    assert replace(SELLING, state=state).decided().reason is Skip.NO_POSITION
