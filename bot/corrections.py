"""Another value for what was done already: the difference, one change in place of the other, or why that cannot be."""

from dataclasses import replace

from bot.desk import FINAL, Desk, Did
from bot.questions import done_or_asked
from bot.turn import Turn
from engine.core import commands as c
from engine.core.journal import plain
from engine.core.nouns import Change
from engine.core.preferences import patched, value_of
from engine.core.state import State
from engine.core.undo import PAUSE
from intents.result import Request
from skills.skill import Say


async def corrected(desk: Desk, turn: Turn, did: Did, wanted: Request) -> list[Say] | None:
    """The answer to another value for what was done; None where saying it anew does no harm."""
    command = did.command
    if isinstance(command, c.MoveCash):
        return await another_amount(desk, turn, command, wanted)
    if isinstance(command, c.MoveStop | c.MoveTake) and wanted.slots.get("ticker") == command.ticker:
        return None
    if type(command) in FINAL:
        return [Say(f"correct.final.{FINAL[type(command)]}")]
    if isinstance(command, c.UndoChanges):
        return [Say("correct.undo_first")]
    change = made(turn.view.state, did)
    return await another_change(desk, turn, change, wanted) if change else None


async def another_amount(desk: Desk, turn: Turn, moved: c.MoveCash, wanted: Request) -> list[Say]:
    """Move what is missing to the corrected amount, and say so."""
    asked = await desk.meant(turn, wanted)
    if isinstance(asked, Say) or not isinstance(asked, c.MoveCash):
        return [asked] if isinstance(asked, Say) else [Say("correct.undo_first")]
    facts = {"old": moved.amount, "new": asked.amount}
    if asked.amount == moved.amount:
        return [Say("correct.same_cash", facts)]
    missing = await desk.possible(turn, replace(asked, amount=asked.amount - moved.amount))
    if isinstance(missing, Say):
        return [missing]
    said = [Say("correct.cash", facts), await desk.do(turn, missing, 0)]
    desk.note_done(turn, asked)
    return said


async def another_change(desk: Desk, turn: Turn, change: Change, wanted: Request) -> list[Say]:
    """One change that takes the earlier one back and makes the other."""
    back = {path: old for path, old, _ in change.fields}
    asked = await desk.meant(replace(turn, view=replace(turn.view, state=before(turn.view.state, back))), wanted)
    if not isinstance(asked, c.ChangePreferences) or not replaces(asked, change, turn.view.state):
        return [Say("correct.undo_first")]
    command = await desk.possible(turn, replace(asked, patch={**back, **asked.patch}))
    return [command] if isinstance(command, Say) else await done_or_asked(desk, turn, wanted, command)


def replaces(asked: c.ChangePreferences, change: Change, state: State) -> bool:
    """Whether one patch can say both; what holds for a time goes back with its term, which only undo can do."""
    others = {path for path, _, _ in change.fields} - set(asked.patch)
    timed = {term.path for term in (*state.terms, *change.before)}
    return not others or (asked.until is None and not others & timed)


def before(state: State, back: dict[str, object]) -> State:
    """The account as it was before a change."""
    return replace(state, preferences=patched(state.preferences, back))


def made(state: State, did: Did) -> Change | None:
    """The change that was made then, as long as all its settings still are what it made of them."""
    paths = set(did.command.patch) if isinstance(did.command, c.ChangePreferences) else set()
    found = [
        one for one in state.changes if one.message == did.message and {path for path, _, _ in one.fields} <= paths
    ]
    if not found or PAUSE in paths:
        return None
    stands = all(plain(value_of(state.preferences, path)) == plain(new) for path, _, new in found[-1].fields)
    return found[-1] if stands else None
