"""Tax lots through the judge: what a sell takes, wash sales before and after, what is settled, day trades."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.announce import announced
from engine.core.announcement import Moment
from engine.core.apply import applied
from engine.core.happenings import CorporateAction
from engine.core.lots import Lot, LotSale, Unsettled
from engine.core.state import State
from engine.core.taxes import Foreseen, cost_of, foreseen, taxed
from engine.core.units import CENT, money
from engine.core.words import ActionKind, OrderStatus, Priority, Side
from tests.builders import DAY, NOON, a_fill, an_order
from tests.engine.core.trading import OLD, bought, of_kind, ordered, sold, with_buys
from tests.engine.scenes import a_holding, a_scene, an_account, done, holding, judged, prefer, session_of

MONTH = timedelta(days=30)
SECOND = timedelta(seconds=1)


def lots(state: State, ticker: str = "KO") -> list[tuple[str, int, int, int]]:
    """Id, shares, cost and tax basis of each lot, in order."""
    return [(lot.id, lot.shares, lot.cost, lot.tax_basis) for lot in state.lots.get(ticker, ())]


# --- lots come and go


def test_a_buy_opens_a_lot_of_its_execution_after_its_fill() -> None:
    _, events = bought(an_account(), 10, "60.10", key="x7")
    assert [type(event) for event in events] == [e.Filled, e.LotOpened]
    (opened,) = of_kind(events, e.LotOpened)
    assert opened.lot == Lot(
        id="x7", ticker="KO", shares=10, bought=10, cost=money("601"), tax_basis=money("601"), opened_at=NOON
    )


def test_p22_a_sell_takes_the_oldest_lots_first_and_realises_what_those_cost() -> None:
    """10 at 50 and 10 at 70, both held long: 15 sold at 60 bring 900 for 500 and half of 700."""
    state = with_buys((10, "50", OLD), (10, "70", OLD + SECOND))
    state, events = sold(state, 15, "60")
    sales = [one.sale for one in of_kind(events, e.LotSold)]
    assert [(one.id, one.shares, one.proceeds, one.cost, one.realised) for one in sales] == [
        ("s4/b0", 10, money("600"), money("500"), money("100")),
        ("s4/b1", 5, money("300"), money("350"), money("-50")),
    ]
    assert lots(state) == [("b1", 5, money("350"), money("350"))]
    assert (state.positions["KO"].cost, state.positions["KO"].entry) == (money("350"), money("70"))
    (closed,) = of_kind(events, e.TradeClosed)
    assert (closed.trade.realised, closed.trade.entry) == (money("50"), money("56.6666"))
    assert state.realised == money("50")


def test_p22_what_a_part_of_a_lot_cost_is_rounded_down_and_the_rest_stays() -> None:
    state = replace(with_buys((3, "1", OLD)))
    state = replace(
        state,
        lots={"KO": (replace(state.lots["KO"][0], cost=100, tax_basis=101),)},
        positions={"KO": replace(state.positions["KO"], cost=100)},
    )
    state, events = sold(state, 2, "1")
    (one,) = of_kind(events, e.LotSold)
    assert (one.sale.cost, one.sale.tax_basis, one.left and (one.left.cost, one.left.tax_basis)) == (66, 67, (34, 34))
    assert state.positions["KO"].cost == 34


def test_a_position_from_before_lots_becomes_one_lot_when_it_is_touched() -> None:
    position = a_holding("KO", "60", 100, opened_at=OLD)
    state = holding(an_account(), position)
    state, events = bought(state, 10, "50", key="x1")
    assert [type(event) for event in events[:3]] == [e.LotOpened, e.Filled, e.LotOpened]
    assert lots(state) == [
        ("before/KO", 100, money("6000"), money("6000")),
        ("x1", 10, money("500"), money("500")),
    ]
    assert state.lots["KO"][0].opened_at == OLD
    state, events = sold(state, 105, "60")
    assert [type(event) for event in events[:3]] == [e.Filled, e.LotSold, e.LotSold]
    assert lots(state) == [("x1", 5, money("250"), money("250"))]


def test_a_sell_of_all_from_before_leaves_no_lot() -> None:
    state, events = sold(holding(an_account(), a_holding("KO", "60", 100, opened_at=OLD)), 100, "61")
    assert [type(event) for event in events[:3]] == [e.LotOpened, e.Filled, e.LotSold]
    assert (state.lots, state.positions) == ({}, {})


# --- wash sales


def test_p23_a_purchase_before_a_sale_at_a_loss_puts_its_loss_off() -> None:
    """10 bought long ago at 60, 4 last week at 50: selling the 10 at 50 loses 100, of which 4 tenths are put off."""
    state = with_buys((10, "60", OLD), (4, "50", NOON - timedelta(days=7)))
    state, events = sold(state, 10, "50")
    (found,) = of_kind(events, e.WashSaleFound)
    assert (found.shares, found.amount) == (4, money("40"))
    assert (found.sale.replaced, found.sale.disallowed, found.sale.is_wash) == (4, money("40"), True)
    assert (found.lot.id, found.lot.replaces, found.lot.cost, found.lot.tax_basis) == (
        "b1",
        4,
        money("200"),
        money("240"),
    )
    assert lots(state) == [("b1", 4, money("200"), money("240"))]
    assert state.positions["KO"].cost == money("200")
    assert [one.replaced for one in state.losses] == [4]


def test_p23_a_purchase_after_a_sale_at_a_loss_puts_its_loss_off() -> None:
    state, _ = sold(with_buys((10, "60", OLD)), 10, "50")
    assert [(one.id, one.replaced) for one in state.losses] == [("s2/b0", 0)]
    state, events = bought(state, 4, "51", NOON + timedelta(days=10), key="again")
    assert [type(event) for event in events] == [e.Filled, e.LotOpened, e.WashSaleFound]
    assert lots(state) == [("again", 4, money("204"), money("244"))]
    state, events = bought(state, 20, "51", NOON + timedelta(days=11), key="more")
    (found,) = of_kind(events, e.WashSaleFound)
    assert (found.shares, found.amount, found.sale.disallowed) == (6, money("60"), money("100"))
    assert state.losses == ()
    assert not of_kind(bought(state, 5, "51", NOON + timedelta(days=12))[1], e.WashSaleFound)


APART = [
    # sold in summer time, bought in winter time: 30 days, 30 × 24 h and an hour
    ("2026-10-05T13:45:00+00:00", "2026-11-04T14:45:00+00:00", 1),
    ("2026-10-05T13:45:00+00:00", "2026-11-05T14:45:00+00:00", 0),
    # the last and the first minute of a day in New York
    ("2026-07-01T04:00:00+00:00", "2026-08-01T03:59:00+00:00", 1),
    ("2026-07-02T03:59:00+00:00", "2026-08-01T04:00:00+00:00", 0),
    # winter, then summer
    ("2026-02-13T20:59:00+00:00", "2026-03-15T13:30:00+00:00", 1),
    ("2026-02-13T20:59:00+00:00", "2026-03-16T13:30:00+00:00", 0),
]


@pytest.mark.parametrize(("early", "late", "found"), APART)
def test_p23_the_thirtieth_calendar_day_after_counts_and_the_next_does_not(early: str, late: str, found: int) -> None:
    sold_at, bought_at = (datetime.fromisoformat(one) for one in (early, late))
    state, _ = sold(with_buys((10, "60", sold_at - MONTH * 3)), 10, "50", sold_at)
    _, events = bought(state, 10, "50", bought_at)
    assert len(of_kind(events, e.WashSaleFound)) == found


@pytest.mark.parametrize(("early", "late", "found"), APART)
def test_p23_the_thirtieth_calendar_day_before_counts_and_one_earlier_does_not(
    early: str, late: str, found: int
) -> None:
    bought_at, sold_at = (datetime.fromisoformat(one) for one in (early, late))
    state = with_buys((10, "60", bought_at - MONTH * 3), (10, "50", bought_at))
    _, events = sold(state, 10, "50", sold_at)
    assert len(of_kind(events, e.WashSaleFound)) == found


def test_p23_a_loss_is_remembered_for_thirty_calendar_days_when_clocks_change() -> None:
    """Another sell on the thirtieth day, an hour after 30 × 24 h, forgets no loss that a purchase could put off."""
    sold_at, later = datetime(2026, 10, 5, 13, 45, tzinfo=UTC), datetime(2026, 11, 4, 14, 45, tzinfo=UTC)
    state, _ = sold(with_buys((10, "60", OLD), (10, "40", OLD)), 10, "50", sold_at)
    state, _ = sold(state, 5, "50", later)
    assert [one.id for one in state.losses] == ["s4/b0"]
    state, _ = sold(state, 5, "50", later + timedelta(days=1))
    assert state.losses == ()


def test_p23_a_gain_puts_nothing_off() -> None:
    state = with_buys((10, "60", OLD), (10, "50", NOON - SECOND))
    state, events = sold(state, 10, "60")
    assert not of_kind(events, e.WashSaleFound)
    assert state.losses == ()


def test_p23_the_rest_of_the_same_purchase_is_no_purchase_after_it() -> None:
    state, events = sold(with_buys((10, "60", NOON - SECOND)), 4, "50")
    assert not of_kind(events, e.WashSaleFound)
    assert [one.shares for one in state.losses] == [4]


def test_p23_other_tickers_do_not_stand_in() -> None:
    state = with_buys((10, "60", OLD))
    state, _ = bought(state, 10, "150", NOON - SECOND, ticker="PEP")
    state, events = sold(state, 10, "50")
    assert not of_kind(events, e.WashSaleFound)
    assert not of_kind(bought(state, 10, "150", ticker="PEP")[1], e.WashSaleFound)


def test_p23_losses_and_purchases_are_matched_oldest_first() -> None:
    """Two lots lose 20 and 10 on 2 shares each; of two purchases of 3, the older takes both of the first and one."""
    week = NOON - timedelta(days=7)
    state = with_buys((2, "60", OLD), (2, "55", OLD + SECOND), (3, "50", week), (3, "50", week + SECOND))
    _, events = sold(state, 4, "50")
    matched = [(one.sale.lot_id, one.lot.id, one.shares, one.amount) for one in of_kind(events, e.WashSaleFound)]
    assert matched == [
        ("b0", "b2", 2, money("20")),
        ("b1", "b2", 1, money("5")),
        ("b1", "b3", 1, money("5")),
    ]


def test_p23_what_was_put_off_goes_out_with_its_lot_pro_rata_and_is_put_off_again() -> None:
    """40 lie on 4 shares at 50; half of them sold at 50 lose 20 for taxes, which 2 shares bought again put off."""
    state, _ = sold(with_buys((10, "60", OLD), (4, "50", NOON - timedelta(days=7))), 10, "50")
    state, events = sold(state, 2, "50", NOON + SECOND)
    (one,) = of_kind(events, e.LotSold)
    assert (one.sale.realised, one.sale.tax_basis, one.sale.loss) == (0, money("120"), money("20"))
    state, events = bought(state, 2, "50", NOON + MONTH, key="again")
    matched = [(found.sale.id, found.shares, found.amount) for found in of_kind(events, e.WashSaleFound)]
    # of the first sale's ten shares four were matched before
    assert matched == [("s4/b0", 2, money("20"))]
    state, events = bought(state, 8, "50", NOON + MONTH, key="more")
    matched = [(found.sale.id, found.shares, found.amount) for found in of_kind(events, e.WashSaleFound)]
    assert matched == [("s4/b0", 4, money("40")), (one.sale.id, 2, money("20"))]


def test_p23_shares_that_stand_in_do_not_stand_in_twice() -> None:
    state = with_buys((4, "60", OLD), (4, "55", OLD + SECOND), (4, "50", NOON - SECOND))
    state, events = sold(state, 4, "50")
    assert [one.shares for one in of_kind(events, e.WashSaleFound)] == [4]
    _, events = sold(state, 4, "50")
    assert not of_kind(events, e.WashSaleFound)


DAYS = st.integers(0, 70)
TRADES = st.lists(st.tuples(st.booleans(), st.integers(1, 9), st.integers(40, 60), DAYS), min_size=1, max_size=12)


@settings(max_examples=60)
@given(trades=TRADES)
def test_p23_whatever_is_traded_what_is_put_off_lies_on_lots_and_later_sales(
    trades: list[tuple[bool, int, int, int]],
) -> None:
    """Each share sold at a loss is matched once at most, each share bought once; every match is within 30 days."""
    state, bases = an_account("1000000"), 0
    sales: dict[str, LotSale] = {}
    matched: dict[str, int] = {}
    for buys, shares, price, days in sorted(trades, key=lambda trade: trade[3]):
        at = NOON + timedelta(days=days)
        held = state.positions["KO"].shares if state.positions else 0
        if not buys and not held:
            continue
        trade = bought if buys else sold
        state, events = trade(state, shares if buys else min(shares, held), str(price), at)
        for one in of_kind(events, e.LotSold):
            bases += one.sale.tax_basis - one.sale.cost
        sales |= {one.sale.id: one.sale for one in of_kind(events, e.LotSold)}
        for found in of_kind(events, e.WashSaleFound):
            assert abs(found.lot.opened_at - found.sale.closed_at) <= MONTH
            sales[found.sale.id] = found.sale
            matched[found.lot.id] = matched.get(found.lot.id, 0) + found.shares
            assert matched[found.lot.id] <= found.lot.bought
            assert found.lot.replaces <= found.lot.shares
    disallowed = sum(sale.disallowed for sale in sales.values())
    assert disallowed == bases + sum(lot.tax_basis - lot.cost for lot in state.lots.get("KO", ()))
    assert sum(matched.values()) == sum(sale.replaced for sale in sales.values())
    assert all(sale.replaced <= sale.shares and sale.disallowed <= sale.loss for sale in sales.values())
    assert all(sale.replaced == 0 for sale in sales.values() if not sale.loss)


def test_p23_a_wash_sale_is_told_with_what_is_put_off_and_by_which_purchase() -> None:
    week = NOON - timedelta(days=7)
    state = with_buys((10, "60", OLD), (4, "50", week))
    after, events = sold(state, 10, "50")
    found = announced(events, Moment(state, after, a_scene()))
    told = next(one for one in found if one.key == "push.wash_sale")
    assert (told.event_type, told.priority) == ("trade_closed", Priority.MEDIUM)
    assert told.facts == {
        "account": "paper",
        "ticker": "KO",
        "shares": 4,
        "sold": 10,
        "closed_at": NOON,
        "loss": money("100"),
        "disallowed": money("40"),
        "bought_at": week,
        "bought": 4,
    }


# --- a sell in slices


def selling(state: State, shares: int) -> State:
    """The account with one open sell of so many shares."""
    return ordered(state, an_order("0", client_order_id="o-sell", side=Side.SELL, shares=shares, stop=None))


def slices(state: State, sizes: list[int], price: str = "60") -> tuple[State, tuple[e.Event, ...]]:
    """What comes of these fills of the open sell, one after the other."""
    events: tuple[e.Event, ...] = ()
    for number, shares in enumerate(sizes):
        key = f"part{number}"
        fill = a_fill(price, client_order_id="o-sell", execution_id=key, shares=shares, side=Side.SELL)
        found = judged(c.RecordFill(fill=fill), state)
        state, events = applied(state, found), (*events, *found)
    return state, events


def put_off(events: tuple[e.Event, ...]) -> int:
    return sum(one.amount for one in of_kind(events, e.WashSaleFound))


@pytest.mark.parametrize("sizes", [[150], [50, 50, 50], [100, 50], [149, 1]])
def test_p23_shares_that_the_same_sell_takes_later_are_no_purchase(sizes: list[int]) -> None:
    """100 old and 50 of ten days ago, all sold at a loss: nothing is left that could stand in."""
    state = with_buys((100, "70", OLD), (50, "60", NOON - timedelta(days=10)))
    assert foreseen(state, "KO", 150, money("60"), NOON) is None
    after, events = slices(selling(state, 150), sizes)
    assert not of_kind(events, e.WashSaleFound)
    assert (after.positions, after.tally.washed) == ({}, 0)


def test_p23_a_sell_that_ends_short_is_matched_with_what_it_left() -> None:
    """Of 150 to be sold 100 were, for 1,000 less than they cost: 50 bought ten days ago put half of it off."""
    state = selling(with_buys((100, "70", OLD), (50, "60", NOON - timedelta(days=10))), 150)
    state, events = slices(state, [60, 40])
    assert not of_kind(events, e.WashSaleFound)
    events = judged(c.RecordOrder(client_order_id="o-sell", status=OrderStatus.CANCELLED), state)
    assert [(one.sale.id, one.shares, one.amount) for one in of_kind(events, e.WashSaleFound)] == [
        ("part0/b0", 50, money("500"))
    ]
    state = applied(state, events)
    assert (lots(state), state.tally.washed) == ([("b1", 50, money("3000"), money("3500"))], money("500"))


def test_p23_two_sells_half_done_at_once_are_matched_when_the_last_has_ended() -> None:
    state = with_buys((100, "70", OLD), (50, "60", NOON - timedelta(days=10)))
    state, _ = slices(selling(state, 120), [60])
    state, events = sold(state, 20, "60")
    assert not of_kind(events, e.WashSaleFound)
    fill = a_fill("60", client_order_id="o-sell", execution_id="last", shares=60, side=Side.SELL)
    events = judged(c.RecordFill(fill=fill), state)
    assert [(one.sale.id, one.lot.id, one.shares) for one in of_kind(events, e.WashSaleFound)] == [
        ("part0/b0", "b1", 10)
    ]
    assert [one.sale.bought_again for one in of_kind(events, e.WashSaleFound)] == [(NOON - timedelta(days=10),)]


def test_p23_what_is_left_of_a_purchase_stands_in_once_though_more_of_it_was_sold() -> None:
    """10 old lost 100, of 10 of last week 6 went with them: the 4 left stand in for 4, now and after the next sell."""
    state = with_buys((10, "60", OLD), (10, "50", NOON - timedelta(days=7)))
    for sizes in ([16], [5, 5, 6]):
        after, events = slices(selling(state, 16), sizes, "50")
        assert put_off(events) == money("40")
        assert [(lot.shares, lot.replaces, lot.tax_basis) for lot in after.lots["KO"]] == [(4, 4, money("240"))]
        after, events = sold(after, 1, "50")
        assert not of_kind(events, e.WashSaleFound)
        assert [(lot.shares, lot.replaces) for lot in after.lots["KO"]] == [(3, 3)]


@settings(max_examples=200)
@example(buys=[(9, 60, 60), (9, 50, 10)], shares=12, price=50, cuts=[5])
@given(
    buys=st.lists(st.tuples(st.integers(1, 9), st.integers(50, 60), st.integers(0, 40)), min_size=1, max_size=5),
    shares=st.integers(1, 45),
    price=st.integers(45, 58),
    cuts=st.lists(st.integers(1, 44), max_size=4),
)
def test_p23_however_a_sell_is_sliced_the_same_loss_is_put_off(
    buys: list[tuple[int, int, int]], shares: int, price: int, cuts: list[int]
) -> None:
    oldest_first = sorted(buys, key=lambda buy: -buy[2])
    state = with_buys(*((n, str(paid), NOON - timedelta(days=days)) for n, paid, days in oldest_first))
    shares = min(shares, state.positions["KO"].shares)
    ends = sorted({cut for cut in cuts if cut < shares} | {shares})
    sizes = [end - begun for begun, end in zip([0, *ends], ends, strict=False)]
    seen = foreseen(state, "KO", shares, money(price), NOON)
    whole, at_once = slices(selling(state, shares), [shares], str(price))
    sliced, in_parts = slices(selling(state, shares), sizes, str(price))
    assert put_off(in_parts) == put_off(at_once) == (seen.disallowed if seen else 0)
    assert sliced.lots == whole.lots


# --- splits between a loss and its purchase


MONDAY = session_of(date(2026, 11, 23))


def split(state: State, new: int, old: int) -> State:
    """The account after a split on Monday morning."""
    action = CorporateAction(
        id="split",
        kind=ActionKind.SPLIT,
        ticker="KO",
        ex_date=MONDAY.date,
        opens_at=MONDAY.opens_at,
        new=new,
        old=old,
        close=money("50"),
    )
    return done(state, c.TakeAction(action=action), a_scene(MONDAY.opens_at))


def test_p23_a_split_after_a_loss_counts_its_shares_anew_though_nothing_is_held() -> None:
    """Two for one: 20 new shares stand for the 10 that were sold, 5 of them for a quarter."""
    state = split(sold(with_buys((10, "60", OLD)), 10, "50")[0], 2, 1)
    _, events = bought(state, 5, "25", MONDAY.closes_at)
    assert [(one.shares, one.amount) for one in of_kind(events, e.WashSaleFound)] == [(5, money("25"))]
    _, events = bought(state, 30, "25", MONDAY.closes_at)
    assert [(one.shares, one.amount) for one in of_kind(events, e.WashSaleFound)] == [(20, money("100"))]


def test_p23_a_split_never_takes_back_what_was_put_off() -> None:
    """Of 7 sold at a loss of 70, 5 stand in for 50. One for three: 3 sold, 1 replaced; another is two thirds, 46.67."""
    state, _ = sold(with_buys((7, "60", OLD), (5, "50", NOON - SECOND)), 7, "50")
    assert [(one.replaced, one.disallowed) for one in state.losses] == [(5, money("50"))]
    state = split(state, 1, 3)
    assert [(one.shares, one.replaced, one.disallowed) for one in state.losses] == [(3, 1, money("50"))]
    state, events = bought(state, 1, "150", MONDAY.closes_at, key="again")
    assert [(one.shares, one.amount) for one in of_kind(events, e.WashSaleFound)] == [(1, 0)]
    state, events = bought(state, 1, "150", MONDAY.closes_at, key="more")
    assert [(one.shares, one.amount) for one in of_kind(events, e.WashSaleFound)] == [(1, money("20"))]


def test_p23_a_sell_that_a_split_cuts_short_is_matched_with_what_it_left() -> None:
    """100 of 105 sold at a loss of 1,000; the last 5 make no share at one for ten. 500 lie on the 5 that 50 become."""
    state = with_buys((100, "70", OLD), (55, "60", NOON - timedelta(days=10)))
    state, events = slices(selling(state, 105), [100])
    assert not of_kind(events, e.WashSaleFound)
    state = split(state, 1, 10)
    assert [(lot.shares, lot.tax_basis - lot.cost, lot.replaces) for lot in state.lots["KO"]] == [(5, money("500"), 5)]
    assert state.tally.washed == money("550")


def test_p23_shares_that_stand_in_do_so_once_after_a_split_too() -> None:
    state, _ = sold(with_buys((4, "60", OLD), (4, "55", OLD + SECOND), (4, "50", NOON - SECOND)), 4, "50")
    state = split(state, 2, 1)
    assert [(lot.id, lot.shares, lot.bought, lot.replaces) for lot in state.lots["KO"]] == [
        ("b1", 8, 8, 0),
        ("b2", 8, 8, 8),
    ]
    _, events = sold(state, 8, "25", MONDAY.closes_at)
    assert not of_kind(events, e.WashSaleFound)


# --- the siphon


@given(
    parts=st.lists(st.tuples(st.integers(1, 20), st.integers(10_000, 90_000)), min_size=1, max_size=5),
    price=st.integers(10_000, 90_000),
    fee=st.integers(0, 900),
)
@settings(max_examples=40)
def test_p06_what_is_set_aside_is_of_all_lots_together_the_losing_ones_included(
    parts: list[tuple[int, int]], price: int, fee: int
) -> None:
    state = with_buys(*((shares, str(cents / 100), OLD) for shares, cents in ((n, p // 100) for n, p in parts)))
    paid = sum(shares * (entry // 100) * 100 for shares, entry in parts)
    shares = sum(n for n, _ in parts)
    price = price // 100 * 100
    _, events = sold(state, shares, str(price / 10_000), fee=str(fee / 10_000))
    brought = shares * price - paid - fee
    rows = [one.row.amount for one in of_kind(events, e.ReserveMoved)]
    expected = brought // 5 // CENT * CENT if brought > 0 else 0
    assert rows == ([expected] if expected else [])


def test_p06_a_losing_lot_takes_from_what_a_winning_one_sets_aside() -> None:
    """+100 on one lot, −50 on the other: a fifth of 50."""
    _, events = sold(with_buys((10, "50", OLD), (10, "65", OLD + SECOND)), 20, "60")
    (moved,) = of_kind(events, e.ReserveMoved)
    assert moved.row.amount == money("10")


# --- settlement


def test_proceeds_settle_at_the_next_session_and_buy_nothing_before() -> None:
    state, events = sold(with_buys((10, "50", OLD), cash="500"), 10, "60")
    (filled,) = of_kind(events, e.Filled)
    monday = date(2026, 11, 23)
    assert (filled.settles_on, filled.session) == (monday, DAY)
    assert state.unsettled == (Unsettled(money("600"), monday),)
    assert (state.cash, state.unsettled_cash, state.buying_power) == (money("600"), money("600"), 0)
    state = applied(state, (e.SessionBegan(session=monday),))
    assert (state.unsettled, state.buying_power) == ((), money("580"))


def test_on_margin_proceeds_buy_at_once() -> None:
    state = replace(with_buys((10, "50", OLD), cash="500"), preferences=prefer(trading__settlement="margin"))
    state, _ = sold(state, 10, "50")
    assert (state.unsettled_cash, state.buying_power) == (0, money("500"))


@pytest.mark.parametrize(
    ("at", "settles"),
    [
        (datetime.fromisoformat("2026-11-20T14:30:00+00:00"), date(2026, 11, 23)),
        (datetime.fromisoformat("2026-11-20T21:00:00+00:00"), date(2026, 11, 23)),
        # Thanksgiving, and the half day after it
        (datetime.fromisoformat("2026-11-25T17:00:00+00:00"), date(2026, 11, 27)),
        (datetime.fromisoformat("2026-11-27T17:00:00+00:00"), date(2026, 11, 30)),
    ],
)
def test_settlement_knows_weekends_and_holidays(at: datetime, settles: date) -> None:
    _, events = sold(with_buys((10, "50", OLD)), 10, "60", at)
    (filled,) = of_kind(events, e.Filled)
    assert filled.settles_on == settles


def test_what_is_learned_of_a_session_later_is_settled_already() -> None:
    """A sell of Thursday that is heard of on Friday."""
    thursday = session_of(date(2026, 11, 19))
    state = with_buys((10, "50", OLD))
    sell = an_order("0", client_order_id="o-late", side=Side.SELL, shares=10)
    fill = a_fill("60", client_order_id="o-late", side=Side.SELL, execution_id="late", at=thursday.opens_at)
    events = judged(c.RecordFill(fill=fill), ordered(state, sell), a_scene(NOON))
    (filled,) = of_kind(events, e.Filled)
    assert (filled.settles_on, filled.session) == (DAY, thursday.date)
    assert applied(ordered(state, sell), events).unsettled == ()


# --- day trades


def test_a_sell_on_the_day_of_a_buy_is_a_day_trade() -> None:
    state, events = sold(with_buys((10, "50", NOON - SECOND)), 10, "60")
    (filled,) = of_kind(events, e.Filled)
    assert filled.day_trade
    assert state.day_trades == (DAY,)


def test_shares_held_overnight_are_no_day_trade_unless_more_were_bought() -> None:
    overnight = with_buys((10, "50", NOON - timedelta(days=1)))
    assert sold(overnight, 5, "60")[0].day_trades == ()
    assert sold(bought(overnight, 1, "55")[0], 5, "60")[0].day_trades == (DAY,)


def test_an_order_filled_in_parts_is_one_day_trade() -> None:
    sell = an_order("0", client_order_id="o-1", side=Side.SELL, shares=10)
    state = ordered(with_buys((10, "50", NOON - SECOND)), sell)
    for number, shares in enumerate((3, 7)):
        fill = a_fill("60", client_order_id="o-1", side=Side.SELL, shares=shares, execution_id=f"p{number}")
        state = done(state, c.RecordFill(fill=fill))
    assert state.day_trades == (DAY,)


# --- a large one


def test_a_trade_that_won_or_lost_more_than_a_twentieth_is_told_as_large() -> None:
    """10,000 of tradable money: more than 500 is large."""
    for price, large in (("110", False), ("110.01", True), ("10", False), ("9.99", True)):
        state = with_buys((10, "60", OLD), cash="10000")
        scene = a_scene(NOON, {"KO": "60"})
        sell = an_order("0", client_order_id="o-1", side=Side.SELL, shares=10)
        state = ordered(state, sell)
        command = c.RecordFill(fill=a_fill(price, client_order_id="o-1", side=Side.SELL, execution_id="s"))
        events = judged(command, state, scene)
        (closed,) = of_kind(events, e.TradeClosed)
        assert closed.large is large
        told = announced(events, Moment(state, applied(state, events), scene))[0]
        assert told.priority is (Priority.HIGH if large else Priority.MEDIUM)
        assert (told.facts["large_frac"] is not None) is large


def test_a_sell_that_ends_half_way_has_closed_the_oldest_half() -> None:
    sell = an_order("0", client_order_id="o-1", side=Side.SELL, shares=20)
    state = ordered(with_buys((10, "50", OLD), (10, "70", OLD + SECOND)), sell)
    fill = a_fill("60", client_order_id="o-1", side=Side.SELL, shares=10, execution_id="p")
    state = done(state, c.RecordFill(fill=fill))
    events = judged(c.RecordOrder(client_order_id="o-1", status=OrderStatus.CANCELLED), state)
    (closed,) = of_kind(events, e.TradeClosed)
    assert (closed.trade.shares, closed.trade.realised) == (10, money("100"))


# --- foreseen, and the report


def test_a_wash_sale_is_foreseen_with_its_loss_and_what_is_put_off() -> None:
    state = with_buys((10, "60", OLD), (4, "50", NOON - timedelta(days=7)))
    assert foreseen(state, "KO", 10, money("50"), NOON) == Foreseen(money("100"), 4, money("40"))
    assert foreseen(state, "KO", 5, money("50"), NOON) == Foreseen(money("50"), 4, money("40"))
    assert foreseen(state, "KO", 14, money("50"), NOON) is None
    assert foreseen(state, "KO", 10, money("60"), NOON) is None
    assert foreseen(state, "KO", 10, money("50"), NOON + timedelta(days=24)) is None
    assert foreseen(state, "PEP", 10, money("50"), NOON) is None
    assert foreseen(an_account(), "KO", 10, money("50"), NOON) is None


def test_what_a_sell_would_take_had_cost_what_the_oldest_lots_had() -> None:
    state = with_buys((10, "50", OLD), (10, "70", OLD + SECOND))
    assert [cost_of(state, "KO", shares) for shares in (0, 10, 15, 20, 99)] == [
        0,
        money("500"),
        money("850"),
        money("1200"),
        money("1200"),
    ]
    assert cost_of(state, "PEP", 5) == 0


def test_nothing_is_foreseen_of_one_old_holding() -> None:
    state = holding(an_account(), a_holding("KO", "60", 100, opened_at=OLD))
    assert foreseen(state, "KO", 50, money("50"), NOON) is None


@settings(max_examples=60)
@given(
    buys=st.lists(st.tuples(st.integers(1, 9), st.integers(40, 60), st.integers(0, 60)), min_size=1, max_size=5),
    shares=st.integers(1, 45),
    price=st.integers(40, 60),
)
def test_what_is_foreseen_is_what_comes(buys: list[tuple[int, int, int]], shares: int, price: int) -> None:
    ordered_buys = sorted(buys, key=lambda buy: -buy[2])
    state = with_buys(*((n, str(paid), NOON - timedelta(days=days)) for n, paid, days in ordered_buys))
    shares = min(shares, state.positions["KO"].shares)
    expected = foreseen(state, "KO", shares, money(price), NOON)
    _, events = sold(state, shares, str(price))
    found = of_kind(events, e.WashSaleFound)
    assert (expected is not None) is bool(found)
    if expected is not None:
        assert expected.disallowed == sum(one.amount for one in found)
        assert expected.shares == sum(one.shares for one in found)


def test_a_report_keeps_short_and_long_apart() -> None:
    """Bought on 20 November 2025: sold a year later it is short, the day after it is long."""
    bought_at = NOON - timedelta(days=365)
    state = with_buys((10, "50", bought_at), (10, "50", bought_at))
    state, first = sold(state, 10, "60")
    state, second = sold(state, 10, "40", NOON + timedelta(days=1))
    report = taxed(one.sale for one in of_kind((*first, *second), e.LotSold))
    short, long = report
    assert (short.sales, short.proceeds, short.cost, short.realised) == (1, money("600"), money("500"), money("100"))
    assert (long.sales, long.proceeds, long.realised, long.counts) == (1, money("400"), money("-100"), money("-100"))
    _, events = bought(state, 5, "40", NOON + timedelta(days=2))
    (found,) = of_kind(events, e.WashSaleFound)
    _, long = taxed([found.sale])
    assert (long.disallowed, long.realised, long.counts) == (money("50"), money("-100"), money("-50"))


@pytest.mark.parametrize(
    ("bought_on", "sold_on", "long"),
    [("2024-02-29", "2025-02-28", False), ("2024-02-29", "2025-03-01", True), ("2025-11-21", "2026-11-21", False)],
)
def test_a_year_is_over_on_the_day_after_its_anniversary(bought_on: str, sold_on: str, *, long: bool) -> None:
    _, events = sold(with_buys((1, "50", OLD)), 1, "60")
    (one,) = of_kind(events, e.LotSold)
    begun, ended = (datetime.fromisoformat(f"{day}T20:00:00+00:00") for day in (bought_on, sold_on))
    sale = replace(one.sale, opened_at=begun, closed_at=ended)
    assert taxed([sale]).long.sales == long
