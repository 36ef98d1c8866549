"""Sane nouns for tests: every field has a likely value, a test names only what it is about. Prices are dollars."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from engine.core.announcement import Announcement
from engine.core.events import Event, Noted
from engine.core.happenings import CorporateAction, MarketEvent
from engine.core.journal import Entry, digest, plain
from engine.core.lots import Lot, LotSale
from engine.core.nouns import (
    Breaker,
    Change,
    ClosedTrade,
    Decision,
    Fill,
    LedgerRow,
    Order,
    Position,
    Proposal,
    Recommendation,
    Snapshot,
    TraceLine,
    Tranches,
)
from engine.core.rules.splits import split_price
from engine.core.standing import StrategyStanding, TierChange
from engine.core.state import State
from engine.core.units import Money, money
from engine.core.words import (
    ActionKind,
    BreakerKind,
    EventScope,
    OrderStatus,
    Origin,
    Priority,
    Severity,
    Side,
    Skip,
    Tier,
    TierSource,
)
from engine.ports import Batch

ACCOUNT = "paper"
DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
"""Noon in New York on DAY, a Friday."""
OPEN = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
"""The open of that session."""


def a_recommendation(**changes: Any) -> Recommendation:
    usual: dict[str, Any] = {
        "id": "momentum-2026-11-19-KO",
        "source": "momentum",
        "ticker": "KO",
        "action": Side.BUY,
        "confidence": 0.8,
        "window": "7d",
        "thesis": "up five days in a row",
        "generated_at": NOON - timedelta(days=1),
        "atr": money("1.10"),
        "sector": "consumer_staples",
    }
    return Recommendation(**usual | changes)


def a_decision(price: str = "60", stop: str = "58.35", take: str = "62.48", **changes: Any) -> Decision:
    usual: dict[str, Any] = {
        "id": "d1",
        "at": NOON,
        "session": DAY,
        "ticker": "KO",
        "side": Side.BUY,
        "origin": Origin.RECOMMENDED,
        "reason": Skip.NONE,
        "shares": 10,
        "price": money(price),
        "stop": money(stop),
        "take": money(take),
        "recommendation_id": "momentum-2026-11-19-KO",
        "source": "momentum",
        "confidence": 0.8,
        "thesis": "up five days in a row",
        "trace": (TraceLine("window", "open"), TraceLine("confidence", 0.8, 0.75), TraceLine("clamp", left=0.05)),
    }
    return Decision(**usual | changes)


def an_order(reserved: str = "606", **changes: Any) -> Order:
    usual: dict[str, Any] = {
        "client_order_id": "paper-d1-1",
        "decision_id": "d1",
        "ticker": "KO",
        "side": Side.BUY,
        "shares": 10,
        "origin": Origin.RECOMMENDED,
        "status": OrderStatus.INTENDED,
        "intended_at": NOON,
        "reserved": money(reserved),
        "stop": money("58.35"),
        "take": money("62.48"),
        "atr": money("1.10"),
        "confidence": 0.8,
        "sector": "consumer_staples",
    }
    return Order(**usual | changes)


def a_fill(price: str = "60", fee: str = "0", **changes: Any) -> Fill:
    usual: dict[str, Any] = {
        "execution_id": "x1",
        "client_order_id": "paper-d1-1",
        "ticker": "KO",
        "side": Side.BUY,
        "shares": 10,
        "price": money(price),
        "fee": money(fee),
        "at": NOON,
    }
    return Fill(**usual | changes)


def a_position(
    entry: str = "60",
    shares: int = 10,
    stop: str | None = None,
    take: str | None = None,
    high: str | None = None,
    **changes: Any,
) -> Position:
    """Unless given: the stop 2 % under the entry, the take 3 % above it, the high at the entry."""
    price: Money = money(entry)
    first_stop = price - price // 50 if stop is None else money(stop)
    usual: dict[str, Any] = {
        "ticker": "KO",
        "shares": shares,
        "cost": shares * price,
        "stop": first_stop,
        "initial_stop": first_stop,
        "take": price + 3 * price // 100 if take is None else money(take),
        "high": price if high is None else money(high),
        "atr": money("1.10"),
        "confidence": 0.8,
        "sector": "consumer_staples",
        "opened_at": NOON,
        "decision_id": "d1",
    }
    return Position(**usual | changes)


def a_trade(entry: str = "60", exit_price: str = "62.50", realised: str = "25", **changes: Any) -> ClosedTrade:
    usual: dict[str, Any] = {
        "client_order_id": "paper-d2-1",
        "decision_id": "d2",
        "ticker": "KO",
        "shares": 10,
        "entry": money(entry),
        "exit": money(exit_price),
        "realised": money(realised),
        "origin": Origin.TAKE,
        "opened_at": NOON,
        "closed_at": NOON + timedelta(hours=1),
    }
    return ClosedTrade(**usual | changes)


def a_lot(cost: str = "600", **changes: Any) -> Lot:
    """Ten shares of KO at $60, of which none is sold."""
    usual: dict[str, Any] = {
        "id": "x1",
        "ticker": "KO",
        "shares": 10,
        "bought": 10,
        "cost": money(cost),
        "tax_basis": money(cost),
        "opened_at": NOON,
    }
    return Lot(**usual | changes)


def a_lot_sale(proceeds: str = "580", cost: str = "600", **changes: Any) -> LotSale:
    """The whole of `a_lot`, sold an hour later."""
    usual: dict[str, Any] = {
        "id": "x2/x1",
        "lot_id": "x1",
        "ticker": "KO",
        "shares": 10,
        "proceeds": money(proceeds),
        "cost": money(cost),
        "tax_basis": money(cost),
        "realised": money(proceeds) - money(cost),
        "opened_at": NOON,
        "closed_at": NOON + timedelta(hours=1),
    }
    return LotSale(**usual | changes)


def a_tier_change(**changes: Any) -> TierChange:
    usual: dict[str, Any] = {
        "at": NOON,
        "previous": Tier.MODERATE,
        "new": Tier.CONSERVATIVE,
        "source": TierSource.AUTO,
        "trades": 12,
        "win_rate": 0.25,
        "drawdown": 0.16,
        "reserve": 0.05,
    }
    return TierChange(**usual | changes)


def a_strategy(**changes: Any) -> StrategyStanding:
    usual: dict[str, Any] = {
        "name": "momentum",
        "on": False,
        "at": NOON,
        "why": "underperforming",
        "result": -0.11,
    }
    return StrategyStanding(**usual | changes)


def a_market_event(**changes: Any) -> MarketEvent:
    usual: dict[str, Any] = {
        "id": "e1",
        "scope": EventScope.TICKER,
        "target": "KO",
        "severity": Severity.HIGH,
        "title": "a product is recalled",
        "starts_at": NOON,
        "ends_at": NOON + timedelta(hours=4),
        "source": "owner",
    }
    return MarketEvent(**usual | changes)


def an_action(**changes: Any) -> CorporateAction:
    """Two shares of KO for one, from today's open on."""
    usual: dict[str, Any] = {
        "id": "split-KO",
        "kind": ActionKind.SPLIT,
        "ticker": "KO",
        "ex_date": DAY,
        "opens_at": NOON.replace(hour=14, minute=30),
        "new": 2,
    }
    return CorporateAction(**usual | changes)


