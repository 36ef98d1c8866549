"""Whatever the code can come to say has words, written and spoken."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import answers, outcomes
from bot.answers import rendered
from bot.phrases import Phrases
from bot.reasons import reasoned
from bot.render import Reader
from engine.adapters.instruments import load_instruments
from engine.bus import Done
from engine.core import commands as c
from engine.core import events as e
from engine.core.abilities import Ability
from engine.core.announce import ANNOUNCERS, announced
from engine.core.announcement import Moment
from engine.core.announcers.settings import EXPLAINED
from engine.core.happenings import MarketEvent
from engine.core.journal import plain
from engine.core.judge import Ground, judge
from engine.core.judge.safety import SAFEGUARDS
from engine.core.nouns import Difference, Pause, TraceLine, Transfer
from engine.core.people import Person
from engine.core.policy import DEFAULT_POLICY
from engine.core.preferences import FIELDS, Preferences, patched
from engine.core.refusals import Refusal, Refused
from engine.core.standing import Rebalance, StrategyStanding, TierChange, Trim
from engine.core.state import State, Tally
from engine.core.units import money
from engine.core.words import (
    Alert,
    Autonomy,
    BreakerKind,
    EventScope,
    OrderStatus,
    Origin,
    Role,
    Severity,
    Side,
    Skip,
    StopReason,
    Tier,
    TierSource,
)
from engine.view import History, View
from intents.result import Parsed, Request
from skills.skill import Say
from tests.builders import (
    DAY,
    NOON,
    a_breaker,
    a_change,
    a_decision,
    a_dividend,
    a_fill,
    a_lot,
    a_lot_sale,
    a_market_event,
    a_plan,
    a_position,
    a_proposal,
    a_recommendation,
    a_snapshot,
    a_split,
    a_state,
    a_trade,
    an_order,
)
from tests.engine.scenes import a_scene, holding, later, prefer
from tests.journeys.house import UNFIT, UNSPEAKABLE

ROOT = Path(__file__).parents[2]
NAMES = load_instruments()
PHRASES = Phrases.load(reader=Reader(company=lambda ticker: NAMES[ticker].name if ticker in NAMES else ticker))
KEY = re.compile(r'(?:Say|say|rendered|Told)\(\s*(f?)"([a-z][^"]*)"')
SOURCES = [*ROOT.glob("bot/**/*.py"), *ROOT.glob("skills/**/*.py")]


def in_words(key: str, facts: Any) -> str:
    """Said in text and speech, both fit to be read and heard."""
    spoken = PHRASES.say(key, {name: answers.inner(value, PHRASES) for name, value in facts.items()})
    assert spoken.text
    assert spoken.speech
    assert not UNFIT.search(spoken.text), spoken.text
    assert not re.search(r"[a-z]_[a-z]", spoken.text), spoken.text
    if not key.startswith("push."):
        assert not UNSPEAKABLE & set(spoken.speech), spoken.speech
    return spoken.text


def keys_in_the_code() -> Iterator[tuple[str, str]]:
    for path in SOURCES:
        for is_pattern, key in KEY.findall(path.read_text(encoding="utf-8")):
            yield path.name, re.sub(r"\{[^}]*\}", "*", key) if is_pattern else key


@pytest.mark.parametrize(("file", "key"), sorted(set(keys_in_the_code())))
def test_every_key_in_the_code_has_a_phrase(file: str, key: str) -> None:
    wanted = re.compile(re.escape(key).replace(r"\*", "[a-z_]+"))
    assert any(wanted.fullmatch(known) for known in PHRASES), f"{file}: {key}"


def test_the_code_has_keys() -> None:
    assert len(set(keys_in_the_code())) > 60


FACTS = {
    "field": "risk.daily_loss_limit_pct",
    "asked": {"value": 60.0, "unit": "percent"},
    "allowed": "from 0.1% to 50%",
    "rows": [{"field": "risk.daily_loss_limit_pct", "old": {"value": 3.0, "unit": "percent"}}],
    "wait": 5000.0,
    "old": "conservative",
    "possible": "moderate",
    "kind": "daily_loss",
    "ticker": "KO",
    "until": NOON.isoformat(),
    "since": NOON.isoformat(),
    "limit": 30,
    "tickers": ["KO", "BRK.B"],
    "others": ["KO"],
    "known": ["KO", "PEP"],
    "why": "no room to write /tmp/x",
    "needs": Say("needs.margin"),
    "person": "Anna",
    "ids": ["telegram:42", "telegram:43"],
    "role": "viewer",
}
OWN_FACTS: dict[Refusal, dict[str, object]] = {
    Refusal.TOLERANCE_ONE_STEP: {"asked": "aggressive"},
    Refusal.NOT_ENOUGH_RESERVE: {"asked": money(20_000), "possible": money(5_000)},
    Refusal.NOT_ENOUGH_CASH: {"asked": money(20_000), "possible": money(5_000)},
    Refusal.TOO_MUCH_CASH: {"asked": money(20_000), "possible": money(5_000)},
    Refusal.NO_STRATEGY: {"name": "astrology", "names": ["mean_reversion", "momentum"]},
    Refusal.STRATEGY_IS_SO: {"name": "mean_reversion", "state": "off"},
    Refusal.TOO_MANY_STRATEGIES: {"name": "breakout", "most": 1, "names": ["mean_reversion"]},
    Refusal.NOT_BOUGHT: {"reason": Say("skip.position_full", {"limit": 0.05})},
    Refusal.TOO_MANY_SHARES: {"asked": 12, "held": 10, "possible": 8},
    Refusal.STOP_TOO_WIDE: {"asked": money(50), "floor": money(57), "stop": money(58), "price": money(60)},
    Refusal.SHARES_LACKING: {"shares": 4},
    Refusal.NO_SUCH_PART: {"part": Say("part.email")},
    Refusal.LEVEL_CROSSED: {"asked": money(61), "price": money(60), "level": "stop"},
}


@pytest.mark.parametrize("code", list(Refusal))
def test_every_refusal_has_words(code: Refusal) -> None:
    facts = FACTS | OWN_FACTS.get(code, {})
    in_words(f"refused.{code.value}", facts)
    bare = {"until", "ticker", "others", "field"} if code is not Refusal.BAD_VALUE else set()
    if code in (Refusal.NOTHING_TO_UNDO, Refusal.AUTO_NEEDS_NO_BREAKER, Refusal.ALREADY_PAUSED):
        in_words(f"refused.{code.value}", {name: value for name, value in facts.items() if name not in bare})


def test_refusals_are_made_of_the_judges_facts() -> None:
    asked = {"field": "risk.daily_loss_limit_pct", "asked": 60, "allowed": "from 0.1% to 50%"}
    say = answers.refused(Refused(Refusal.BAD_VALUE, asked))
    assert in_words(say.key, say.facts) == (
        "The daily loss limit cannot be 60%; possible is: from 0.1% to 50%. Nothing was changed."
    )
    say = answers.refused(Refused(Refusal.NOTHING_CHANGED, {"fields": [["risk.daily_loss_limit_pct", 3.0]]}))
    assert in_words(say.key, say.facts) == "Nothing to change: daily loss limit is 3% already."


@given(
    path=st.sampled_from([*FIELDS, "amount"]),
    bad=st.none() | st.booleans() | st.text(max_size=90) | st.floats() | st.integers() | st.just(10**5000)
    | st.decimals(allow_nan=True) | st.lists(st.floats() | st.text(), max_size=3)
    | st.dictionaries(st.text(), st.lists(st.integers(), max_size=2), max_size=3),
)  # fmt: skip
def test_a_value_of_any_kind_can_be_named(path: str, bad: object) -> None:
    asked = {"field": path, "asked": plain(bad), "allowed": "from 1 to 2", "text": isinstance(bad, str) or None}
    say = answers.refused(Refused(Refusal.BAD_VALUE, asked))
    said = answers.rendered(say, PHRASES)
    assert said.text.endswith("ossible is: from 1 to 2. Nothing was changed.")
    assert not UNSPEAKABLE & set(said.speech)


MONEY_VALUES = {
    Skip.ACTIVE_POOL_MINIMUM,
    Skip.PRICE_TOO_LOW,
    Skip.EXPOSURE,
    Skip.SECTOR_FULL,
    Skip.POSITION_FULL,
    Skip.BUYING_POWER,
    Skip.ATR_TOO_LARGE,
}
WORDS = {
    Skip.BREAKER: ("volatility", 3),
    Skip.EVALUATION_ERROR: ("KeyError", None),
    Skip.STALE_PRICE: ("2020-02-03T14:30:00+00:00", None),
}


@pytest.mark.parametrize("ability", list(Ability))
def test_every_ability_that_may_be_missing_has_words(ability: Ability) -> None:
    refusal = Refused(Refusal.NOT_HERE, {"field": "trading.settlement", "asked": "margin", "needs": ability.value})
    say = answers.refused(refusal)
    assert in_words(say.key, say.facts).startswith("The settlement cannot be margin here: ")


@pytest.mark.parametrize("skip", list(Skip))
def test_every_skip_has_words(skip: Skip) -> None:
    value, limit = WORDS.get(skip, (10_000 if skip in MONEY_VALUES else 0.5, 0.6))
    if skip in (Skip.DAILY_LIMIT, Skip.MAX_POSITIONS, Skip.BROAD_DECLINE):
        value, limit = 3, 10
    if skip in (Skip.ACTIVE_POOL_MINIMUM, Skip.PRICE_TOO_LOW, Skip.ABSOLUTE_CAP, Skip.ATR_TOO_LARGE):
        limit = 10_000
    in_words(f"skip.{skip.code}", {"value": value, "limit": limit, "ticker": "KO", "tier": "moderate", "passed": 3})
    assert in_words("explain.skipped", {
        "ticker": "KO", "at": NOON, "side": "buy", "source": "momentum", "confidence": 0.8, "thesis": None,
        "reason": Say(f"skip.{skip.code}", {"value": value, "limit": limit, "ticker": "KO"}),
    })  # fmt: skip


# --- announcements


SCENE = a_scene()
BEFORE = holding(a_state(preferences=prefer()), a_position())
AFTER = replace(BEFORE, reserve=money(5))
ANNA = Person(id="telegram:42", role=Role.VIEWER, since=NOON, name="Anna")
USUAL = Moment(BEFORE, AFTER, SCENE)


def moments() -> Iterator[tuple[str, e.Event, Moment]]:
    """Every event that is told, in all its kinds."""
    for key, event in (*trades(), *questions(), *breakers(), *changes(), *alerts()):
        yield f"push.{key}", event, USUAL
    for key, event in people():
        yield f"push.{key}", event, Moment(replace(BEFORE, people={ANNA.id: ANNA}), AFTER, SCENE)
    own = prefer(trading__risk_tolerance="moderate")
    lowered = replace(BEFORE, reserve=money(7), preferences=own, ceiling=Tier.CONSERVATIVE)
    for key, event in pools():
        yield f"push.{key}", event, replace(USUAL, old=lowered)
    for marked in market_events():
        after = replace(USUAL, new=replace(AFTER, market_events=(marked,)))
        yield "push.market_event", e.EventMarked(event=marked), after
        yield "push.market_event_over", e.EventEnded(event=marked, called_off=False), USUAL
    night = Moment(BEFORE, AFTER, later(SCENE, hours=12))
    yield "push.exit_queued", e.OrderIntended(order=an_order(side=Side.SELL)), night
    unusual = tuple(TraceLine(one.step, 1, 0, "reject") for one in SAFEGUARDS if one.told_of_exits)
    yield "push.order_unusual", e.OrderIntended(order=an_order(side=Side.SELL), unusual=unusual), night
    yield "push.exit_waits", e.ExitWaited(order=an_order(side=Side.SELL), seconds=1_200), USUAL
    yield "push.engine_killed", e.EngineKilled(at=NOON, who="SIGUSR1, 2026-11-20 17:00:00 UTC"), USUAL
    halted = replace(USUAL, scene=a_scene(halted=frozenset({"KO"})))
    yield "push.exit_queued.halted", e.OrderIntended(order=an_order(side=Side.SELL)), halted
    for now, paid in ((a_position("30", 20), 0), (a_position("30", 20), money("20.50")), (None, money(600))):
        split = e.SplitApplied(action=a_split(), position=now, lots=(), orders=(), cash=paid)
        yield "push.split", split, USUAL
    yield (
        "push.split",
        e.SplitApplied(action=a_split(), position=None, lots=(), orders=()),
        Moment(a_state(), a_state(), SCENE),
    )
    yield from rebalancings()
    paused = StrategyStanding(name="mean_reversion", on=False, at=NOON, why="underperforming", result=-0.1)
    for state in (BEFORE, holding(a_state(preferences=prefer()), a_position(source="mean_reversion"))):
        yield "push.strategy_paused", e.StrategySet(strategy=paused), Moment(BEFORE, state, SCENE)
    yield "push.dividend", e.DividendPaid(action=a_dividend(), shares=10, amount=money("4.85")), USUAL
    for state in (BEFORE, replace(BEFORE, positions={})):
        yield "push.daily_summary", summarised(state), Moment(state, state, SCENE)


def rebalancings() -> Iterator[tuple[str, e.Event, Moment]]:
    """The week's rebalancing by each limit: asked, done by itself, and off for each reason."""
    trims = tuple(Trim("KO", 5, limit) for limit in ("position", "sector", "count"))
    asked = Rebalance(id="r1", trims=trims, asked_at=NOON, lapses_at=NOON + timedelta(minutes=5))
    yield "push.rebalance_proposed", e.RebalanceProposed(rebalance=asked), USUAL
    yield "push.rebalance", e.Rebalanced(session=DAY, trims=trims, outcome=Skip.NONE), USUAL
    waiting = replace(USUAL, old=replace(BEFORE, rebalance=asked))
    for reason in (Skip.LAPSED, Skip.WINDOW, Skip.DEGRADED, Skip.AUTONOMY_OFF):
        yield "push.rebalance_closed", e.Rebalanced(session=DAY, trims=trims, outcome=reason), waiting


