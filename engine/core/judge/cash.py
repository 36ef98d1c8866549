"""Judging paper money: put in, taken out, and the account from its beginning."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from engine.core import commands as c
from engine.core import events as e
from engine.core import oldest
from engine.core.judge import plans
from engine.core.judge.ground import Ground, Verdict
from engine.core.judge.withdraw import closed_proposal, closed_rebalance
from engine.core.nouns import LedgerRow, Transfer
from engine.core.refusals import Refusal, Refused
from engine.core.state import State
from engine.core.tiering import tier_change
from engine.core.units import CENT, MAX_CASH, Money, dollars
from engine.core.words import AccountKind, OrderStatus, Skip, TierSource

WHOLE_CENTS: Final = "a sum of at least one cent, in whole cents"


def move_cash(command: c.MoveCash, ground: Ground) -> Verdict:
    """Put paper money in or take it out; never more than is free, and never so much that it cannot be counted."""
    amount = command.amount
    no = unfit(abs(amount), ground) or beyond(amount, ground.state)
    if no is not None:
        return no
    return (e.CashMoved(transfer=transfer(amount, ground), peak=moved_peak(ground, amount)),)


def unfit(amount: Money, ground: Ground) -> Refused | None:
    """What stands against this sum on this account, whichever way it goes."""
    if ground.state.kind is not AccountKind.PAPER:
        return Refused(Refusal.PAPER_ONLY)
    if amount <= 0 or amount % CENT:
        return Refused(Refusal.BAD_VALUE, {"field": "amount", "asked": str(dollars(amount)), "allowed": WHOLE_CENTS})
    return None


def beyond(amount: Money, state: State) -> Refused | None:
    """More than is free to take out, or than may be put in."""
    free, room = state.buying_power // CENT * CENT, (MAX_CASH - state.cash) // CENT * CENT
    if -amount > free:
        return Refused(Refusal.NOT_ENOUGH_CASH, {"asked": -amount, "possible": free})
    if amount > room:
        return Refused(Refusal.TOO_MUCH_CASH, {"asked": amount, "possible": room})
    return None


def transfer(amount: Money, ground: Ground, *, resets: bool = False) -> Transfer:
    """The transfer, named by account and journal number, so that its broker books it once."""
    name = f"{ground.state.account}-t{ground.next_seq}"
    return Transfer(id=name, amount=amount, at=ground.scene.at, resets=resets)


def moved_peak(ground: Ground, amount: Money) -> Money:
    """The peak after a move, as if units were bought or sold: the drawdown stays the same fraction.

    Rounded down, and never more than can be counted. Where nothing is left there is no fraction to keep.
    """
    peak, equity = ground.state.peak, ground.worth.equity
    moved = peak * (equity + amount) // equity if equity > 0 else peak + amount
    return min(moved, MAX_CASH)


def record_transfer(command: c.RecordTransfer, ground: Ground) -> Verdict:
    """Note that the broker has booked a transfer, once."""
    for one in ground.state.transfers:
        if one.id == command.transfer_id:
            return (e.TransferBooked(transfer=one),)
    return Refused(Refusal.NOT_KNOWN, {"id": command.transfer_id})


def reset_account(command: c.ResetAccount, ground: Ground) -> Verdict:
    """Begin anew: what is asked, planned or ordered ends, the reserve is emptied, positions and breakers are gone."""
    state = ground.state
    cash = state.opening if command.cash is None else command.cash
    no = unfit(cash, ground)
    if no is None and cash > MAX_CASH:
        no = Refused(Refusal.TOO_MUCH_CASH, {"asked": cash, "possible": MAX_CASH})
    if no is not None:
        return no
    asked = [event for one in oldest.proposals(state) for event in closed_proposal(one, ground.scene, Skip.RESET)]
    asked += closed_rebalance(state, ground.scene, Skip.RESET)
    began = e.AccountReset(transfer=transfer(cash, ground, resets=True), at=ground.scene.at)
    return (*asked, *parts_given_up(state), *given_up(state), *emptied(ground), began, *as_chosen(ground))


def as_chosen(ground: Ground) -> tuple[e.Event, ...]:
    """What the engine had lowered the tier to is of the account that is gone."""
    state, chosen = ground.state, ground.state.preferences.trading.risk_tolerance
    if state.tier is chosen:
        return ()
    return (e.TierChanged(change=tier_change(state, ground.scene, chosen, TierSource.OWNER)),)


def parts_given_up(state: State) -> Iterator[e.Event]:
    """Every entry in parts ends here with what its parts have brought; an open one brings no more."""
    for plan in state.tranches:
        open_part = next(iter(plans.buying(state, plan)), None)
        if open_part is None:
            yield from plans.ended([plan], Skip.RESET)
        else:
            yield from plans.ended_with(state, replace(open_part, status=OrderStatus.CANCELLED), Skip.RESET)


def given_up(state: State) -> tuple[e.Event, ...]:
    """Every open order ends here; the broker ends its own when it books the reset."""
    return tuple(
        e.OrderUpdated(order=replace(order, status=OrderStatus.CANCELLED, why=Skip.RESET.code), old=order.status)
        for order in oldest.orders(state)
    )


def emptied(ground: Ground) -> tuple[e.Event, ...]:
    """The reserve goes back to nothing, with a row that says so."""
    reserve = ground.state.reserve
    if not reserve:
        return ()
    row = LedgerRow(
        kind="manual_adjustment",
        amount=-reserve,
        balance_after=0,
        at=ground.scene.at,
        reference=f"{ground.state.account}-t{ground.next_seq}",
    )
    return (e.ReserveMoved(row=row),)
