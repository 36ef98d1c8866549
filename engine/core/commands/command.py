"""A wish, and whose it is."""

from dataclasses import dataclass, field

from engine.core.words import Harm


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A wish. `by` and `channel` say whose; `key` makes it idempotent: the same key is done once.

    `agreed` is the worst that it may do, as it was judged when it was asked for; None where nobody judged it.
    """

    by: str = "engine"
    channel: str = "engine"
    key: str | None = None
    agreed: Harm | None = field(default=None, compare=False)