def market_events() -> tuple[MarketEvent, ...]:
    """One of each scope, with a title and without."""
    return (
        a_market_event(source="csv", scope=EventScope.MARKET, target=None),
        a_market_event(source="csv", scope=EventScope.SECTOR, target="energy", severity=Severity.LOW),
        a_market_event(source="csv", title=""),
    )


def pools() -> Iterator[tuple[str, e.Event]]:
    """The reserve's marks, and moves of the tier, with trades and without."""
    yield "emergency_liquidation", e.EmergencyDeclared(fall=0.26)
    yield "reserve_high_water", e.ReserveMarked(above=True, share=0.31)
    low, high = Tier.CONSERVATIVE, Tier.MODERATE
    for old, new, source, key in (
        (high, low, TierSource.AUTO, "lowered"),
        (low, high, TierSource.AUTO, "raised"),
        (low, low, TierSource.AUTO, "kept"),
        (high, low, TierSource.EMERGENCY, "emergency"),
        (low, high, TierSource.OWNER, "owner"),
    ):
        for rate in (None, 0.35):
            change = TierChange(at=NOON, previous=old, new=new, source=source, trades=12, win_rate=rate, drawdown=0.2)
            yield f"tier_changed.{key}", e.TierChanged(change=change)


def trades() -> Iterator[tuple[str, e.Event]]:
    bought = an_order(filled_shares=10, status=OrderStatus.FILLED, proceeds=money(600), why="KO rose 5.6%.")
    yield "trade_opened", e.Filled(fill=a_fill(), order=bought, position=a_position())
    for origin in set(Origin) - {Origin.TRANCHE}:  # parts are only ever bought
        yield f"trade_closed.{origin.value}", e.TradeClosed(trade=a_trade(origin=origin))
        yield f"trade_closed.{origin.value}", e.TradeClosed(trade=a_trade(origin=origin, ticker="PEP"), large=True)
    yield "wash_sale", e.WashSaleFound(sale=a_lot_sale(), lot=a_lot(), shares=4, amount=money(40))
    yield from parts()
    for status, key in ((OrderStatus.REJECTED, "order_rejected"), (OrderStatus.CANCELLED, "order_cancelled")):
        for why in ("", "no_cash"):
            yield key, e.OrderUpdated(order=an_order(status=status, why=why), old=OrderStatus.INTENDED)
    for reason in set(StopReason) - {StopReason.OWNER}:  # his own are answered
        for stop in ("59", "61"):
            moved = e.StopMoved(ticker="KO", old=money("58.80"), new=money(stop), high=0, atr=0, reason=reason)
            yield "stop_moved", moved


