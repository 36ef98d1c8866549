"""Which pauses and market events protect less than those that they would replace."""

from datetime import datetime

from engine.core import commands as c
from engine.core.happenings import MarketEvent
from engine.core.nouns import Pause
from engine.core.policy import Policy
from engine.core.state import State
from engine.core.undo import pause_from
from engine.core.words import EventScope, Harm, Severity


def ends_sooner(standing: Pause | None, until: datetime | None) -> bool:
    """Whether entries would be free sooner than under the standing pause; None is until somebody resumes."""
    return standing is not None and until is not None and (standing.until is None or until < standing.until)


def of_pause(command: c.PauseEntries, state: State, _policy: Policy) -> Harm:
    """Longer is safer, an end that comes sooner is riskier."""
    return Harm.RISKIER if ends_sooner(state.pause, command.until) else Harm.SAFER


def resumes(state: State, word: str | None) -> bool:
    """Whether entries would be free now or sooner, were a pause of this word put back."""
    if state.pause is None:
        return False
    return word is None or ends_sooner(state.pause, pause_from(word, state.pause.since).until)


def of_events(command: c.MarkEvent | c.ImportEvents, state: State, _policy: Policy) -> Harm:
    """Safer, but riskier where a standing event would protect less."""
    return Harm.RISKIER if weakened(command, state) else Harm.SAFER


def weakened(command: c.MarkEvent | c.ImportEvents, state: State) -> tuple[tuple[MarketEvent, MarketEvent], ...]:
    """The standing events that a command would replace by ones that protect less, each with the new one."""
    known = {one.id: one for one in state.market_events}
    pairs = tuple((known[event.id], event) for event in replacing(command, state) if event.id in known)
    return tuple((old, new) for old, new in pairs if weaker(new, old, state.market_at or old.starts_at))


def replacing(command: c.MarkEvent | c.ImportEvents, state: State) -> tuple[MarketEvent, ...]:
    """The events that are put on record: of a file not those that stand as severe already."""
    if isinstance(command, c.MarkEvent):
        return (command.event,)
    severities = {one.id: one.severity for one in state.market_events}
    return tuple(event for event in command.events if severities.get(event.id) is not event.severity)


def weaker(event: MarketEvent, standing: MarketEvent, now: datetime) -> bool:
    """Whether an event is less severe than one of the same id, touches less, begins later or ends sooner."""
    severities = list(Severity)
    return (
        severities.index(event.severity) < severities.index(standing.severity)
        or narrower(event, standing)
        or event.starts_at > max(standing.starts_at, now)
        or event.ends_at < standing.ends_at
    )


def narrower(event: MarketEvent, standing: MarketEvent) -> bool:
    """Whether something that the standing event touches may be out of this one's reach."""
    if event.scope is EventScope.MARKET:
        return False
    return (event.scope, event.target) != (standing.scope, standing.target)
