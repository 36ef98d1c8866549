"""What owners have set, read from memory: bounded, asked for again after a while, never older than what was heard."""

from collections.abc import Callable
from time import monotonic
from typing import Final, NamedTuple

from cachetools import LRUCache

from engine.bus import Done
from engine.core.nouns import AccountId
from engine.core.preferences import Preferences
from engine.core.state import State
from engine.ports import Store, Unavailable

FRESH_S: Final = 60.0
"""How long a value is believed before the store is asked again, which finds what other processes changed."""

RETRY_S: Final = 1.0
"""How often a store that does not answer is asked again."""

MOST: Final = 10_000
"""Accounts kept; of more, the one that was read longest ago is forgotten."""


class Known(NamedTuple):
    """Settings with their version; `stale` where the store could not be asked whether they are still the last."""

    preferences: Preferences
    version: int
    stale: bool = False


class Kept(NamedTuple):
    """What is known and until when it is believed, in seconds of a clock that only goes forward."""

    known: Known
    until: float


class KnownSettings:
    """Settings of many accounts. A store that is down leaves what was known last, marked stale."""

    def __init__(self, store: Store, now: Callable[[], float] = monotonic, most: int = MOST) -> None:
        self._store, self._now = store, now
        self._kept: LRUCache[AccountId, Kept] = LRUCache(most)

    async def get(self, account: AccountId) -> Known:
        """The settings of an account; raises Unavailable only where nothing was ever known, KeyError for no account."""
        kept = self._kept.get(account)
        if kept is not None and self._now() < kept.until:
            return kept.known
        return await self._asked(account)

    async def __call__(self, done: Done) -> None:
        """A listener of the bus: what was just stored is known at once."""
        if done.new.version != done.old.version:
            self.heard(done.new)

    def heard(self, state: State) -> None:
        """These are an account's settings now; an older version than is known changes nothing."""
        kept = self._kept.get(state.account)
        if kept is None or kept.known.version <= state.version:
            self._keep(state.account, Known(state.preferences, state.version), FRESH_S)

    def outdated(self, account: AccountId, version: int) -> None:
        """Somebody else has stored this version: one that is older is asked for again when it is next wanted."""
        kept = self._kept.get(account)
        if kept is not None and kept.known.version < version:
            self._kept[account] = kept._replace(until=self._now())

    def doubt(self) -> None:
        """The store has just failed: all is asked for again before it is believed."""
        for account, kept in list(self._kept.items()):
            self._kept[account] = kept._replace(until=self._now())

    async def _asked(self, account: AccountId) -> Known:
        try:
            found = await self._store.preferences(account)
        except Unavailable:
            return self._last_known(account)
        if found is None:
            self._kept.pop(account, None)
            raise KeyError(account)
        version, preferences = found
        kept = self._kept.get(account)
        if kept is not None and kept.known.version > version:  # changed while the store was being read
            preferences, version = kept.known.preferences, kept.known.version
        return self._keep(account, Known(preferences, version), FRESH_S)

    def _last_known(self, account: AccountId) -> Known:
        kept = self._kept.get(account)
        if kept is None:
            raise Unavailable(f"nothing is known of account {account} and the store does not answer")
        return self._keep(account, kept.known._replace(stale=True), RETRY_S)

    def _keep(self, account: AccountId, known: Known, seconds: float) -> Known:
        self._kept[account] = Kept(known, self._now() + seconds)
        return known