def parts() -> Iterator[tuple[str, e.Event]]:
    """Entries in parts at their end, and orders that waited too long."""
    for skip in Skip:
        yield "tranches_ended", e.TranchesEnded(tranches=a_plan(), outcome=skip)
    other = a_recommendation(ticker="PEP")
    yield "tranches_ended", e.TranchesEnded(tranches=a_plan(recommendation=other, shares=10), outcome=Skip.NONE)
    for skip in set(Skip) - {Skip.NONE}:
        yield "tranches_off", e.TranchesEnded(tranches=a_plan(bought=(0,)), outcome=skip)
    for shares in (0, 4):
        late = an_order(status=OrderStatus.CANCELLED, why="order_timeout", filled_shares=shares)
        yield "order_timed_out", e.OrderUpdated(order=late, old=OrderStatus.CANCELLING)
        over = replace(late, why="day_over")
        yield "order_day_over", e.OrderUpdated(order=over, old=OrderStatus.ACCEPTED)


def questions() -> Iterator[tuple[str, e.Event]]:
    sale = replace(a_decision(side=Side.SELL), stop=None, take=None)
    for proposal in (a_proposal(), a_proposal(decision=sale)):
        yield "trade_proposed", e.Proposed(proposal=proposal)
    for skip in set(Skip) - {Skip.NONE, Skip.DECLINED}:
        yield "proposal_closed", e.ProposalClosed(decision_id="d1", ticker="KO", outcome=skip)


