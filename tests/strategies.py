"""Hypothesis strategies for nouns and states: anything the types allow, sane or not, within the engine's bounds."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from engine.core.events import Event, OrderUpdated
from engine.core.happenings import MarketEvent
from engine.core.lots import Lot, LotSale, Unsettled
from engine.core.nouns import (
    Breaker,
    Change,
    ClosedTrade,
    Decision,
    Difference,
    Fill,
    LedgerRow,
    Order,
    Pause,
    Position,
    Proposal,
    Recommendation,
    Sent,
    Snapshot,
    Term,
    TraceLine,
    Tranches,
    Transfer,
)
from engine.core.people import Invitation, Person
from engine.core.preferences import Preferences, patched, value_of
from engine.core.standing import Rebalance, StrategyStanding, TierChange, Trim
from engine.core.state import State, Tally
from engine.core.units import MAX_CASH, MAX_PRICE, MAX_SHARES
from engine.core.words import (
    AccountKind,
    Alert,
    Autonomy,
    BreakerKind,
    EventScope,
    OrderStatus,
    OrderType,
    Origin,
    Role,
    Severity,
    Side,
    Skip,
    StopReason,
    Tier,
    TierSource,
    TimeInForce,
)
from engine.ports import Batch
from tests.builders import a_batch

amounts = st.integers(-MAX_CASH, MAX_CASH)
prices = st.integers(1, MAX_PRICE)
share_counts = st.integers(1, MAX_SHARES)
counts = st.integers(0, 1_000)
fractions = st.floats(0, 1)
numbers = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
names = st.text("abcdefghijklmnopqrstuvwxyz0123456789-:.", min_size=1, max_size=12)
tickers = st.sampled_from(["AAPL", "BRK.B", "KO", "MSFT", "SPY", "T"])
sectors = st.sampled_from(["energy", "information_technology", None])
instants = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # bounds must be naive
days = st.dates(date(1990, 1, 1), date(2100, 1, 1))

trace_values = st.one_of(st.none(), words, numbers, amounts)
traces = st.lists(
    st.builds(
        TraceLine,
        step=names,
        value=trace_values,
        limit=trace_values,
        outcome=st.sampled_from(["ok", "reduced", "raised", "reject", "no_data"]),
        left=st.none() | numbers,
    ),
    max_size=4,
).map(tuple)

recommendations = st.builds(
    Recommendation,
    id=names,
    source=words,
    ticker=tickers,
    action=st.sampled_from(Side),
    confidence=fractions,
    window=st.sampled_from(["intraday", "1d", "7d", "30d"]),
    thesis=words,
    generated_at=instants,
    paper_eligible=st.booleans(),
    live_eligible=st.booleans(),
    atr=st.none() | prices,
    sector=sectors,
)
decisions = st.builds(
    Decision,
    id=names,
    at=instants,
    session=days,
    ticker=tickers,
    side=st.sampled_from(Side),
    origin=st.sampled_from(Origin),
    reason=st.sampled_from(Skip),
    shares=counts,
    price=st.none() | prices,
    stop=st.none() | prices,
    take=st.none() | prices,
    recommendation_id=st.none() | names,
    source=st.none() | words,
    confidence=st.none() | fractions,
    thesis=words,
    trace=traces,
    micro=st.booleans(),
)
orders = st.builds(
    Order,
    client_order_id=names,
    decision_id=names,
    ticker=tickers,
    side=st.sampled_from(Side),
    shares=share_counts,
    origin=st.sampled_from(Origin),
    status=st.sampled_from([status for status in OrderStatus if status.is_open]),
    intended_at=instants,
    reserved=amounts,
    filled_shares=counts,
    stop=st.none() | prices,
    take=st.none() | prices,
    atr=st.none() | prices,
    confidence=fractions,
    sector=sectors,
    trigger=st.none() | prices,
    proceeds=amounts,
    cost_out=amounts,
    fees=amounts,
    why=words,
    micro=st.booleans(),
    source=words,
    kind=st.sampled_from(OrderType),
    limit=st.none() | prices,
    stop_at=st.none() | prices,
    good=st.sampled_from(TimeInForce),
)
fills = st.builds(
    Fill,
    execution_id=names,
    client_order_id=names,
    ticker=tickers,
    side=st.sampled_from(Side),
    shares=share_counts,
    price=prices,
    fee=amounts,
    at=instants,
)
positions = st.builds(
    Position,
    ticker=tickers,
    shares=share_counts,
    cost=amounts,
    stop=prices,
    initial_stop=prices,
    take=prices,
    high=prices,
    atr=prices,
    confidence=fractions,
    sector=sectors,
    opened_at=instants,
    decision_id=names,
    source=words,
    micro=st.booleans(),
    expires_at=st.none() | instants,
    stop_why=st.sampled_from(StopReason),
)
closed_trades = st.builds(
    ClosedTrade,
    client_order_id=names,
    decision_id=names,
    ticker=tickers,
    shares=share_counts,
    entry=prices,
    exit=prices,
    realised=amounts,
    origin=st.sampled_from(Origin),
    opened_at=instants,
    closed_at=instants,
    source=words,
    micro=st.booleans(),
)
lots = st.builds(
    Lot,
    id=names,
    ticker=tickers,
    shares=share_counts,
    bought=share_counts,
    cost=amounts,
    tax_basis=amounts,
    opened_at=instants,
    replaces=counts,
)
lot_sales = st.builds(
    LotSale,
    id=names,
    lot_id=names,
    ticker=tickers,
    shares=share_counts,
    proceeds=amounts,
    cost=amounts,
    tax_basis=amounts,
    realised=amounts,
    opened_at=instants,
    closed_at=instants,
    replaced=counts,
    disallowed=amounts,
    bought_again=st.lists(instants, max_size=2).map(tuple),
)
tier_changes = st.builds(
    TierChange,
    at=instants,
    previous=st.sampled_from(Tier),
    new=st.sampled_from(Tier),
    source=st.sampled_from(TierSource),
    trades=counts,
    win_rate=st.none() | fractions,
    drawdown=fractions,
    reserve=fractions,
)
market_events = st.builds(
    MarketEvent,
    id=names,
    scope=st.sampled_from(EventScope),
    target=st.none() | words,
    severity=st.sampled_from(Severity),
    title=words,
    starts_at=instants,
    ends_at=instants,
    source=words,
)
standings = st.builds(
    StrategyStanding, name=names, on=st.booleans(), at=instants, why=words, result=st.none() | numbers
)
trims = st.builds(Trim, ticker=tickers, shares=share_counts, reason=words)
rebalances = st.builds(
    Rebalance, id=names, trims=st.lists(trims, max_size=3).map(tuple), asked_at=instants, lapses_at=instants
)
report_days = st.dictionaries(
    tickers, st.lists(days, min_size=1, max_size=3, unique=True).map(lambda found: tuple(sorted(found))), max_size=3
)
correlations = st.dictionaries(st.tuples(tickers, tickers), st.floats(-1, 1), max_size=6)
breakers = st.builds(
    Breaker,
    kind=st.sampled_from(BreakerKind),
    ticker=st.none() | tickers,
    tripped_at=instants,
    threshold=numbers,
    actual=numbers,
    until=st.none() | instants,
)
proposals = st.builds(
    Proposal, decision=decisions, recommendation=recommendations, asked_at=instants, lapses_at=instants
)
plans = st.builds(
    Tranches,
    decision_id=names,
    recommendation=recommendations,
    left=st.lists(share_counts, max_size=2).map(tuple),
    bought=st.lists(share_counts, min_size=1, max_size=3).map(tuple),
    next_at=instants,
    shares=share_counts,
    cut=st.sampled_from(Skip),
)
ledger_rows = st.builds(
    LedgerRow,
    kind=st.sampled_from(["profit_siphon", "emergency_liquidation", "manual_adjustment", "initial"]),
    amount=amounts,
    balance_after=amounts,
    at=instants,
    reference=words,
)
snapshots = st.builds(
    Snapshot,
    session=days,
    at=instants,
    equity=amounts,
    cash=amounts,
    reserve=amounts,
    day_pnl=amounts,
    realised_day=amounts,
    peak=amounts,
    exposure=amounts,
    open_positions=counts,
    entries=counts,
    exits=counts,
    benchmark=st.none() | prices,
    benchmark_ticker=tickers,
    contributed=amounts,
)
tallies = st.builds(
    Tally,
    session=st.none() | days,
    entries=counts,
    exits=counts,
    stop_hits=st.lists(instants, max_size=3).map(tuple),
    realised=amounts,
    skips=st.lists(st.tuples(names, counts), max_size=3).map(tuple),
    summarised=st.booleans(),
    moved=amounts,
    alerts=st.lists(st.sampled_from(Alert).map(str), max_size=2).map(tuple),
    micro=counts,
    waived=st.lists(st.sampled_from(BreakerKind).map(str), max_size=2).map(tuple),
    washed=amounts,
    stopped=st.lists(tickers, max_size=2).map(tuple),
)
transfers = st.builds(Transfer, id=names, amount=amounts, at=instants, resets=st.booleans())
people = st.builds(Person, id=names, role=st.sampled_from(Role), since=instants, name=words)
invitations = st.builds(Invitation, code=names, role=st.sampled_from(Role), lapses_at=instants)
pauses = st.builds(Pause, since=instants, until=st.none() | instants)

settings_asked: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "trading.autonomy": st.sampled_from(Autonomy),
        "trading.risk_tolerance": st.sampled_from(Tier),
        "trading.watchlist": st.lists(tickers, max_size=3),
        "trading.min_confidence": st.none() | st.floats(0.01, 1),
        "trading.max_daily_trades": st.integers(1, 500),
        "trading.absolute_position_cap": st.none() | st.decimals(0, 10**9, places=2),
        "trading.capital_limit": st.none() | st.just(Decimal("5000.00")),
        "risk.max_exposure_pct": st.floats(1, 100),
        "risk.stop_loss_pct": st.none() | st.floats(0.1, 50),
    },
)
preferences = settings_asked.map(lambda asked: patched(Preferences(), asked))


@st.composite
def setting_changes(draw: st.DrawFn) -> tuple[str, Any, Any]:
    """A path, and its values in two preferences."""
    before, after = draw(preferences), draw(preferences)
    path = draw(st.sampled_from(["trading.autonomy", "trading.watchlist", "trading.capital_limit", "risk.reserve_pct"]))
    return path, value_of(before, path), value_of(after, path)


terms = st.builds(
    Term,
    path=st.sampled_from(["trading.watchlist", "risk.reserve_pct", "trading.capital_limit"]),
    until=instants,
    back=st.none() | st.floats(0, 90) | st.lists(tickers, max_size=2) | words,
    seq=counts,
)
pausing = st.tuples(st.just("engine.pause"), st.none() | words, st.none() | words)
changes = st.builds(
    Change,
    seq=counts,
    at=instants,
    by=names,
    fields=st.lists(setting_changes() | pausing, min_size=1, max_size=2).map(tuple),
    message=st.none() | words,
    how=st.sampled_from(["set", "undo", "term"]),
    channel=words,
    before=st.lists(terms, max_size=2).map(tuple),
)


sent = st.builds(
    Sent, ticker=tickers, side=st.sampled_from(Side), at=instants, wall=instants, decision_id=words, idle=st.booleans()
)
differences = st.builds(Difference, ticker=st.none() | tickers, ours=amounts, theirs=amounts, at=instants)


def by(key: str, nouns: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping of up to three nouns by one of their fields."""
    return st.lists(nouns, max_size=3).map(lambda found: {getattr(noun, key): noun for noun in found})


