"""The nearest levels of all positions of all accounts: a price that reaches none of them costs about a microsecond."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from typing import Final, NamedTuple

from engine.bus import Done
from engine.core.limits import Limits, for_micro, in_force
from engine.core.nouns import AccountId, Position
from engine.core.policy import Policy
from engine.core.rules.rounding import part, tick_up
from engine.core.state import State
from engine.core.units import Money, Ticker

HIGHEST: Final = 2**63 - 1


class Levels(NamedTuple):
    """At or under `low`, and at or over `high`, something is to be done about a position."""

    low: Money
    high: Money


NOWHERE: Final = Levels(-1, HIGHEST)


class Ladder:
    """The levels of one ticker, in order, each with its account."""

    __slots__ = ("high", "highs", "low", "lows")

    def __init__(self) -> None:
        self.lows: list[tuple[Money, AccountId]] = []
        self.highs: list[tuple[Money, AccountId]] = []
        self.low, self.high = NOWHERE

    def add(self, account: AccountId, levels: Levels) -> None:
        insort(self.lows, (levels.low, account))
        insort(self.highs, (levels.high, account))
        self._nearest()

    def remove(self, account: AccountId, levels: Levels) -> None:
        del self.lows[bisect_left(self.lows, (levels.low, account))]
        del self.highs[bisect_left(self.highs, (levels.high, account))]
        self._nearest()

    def reached(self, price: Money) -> list[AccountId]:
        """Accounts of which a level is reached, in alphabetical order."""
        under = self.lows[bisect_left(self.lows, (price, "")) :]
        over = self.highs[: bisect_right(self.highs, price, key=first)]
        return sorted({account for _, account in (*under, *over)})

    def _nearest(self) -> None:
        self.low = self.lows[-1][0] if self.lows else NOWHERE.low
        self.high = self.highs[0][0] if self.highs else NOWHERE.high


def first(pair: tuple[Money, AccountId]) -> Money:
    return pair[0]


class Nearest:
    """Follows accounts as a listener of their buses, and names those that a price concerns.

    Positions whose shares are all being sold have no levels until that sale ends otherwise.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._ladders: dict[Ticker, Ladder] = {}
        self._levels: dict[tuple[AccountId, Ticker], Levels] = {}

    async def __call__(self, done: Done) -> None:
        self.follow(done.old, done.new)

    def begin(self, state: State) -> None:
        """Follow an account as it was loaded."""
        self._put(state, state.positions)

    def follow(self, old: State, new: State) -> None:
        """An account has changed: only what differs is looked at."""
        if old.preferences is not new.preferences or old.tier is not new.tier:
            self._put(new, {*old.positions, *new.positions})
        elif old.positions is not new.positions or old.orders is not new.orders:
            self._put(new, moved(old, new))

    def hit(self, ticker: Ticker, price: Money) -> list[AccountId]:
        """Accounts whose position of this ticker is concerned by this price, in alphabetical order."""
        ladder = self._ladders.get(ticker)
        if ladder is None or ladder.low < price < ladder.high:
            return []
        return ladder.reached(price)

    def __len__(self) -> int:
        """How many positions are watched."""
        return len(self._levels)

    def _put(self, state: State, tickers: Iterable[Ticker]) -> None:
        limits = None
        for ticker in tickers:
            position = state.positions.get(ticker)
            if position is None or position.shares <= state.selling(ticker):
                self._stand(state.account, ticker, None)
                continue
            limits = limits or in_force(state.tier, state.preferences, self._policy)
            own = for_micro(limits, self._policy) if position.micro else limits
            self._stand(state.account, ticker, levels_of(position, own))

    def _stand(self, account: AccountId, ticker: Ticker, levels: Levels | None) -> None:
        """Where the levels of a position are now; None where it has none."""
        before = self._levels.get((account, ticker))
        if before == levels:
            return
        ladder = self._ladders.setdefault(ticker, Ladder())
        if before is not None:
            ladder.remove(account, before)
            del self._levels[account, ticker]
        if levels is not None:
            ladder.add(account, levels)
            self._levels[account, ticker] = levels
        if not ladder.lows:
            del self._ladders[ticker]


def moved(old: State, new: State) -> set[Ticker]:
    """Tickers whose position or orders differ."""
    found = {order.ticker for state in (old, new) for order in state.orders.values()}
    if old.positions is not new.positions:
        found |= {
            ticker
            for ticker in (*old.positions, *new.positions)
            if old.positions.get(ticker) is not new.positions.get(ticker)
        }
    return found


def levels_of(position: Position, limits: Limits) -> Levels:
    """Where a price makes a position due: stop or largest loss under it, take or the trailing of its stop over it.

    `limits` are those in force for a position of this kind.
    """
    worst = (position.cost - part(position.cost, limits.single_position_loss) - 1) // position.shares
    return Levels(max(position.stop, worst), min(position.take, trails_at(position, limits.stop_multiplier)))


def trails_at(position: Position, multiplier: float) -> Money:
    """The lowest price at which trailing may raise the stop: past half way, and a new high unless the old one owes it.

    An old high owes a raise where the stop was kept under a price that is over.
    """
    half = (position.take + position.entry) // 2 + 1
    wanted = tick_up(max(position.entry, position.high - part(position.atr, multiplier)))
    owed = wanted > position.stop
    return max(half, (position.stop if owed else position.high) + 1)