def breakers() -> Iterator[tuple[str, e.Event]]:
    for kind in BreakerKind:
        ticker = "KO" if kind is BreakerKind.SINGLE_POSITION else None
        counts = {"threshold": 3, "actual": 4} if kind is BreakerKind.VOLATILITY else {}
        until = None if kind in (BreakerKind.MANUAL, BreakerKind.MAX_DRAWDOWN) else NOON
        breaker = a_breaker(kind=kind, ticker=ticker, until=until, **counts)
        yield f"breaker_tripped.{kind.value}", e.BreakerTripped(breaker=breaker)
        yield "breaker_resolved", e.BreakerResolved(kind=kind, ticker=ticker)
    own = a_breaker(kind=BreakerKind.MANUAL, until=None, threshold=0.0, actual=0.0)
    yield "breaker_tripped.own", e.BreakerTripped(breaker=own)


def changes() -> Iterator[tuple[str, e.Event]]:
    yield "pause_over", e.EntriesResumed(change=None, lifts_all=False)
    fields = (("risk.daily_loss_limit_pct", 2.0, 5.0), ("trading.absolute_position_cap", "25", None))
    for change in (a_change(), a_change(fields=fields)):
        yield "limits_loosened", e.PreferencesChanged(change=change, preferences=prefer(), loosened=True)
    lists: tuple[tuple[str, Any, Any], ...]
    lists = (("trading.excluded_tickers", ["KO"], []), ("trading.asset_classes", ["equities"], ["equities", "etfs"]))
    yield "limits_loosened", e.PreferencesChanged(change=a_change(fields=lists), preferences=prefer(), loosened=True)
    yield (
        "preference_changed",
        e.PreferencesChanged(change=a_change(fields=fields), preferences=prefer(), loosened=False, ended=True),
    )
    for left in ([], [{"event": "all", "until": None}]):
        mutes = (("notifications.muted", [{"event": "heartbeat", "until": NOON.isoformat()}, *left], left),)
        yield (
            "mute_over",
            e.PreferencesChanged(change=a_change(fields=mutes), preferences=prefer(), loosened=False, ended=True),
        )
    for refusal in Refusal:
        told = {"kind": "daily_loss", "ticker": None, "until": NOON.isoformat(), "tickers": ["KO"]}
        dropped = e.TermDropped(path="trading.autonomy", back="auto", why=refusal.value, facts=told)
        yield f"term_dropped.{refusal.value}" if refusal in EXPLAINED else "term_dropped", dropped
    yield "reconcile_difference", e.TickerFrozen(ticker="KO", ours=3, theirs=0)
    yield "reconcile_difference.unknown_order", e.TickerFrozen(ticker="KO", ours=3, theirs=5, why="unknown_order")
    yield "ticker_thawed", e.TickerThawed(ticker="KO")
    yield "reconcile_difference.cash", e.DifferenceNoted(difference=Difference(None, 10_000, 20_000, NOON))
    yield "reconcile_difference.cash_over", e.DifferenceNoted(difference=Difference(None, 10_000, 10_000, NOON))
    for topic, facts in NOTES:
        yield f"{topic}{'.unsold' if 'unsold' in facts else ''}", e.Noted(topic=topic, facts=facts)