def of_tickers(found: list[Lot]) -> dict[str, tuple[Lot, ...]]:
    """Lots with ids of their own, by their tickers."""
    return {
        ticker: tuple(lot for lot in found if lot.ticker == ticker)
        for ticker in dict.fromkeys(lot.ticker for lot in found)
    }


states = st.builds(
    State,
    account=st.just("paper"),
    kind=st.sampled_from(AccountKind),
    opened_at=st.none() | instants,
    cash=amounts,
    contributed=amounts,
    opening=amounts,
    realised=amounts,
    fees=amounts,
    reserve=amounts,
    peak=amounts,
    preferences=preferences,
    version=counts,
    pause=st.none() | pauses,
    killed_at=st.none() | instants,
    positions=by("ticker", positions),
    orders=by("client_order_id", orders),
    breakers=st.lists(breakers, max_size=3).map(lambda found: {(each.kind, each.ticker): each for each in found}),
    proposals=st.lists(proposals, max_size=2).map(lambda found: {each.decision.id: each for each in found}),
    pending=by("id", recommendations),
    decided=st.lists(names, max_size=4).map(dict.fromkeys),
    changes=st.lists(changes, max_size=3).map(tuple),
    acted_at=st.lists(instants, max_size=2).map(tuple),
    terms=st.lists(terms, max_size=2).map(tuple),
    frozen=st.frozensets(tickers, max_size=2),
    tally=tallies,
    last=st.none() | snapshots,
    market_at=st.none() | instants,
    tranches=st.lists(plans, max_size=2).map(tuple),
    transfers=st.lists(transfers, max_size=2).map(tuple),
    invitations=st.lists(invitations, max_size=2).map(tuple),
    people=by("id", people),
    reset_at=st.none() | instants,
    tolerance_raised_at=st.none() | instants,
    config=words,
    dividends=amounts,
    ceiling=st.none() | st.sampled_from(Tier),
    tier_move=st.none() | tier_changes,
    emergency=st.booleans(),
    high_water=st.booleans(),
    flatten_at=st.none() | instants,
    restored=words,
    sent=st.lists(sent, max_size=2).map(tuple),
    differences=st.lists(differences, max_size=2).map(tuple),
    lots=st.lists(lots, max_size=3, unique_by=lambda lot: lot.id).map(of_tickers),
    losses=st.lists(lot_sales, max_size=2).map(tuple),
    unsettled=st.lists(st.builds(Unsettled, amount=amounts, on=days), max_size=2).map(tuple),
    day_trades=st.lists(days, max_size=3).map(tuple),
    trades=st.lists(closed_trades, max_size=3, unique_by=lambda trade: trade.client_order_id).map(tuple),
    earnings=report_days,
    market_events=st.lists(market_events, max_size=3, unique_by=lambda event: event.id).map(tuple),
    strategies=by("name", standings),
    rebalance=st.none() | rebalances,
    rebalanced=st.none() | days,
    actions=st.lists(names, max_size=2).map(tuple),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Batch]:
    """An account's first batches: each from any state to any other that could follow on it."""
    batches: list[Batch] = []
    for step in range(draw(st.integers(1, 3))):
        old = batches[-1].new if batches else None
        new = draw(states)
        batches.append(a_batch(old, following(old, new, step), events=closing(old, new) if old else ()))
    return batches


