"""Judging pause, resume and the kill switch."""

from engine.core import commands as c
from engine.core import events as e
from engine.core.appliers.switches import OWNER_HELD
from engine.core.journal import plain
from engine.core.judge.change import change_of
from engine.core.judge.ground import Ground, Verdict
from engine.core.judge.withdraw import withdrawn_entries
from engine.core.nouns import Pause
from engine.core.refusals import Refusal, Refused
from engine.core.undo import PAUSE, pause_word
from engine.core.words import BreakerKind, Skip


def pause_entries(command: c.PauseEntries, ground: Ground) -> Verdict:
    """Enter nothing until then; what is asked already is withdrawn, exits and stop watch go on."""
    state, now = ground.state, ground.scene.at
    if command.until is not None and command.until <= now:
        return Refused(Refusal.UNTIL_PASSED, {"until": plain(command.until)})
    if state.pause is not None and state.pause.until == command.until:
        return Refused(Refusal.ALREADY_PAUSED, {"until": plain(command.until)})
    pause = Pause(since=now, until=command.until)
    fields = ((PAUSE, pause_word(state.pause), pause_word(pause)),)
    change = change_of(command, ground, fields)
    return (e.EntriesPaused(pause=pause, change=change), *withdrawn_entries(state, ground.scene, Skip.PAUSED))


def resume_entries(command: c.ResumeEntries, ground: Ground) -> Verdict:
    """Lift pause, kill switch and the breakers that wait for the owner; drawdown counts from today's equity."""
    state = ground.state
    latched = [key for key in state.breakers if key[0] in OWNER_HELD]
    if state.pause is None and state.killed_at is None and not latched:
        return Refused(Refusal.NOT_PAUSED)
    peak = ground.worth.equity if (BreakerKind.MAX_DRAWDOWN, None) in latched else None
    change = None
    if state.pause is not None and state.killed_at is None and not latched:
        fields = ((PAUSE, pause_word(state.pause), None),)
        change = change_of(command, ground, fields)
    return (e.EntriesResumed(change=change, peak=peak, lifts_all=True),)


def end_pause(_command: c.EndPause, ground: Ground) -> Verdict:
    """A pause whose time is over ends by itself; the kill switch stays."""
    pause = ground.state.pause
    if pause is None or pause.until is None or ground.scene.at < pause.until:
        return Refused(Refusal.NOT_PAUSED)
    return (e.EntriesResumed(change=None, lifts_all=False),)


def stop_everything(command: c.StopEverything, ground: Ground) -> Verdict:
    """The kill switch, latched until the owner resumes."""
    if ground.state.killed_at is not None:
        return Refused(Refusal.ALREADY_KILLED, {"since": plain(ground.state.killed_at)})
    withdrawn = withdrawn_entries(ground.state, ground.scene, Skip.KILLED)
    return (e.EngineKilled(at=ground.scene.at, who=command.who), *withdrawn)
