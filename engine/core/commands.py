"""Everything that can be asked of an account. Whoever asks, the judge answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.core.nouns import Fill, Recommendation
from engine.core.units import Money, Ticker
from engine.core.words import Alert, BreakerKind, Harm, OrderStatus, Origin, Role, StopReason, Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A wish. `by` and `channel` say whose; `key` makes it idempotent: the same key is done once.

    `agreed` is the worst that it may do, as it was judged when it was asked for; None where nobody judged it.
    """

    by: str = "engine"
    channel: str = "engine"
    key: str | None = None
    agreed: Harm | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccount(Command):
    """Begin a paper account with `cash`."""

    cash: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePreferences(Command):
    """Set named preferences (`risk.daily_loss_limit_pct`) to new values: all of them, or none.

    With `until` (market time) they go back by themselves then.
    """

    patch: Mapping[str, Any]
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoChanges(Command):
    """Put back the last `count` changes, or all that the last message changed, or the last change of `field`."""

    count: int | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndTerm(Command):
    """Put a setting back whose time is over."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveCash(Command):
    """Put paper money in (+) or take it out (−)."""

    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetAccount(Command):
    """Begin a paper account anew with `cash`, or with what it began with; settings and journal stay."""

    cash: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTransfer(Command):
    """Note that the broker has booked money moved in or out."""

    transfer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite(Command):
    """Let whoever says the code of this hash in have a role; once, until `lapses_at` (people's time)."""

    code: str
    role: Role
    lapses_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Admit(Command):
    """Let a person in: by an open invitation's code or, where `code` is None, as this machine's owner."""

    person: str
    name: str = ""
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRole(Command):
    """Give a person, by id or name, another role; None turns him out."""

    person: str
    role: Role | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness(Command):
    """Put into the journal what changed nothing: refusals, questions and answers, logins, the configuration."""

    topic: Topic
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseEntries(Command):
    """The engine enters nothing until `until` (market time), or until the owner resumes; exits go on."""

    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeEntries(Command):
    """End the pause, the kill switch, and the breakers that wait for the owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopEverything(Command):
    """The kill switch: nobody enters anything, entry orders and open questions are cancelled; exits go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePosition(Command):
    """Sell what is held of these tickers, or this fraction of each."""

    tickers: tuple[Ticker, ...]
    fraction: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve(Command):
    """The owner's yes to open proposals; empty means the only one."""

    tickers: tuple[Ticker, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(Command):
    """The owner's no to open proposals; empty means all of them."""

    tickers: tuple[Ticker, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginSession(Command):
    """Start the tally of the session that has begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveRecommendation(Command):
    """Keep an outside opinion until it can be decided."""

    recommendation: Recommendation


@dataclass(frozen=True, slots=True, kw_only=True)
class Consider(Command):
    """Decide a recommendation that was received."""

    recommendation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonRecommendation(Command):
    """Record a recommendation whose evaluation failed as skipped, so that it never stops the others."""

    recommendation_id: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyTranche(Command):
    """Buy the next part of an entry that is bought in parts, if its gates still let it pass."""

    decision_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOutOrder(Command):
    """Give up an entry order that has waited too long for its fill."""

    client_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseAlert(Command):
    """Tell the owner that the day's gain or loss, or the drawdown, has passed his mark; both are fractions."""

    alert: Alert
    threshold: float
    actual: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LapseProposal(Command):
    """End a proposal that nobody answered in time."""

    decision_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitPosition(Command):
    """Sell a whole position because a level was crossed; `trigger` is that level."""

    ticker: Ticker
    origin: Origin
    trigger: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseStop(Command):
    """Put a position's stop nearer by a rule; `high` is the highest price since entry."""

    ticker: Ticker
    stop: Money
    high: Money
    atr: Money
    reason: StopReason


@dataclass(frozen=True, slots=True, kw_only=True)
class TripBreaker(Command):
    """Stop entries because a limit of loss or unrest was reached."""

    kind: BreakerKind
    ticker: Ticker | None
    threshold: float
    actual: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveBreaker(Command):
    """End a breaker whose cooldown is over."""

    kind: BreakerKind
    ticker: Ticker | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPause(Command):
    """End a pause whose time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOrder(Command):
    """Note what the broker said of an order."""

    client_order_id: str
    status: OrderStatus
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFill(Command):
    """Note what the broker did with an order; the same execution counts once."""

    fill: Fill


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeSnapshot(Command):
    """Write the end-of-session record; once a session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summarise(Command):
    """Tell the owner how the session went; once a session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeTicker(Command):
    """Stop entries in a ticker on which the broker's book and ours differ."""

    ticker: Ticker
    ours: int
    theirs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Command):
    """Put something that happened to the engine itself into journal and chat (`engine_started`, `loop_error`)."""

    topic: str
    facts: Mapping[str, Any]
