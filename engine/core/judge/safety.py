"""The last look at every order that any judge means: entries that are not safe are not made, exits always go."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias

from engine.core import events as e
from engine.core.check import PASSED, Check
from engine.core.copying import replace
from engine.core.judge.ground import Ground, Verdict
from engine.core.judge.plans import plan_of
from engine.core.nouns import Decision, Order, TraceLine
from engine.core.refusals import Refusal, Refused
from engine.core.rules import safety as rule
from engine.core.texts import kept
from engine.core.timing import is_stale
from engine.core.units import Money
from engine.core.words import Origin, Side, Skip


class Meant(NamedTuple):
    """An order that a judge means, the ground it was judged on, and those of the same verdict that go before it."""

    order: Order
    ground: Ground
    before: tuple[Order, ...]

    @property
    def price(self) -> Money:
        """The last price, 0 where there is none."""
        return self.ground.scene.price(self.order.ticker) or 0

    @property
    def dollars(self) -> Money:
        """What it is worth at the last price or, where it may cost more, at its limit."""
        return self.order.shares * max(self.price, self.order.limit or 0)

    @property
    def power(self) -> Money:
        """Buying power that those before it leave."""
        return max(0, self.ground.state.buying_power - sum(one.reserved for one in self.before))


def against(value: float | str | None, limit: float | None) -> Check:
    """What stands against an order: the value met, and the limit."""
    return Check(passed=False, value=value, limit=limit)


def stale_price(meant: Meant) -> Check:
    """A sale because prices stay away is not told that they do."""
    ticker, scene = meant.order.ticker, meant.ground.scene
    if meant.order.origin is Origin.PRICE_UNAVAILABLE or not is_stale(scene, ticker):
        return PASSED
    quote = scene.quotes.get(ticker)
    return against(quote.at.isoformat() if quote else None, None)


def price_far(meant: Meant) -> Check:
    quote, band = meant.ground.scene.quotes.get(meant.order.ticker), meant.ground.policy.price_band
    if quote is None or quote.previous is None or not rule.is_far(quote.price, quote.previous, band):
        return PASSED
    return against(abs(quote.price - quote.previous) / quote.previous, band)


def order_value(meant: Meant) -> Check:
    dollars, most = meant.dollars, meant.ground.policy.max_order
    return against(dollars, most) if rule.is_over(dollars, most) else PASSED


def order_shares(meant: Meant) -> Check:
    shares, most = meant.order.shares, meant.ground.policy.max_order_shares
    return against(shares, most) if rule.is_over(shares, most) else PASSED


def repeated(meant: Meant) -> Check:
    """Parts of one decision are no repeats of each other, nor orders of one command, nor any of what is idle."""
    order, scene, within = meant.order, meant.ground.scene, meant.ground.policy.repeat_seconds
    for sent in reversed(meant.ground.state.sent):
        if (sent.ticker, sent.side) != (order.ticker, order.side) or sent.decision_id == order.decision_id or sent.idle:
            continue
        wall_s = (scene.wall - sent.wall).total_seconds()
        if rule.is_lately((scene.at - sent.at).total_seconds(), wall_s, within):
            return against(abs(wall_s), within)
    return PASSED


def order_rate(meant: Meant) -> Check:
    state, scene, most = meant.ground.state, meant.ground.scene, meant.ground.policy.orders_a_minute
    if len(state.sent) + len(meant.before) < most:
        return PASSED
    count = len(meant.before)
    for sent in state.sent:
        apart_s = (scene.at - sent.at).total_seconds(), (scene.wall - sent.wall).total_seconds()
        count += rule.is_lately(*apart_s, rule.MINUTE_S)
    return against(count + 1, most) if rule.is_rush(count, most) else PASSED


def own_crossing(meant: Meant) -> Check:
    ticker, orders = meant.order.ticker, meant.ground.state.orders
    selling = meant.ground.state.selling(ticker) if orders else 0
    selling += sum(one.shares for one in meant.before if one.ticker == ticker and one.side is Side.SELL)
    return against(selling, 0) if selling else PASSED


def buying_power(meant: Meant) -> Check:
    cost, power = max(meant.dollars, meant.order.reserved), meant.power
    return against(power, cost) if rule.is_unpaid(cost, power) else PASSED


class Safeguard(NamedTuple):
    """One look: its name in traces, the reason it gives, the look, and whether it is told of exits, too."""

    step: str
    reason: Skip
    check: Callable[[Meant], Check]
    told_of_exits: bool


SAFEGUARDS: Final[tuple[Safeguard, ...]] = (
    Safeguard("safety.stale_price", Skip.STALE_PRICE, stale_price, told_of_exits=True),
    Safeguard("safety.price_far", Skip.PRICE_FAR, price_far, told_of_exits=True),
    Safeguard("safety.order_value", Skip.ORDER_VALUE, order_value, told_of_exits=True),
    Safeguard("safety.order_shares", Skip.ORDER_SHARES, order_shares, told_of_exits=True),
    Safeguard("safety.repeated", Skip.REPEATED, repeated, told_of_exits=True),
    Safeguard("safety.order_rate", Skip.ORDER_RATE, order_rate, told_of_exits=True),
    Safeguard("safety.own_crossing", Skip.OWN_CROSSING, own_crossing, told_of_exits=False),
    Safeguard("safety.buying_power", Skip.BUYING_POWER, buying_power, told_of_exits=False),
)
ENTRY: Final = tuple((one.step, one.reason, one.check) for one in SAFEGUARDS)
EXIT: Final = tuple((one.step, one.check) for one in SAFEGUARDS if one.told_of_exits)

SAFE: Final = kept(TraceLine("safety"))
"""The line of an entry against which nothing stood."""
SAFE_UNMEASURED: Final = kept(SAFE._replace(outcome="no_data"))
"""The same where no last close is known to hold its price against."""


class Objection(NamedTuple):
    """Why an entry is not made, with the line that says so in its trace."""

    meant: Meant
    reason: Skip
    line: TraceLine


Looked: TypeAlias = Mapping[str, TraceLine | Objection]
"""What was found of each entry, by the id of its decision: its line where it goes, or what stands against it."""


def safe(verdict: Verdict, ground: Ground) -> Verdict:
    """A verdict without the entries that are not safe: each becomes the skip, or the refusal, that it is.

    What has been looked at here stays as it is when it comes again.
    """
    if isinstance(verdict, Refused) or not any(type(event) is e.OrderIntended for event in verdict):
        return verdict
    looked, goes = walked(verdict, ground)
    for found in looked.values():
        if isinstance(found, Objection) and found.meant.order.origin is Origin.OWNER:
            return not_bought(found, verdict)
    if not looked:
        return goes
    return tuple(told(goes, looked, ground)) or nothing_left(looked)


def walked(verdict: tuple[e.Event, ...], ground: Ground) -> tuple[Looked, tuple[e.Event, ...]]:
    """Look at each order in its turn: what was found of entries, and all events but the orders that do not go."""
    looked: dict[str, TraceLine | Objection] = {}
    before: tuple[Order, ...] = ()
    goes: list[e.Event] = []
    for event in verdict:
        if type(event) is not e.OrderIntended:
            goes.append(event)
            continue
        meant = Meant(event.order, ground, before)
        unusual: tuple[TraceLine, ...] = ()
        if event.order.side is Side.BUY:
            looked[event.order.decision_id] = found = of_entry(meant)
            if isinstance(found, Objection):
                continue
        else:
            unusual = of_exit(meant)
        before = (*before, event.order)
        goes.append(e.OrderIntended(order=event.order, wall=ground.scene.wall, unusual=unusual))
    return looked, tuple(goes)


def of_entry(meant: Meant) -> TraceLine | Objection:
    """The first thing that stands against it, or the line of one against which nothing does."""
    for step, reason, check in ENTRY:
        found = check(meant)
        if found is not PASSED:
            return Objection(meant, reason, TraceLine(step, found.value, found.limit, "reject"))
    quote = meant.ground.scene.quotes[meant.order.ticker]
    return SAFE if quote.previous is not None else SAFE_UNMEASURED


def is_safe_still(order: Order, ground: Ground) -> bool:
    """Whether nothing stands against an open entry that was not sent yet, which costs no more now than it was to."""
    others = {name: one for name, one in ground.state.orders.items() if name != order.client_order_id}
    meant = Meant(order, ground._replace(state=replace(ground.state, orders=others)), ())
    return meant.dollars <= order.reserved and not isinstance(of_entry(meant), Objection)


def of_exit(meant: Meant) -> tuple[TraceLine, ...]:
    """All that is unusual about it; none of it keeps it back."""
    found = ((step, check(meant)) for step, check in EXIT)
    return tuple(TraceLine(step, one.value, one.limit, "reject") for step, one in found if one is not PASSED)


def told(goes: tuple[e.Event, ...], looked: Looked, ground: Ground) -> Iterator[e.Event]:
    """The events with what was found in their traces; those of an entry that is not made say that it is not."""
    for event in goes:
        if isinstance(event, e.Decided) and event.decision.acts and event.decision.id in looked:
            yield e.Decided(decision=decided(event.decision, looked[event.decision.id]))
        elif isinstance(event, e.TranchesPlanned) and event.tranches.decision_id in looked:
            yield from planned(event, looked[event.tranches.decision_id], ground)
        elif isinstance(event, e.ProposalClosed) and isinstance(found := looked.get(event.decision_id), Objection):
            yield replace(event, outcome=found.reason)
        else:
            yield event


def decided(decision: Decision, found: TraceLine | Objection) -> Decision:
    if isinstance(found, Objection):
        return replace(decision, reason=found.reason, shares=0, trace=with_line(decision.trace, found.line))
    return replace(decision, trace=with_line(decision.trace, found))


def planned(event: e.TranchesPlanned, found: TraceLine | Objection, ground: Ground) -> Iterator[e.Event]:
    """The plan of an entry whose part goes, or its end; one that never began leaves no trace but its decision's."""
    if not isinstance(found, Objection):
        yield replace(event, trace=with_line(event.trace, found)) if event.trace else event
        return
    plan = plan_of(ground.state, event.tranches.decision_id)
    if plan is not None:
        trace = with_line(event.trace, found.line)
        yield e.TranchesEnded(tranches=plan, outcome=found.reason, trace=trace)


