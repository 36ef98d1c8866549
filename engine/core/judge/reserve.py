"""Judging the reserve: the owner's moves, the mark that is told, the fall that gives it back."""

from engine.core import commands as c
from engine.core import events as e
from engine.core.judge.cash import WHOLE_CENTS
from engine.core.judge.ground import Ground, Verdict
from engine.core.nouns import LedgerRow
from engine.core.refusals import Refusal, Refused
from engine.core.rules import pools
from engine.core.tiering import tier_change
from engine.core.units import CENT, Money, dollars
from engine.core.words import Tier, TierSource


def move_reserve(command: c.MoveReserve, ground: Ground) -> Verdict:
    """Set money aside or take it back: never more than is settled and free, never more than is set aside."""
    amount, state = command.amount, ground.state
    if not amount or amount % CENT:
        facts = {"field": "amount", "asked": str(dollars(abs(amount))), "allowed": WHOLE_CENTS}
        return Refused(Refusal.BAD_VALUE, facts)
    free = state.buying_power // CENT * CENT
    if amount > free:
        return Refused(Refusal.NOT_ENOUGH_CASH, {"asked": amount, "possible": free})
    if -amount > state.reserve:
        return Refused(Refusal.NOT_ENOUGH_RESERVE, {"asked": -amount, "possible": state.reserve})
    return (moved(ground, amount, "manual_adjustment"),)


def moved(ground: Ground, amount: Money, kind: str) -> e.ReserveMoved:
    """A row of the ledger, named by account and journal number."""
    row = LedgerRow(
        kind=kind,
        amount=amount,
        balance_after=ground.state.reserve + amount,
        at=ground.scene.at,
        reference=f"{ground.state.account}-r{ground.next_seq}",
    )
    return e.ReserveMoved(row=row)


def liquidate_reserve(_command: c.LiquidateReserve, ground: Ground) -> Verdict:
    """Give the whole reserve back and go to the lowest tier, once in a fall."""
    state = ground.state
    if state.emergency or not is_emergency(ground):
        return Refused(Refusal.ALREADY_DONE, {"fall": ground.fall})
    back = (moved(ground, -state.reserve, "emergency_liquidation"),) if state.reserve else ()
    lowered: tuple[e.Event, ...] = ()
    if state.tier is not Tier.CONSERVATIVE:
        change = tier_change(state, ground.scene, Tier.CONSERVATIVE, TierSource.EMERGENCY)
        lowered = (e.TierChanged(change=change),)
    return (e.EmergencyDeclared(fall=ground.fall), *back, *lowered)


def is_emergency(ground: Ground) -> bool:
    equity = ground.worth.equity
    return pools.is_emergency(equity, max(ground.state.peak, equity), ground.policy.emergency_drawdown)


def is_rearmed(ground: Ground) -> bool:
    equity = ground.worth.equity
    return pools.is_rearmed(equity, max(ground.state.peak, equity), ground.policy.emergency_drawdown)


def rearm_emergency(_command: c.RearmEmergency, ground: Ground) -> Verdict:
    """The next deep fall is an emergency of its own."""
    if not ground.state.emergency or not is_rearmed(ground):
        return Refused(Refusal.ALREADY_DONE, {"fall": ground.fall})
    return (e.EmergencyOver(),)


def mark_reserve(_command: c.MarkReserve, ground: Ground) -> Verdict:
    """Note that the reserve passed the house's mark, or is under it again."""
    above = is_large(ground)
    if above == ground.state.high_water:
        return Refused(Refusal.ALREADY_DONE, {"share": share_of(ground)})
    return (e.ReserveMarked(above=above, share=share_of(ground)),)


def is_large(ground: Ground) -> bool:
    """Whether the reserve's share of the account is over the house's mark."""
    return pools.over_mark(ground.state.reserve, ground.worth.equity, ground.policy.reserve_high_water)


def share_of(ground: Ground) -> float:
    """The reserve's share of the account."""
    return pools.share(ground.state.reserve, ground.worth.equity)