def alerts() -> Iterator[tuple[str, e.Event]]:
    for alert in Alert:
        yield alert.value, e.AlertRaised(alert=alert, threshold=0.02, actual=0.031)
    reset = Transfer(id="t1", amount=money(5_000), at=NOON, resets=True)
    yield "account_reset", e.AccountReset(transfer=reset, at=NOON)


def people() -> Iterator[tuple[str, e.Event]]:
    yield "person_admitted", e.Admitted(person=ANNA, code="ab")
    yield "role_changed", e.RoleSet(person=replace(ANNA, role=Role.OPERATOR), role=Role.OPERATOR)
    yield "role_changed", e.RoleSet(person=ANNA, role=None)


NOTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("engine_started", {"begins": NOON, "resumed": None}),
    ("engine_started", {"begins": None, "resumed": NOON}),
    ("engine_degraded", {"why": "the broker did not answer"}),
    ("engine_degraded", {"why": "disk is full", "unsold": True}),
    ("engine_recovered", {"why": "the broker did not answer"}),
    ("engine_degraded", {"why": "another_book"}),
    ("engine_stopped", {"parts": ["KO"], "orders": 1, "positions": 2}),
    ("engine_stopped", {"parts": None, "orders": None, "positions": None}),
    ("loop_error", {"loop": "watch stops", "error": "KeyError"}),
    ("loop_recovered", {"loop": "watch stops"}),
    ("protection_hangs", {"loop": "watch stops", "seconds": 31}),
    ("loop_hangs", {"loop": "figures", "seconds": 31}),
    ("loop_goes_on", {"loop": "watch stops"}),
    ("loop_missed", {"loop": "daily summary", "session": NOON.date()}),
    ("loop_blocked", {"seconds": 7}),
    ("clock_jumped", {"back": 3600}),
    ("clock_jumped", {"ahead": 3600}),
    ("machine_slept", {"seconds": 28800}),
    ("files_upgraded", {"names": ["parley.sqlite.before-0004"], "folder": "parley"}),
    ("audit_key_lost", {"key": "parley/audit.key"}),
    ("replay_ended", {"last": NOON}),
    ("account_fenced", {"why": "account paper is run by another (process 7) now"}),
    ("redis_lost", {"why": "it did not answer in time"}),
    ("redis_back", {"why": "it did not answer in time"}),
    ("test_notification", {}),
)