def with_line(trace: tuple[TraceLine, ...], line: TraceLine) -> tuple[TraceLine, ...]:
    return trace if trace and trace[-1] == line else (*trace, line)


def not_bought(found: Objection, verdict: tuple[e.Event, ...]) -> Refused:
    """The owner's own buy is refused as by any gate, with the most shares that would be possible, if fewer would be."""
    order = found.meant.order
    of_his = [event.decision for event in verdict if isinstance(event, e.Decided)]
    asked = next((one.shares for one in of_his if one.id == order.decision_id), order.shares)
    facts = {"ticker": order.ticker, "shares": asked, "reason": found.reason.code, "possible": possible(found)}
    return Refused(Refusal.NOT_BOUGHT, {**facts, "value": found.line.value, "limit": found.line.limit})


SMALLER: Final = (Skip.ORDER_VALUE, Skip.ORDER_SHARES, Skip.BUYING_POWER)
"""Objections that a smaller order would not meet."""


def possible(found: Objection) -> int | None:
    """The most shares of one order that nothing of this kind would stand against; None where none would pass."""
    meant, policy = found.meant, found.meant.ground.policy
    if found.reason not in SMALLER or not meant.price:
        return None
    each = max(meant.price, meant.order.limit or 0)
    return min(policy.max_order // each, policy.max_order_shares, meant.power // each) or None


def nothing_left(looked: Looked) -> Refused:
    """What is said where an order was all that a command would have come to."""
    found = next(one for one in looked.values() if isinstance(one, Objection))
    return not_bought(found, ())
