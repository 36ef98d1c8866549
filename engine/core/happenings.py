"""What happens outside and touches what is held: days of high risk, splits, dividends."""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from engine.core.units import Money, Ticker
from engine.core.words import ActionKind, EventScope, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketEvent:
    """Something that makes a market, a sector or a ticker riskier for a time, both ends in market time.

    `target` is the sector or the ticker, None where the scope is the whole market. `source` is who said so: `owner`,
    or where it was imported from.
    """

    id: str
    scope: EventScope
    target: str | None
    severity: Severity
    title: str
    starts_at: datetime
    ends_at: datetime
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CorporateAction:
    """A split or a dividend, in force from `opens_at` on, the open of `ex_date`, for shares held before it.

    A split makes `new` shares of `old` (2 and 1 for two for one); a dividend pays `per_share` in cash. `close` is the
    last close before it as it counts after the split, 0 where there is none.
    """

    id: str
    kind: ActionKind
    ticker: Ticker
    ex_date: date
    opens_at: datetime
    new: int = 1
    old: int = 1
    per_share: Money = 0
    close: Money = 0

    @property
    def ratio(self) -> Fraction:
        return Fraction(self.new, self.old)