def summarised(account: State) -> e.Event:
    day = SCENE.day.date
    tally = Tally(session=day, skips=(("low_confidence", 3), ("not_on_watchlist", 1)))
    breaker = a_breaker()
    standing = {(breaker.kind, breaker.ticker): breaker} if account.positions else {}
    state = replace(account, last=a_snapshot(session=day), tally=tally, breakers=standing)
    verdict = judge(c.Summarise(), Ground(state, SCENE, DEFAULT_POLICY))
    assert not isinstance(verdict, Refused)
    return verdict[0]


@pytest.mark.parametrize("number", range(len(list(moments()))))
def test_every_announcement_has_words(number: int) -> None:
    key, event, moment = list(moments())[number]
    (told,) = announced((event,), moment)
    assert told.key == key
    facts = {**plain(dict(told.facts)), "at": told.at}  # as they come out of the store
    text = in_words(told.key, reasoned(told.key, facts, PHRASES))
    assert text.startswith("PAPER · ")


@pytest.mark.parametrize(
    "reason", [f"skip_word.{one.code}" for one in Skip] + [f"stop_word.{one}" for one in StopReason]
)
def test_every_reason_has_words_for_a_part_of_a_sentence(reason: str) -> None:
    words = in_words(reason, {})
    assert words == words.strip(".")
    assert words[0].islower()


@pytest.mark.parametrize(
    ("key", "facts", "said"),
    [
        ("push.proposal_closed", {"ticker": "MSFT", "reason": "killed"},
         "The trade in MSFT is off, as the kill switch stands."),
        ("push.wash_sale",
         {"ticker": "KO", "shares": 4, "sold": 10, "loss": 1_000_000, "disallowed": 400_000,
          "closed_at": NOON, "bought_at": NOON},
         ("Wash sale: 10 shares of KO sold on Fri 20 Nov 2026 lost $100.00 for taxes, with 4 shares bought again "
          "within 30 days, on Fri 20 Nov 2026. $40.00 of that loss counts only when what was bought again is sold.")),
        ("push.stop_moved", {"ticker": "KO", "old": 588_000, "new": 590_000, "reason": "atr_moved"},
         "KO's stop is now $59.00 (was $58.80), as its usual range has changed."),
        ("push.stop_moved", {"ticker": "KO", "old": 588_000, "new": 590_000, "reason": "heat"},
         "KO's stop is now $59.00 (was $58.80), as too much was at risk in all."),
        ("push.order_cancelled", {"ticker": "KO", "side": "buy", "shares": 3, "reason": "paused"},
         "Cancelled: buy 3 shares of KO, as entries are paused."),
        ("push.order_rejected", {"ticker": "KO", "side": "buy", "shares": 3, "reason": "no_cash"},
         "The broker refused to buy 3 shares of KO: there is not enough cash for it. Nothing was traded."),
        ("push.tranches_off", {"ticker": "KO", "rest": 3, "reason": "it_is_sold"},
         "KO is not bought in parts any more, as it is being sold; 3 shares were meant, none came."),
        ("push.breaker_resolved", {"kind": "manual"}, "The manual breaker is over."),
        ("push.person_admitted", {"person": "Anna", "id": "chat:42", "nameless": None, "role": "viewer"},
         "Anna (chat:42) was let in as viewer."),
        ("push.person_admitted", {"person": None, "id": "chat:42", "nameless": "chat:42", "role": "viewer"},
         "Somebody without a name (chat:42) was let in as viewer."),
        ("push.role_changed", {"person": "Anna", "id": "chat:42", "role": "operator", "old": "viewer", "out": None},
         "Anna (chat:42) is operator now (was viewer)."),
        ("push.role_changed", {"person": "Anna", "id": "chat:42", "role": None, "old": "viewer", "out": "out"},
         "Anna (chat:42) is turned out (was viewer)."),
    ],
)  # fmt: skip
def test_news_are_in_words_that_an_owner_knows(key: str, facts: dict[str, Any], said: str) -> None:
    told = in_words(key, reasoned(key, {**facts, "account": "paper", "at": NOON}, PHRASES))
    assert told.removeprefix("PAPER · ").removeprefix("Fri 20 Nov 12:00 · ") == said