def following(old: State | None, new: State, step: int) -> State:
    """`new` so that what comes once comes once: ids of its own a step, a later snapshot; at odd steps old ones stay."""
    orders = {f"{step}-{key}": replace(each, client_order_id=f"{step}-{key}") for key, each in new.orders.items()}
    pending = {f"{step}-{key}": replace(each, id=f"{step}-{key}") for key, each in new.pending.items()}
    proposals = {f"{step}-{key}": renamed(each, f"{step}-{key}") for key, each in new.proposals.items()}
    lots = {ticker: tuple(replace(lot, id=f"{step}-{lot.id}") for lot in held) for ticker, held in new.lots.items()}
    trades = tuple(replace(each, client_order_id=f"{step}-{each.client_order_id}") for each in new.trades)
    events = tuple(replace(each, id=f"{step}-{each.id}") for each in new.market_events)
    stays = old if old and step % 2 else State(account=new.account)
    return replace(
        new,
        last=new.last and replace(new.last, session=date(2000 + step, 1, 1)),
        orders={key: replace(each, filled_shares=each.filled_shares + 1) for key, each in stays.orders.items()}
        | orders,
        pending={**stays.pending, **pending},
        proposals={**stays.proposals, **proposals},
        lots={
            ticker: left
            for ticker in {**stays.lots, **lots}
            if (left := fewer(stays.lots.get(ticker, ())) + lots.get(ticker, ()))
        },
        trades=(*stays.trades[1:], *trades),
        market_events=(*stays.market_events[1:], *events),
    )


def fewer(lots: tuple[Lot, ...]) -> tuple[Lot, ...]:
    """The same, of which one share each was sold; of one share nothing is left."""
    return tuple(replace(lot, shares=lot.shares - 1) for lot in lots if lot.shares > 1)


def renamed(proposal: Proposal, decision_id: str) -> Proposal:
    return replace(proposal, decision=replace(proposal.decision, id=decision_id))


def closing(old: State, new: State) -> tuple[Event, ...]:
    """What must be told of the orders that are not open any more."""
    gone = [order for key, order in old.orders.items() if key not in new.orders]
    return tuple(OrderUpdated(order=replace(order, status=OrderStatus.CANCELLED), old=order.status) for order in gone)
