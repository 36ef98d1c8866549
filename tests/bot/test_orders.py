"""The owner's own orders and levels: read back in shares and dollars, overtaken by what moves, told when done."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot import orders, outcomes
from bot.answers import refusal, rendered
from bot.confirm import held, overtaken
from bot.phrases import Phrases
from bot.readback import phrase_of, read_back
from bot.turn import contradictory
from engine.bus import Done
from engine.core import commands as c
from engine.core import events as e
from engine.core.apply import applied
from engine.core.judge import judge
from engine.core.policy import DEFAULT_POLICY
from engine.core.refusals import Refused
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.units import money
from engine.core.words import OrderStatus, Side, Skip, StopReason
from engine.view import History, View
from intents.result import Request
from tests.builders import NOON, a_lot, a_plan, a_position, a_proposal, an_order
from tests.engine.scenes import a_scene, an_account, holding, prefer

PHRASES = Phrases.load()


def a_view(state: State | None = None, scene: Scene | None = None) -> View:
    """$100,000, nothing held unless given; KO costs $60 and PEP $150."""
    return View(state or an_account(), scene or a_scene(), DEFAULT_POLICY, History())


def with_ko(**changes: Any) -> State:
    """Ten shares of KO, bought at $60, with a stop at $58.80 and a take-profit at $61.80."""
    return holding(an_account(), a_position(**changes))


def asked(command: c.Command, view: View) -> str:
    spoken = rendered(read_back(command, view), PHRASES)
    assert "$" not in spoken.speech
    return spoken.text


def done(command: c.Command, view: View) -> str:
    events = judge(command, view.ground)
    assert not isinstance(events, Refused), events
    return told(events, view)


def told(events: tuple[e.Event, ...], view: View) -> str:
    outcome = Done(events, view.state, applied(view.state, events))
    return rendered(outcomes.done(outcome), PHRASES).text


def refused(command: c.Command, view: View) -> str:
    verdict = judge(command, view.ground)
    assert isinstance(verdict, Refused), verdict
    return rendered(refusal(verdict, view), PHRASES).text


# --- reading back


def test_a_buy_is_read_back_with_its_price_its_levels_and_what_is_lost_there() -> None:
    assert asked(c.Buy(ticker="KO", shares=10), a_view()) == (
        "PAPER · Buy 10 shares of KO at about $60.00 = $600.00 (0.6% of the account)?\n"
        "Stop $58.20, take $62.70; $18.00 (0.02%) is lost if the stop is hit; "
        "all stops together would then lose 0.02% of tradable money, 6% at most. Yes or no?"
    )


def test_a_buy_for_dollars_says_how_many_shares_that_is() -> None:
    text = asked(c.Buy(ticker="KO", amount=money(500)), a_view())
    assert text.startswith("PAPER · Buy 8 shares of KO at about $60.00 = $480.00 (0.48% of the account)?")


def test_a_buy_in_parts_and_of_what_is_held_says_so() -> None:
    moderate = prefer(trading__risk_tolerance="moderate")
    text = asked(c.Buy(ticker="KO", shares=90), a_view(replace(with_ko(), preferences=moderate)))
    assert text.startswith("PAPER · Buy 90 shares of KO at about $60.00 = $5,400.00 (5.4% of the account), in 3 parts?")
    assert text.endswith(" You hold 10 shares of it. Yes or no?")


def test_a_sell_is_read_back_with_its_price_and_its_gain() -> None:
    view = a_view(with_ko(), a_scene(prices={"KO": "63"}))
    assert asked(c.Sell(ticker="KO", shares=4), view) == (
        "PAPER · Sell this, about $252.00, gain or loss +$12.00?\n"
        "  KO: 4 shares at $63.00, +$12.00 (+5%) since entry\n"
        "Yes or no?"
    )
    assert "KO: 2 shares at $63.00" in asked(c.Sell(ticker="KO", amount=money(100)), view)


def test_a_sale_that_would_be_a_wash_sale_is_warned_of() -> None:
    """Ten shares were bought long ago and four last week, all at $60; the ten are sold at a loss of $10 each."""
    old = a_lot(id="x1", opened_at=NOON - timedelta(days=90))
    new = a_lot(id="x2", cost="240", tax_basis=money(240), shares=4, bought=4, opened_at=NOON - timedelta(days=7))
    state = replace(with_ko(shares=14, cost=money(840)), lots={"KO": (old, new)})
    view = a_view(state, a_scene(prices={"KO": "50"}))
    warned = (
        " · a wash sale: 4 shares of it were bought within 30 days, "
        "so $40.00 of the loss of $100.00 would not count for taxes yet\n"
    )
    assert warned in asked(c.Sell(ticker="KO", shares=10), view)
    assert warned in asked(c.ClosePosition(tickers=("KO",), fraction=0.7), view)
    gained = replace(view, scene=a_scene(prices={"KO": "61"}))
    assert "wash sale" not in asked(c.Sell(ticker="KO", shares=10), gained)


def test_a_wider_stop_is_read_back_from_to_and_in_dollars() -> None:
    assert asked(c.MoveStop(ticker="KO", stop=money("58.50")), a_view(with_ko())) == (
        "PAPER · Put the stop of KO lower, $58.80 → $58.50? That is 2.5% under the price of $60.00.\n"
        "If it is hit you lose $15.00 (0.02% of the account) of what it is worth now instead of $12.00; "
        "−$15.00 in all since entry. Yes or no?"
    )


def test_a_farther_take_profit_is_read_back_from_to() -> None:
    assert asked(c.MoveTake(ticker="KO", take=money("66")), a_view(with_ko())) == (
        "PAPER · Put the take-profit of KO farther away, $61.80 → $66.00? That is 10% over the price of $60.00. "
        "It would bring +$60.00 in all instead of +$18.00, and come later or not at all. Yes or no?"
    )


def test_selling_everything_is_read_back_with_all_that_ends() -> None:
    state = holding(an_account(), a_position(), a_position(ticker="PEP", entry="140", shares=2))
    bought = an_order(ticker="AAPL")
    state = replace(state, orders={"paper-d1-1": bought}, proposals={"d2": a_proposal()})
    assert asked(c.Flatten(), a_view(state)) == (
        "PAPER · Sell everything: 2 positions, about $900.00, gain or loss +$20.00? "
        "2 questions and orders withdrawn.\n"
        'Nothing is entered afterwards until you say "resume". It cannot be undone.'
    )
    assert phrase_of(c.Flatten(), a_view(state)) == "flatten paper"


def test_selling_everything_says_what_is_being_sold_already() -> None:
    sale = an_order(client_order_id="s", side=Side.SELL)
    all_of_it = replace(with_ko(), orders={"s": sale})
    assert asked(c.Flatten(), a_view(all_of_it)) == (
        "PAPER · Nothing is left to be sold. All that is held is being sold already: KO. Stop everything besides?\n"
        'Nothing is entered afterwards until you say "resume". It cannot be undone.'
    )
    assert "Being sold already: KO." in done(c.Flatten(by="owner"), a_view(all_of_it))
    events = judge(c.Flatten(by="owner"), a_view(all_of_it).ground)
    assert not isinstance(events, Refused)
    assert refused(c.Flatten(by="owner"), a_view(applied(all_of_it, events))).startswith(
        "Everything is stopped already, and nothing is left to be sold but what is being sold already: KO;"
    )
    some = replace(all_of_it, positions={**all_of_it.positions, "PEP": a_position(ticker="PEP", entry="140", shares=2)})
    assert "1 position, about $300.00" in asked(c.Flatten(), a_view(some))
    assert "Being sold already: KO." in asked(c.Flatten(), a_view(some))


def test_selling_everything_names_what_would_be_a_wash_sale() -> None:
    """Four of the fourteen shares are being sold already, so the four bought last week stand in for others."""
    old = a_lot(id="x1", opened_at=NOON - timedelta(days=90))
    new = a_lot(id="x2", cost="240", tax_basis=money(240), shares=4, bought=4, opened_at=NOON - timedelta(days=7))
    order = an_order(side=Side.SELL, shares=4, client_order_id="paper-d9-1")
    state = replace(with_ko(shares=14, cost=money(840)), lots={"KO": (old, new)}, orders={"paper-d9-1": order})
    text = asked(c.Flatten(), a_view(state, a_scene(prices={"KO": "50"})))
    assert "about $500.00, gain or loss −$100.00?" in text
    assert "A loss in KO would not count for taxes yet in full, as it was bought within 30 days (a wash sale)." in text


def test_two_stops_for_one_company_in_one_message_contradict_each_other() -> None:
    one, other, apart = (
        Request("set_stop", {"ticker": ticker, "price": price})
        for ticker, price in (("KO", 58), ("KO", 59), ("PEP", 140))
    )
    assert contradictory((one, other))
    assert not contradictory((one, apart, one))
    assert not contradictory((one, Request("set_take_profit", {"ticker": "KO", "price": 70})))


def test_at_night_a_sale_says_when_it_is_made() -> None:
    night = a_view(with_ko(), a_scene(NOON + timedelta(hours=12)))
    for command in (c.Flatten(), c.Sell(ticker="KO", shares=1)):
        assert "The market is closed; it would be sold at Mon 23 Nov 09:30." in asked(command, night)


# --- overtaken


@pytest.mark.parametrize(
    "command",
    [
        c.Buy(ticker="KO", shares=3),
        c.Sell(ticker="KO", shares=3),
        c.MoveStop(ticker="KO", stop=money("58.50")),
        c.MoveTake(ticker="KO", take=money(70)),
    ],
)
@pytest.mark.parametrize(
    ("price", "by"),
    [("60.60", None), ("59.40", None), ("60.61", ("price", "KO")), ("59.39", ("price", "KO"))],
)
def test_a_price_that_moved_by_more_than_a_percent_overtakes_the_question(
    command: c.Command, price: str, by: object
) -> None:
    view = a_view(with_ko())
    question = held((Request("buy"),), (command,), view)
    changed = overtaken(question, replace(view, scene=a_scene(prices={"KO": price})))
    assert changed == by


def test_a_stop_that_was_raised_meanwhile_overtakes_the_question_about_it() -> None:
    view, command = a_view(with_ko()), c.MoveStop(ticker="KO", stop=money("58.50"))
    question = held((Request("set_stop"),), (command,), view)
    assert overtaken(question, view) is None
    assert overtaken(question, a_view(with_ko(stop="59"))) == ("level", "KO")
    assert overtaken(question, a_view()) == ("level", "KO")


# --- done, and refused


def test_what_is_done_is_told() -> None:
    view = a_view(with_ko())
    assert done(c.Buy(ticker="PEP", shares=2), view) == (
        "PAPER · Being bought: 2 shares of PEP at about $150.00 = $300.00. "
        "Stop $145.50, take $156.75. I tell you when it is done."
    )
    assert done(c.Sell(ticker="KO", shares=4), view) == "PAPER · Selling: 4 shares of KO. The result follows."
    assert done(c.MoveStop(ticker="KO", stop=money("59.50")), view) == (
        "PAPER · KO's stop is now $59.50 (was $58.80). If it is hit, −$5.00 in all since entry."
    )
    assert done(c.MoveTake(ticker="KO", take=money(61)), view) == (
        "PAPER · KO's take-profit is now $61.00 (was $61.80). If it is reached, +$10.00 in all since entry."
    )


def test_orders_given_up_are_told_with_what_is_not_bought() -> None:
    order = an_order(shares=10, filled_shares=4, status=OrderStatus.ACCEPTED)
    state = replace(an_account(), orders={order.client_order_id: order}, tranches=(a_plan(),))
    assert done(c.CancelOrders(), a_view(state)) == (
        "PAPER · Given up; what was bought already stays, and sales go on:\n  26 shares of KO"
    )


def test_an_order_that_ended_for_another_reason_was_not_given_up() -> None:
    order = an_order(status=OrderStatus.CANCELLED, why=Skip.ORDER_TIMEOUT.code)
    outcome = Done((), an_account(), an_account())
    assert orders.given_up(e.OrderUpdated(order=order, old=OrderStatus.CANCELLING), outcome) is None


def test_a_refusal_says_what_to_do() -> None:
    view = a_view(with_ko())
    assert refused(c.Buy(ticker="KO", shares=500), view) == (
        "Nothing was bought: 500 shares of KO are more than there is room for (position full); "
        "73 shares would be possible now."
    )
    assert refused(c.Buy(ticker="KO", amount=money(20)), view) == (
        "Nothing was bought: one share of KO costs $60.00, more than $20.00."
    )
    assert refused(c.Buy(ticker="XYZ", shares=1), view) == (
        "There is no price for XYZ now, so nothing was done. This market has KO and PEP."
    )
    assert refused(c.Sell(ticker="KO", shares=11), view) == (
        "11 shares of KO are more than can be sold: you hold 10 shares, of which 10 shares are not being sold "
        "already. Nothing was done."
    )
    assert refused(c.MoveStop(ticker="KO", stop=money(60)), view) == (
        "The price of KO is $60.00 now: at $60.00 it would be sold at once. "
        'Say "close KO" if you want that. Nothing was changed.'
    )
    assert refused(c.MoveTake(ticker="KO", take=money(59)), view).startswith(
        "The price of KO is $60.00 now: at $59.00 it would be sold at once."
    )
    assert refused(c.MoveStop(ticker="KO", stop=money(20)), view).startswith("$20.00 is too far away for KO: ")
    assert refused(c.CancelOrders(tickers=("KO",)), view).startswith("Nothing is being bought of KO, so there is ")


def test_a_buy_outside_the_window_says_when_it_opens() -> None:
    night = a_view(scene=a_scene(NOON + timedelta(hours=12)))
    early = a_view(scene=a_scene(NOON - timedelta(hours=2, minutes=20)))
    for view, opens in ((night, "Mon 23 Nov 09:45"), (early, "Fri 20 Nov 09:45")):
        assert refused(c.Buy(ticker="KO", shares=1), view) == (
            f"Nothing was bought of KO. The entry window was closed. Entries are possible from {opens}."
        )


def test_after_the_last_price_nothing_is_promised_for_later() -> None:
    night = a_scene(NOON + timedelta(hours=12))
    over = a_view(with_ko(), replace(night, ends_at=night.day.closes_at))
    assert refused(c.Buy(ticker="KO", shares=1), over) == (
        "Nothing was bought of KO. The entry window was closed. "
        "The prices of this market end on Fri 20 Nov 2026: nothing is bought after that."
    )
    sale = asked(c.ClosePosition(tickers=("KO",)), over)
    assert "The prices of this market ended on Fri 20 Nov" in sale
    assert "it would be sold at" not in sale


def test_a_stop_moved_by_a_rule_is_told_as_what_it_is() -> None:
    """The answer to the owner's word only; a rule's own move is news."""
    moved = e.StopMoved(ticker="KO", old=money("58.80"), new=money(59), high=0, atr=0, reason=StopReason.OWNER)
    assert told((moved,), a_view(with_ko())).startswith("PAPER · KO's stop is now $59.00")