def a_breaker(**changes: Any) -> Breaker:
    usual: dict[str, Any] = {
        "kind": BreakerKind.DAILY_LOSS,
        "ticker": None,
        "tripped_at": NOON,
        "threshold": 0.03,
        "actual": 0.034,
        "until": NOON + timedelta(days=3),
    }
    return Breaker(**usual | changes)


def a_proposal(**changes: Any) -> Proposal:
    usual: dict[str, Any] = {
        "decision": a_decision(),
        "recommendation": a_recommendation(),
        "asked_at": NOON,
        "lapses_at": NOON + timedelta(minutes=5),
    }
    return Proposal(**usual | changes)


def a_plan(**changes: Any) -> Tranches:
    """30 shares in three parts, of which the first is ordered."""
    usual: dict[str, Any] = {
        "decision_id": "d1",
        "recommendation": a_recommendation(),
        "left": (10, 10),
        "bought": (10,),
        "next_at": NOON + timedelta(minutes=5),
        "shares": 30,
    }
    return Tranches(**usual | changes)


def a_split(new: int = 2, old: int = 1, **changes: Any) -> CorporateAction:
    """Of KO, in force from the open of the Friday that DAY is; its last close before was $60."""
    usual: dict[str, Any] = {
        "id": "split-KO-2026-11-20",
        "kind": ActionKind.SPLIT,
        "ticker": "KO",
        "ex_date": DAY,
        "opens_at": OPEN,
        "new": new,
        "old": old,
        "close": split_price(money("60"), new, old),
    }
    return CorporateAction(**usual | changes)


