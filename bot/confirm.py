"""Commands that wait for a yes: from the same person, in the same channel, in time, and while nothing has changed."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, TypeAlias

from engine.core import commands as c
from engine.core.appliers.switches import OWNER_HELD
from engine.core.journal import plain
from engine.core.preferences import BadValue, value_of
from engine.core.state import State
from engine.core.undo import PAUSE, undoing
from engine.core.units import Money, Ticker
from engine.core.words import BreakerKind
from engine.view import View
from engine.watchdog import awake_and_asleep
from intents.result import Request

EXPIRES: Final = timedelta(seconds=120)
REMEMBERED: Final = timedelta(minutes=5)
MOVED: Final = 0.01
"""A quoted price that moved by more than this overtakes the question."""

Place: TypeAlias = tuple[str, str]
"""A person in a channel, and in one of its conversations where it has several."""


@dataclass(frozen=True, slots=True)
class Held:
    """Commands of one message that wait, with what they looked like when they were read back.

    `phrase` is what must be typed, letter by letter, before a grave command is done; None where a yes is enough.
    `message` is the id of the message that asked for them; `beside` are the questions of the engine's that were open
    by then. `aside` says that something else was asked or refused since.
    `asked_s` is `asked_at` in seconds of a clock that only goes forward.
    """

    requests: tuple[Request, ...]
    commands: tuple[c.Command, ...]
    asked_at: datetime
    prices: tuple[tuple[Ticker, Money], ...]
    settings: tuple[tuple[str, Any], ...]
    undoes: tuple[tuple[int, ...], ...] = ()
    levels: tuple[tuple[Ticker, Money, Money], ...] = ()
    phrase: str | None = None
    message: str = ""
    beside: frozenset[str] = frozenset()
    aside: bool = False
    asked_s: float = field(default_factory=awake_and_asleep, compare=False)

    def age(self, now: datetime) -> timedelta:
        """How long ago it was asked, by people's time or, where that was put back, by a clock that nobody can set."""
        return max(now - self.asked_at, timedelta(seconds=awake_and_asleep() - self.asked_s))

    def expired(self, now: datetime) -> bool:
        return self.age(now) >= EXPIRES

    def typed(self, text: str) -> bool:
        """Whether this is the phrase; letter case and spaces around it do not count."""
        return self.phrase is not None and text.strip().casefold() == self.phrase.casefold()


class Overtaken(NamedTuple):
    """What has changed since a question was asked: a `field` by its path, a `price` or a `level` by its ticker."""

    kind: str
    what: str


def held(requests: tuple[Request, ...], commands: tuple[c.Command, ...], view: View, phrase: str | None = None) -> Held:
    """These commands as they are read back now."""
    return Held(
        requests=requests,
        commands=commands,
        asked_at=view.scene.wall,
        prices=touched_prices(commands, view),
        settings=touched_settings(commands, view),
        undoes=undone(commands, view),
        levels=touched_levels(commands, view),
        phrase=phrase,
        beside=asked_of_the_owner(view.state),
        asked_s=awake_and_asleep(),
    )


def asked_of_the_owner(state: State) -> frozenset[str]:
    """The engine's own open questions, by id: trades that are proposed, and the week's rebalancing."""
    return frozenset(state.proposals) | ({state.rebalance.id} if state.rebalance else frozenset())


class Confirmations:
    """At most one question a person and channel; a new one takes the place of the old."""

    def __init__(self) -> None:
        self._held: dict[Place, Held] = {}
        self._unanswered: set[Place] = set()

    def hold(self, place: Place, question: Held) -> None:
        """Keep these commands until their person says yes."""
        self._held[place] = question
        self._unanswered.add(place)

    def put_back(self, place: Place, question: Held, *, unanswered: bool) -> None:
        """Keep again what a process before this one kept."""
        self._held[place] = question
        if unanswered:
            self._unanswered.add(place)

    def unanswered(self, place: Place) -> bool:
        """Whether nobody was told yet that what was asked here ran out."""
        return place in self._unanswered

    def waiting(self, place: Place, now: datetime) -> Held | None:
        """What waits for this person here; None where nothing does any more."""
        held = self._held.get(place)
        return None if held is None or held.expired(now) else held

    def lately(self, place: Place, now: datetime) -> Held | None:
        """What waits or waited a short while ago; it may have expired."""
        held = self._held.get(place)
        return None if held is None or held.age(now) > REMEMBERED else held

    def pass_by(self, place: Place, message: str) -> None:
        """Something else was asked or refused by that message since this was asked: a yes may be meant for that."""
        held = self._held.get(place)
        if held is not None and held.message != message:
            self._held[place] = replace(held, aside=True)

    def come_back(self, place: Place) -> None:
        """What waits was named again: the next yes is one to it."""
        if place in self._held:
            self._held[place] = replace(self._held[place], aside=False)

    def take(self, place: Place, now: datetime) -> Held | None:
        """What waits or waited lately, once: it is gone afterwards, whatever the answer."""
        held = self.lately(place, now)
        self.drop(place)
        return held

    def drop(self, place: Place) -> None:
        """Ask no more, whatever waits there."""
        self._held.pop(place, None)
        self._unanswered.discard(place)

    def ran_out(self, now: datetime) -> list[tuple[Place, Held]]:
        """The questions that nobody answered in time, each once; none is remembered longer than it counts."""
        over = [place for place in self._unanswered if self._held[place].expired(now)]
        self._unanswered.difference_update(over)
        told = [(place, self._held[place]) for place in over]
        self._held = {place: held for place, held in self._held.items() if held.age(now) <= REMEMBERED}
        return told

    def any_open(self, now: datetime) -> bool:
        """Whether anybody has been asked and may still answer."""
        return any(not held.expired(now) for held in self._held.values())