def test_what_was_left_alone_is_counted_with_its_reason_in_words() -> None:
    facts = reasoned("push.daily_summary", {"rows": [{"reason": "killed", "count": 2}]}, PHRASES)
    assert facts["rows"] == [{"reason": "the kill switch stands", "count": 2}]


def test_every_event_that_is_told_was_tried() -> None:
    assert {type(event) for _, event, _ in moments()} == set(ANNOUNCERS)


def test_every_phrase_that_is_pushed_is_used() -> None:
    assert {key for key, _, _ in moments()} == {key for key in PHRASES if key.startswith("push.")}


def test_every_note_in_the_code_was_tried() -> None:
    topics = set()
    for path in ROOT.glob("engine/**/*.py"):
        topics |= set(re.findall(r'topic="(\w+)"', path.read_text(encoding="utf-8")))
    assert topics <= {topic for topic, _ in NOTES}


# --- what was done


def a_done(*events: e.Event, old: Any = None, new: Any = None) -> Say:
    state = holding(a_state(preferences=prefer()), a_position())
    return outcomes.done(Done(events, old or state, new or state))


def test_what_was_done_is_told_by_the_first_event_with_words() -> None:
    say = a_done(e.SessionBegan(session=NOON.date()), e.EngineKilled(at=NOON))
    assert say.key == "done.killed"
    assert "What you hold (1 position) stays, watched by its stops" in in_words(say.key, say.facts)
    assert a_done(e.SessionBegan(session=NOON.date())) == Say("done.other")
    assert in_words("done.other", {}) == "Done."


@pytest.mark.parametrize("level", list(Autonomy))
def test_a_changed_autonomy(level: Autonomy) -> None:
    state = a_state(preferences=prefer(trading__autonomy=level), proposals={})
    asked = replace(state, proposals={"d1": a_proposal()}, orders={"paper-d9-1": an_order()})
    change = a_change(fields=(("trading.autonomy", Autonomy.AUTO, level),))
    event = e.PreferencesChanged(change=change, preferences=state.preferences, loosened=False)
    say = outcomes.done(Done((event,), asked, state))
    assert say.key == f"done.autonomy.{level.value}"
    text = in_words(say.key, say.facts)
    assert level is not Autonomy.OFF or text.endswith("2 questions and orders withdrawn.")


def test_a_changed_watchlist() -> None:
    def changed(old: tuple[str, ...], new: tuple[str, ...]) -> str:
        change = a_change(fields=(("trading.watchlist", old, new),))
        say = a_done(e.PreferencesChanged(change=change, preferences=prefer(), loosened=False))
        return in_words(say.key, say.facts)

    assert changed((), ("KO",)) == "Done: now watching KO. 1 company on your watchlist."
    assert changed(("KO", "PEP"), ()) == "Done: no longer watching KO and PEP. Your watchlist is empty."


def test_pausing_and_its_undoing() -> None:
    until = datetime(2026, 11, 27, 5, tzinfo=UTC)
    for pause, undoes, buttons in (
        (Pause(since=NOON, until=until), (), ("undo",)),
        (Pause(since=NOON, until=None), (7,), ()),
    ):
        say = a_done(e.EntriesPaused(pause=pause, change=a_change(), undoes=undoes))
        assert say.buttons == buttons
        assert "aused" in in_words(say.key, say.facts)
    say = a_done(e.EntriesResumed(change=a_change(), lifts_all=True))
    assert in_words(say.key, say.facts).startswith("Resumed. I trade by myself")


def test_a_resumption_names_what_still_holds_back() -> None:
    breaker = a_breaker()
    state = a_state(breakers={(breaker.kind, None): breaker}, killed_at=NOON)
    say = outcomes.done(Done((e.EntriesResumed(change=None, lifts_all=False),), state, state))
    text = in_words(say.key, say.facts)
    assert "The daily loss breaker still stands." in text
    assert "The kill switch still stands since Fri 20 Nov 12:00." in text


@pytest.mark.parametrize("skip", list(Skip))
def test_the_answer_to_an_approval(skip: Skip) -> None:
    asked = a_state(proposals={"d1": a_proposal()})
    say = outcomes.done(Done((e.Decided(decision=a_decision(reason=skip, trace=())),), asked, a_state()))
    expected = {Skip.NONE: "Approved: buy 10 shares of KO.", Skip.DECLINED: "Declined: KO is left alone."}
    known = {Skip.PAUSED, Skip.KILLED, Skip.DEGRADED, Skip.WINDOW, Skip.STALE, Skip.FROZEN, *expected}
    if skip in known:  # the others need the value that closed the gate
        assert in_words(say.key, say.facts).startswith(expected.get(skip, "Too late for KO: "))