def a_dividend(per_share: str = "0.485", **changes: Any) -> CorporateAction:
    usual: dict[str, Any] = {
        "id": "dividend-KO-2026-11-20",
        "kind": ActionKind.DIVIDEND,
        "ticker": "KO",
        "ex_date": DAY,
        "opens_at": OPEN,
        "per_share": money(per_share),
    }
    return CorporateAction(**usual | changes)


def a_ledger_row(amount: str = "5", balance_after: str = "5", **changes: Any) -> LedgerRow:
    usual: dict[str, Any] = {
        "kind": "profit_siphon",
        "amount": money(amount),
        "balance_after": money(balance_after),
        "at": NOON,
        "reference": "paper-d2-1",
    }
    return LedgerRow(**usual | changes)


def a_snapshot(equity: str = "10000", **changes: Any) -> Snapshot:
    usual: dict[str, Any] = {
        "session": DAY,
        "at": datetime.combine(DAY, datetime.min.time(), UTC) + timedelta(hours=21),
        "equity": money(equity),
        "cash": money(equity),
        "reserve": 0,
        "day_pnl": 0,
        "realised_day": 0,
        "peak": money(equity),
        "exposure": 0,
        "open_positions": 0,
        "entries": 0,
        "exits": 0,
        "benchmark": money("612.40"),
        "benchmark_ticker": "SPY",
        "contributed": money(equity),
    }
    return Snapshot(**usual | changes)


def a_change(**changes: Any) -> Change:
    usual: dict[str, Any] = {
        "seq": 1,
        "at": NOON,
        "by": "owner",
        "fields": (("trading.risk_tolerance", Tier.CONSERVATIVE, Tier.MODERATE),),
    }
    return Change(**usual | changes)


def a_state(cash: str = "10000", **changes: Any) -> State:
    """An open paper account with money and nothing else."""
    usual: dict[str, Any] = {
        "account": ACCOUNT,
        "opened_at": NOON - timedelta(days=30),
        "cash": money(cash),
        "contributed": money(cash),
        "opening": money(cash),
        "peak": money(cash),
        "market_at": NOON,
    }
    return State(**usual | changes)


def an_announcement(**changes: Any) -> Announcement:
    usual: dict[str, Any] = {
        "id": "1.0",
        "event_type": "trade_opened",
        "key": "trade.opened",
        "priority": Priority.HIGH,
        "at": NOON,
        "facts": {"ticker": "KO", "shares": 10},
    }
    return Announcement(**usual | changes)


def an_entry(old: State | None = None, event: Event | None = None, **changes: Any) -> Entry:
    """The journal row that follows on `old`, bound to its chain."""
    told = event or Noted(topic="engine_started", facts={})
    usual: dict[str, Any] = {
        "account": old.account if old else ACCOUNT,
        "seq": old.seq + 1 if old else 1,
        "at": NOON,
        "actor": "engine",
        "channel": "engine",
        "kind": type(told).__name__,
        "body": plain(told),
        "previous": old.head if old else "",
    }
    entry = Entry(**usual | changes)
    return replace(entry, hash=digest(entry))


def a_batch(
    old: State | None = None,
    new: State | None = None,
    events: tuple[Event, ...] = (),
    announcements: tuple[Announcement, ...] = (),
    key: str | None = None,
) -> Batch:
    """From `old` to `new` (None: the same again), with the journal row that goes with it."""
    after = new or old or a_state()
    entry = an_entry(old, events[0] if events else None, account=after.account)
    return Batch(
        key=key,
        old=old,
        new=replace(after, seq=entry.seq, head=entry.hash),
        events=events,
        entries=(entry,),
        announcements=announcements,
    )
