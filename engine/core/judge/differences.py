"""Judging where the broker's book is not ours, and the owner's word that the broker's counts."""

from dataclasses import replace

from engine.core import commands as c
from engine.core import events as e
from engine.core import oldest
from engine.core.judge.cash import moved_peak
from engine.core.judge.ground import Ground, Verdict
from engine.core.judge.plans import ended, given_up, planned
from engine.core.judge.withdraw import cancelled, cancelled_entries
from engine.core.limits import Limits
from engine.core.lots import Lot
from engine.core.nouns import Difference, Position
from engine.core.refusals import Refusal, Refused
from engine.core.rules import lots as rule
from engine.core.rules import stops
from engine.core.rules.rounding import part
from engine.core.state import State
from engine.core.taxes import lots_of
from engine.core.units import Money, Ticker
from engine.core.valuation import sector_of
from engine.core.words import OrderStatus, Side, Skip, StopReason


def freeze_ticker(command: c.FreezeTicker, ground: Ground) -> Verdict:
    """Frozen once; noted again where the numbers are others than were known."""
    ticker = command.ticker
    found = Difference(ticker, command.ours, command.theirs, ground.scene.at)
    known = ground.state.difference(ticker)
    if ticker in ground.state.frozen and known is not None and known[:3] == found[:3]:
        return Refused(Refusal.ALREADY_DONE, {"ticker": ticker})
    noted = e.DifferenceNoted(difference=found)
    if ticker in ground.state.frozen:
        return (noted,)
    return (e.TickerFrozen(ticker=ticker, ours=command.ours, theirs=command.theirs, why=command.why), noted)


def thaw_ticker(command: c.ThawTicker, ground: Ground) -> Verdict:
    if command.ticker not in ground.state.frozen:
        return Refused(Refusal.ALREADY_DONE, {"ticker": command.ticker})
    return (e.TickerThawed(ticker=command.ticker),)


def note_difference(command: c.NoteDifference, ground: Ground) -> Verdict:
    """Once, for as long as both say the same; what is being bought is given up. Where both agree, it is over."""
    found = Difference(None, command.ours, command.theirs, ground.scene.at)
    known = ground.state.difference(None)
    agreed = found.ours == found.theirs
    if (known is None and agreed) or (known is not None and known[:3] == found[:3]):
        return Refused(Refusal.ALREADY_DONE, {"ticker": None})
    noted = e.DifferenceNoted(difference=found)
    return (noted,) if agreed else (noted, *cancelled_entries(ground.state, Skip.CASH_DIFFERS))


def accept_broker(command: c.AcceptBroker, ground: Ground) -> Verdict:
    """Only where a difference stands, is the one that was told, and is what both books say now.

    Shares that come need a price, or nobody could say where their stop belongs.
    """
    found = ground.state.difference(command.ticker)
    if found is None:
        others = [one.ticker or "cash" for one in ground.state.differences]
        facts = {"ticker": command.ticker, "cash": None if command.ticker else "cash", "others": sorted(others) or None}
        return Refused(Refusal.NO_DIFFERENCE, facts)
    if command.seen is not None and command.seen != (found.ours, found.theirs):
        return Refused(Refusal.OVERTAKEN, {"field": None})
    if unsettled(ground.state, found):
        return Refused(Refusal.BOOK_UNSETTLED, {"ticker": command.ticker})
    if found.ticker is None:
        return cash_accepted(found, ground)
    if found.theirs > found.ours and ground.scene.price(found.ticker) is None:
        return Refused(Refusal.NOT_TRADED, {"ticker": found.ticker})
    return shares_accepted(found, found.ticker, ground)


def unsettled(state: State, found: Difference) -> bool:
    """Whether our book has moved since it was found, or an order may have made it whose executions are to come."""
    held = state.positions.get(found.ticker or "")
    ours = held.shares if held else 0
    if found.ticker is None:
        ours = state.cash - sum(one.amount for one in state.transfers)
    orders = [one for one in oldest.orders(state) if found.ticker in (None, one.ticker)]
    if ours != found.ours or any(one.status is not OrderStatus.ACCEPTED for one in orders):
        return True
    side = Side.BUY if (found.theirs > found.ours) is (found.ticker is not None) else Side.SELL
    fitting = [one.shares - one.filled_shares for one in orders if one.side is side]
    return bool(fitting) and (found.ticker is None or abs(found.theirs - found.ours) <= sum(fitting))


def cash_accepted(found: Difference, ground: Ground) -> Verdict:
    """What is too much or missing counts as put in or taken out."""
    amount = found.theirs - found.ours
    return (e.BrokerAccepted(difference=found, cost=amount, worth=amount, peak=moved_peak(ground, amount)),)


