"""Judging what is told: mutes whose time is over, and the owner's wish for a piece of news to try the way."""

from typing import Final

from engine.core import commands as c
from engine.core import events as e
from engine.core.categories import Mute
from engine.core.journal import plain
from engine.core.judge.change import change_of
from engine.core.judge.ground import Ground, Verdict
from engine.core.news import HERE
from engine.core.preferences import Preferences, patched
from engine.core.refusals import Refusal, Refused
from engine.core.routing import MUTED, over

TEST: Final = "test_notification"


def end_mutes(command: c.EndMutes, ground: Ground) -> Verdict:
    """What was muted until now is told again."""
    muted = ground.state.preferences.notifications.muted
    gone = over(muted, ground.scene.at)
    if not gone:
        return Refused(Refusal.NO_TERM, {"field": MUTED})
    left = tuple(one for one in muted if one not in gone)
    fields = ((MUTED, plain(muted), plain(left)),)
    new = patched(ground.state.preferences, {MUTED: left})
    return (
        e.PreferencesChanged(
            change=change_of(command, ground, fields, "term"), preferences=new, loosened=False, ended=True
        ),
    )


def stale(new: Preferences, ground: Ground) -> Refused | None:
    """A mute that would be over before it begins."""
    old = ground.state.preferences.notifications.muted
    gone: tuple[Mute, ...] = over([one for one in new.notifications.muted if one not in old], ground.scene.at)
    return Refused(Refusal.UNTIL_PASSED, {"until": plain(gone[0].until)}) if gone else None


def send_test(command: c.TestNotification, _ground: Ground) -> Verdict:
    """Only where news go; nothing is sent anywhere else."""
    if command.outlet is not None and command.outlet not in HERE:
        return Refused(Refusal.NO_SUCH_PART, {"part": command.outlet.value})
    return (e.Noted(topic=TEST, facts={}),)
