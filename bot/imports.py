"""Putting a file of settings in force: one change of all its fields, which passes whatever any change passes."""

from bot.desk import Desk
from bot.questions import done_or_asked
from bot.settings_file import BadFile, read
from bot.turn import Turn
from engine.core import commands as c
from engine.core.preferences import BadValue, changed_from, patched
from engine.core.words import Topic
from intents.result import Request
from skills.skill import Say

AS_REQUEST = Request("set_preference")
"""How an import is remembered while it waits for a yes."""


async def imported(desk: Desk, turn: Turn) -> list[Say]:
    """The answer to a message that brings a file: done, refused, or read back."""
    try:
        patch = read(turn.message.document or "")
    except BadFile as bad:
        return [Say(bad.key, bad.facts)]
    command = c.ChangePreferences(patch=changing(patch, turn))
    await desk.clerk.hears(Topic.IMPORT, turn.message, fields=sorted(patch))
    if not command.patch:
        return [Say("import.same")]
    answer = await desk.possible(turn, command)
    if isinstance(answer, Say):
        return [answer]
    return await done_or_asked(desk, turn, AS_REQUEST, answer)


def changing(patch: dict[str, object], turn: Turn) -> dict[str, object]:
    """The fields that would be another; all of them where one cannot be read, for the judge to name."""
    preferences = turn.view.state.preferences
    try:
        new = patched(preferences, patch)
    except BadValue:
        return patch
    changed = set(changed_from(preferences, new))
    return {path: value for path, value in patch.items() if path in changed}
