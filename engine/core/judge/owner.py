"""Judging the owner's own buys and sells, and entries that he gives up."""

from dataclasses import replace
from typing import Final

from engine.core import commands as c
from engine.core import events as e
from engine.core.case import Case
from engine.core.evaluate import ask_of, average_range, decision
from engine.core.judge.entries import carried_out, case_of
from engine.core.judge.exits import nothing_to_sell, ordered
from engine.core.judge.ground import Ground, Verdict
from engine.core.judge.permitted import wish
from engine.core.judge.withdraw import cancelled, open_entries
from engine.core.nouns import Decision, Position, Recommendation, TraceLine
from engine.core.refusals import Refusal, Refused
from engine.core.rules import sizing, stops
from engine.core.units import MAX_CASH, MAX_SHARES, Money, Ticker
from engine.core.valuation import sector_of
from engine.core.words import Origin, Skip

SHARES_ALLOWED: Final = f"a whole number from 1 to {MAX_SHARES:,}"
AMOUNT_ALLOWED: Final = "an amount over $0"
ONE_OF_TWO: Final = "either shares or an amount of money"


def buy(command: c.Buy, ground: Ground) -> Verdict:
    """All that the owner asks for, if every gate and limit lets it pass; else nothing, and how much would be possible.

    Of an amount, as many whole shares as it pays for at the price of now.
    """
    no = unclear(command)
    if no is not None:
        return no
    price = ground.scene.price(command.ticker)
    if price is None:
        return Refused(Refusal.NOT_TRADED, {"ticker": command.ticker})
    shares = command.shares if command.shares is not None else (command.amount or 0) // price
    if shares < 1:
        return too_little(command, price)
    wanted = own_wish(command.ticker, ground)
    case = replace(case_of(ground, wanted, Origin.OWNER), shares=shares)
    decided = replace(decision(case, f"d{ground.next_seq}"), recommendation_id=None, source=None)
    return carried_out(ground, decided, wanted) if decided.acts else not_bought(case, decided)


def unclear(command: c.Buy | c.Sell) -> Refused | None:
    """What stands against these numbers, whatever the account and the market."""
    shares, amount = command.shares, command.amount
    if (shares is None) is (amount is None):
        return bad("shares", f"{shares} and {amount}", ONE_OF_TWO)
    if shares is not None and not 1 <= shares <= MAX_SHARES:
        return bad("shares", str(shares), SHARES_ALLOWED)
    if amount is not None and not 0 < amount <= MAX_CASH:
        return bad("amount", str(amount), AMOUNT_ALLOWED)
    return None


def bad(field: str, asked: str, allowed: str) -> Refused:
    return Refused(Refusal.BAD_VALUE, {"field": field, "asked": asked, "allowed": allowed})


def own_wish(ticker: Ticker, ground: Ground) -> Recommendation:
    """The owner's wish as the gates see it: it comes from no strategy, and as sure as is asked for at least."""
    bare = wish(ticker, sector_of(ground.state, ground.scene, ticker), ground.scene.at)
    return replace(bare, confidence=ground.limits.min_confidence)


def too_little(command: c.Buy, price: Money) -> Refused:
    """The amount is less than the price of one share."""
    facts = {"ticker": command.ticker, "reason": Skip.BELOW_ONE_SHARE.code, "value": command.amount, "limit": price}
    return Refused(Refusal.NOT_BOUGHT, {**facts, "shares": None, "possible": None})


def not_bought(case: Case, decided: Decision) -> Refused:
    """The gate or limit that stands against it, and the most shares that would pass; None where none would."""
    line = decided.failed
    facts = {
        "ticker": decided.ticker,
        "shares": case.shares,
        "reason": decided.reason.code,
        "value": line.value if line else None,
        "limit": line.limit if line else None,
        "possible": possible(case, decided) or None,
    }
    return Refused(Refusal.NOT_BOUGHT, facts)


def possible(case: Case, decided: Decision) -> int:
    """The most shares that would be bought now; 0 where a gate is closed or no level could be set."""
    price, atr, limits = decided.price, average_range(case.scene, case.recommendation), case.bounds
    if price is None or atr is None or decided.stop is None:
        return 0
    stop = stops.initial_stop(price, atr, limits.stop_multiplier, limits.stop_loss)
    return sizing.most(ask_of(case, limits, price, stop))


def sell(command: c.Sell, ground: Ground) -> Verdict:
    """So many shares of what is held and not being sold already; of an amount, as many as bring it, rounded up."""
    no = unclear(command)
    if no is not None:
        return no
    position = ground.state.positions.get(command.ticker)
    if position is None:
        return Refused(Refusal.NOT_HELD, {"ticker": command.ticker})
    free = ground.state.sellable(command.ticker)
    if free <= 0:
        return nothing_to_sell(ground.state, position)
    return sold(command, ground, position, free)


def sold(command: c.Sell, ground: Ground, position: Position, free: int) -> Verdict:
    price, amount, ticker = ground.scene.price(command.ticker), command.amount, command.ticker
    if amount is not None and price is None:
        return Refused(Refusal.NOT_TRADED, {"ticker": ticker})
    shares = command.shares if command.shares is not None else -(-(amount or 0) // (price or 1))
    if shares > free:
        facts = {"ticker": ticker, "asked": shares, "possible": free, "held": position.shares}
        return Refused(Refusal.TOO_MANY_SHARES, facts)
    return ordered(ground, position, shares, Origin.OWNER, TraceLine("owner", shares, position.shares))


def cancel_orders(command: c.CancelOrders, ground: Ground) -> Verdict:
    """Give up open entries, and what was still to be bought in parts; sells are never cancelled."""
    state, named = ground.state, frozenset(command.tickers)
    orders = [one for one in open_entries(state) if not named or one.ticker in named]
    plans = [one for one in state.tranches if not named or one.recommendation.ticker in named]
    if not orders and not plans:
        return Refused(Refusal.NO_ORDERS, {"tickers": sorted(named) or None})
    ended = (e.TranchesEnded(tranches=plan, outcome=Skip.CANCELLED) for plan in plans)
    return (*(cancelled(order, Skip.CANCELLED) for order in orders), *ended)
