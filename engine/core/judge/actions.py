"""Judging splits and dividends: what is held, asked and ordered counts in other shares, or is paid for."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from engine.core import commands as c
from engine.core import events as e
from engine.core import oldest
from engine.core.appliers.lots import is_older, recent
from engine.core.happenings import CorporateAction
from engine.core.judge.ground import Ground, Verdict
from engine.core.judge.orders import record_order
from engine.core.judge.plans import ended, planned
from engine.core.judge.withdraw import cancelled, closed_proposal, open_entries
from engine.core.lots import Lot
from engine.core.nouns import Order, Position
from engine.core.refusals import Refusal, Refused
from engine.core.rules import splits as rule
from engine.core.state import State
from engine.core.units import Money
from engine.core.words import ActionKind, OrderStatus, Side, Skip


def take_action(command: c.TakeAction, ground: Ground) -> Verdict:
    """Book a split or a dividend for what is older than its session; one that touches nothing here is not booked."""
    action, state = command.action, ground.state
    if action.id in state.actions:
        return Refused(Refusal.ALREADY_DONE, {"id": action.id})
    if ground.scene.at < action.opens_at or not touches(action, state):
        return Refused(Refusal.NOT_KNOWN, {"id": action.id})
    return paid(action, state) if action.kind is ActionKind.DIVIDEND else split(action, ground)


def touches(action: CorporateAction, state: State) -> bool:
    """Whether it changes anything here: what is held or, for a split, orders, questions and losses of before it."""
    if held(action, state) is not None:
        return True
    asked = [one.decision.at for one in state.proposals.values() if one.decision.ticker == action.ticker]
    ordered = [order.intended_at for order in state.orders.values() if order.ticker == action.ticker]
    lost = [one.closed_at for one in state.losses if one.ticker == action.ticker and recent(one, action.opens_at)]
    older = any(at < action.opens_at for at in (*asked, *ordered, *lost))
    older = older or any(is_older(wanted, action) for wanted in state.pending.values())
    return action.kind is ActionKind.SPLIT and older


def held(action: CorporateAction, state: State) -> Position | None:
    """What was held of its ticker before its session."""
    position = state.positions.get(action.ticker)
    return position if position is not None and position.opened_at < action.opens_at else None


def paid(action: CorporateAction, state: State) -> Verdict:
    """Cash for every share held; levels stay."""
    shares = state.positions[action.ticker].shares
    return (e.DividendPaid(action=action, shares=shares, amount=rule.dividend(shares, action.per_share)),)


def split(action: CorporateAction, ground: Ground) -> Verdict:
    """Entries and questions end, sells and what is held count in new shares; a fraction of a share is paid in cash."""
    state = ground.state
    sells = [order for order in of_before(action, state) if order.side is Side.SELL]
    kept = tuple(split_order(order, action) for order in sells if left(order, action))
    gone = [event for order in sells if not left(order, action) for event in ended_sell(order, ground)]
    position, lots = state.positions.get(action.ticker), marked(state.lots.get(action.ticker, ()), gone)
    if position is not None and held(action, state) is not None:
        applied = held_split(action, position, lots, kept)
    else:
        applied = e.SplitApplied(action=action, position=position, lots=lots, orders=kept)
    return (*ended_entries(action, ground), *gone, applied)


def marked(lots: tuple[Lot, ...], events: Iterable[e.Event]) -> tuple[Lot, ...]:
    """The lots with the losses that these events put off to them."""
    now = {event.lot.id: event.lot for event in events if isinstance(event, e.WashSaleFound)}
    return tuple(now.get(lot.id, lot) for lot in lots)


def held_split(
    action: CorporateAction, position: Position, old: tuple[Lot, ...], orders: tuple[Order, ...]
) -> e.SplitApplied:
    """What is held, and cash for the fraction of a share that is left over."""
    lots, parts = split_lots(old, action), rule.fraction(position.shares, action.new, action.old)
    spent = cost_out(position, old, lots, action)
    return e.SplitApplied(
        action=action,
        position=split_position(position, spent, action),
        lots=lots,
        orders=orders,
        cash=rule.fraction_paid(parts, action.close, action.old),
        cost_out=spent,
    )


def of_before(action: CorporateAction, state: State) -> Iterator[Order]:
    """Open orders of its ticker that were made before its session."""
    for order in oldest.orders(state):
        if order.ticker == action.ticker and order.intended_at < action.opens_at:
            yield order


def ended_entries(action: CorporateAction, ground: Ground) -> Iterator[e.Event]:
    """Questions, entries in parts and open buys of before its session: they were judged in other shares."""
    state, part = ground.state, timedelta(minutes=ground.policy.gradual_entry_min)
    for proposal in oldest.proposals(state):
        if proposal.decision.ticker == action.ticker and proposal.decision.at < action.opens_at:
            yield from closed_proposal(proposal, ground.scene, Skip.SPLIT)
    yield from ended([one for one in planned(state, action.ticker) if one.next_at - part < action.opens_at], Skip.SPLIT)
    entries = open_entries(state)
    yield from (cancelled(order, Skip.SPLIT) for order in of_before(action, state) if order in entries)


def ended_sell(order: Order, ground: Ground) -> tuple[e.Event, ...]:
    """A sell of which no whole share is left is over; what it sold before counts as its trade."""
    over = c.RecordOrder(client_order_id=order.client_order_id, status=OrderStatus.CANCELLED, why=Skip.SPLIT.code)
    verdict = record_order(over, ground)
    return () if isinstance(verdict, Refused) else verdict


def left(order: Order, action: CorporateAction) -> int:
    """The new shares that it still has to trade."""
    return rule.split_shares(order.shares - order.filled_shares, action.new, action.old)


def split_order(order: Order, action: CorporateAction) -> Order:
    """An open sell in new shares."""
    done = max(1, rule.split_shares(order.filled_shares, action.new, action.old)) if order.filled_shares else 0
    trigger, limit, stop_at = (
        None if level is None else rule.split_level(level, action.new, action.old)
        for level in (order.trigger, order.limit, order.stop_at)
    )
    shares = done + left(order, action)
    return replace(order, shares=shares, filled_shares=done, trigger=trigger, limit=limit, stop_at=stop_at)


def split_position(position: Position, cost: Money, action: CorporateAction) -> Position | None:
    """What is held after it, `cost` less; None where no whole share is left."""
    new, old = action.new, action.old
    shares = rule.split_shares(position.shares, new, old)
    if not shares:
        return None
    stop = rule.split_level(position.stop, new, old)
    return replace(
        position,
        shares=shares,
        cost=position.cost - cost,
        stop=stop,
        initial_stop=rule.split_level(position.initial_stop, new, old),
        take=rule.split_take(position.take, stop, new, old),
        high=rule.split_price(position.high, new, old),
        atr=rule.split_price(position.atr, new, old),
    )


def cost_out(position: Position, old_lots: tuple[Lot, ...], lots: tuple[Lot, ...], action: CorporateAction) -> Money:
    """What was paid for the fraction of a share: as its lots have it, or on average where there are none."""
    if old_lots:
        return sum(lot.cost for lot in old_lots) - sum(lot.cost for lot in lots)
    parts = rule.fraction(position.shares, action.new, action.old)
    return rule.part_of_cost(position.cost, parts, position.shares * action.new)


def split_lots(lots: tuple[Lot, ...], action: CorporateAction) -> tuple[Lot, ...]:
    """Lots in new shares that add up to the position's; one without a whole share goes into the next."""
    shares, new, old = [lot.shares for lot in lots], action.new, action.old
    kept: list[Lot] = []
    cost, basis, before = 0, 0, 0
    for place, lot in enumerate(lots):
        taken, whole = rule.parts_taken(shares, place, new, old), lot.shares * new
        cost += lot.cost - rule.part_of_cost(lot.cost, taken, whole)
        basis += lot.tax_basis - rule.part_of_cost(lot.tax_basis, taken, whole)
        through = rule.shares_through(shares, place, new, old)
        if through > before:
            kept.append(split_lot(lot, through - before, cost, basis, action))
            cost, basis, before = 0, 0, through
    return tuple(kept)


def split_lot(lot: Lot, shares: int, cost: Money, basis: Money, action: CorporateAction) -> Lot:
    """A lot in new shares; what can still stand in for shares sold at a loss is rounded down."""
    bought = max(shares, rule.split_shares(lot.bought, action.new, action.old))
    free = rule.split_shares(lot.shares - lot.replaces, action.new, action.old)
    return replace(lot, shares=shares, bought=bought, cost=cost, tax_basis=basis, replaces=shares - min(shares, free))
