"""Every key of the project in Redis, in one place; docs/redis.md tells what stands under each."""

from typing import Any, Final

from engine.core.journal import canonical
from engine.core.nouns import AccountId
from engine.core.units import Ticker
from engine.core.words import BreakerKind
from engine.ports import limiter

VERSION: Final = 1
"""Schema version `v` that every value carries; it rises when a field changes its meaning or goes away."""

ROOT: Final = "stonks"
QUOTES: Final = f"{ROOT}:trading:quotes"
"""Hash: ticker → its last price."""

CHANGED: Final = f"{ROOT}:trading:changed"
"""Channel on which is said what has changed."""

EVENTS: Final = f"{ROOT}:stream:trading"
"""Stream: every stored event of every account."""

BROKER_ORDERS: Final = f"{ROOT}:queue:broker_orders"
"""List: orders for a broker outside, pushed on the left and taken from the right."""

BROKER_TAKEN: Final = f"{ROOT}:queue:broker_taken"
"""List: what the outside broker has taken and not yet booked and answered."""

DEDUPE_S: Final = 86_400
"""How long a recommendation is known by its key, in seconds."""

WHOLE_S: Final = 15
"""How long an account counts as wholly written after its engine has said so, in seconds."""

STREAM_LENGTH: Final = 10_000
"""About how many events the stream keeps; older ones stand in the journal."""


BROKER_SERVICE: Final = f"{ROOT}:broker:service"
"""String: that an outside broker serves the queue, and what it takes; it lapses where he is silent."""


def broker_sent(account: AccountId) -> str:
    """Hash: every order that was put in the queue, as it was put there last, by client order id."""
    return f"{ROOT}:broker:sent:{account}"


def broker_receipts(account: AccountId) -> str:
    """Hash: the outside broker's word on every order that he has taken, by client order id."""
    return f"{ROOT}:broker:receipts:{account}"


def broker_fills(account: AccountId) -> str:
    """List: every execution, in its order, from the left."""
    return f"{ROOT}:broker:fills:{account}"


def broker_epoch(account: AccountId) -> str:
    """String: a name that changes whenever the outside broker has said everything anew."""
    return f"{ROOT}:broker:epoch:{account}"


def broker_holdings(account: AccountId) -> str:
    """String: cash and shares as the outside broker has them."""
    return f"{ROOT}:broker:holdings:{account}"


def broker_transfers(account: AccountId) -> str:
    """Hash: money moved in or out, by its id."""
    return f"{ROOT}:broker:transfers:{account}"


def broker_answer(request: str) -> str:
    """List: the one answer to a request; it lapses soon."""
    return f"{ROOT}:broker:answer:{request}"


def dedupe(account: AccountId, recommendation_id: str) -> str:
    """String: this recommendation was stored for this account."""
    return f"{ROOT}:dedupe:trading:{account}:{recommendation_id}"


def preferences(account: AccountId) -> str:
    """String: what the owner has set, with its version."""
    return f"{ROOT}:trading:preferences:{account}"


def breakers(account: AccountId) -> str:
    """Hash: what holds entries back, by the name that `breaker` makes, or `pause`, or `killed`."""
    return f"{ROOT}:trading:circuit_breaker:{account}"


def breaker(kind: BreakerKind, ticker: Ticker | None) -> str:
    """The field of one circuit breaker within its account's hash: `daily_loss`, `single_position:KO`."""
    return kind.value if ticker is None else f"{kind.value}:{ticker}"


def told(account: AccountId) -> str:
    """String: how far this account's journal has been told to the stream, and which history that is."""
    return f"{ROOT}:trading:told:{account}"


def whole(account: AccountId) -> str:
    """String: that everything of this account is written, and by which mirror; it lapses where that is silent."""
    return f"{ROOT}:trading:whole:{account}"


def notification_rate(channel: str, person: str) -> str:
    """What would count the messages that a person gets by a channel: no channel counts them yet."""
    return limited(limiter.notification_rate(channel, person))


def rate(of: str, who: str) -> str:
    """What counts how often somebody did something that is limited: `hint`, `pair`."""
    return limited(limiter.rate(of, who))


def limited(key: str) -> str:
    """What counts under this key of a limiter."""
    return f"{ROOT}:trading:{key}"


def value(**fields: Any) -> str:  # noqa: ANN401  # JSON of any kind
    """What stands under a key: canonical JSON with the schema version."""
    return canonical({"v": VERSION, **fields})