def shares_accepted(found: Difference, ticker: Ticker, ground: Ground) -> Verdict:
    """The broker's shares instead of ours."""
    held, shares = ground.state.positions.get(ticker), found.theirs
    before = lots_of(ground.state, ticker)
    more = shares - (held.shares if held else 0)
    price = ground.scene.price(ticker) or (held.entry if held else 0)
    lots = (*before, come(ticker, more, price, ground)) if more > 0 else left_of(before, -more)
    cost, worth = sum(one.cost for one in lots) - sum(one.cost for one in before), more * price
    return (
        e.BrokerAccepted(
            difference=found,
            position=position_after(ticker, lots, more, price, ground) if shares else None,
            lots=lots,
            cost=cost,
            worth=worth,
            peak=moved_peak(ground, worth),
        ),
        *ended(planned(ground.state, ticker), Skip.BROKER_ACCEPTED),
        *given_up(ground.state, ticker, Skip.BROKER_ACCEPTED),
        *oversold(ground.state, ticker, shares),
    )


def come(ticker: Ticker, shares: int, price: Money, ground: Ground) -> Lot:
    """The lot of shares that the broker has and we did not know: nobody knows better what they cost than the market."""
    return Lot(
        id=f"broker/{ticker}/{ground.next_seq}",
        ticker=ticker,
        shares=shares,
        bought=shares,
        cost=shares * price,
        tax_basis=shares * price,
        opened_at=ground.scene.at,
    )


def left_of(lots: tuple[Lot, ...], shares: int) -> tuple[Lot, ...]:
    """The lots without so many shares, the oldest of which leave first."""
    taken = rule.first_out([lot.shares for lot in lots], shares)
    return tuple(without(lot, out) if out else lot for lot, out in zip(lots, taken, strict=True) if out < lot.shares)


def without(lot: Lot, shares: int) -> Lot:
    """A lot without some of its shares and their part of its cost and tax basis, rounded down."""
    return replace(
        lot,
        shares=lot.shares - shares,
        cost=lot.cost - rule.portion(lot.cost, shares, lot.shares),
        tax_basis=lot.tax_basis - rule.portion(lot.tax_basis, shares, lot.shares),
        replaces=rule.still_replacing(lot.replaces, shares),
    )


def position_after(ticker: Ticker, lots: tuple[Lot, ...], more: int, price: Money, ground: Ground) -> Position:
    """What is held then; shares that come get levels as if they were bought now, and lower none that stand."""
    held, cost = ground.state.positions.get(ticker), sum(lot.cost for lot in lots)
    shares = sum(lot.shares for lot in lots)
    if held is not None and more <= 0:
        return replace(held, shares=shares, cost=cost)
    limits = ground.limits_of(micro=held is not None and held.micro)
    atr = average_range(ticker, price, limits, ground)
    stop = stops.initial_stop(price, atr, limits.stop_multiplier, limits.stop_loss) or 1
    take = stops.initial_take(price, stop, limits.reward_risk, limits.take_profit)
    if held is None:
        return found_position(ticker, shares, price, ground, (stop, take, atr))
    return replace(
        held,
        shares=shares,
        cost=cost,
        stop=max(held.stop, stop),
        take=max(held.take, take),
        high=max(held.high, price),
        stop_why=StopReason.AVERAGED if stop > held.stop else held.stop_why,
    )


def found_position(
    ticker: Ticker, shares: int, price: Money, ground: Ground, levels: tuple[Money, Money, Money]
) -> Position:
    """A position that only the broker knew of: nobody decided on it, and it comes from no strategy."""
    stop, take, atr = levels
    return Position(
        ticker=ticker,
        shares=shares,
        cost=shares * price,
        stop=stop,
        initial_stop=stop,
        take=take,
        high=price,
        atr=atr,
        confidence=ground.limits.min_confidence,
        sector=sector_of(ground.state, ground.scene, ticker),
        opened_at=ground.scene.at,
        decision_id="",
    )


def average_range(ticker: Ticker, price: Money, limits: Limits, ground: Ground) -> Money:
    """The ticker's ATR; where none is known, or no stop fits under it, one whose stop is the single-position limit."""
    atr = ground.scene.atr.get(ticker) or 0
    if atr and stops.initial_stop(price, atr, limits.stop_multiplier, limits.stop_loss):
        return atr
    return max(1, int(part(price, limits.single_position_loss) / limits.stop_multiplier))


def oversold(state: State, ticker: Ticker, shares: int) -> tuple[e.Event, ...]:
    """Open sells that would sell more than is held then are withdrawn, all of them: stops look anew at what is left."""
    if state.selling(ticker) <= shares:
        return ()
    return tuple(
        cancelled(order, Skip.BROKER_ACCEPTED)
        for order in oldest.orders(state)
        if order.ticker == ticker and order.side is Side.SELL and order.status is not OrderStatus.CANCELLING
    )
