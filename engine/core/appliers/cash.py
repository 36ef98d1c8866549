"""What money in and out of a paper account, and its resetting, make of the state."""

from dataclasses import replace

from engine.core import events as e
from engine.core.state import State


def cash_moved(state: State, event: e.CashMoved) -> State:
    amount = event.transfer.amount
    return replace(
        state,
        cash=state.cash + amount,
        contributed=state.contributed + amount,
        peak=event.peak,
        transfers=(*state.transfers, event.transfer),
        tally=replace(state.tally, moved=state.tally.moved + amount),
    )


def transfer_booked(state: State, event: e.TransferBooked) -> State:
    return replace(state, transfers=tuple(one for one in state.transfers if one.id != event.transfer.id))


def account_reset(state: State, event: e.AccountReset) -> State:
    """Money as on the first day; settings, people, journal numbers, switches and what was decided stay.

    What the broker had yet to book is overtaken: its book is emptied too.
    """
    cash = event.transfer.amount
    return State(
        account=state.account,
        kind=state.kind,
        opened_at=state.opened_at,
        cash=cash,
        contributed=cash,
        opening=state.opening,
        peak=cash,
        preferences=state.preferences,
        version=state.version,
        killed_at=state.killed_at,
        pause=state.pause,
        pending=state.pending,
        decided=state.decided,
        changes=state.changes,
        acted_at=state.acted_at,
        tally=replace(type(state.tally)(), session=state.tally.session, summarised=state.tally.summarised),
        market_at=state.market_at,
        terms=state.terms,
        transfers=(event.transfer,),
        people=state.people,
        invitations=state.invitations,
        reset_at=event.at,
        tolerance_raised_at=state.tolerance_raised_at,
        config=state.config,
        earnings=state.earnings,
        market_events=state.market_events,
        strategies=state.strategies,
        rebalanced=state.rebalanced,
        actions=state.actions,
        seq=state.seq,
        head=state.head,
    )