def touched_settings(commands: tuple[c.Command, ...], view: View) -> tuple[tuple[str, Any], ...]:
    """The fields that these commands would set, as they are now."""
    found: list[tuple[str, Any]] = []
    for command in commands:
        if isinstance(command, c.ChangePreferences):
            paths = list(command.patch)
        elif isinstance(command, c.UndoChanges):
            paths = list(undoing(view.state, command.count, command.field)[0])
        elif isinstance(command, c.ResumeEntries | c.PauseEntries):
            paths = [PAUSE]
        else:
            continue
        found += [(path, setting(view, path)) for path in paths]
    return tuple(found)


def setting(view: View, path: str) -> Any:  # noqa: ANN401  # fields differ in type
    try:
        return value_of(view.state.preferences, path)
    except BadValue:  # not a preference: a pause, which is remembered among the changes
        return view.state.pause, view.state.killed_at, waiting_for_the_owner(view.state)


def waiting_for_the_owner(state: State) -> frozenset[BreakerKind]:
    """The breakers that stand until the owner resumes, and that a yes to that lifts."""
    return frozenset(kind for kind, _ in state.breakers if kind in OWNER_HELD)


def undone(commands: tuple[c.Command, ...], view: View) -> tuple[tuple[int, ...], ...]:
    """The changes that these commands would put back, by their numbers."""
    undos = (command for command in commands if isinstance(command, c.UndoChanges))
    return tuple(undoing(view.state, command.count, command.field)[1] for command in undos)


def touched_prices(commands: tuple[c.Command, ...], view: View) -> tuple[tuple[Ticker, Money], ...]:
    """The prices quoted for the tickers that these commands name."""
    tickers = {ticker for command in commands for ticker in named_by(command)}
    return tuple((ticker, price) for ticker in sorted(tickers) if (price := view.scene.price(ticker)))


def named_by(command: c.Command) -> tuple[Ticker, ...]:
    """The tickers that a command names."""
    one = getattr(command, "ticker", None)
    return (*getattr(command, "tickers", ()), *((one,) if one else ()))


def touched_levels(commands: tuple[c.Command, ...], view: View) -> tuple[tuple[Ticker, Money, Money], ...]:
    """Stop and take-profit of the holdings whose levels these commands would move."""
    tickers = {command.ticker for command in commands if isinstance(command, c.MoveStop | c.MoveTake)}
    held = (view.position(ticker) for ticker in sorted(tickers))
    return tuple((one.ticker, one.stop, one.take) for one in held if one is not None)


def overtaken(held: Held, view: View) -> Overtaken | None:
    """What has changed so that a question no longer fits, or None."""
    for path, old in held.settings:
        if plain(setting(view, path)) != plain(old):  # of a process before this one it comes as JSON's types
            return Overtaken("field", path)
    if undone(held.commands, view) != held.undoes:
        return Overtaken("field", held.settings[0][0])
    levels = touched_levels(held.commands, view)
    for level in held.levels:
        if level not in levels:
            return Overtaken("level", level[0])
    for ticker, quoted in held.prices:
        if abs((view.scene.price(ticker) or quoted) - quoted) > MOVED * quoted:
            return Overtaken("price", ticker)
    return None


def keyed(command: c.Command, person: str, channel: str, key: str) -> c.Command:
    """The command with its sender's name on it; the same message twice is one command."""
    return replace(command, by=person, channel=channel, key=key)