def test_a_decision_that_is_no_answer_has_no_words() -> None:
    assert a_done(e.Decided(decision=a_decision(reason=Skip.STALE))) == Say("done.other")


def test_several_closings_are_one_answer() -> None:
    sells = [an_order(ticker=ticker, side=Side.SELL) for ticker in ("KO", "PEP")]
    events = [e.Decided(decision=a_decision(side=Side.SELL)), *(e.OrderIntended(order=order) for order in sells)]
    say = a_done(*events)
    text = in_words(say.key, say.facts)
    assert "10 shares of KO" in text
    assert "10 shares of PEP" in text


# --- what was not understood


def parsed(**parts: Any) -> Parsed:
    return Parsed("?", parts.pop("status", "clarify"), **parts)


def test_asking_back() -> None:
    def asked(one: Parsed) -> Say:
        return answers.not_understood(one, lambda request: request.intent.replace("_", " "))

    say = asked(parsed(missing=("tier",), candidates=(Request("set_risk_tolerance"),)))
    assert in_words(say.key, say.facts) == "Which one: conservative, moderate or aggressive?"
    say = asked(parsed(candidates=(Request("pause"), Request("stop_everything")), why="two_readings"))
    assert in_words(say.key, say.facts).endswith("Did you mean:\n  1. pause\n  2. stop everything")
    say = asked(parsed(status="unknown"))
    assert in_words(say.key, say.facts).startswith("I did not understand that")
    assert say.buttons == ("help",)


def codes_of_the_parser() -> set[str]:
    code: set[str] = set()
    for path in ROOT.glob("intents/*.py"):
        code |= set(re.findall(r'(?:why=|Gap\()"(\w+)"', path.read_text(encoding="utf-8")))
    return code


@pytest.mark.parametrize("code", sorted(codes_of_the_parser()))
def test_every_reason_to_ask_back_has_words(code: str) -> None:
    assert f"why_not.{code}" in PHRASES


def test_every_slot_that_can_be_missing_has_a_question() -> None:
    from tests.journeys.house import the_language

    slots = {name for spec in the_language().contract.values() for name in spec.slots}
    assert {name for name in slots if f"slot.{name}" not in PHRASES} == set()


def test_a_reply_of_several_answers_has_the_buttons_of_the_last() -> None:
    reply = answers.reply([Say("thank", {}, ("help",)), Say("done.other", {}, ("undo",))], PHRASES)
    assert reply.text == "You're welcome.\nDone."
    assert reply.speech == "You're welcome. Done."
    assert [(one.label, one.says) for one in reply.buttons] == [("Undo", "undo")]
    assert (reply.key, reply.facts) == ("done.other", {})


def test_tiers_and_autonomy_have_words() -> None:
    for level in Autonomy:
        in_words(f"autonomy.{level.value}", {})
        in_words(f"greet.{level.value}", {"account": "paper", "equity": money(5), "at": NOON, "autonomy": level.value})
        in_words(f"positions.none.{level.value}", {"account": "paper"})
    assert [tier.value for tier in Tier] == ["conservative", "moderate", "aggressive"]


@pytest.mark.parametrize(
    ("path", "value", "force"),
    [
        ("risk.max_position_pct", 10.0, 0.05),
        ("risk.max_position_pct", 5.0, None),
        ("risk.max_position_pct", 3.0, None),
        ("trading.min_confidence", 0.6, 0.75),
        ("trading.min_confidence", 0.9, None),
        ("risk.reserve_pct", 50.0, None),
    ],
)
def test_a_limit_that_stays_in_force_is_named(path: str, value: float, force: float | None) -> None:
    """A conservative tier holds a position at 5 % and asks for 75 % confidence, whatever the owner's own values."""
    new = patched(Preferences(), {path: value})
    row = {"field": path, "new": value}
    view = View(a_state(preferences=new), SCENE, DEFAULT_POLICY, History())
    (told,) = outcomes.in_force_stays(Say("done.changed", {"rows": [row]}), view).facts["rows"]
    assert told["force"] == force


def test_an_explanation_is_heard_with_the_name_of_the_company_and_read_with_its_ticker() -> None:
    left = Say("explain.nothing.sell", {"ticker": "KO", "autonomy": Say("autonomy.off")})
    spoken = rendered(left, PHRASES)
    assert spoken.text.startswith("I have sold nothing yet of KO.")
    assert spoken.speech.startswith(f"I have sold nothing yet of {NAMES['KO'].name}.")
