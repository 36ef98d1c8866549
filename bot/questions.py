"""The one question that may wait in a place: asked, or dropped for something else, and then that is said."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from bot.confirm import Held
from bot.desk import Desk
from bot.turn import Turn, Waiting
from bot.witness import names_of
from engine.core import commands as c
from engine.core.words import Harm, Topic
from intents.result import Request
from skills.skill import Say

LEVELS: Final = frozenset({"trading.autonomy", "trading.risk_tolerance"})
"""Settings that are called by their name alone."""


async def forget(desk: Desk, turn: Turn, why: Topic) -> Held | None:
    """Drop the question that waits or waited lately here, write down why, and give it; None where none did."""
    held = desk.confirmations.take(turn.place, turn.view.scene.wall)
    if held is not None and not held.expired(turn.view.scene.wall):
        await desk.clerk.hears(why, turn.message, commands=names_of(held.commands))
    return held


async def overtake(desk: Desk, turn: Turn, commands: Sequence[c.Command]) -> list[Say]:
    """Commands take the place of what was asked before, which is said; an answer to a proposal leaves it standing."""
    if not commands or any(isinstance(command, c.Approve | c.Reject) for command in commands):
        return []
    held = await forget(desk, turn, Topic.OVERTAKEN)
    return [] if held is None or held.commands == tuple(commands) else dropped(held, turn)


def dropped(held: Held, turn: Turn) -> list[Say]:
    """That a question is dropped, unless it had run out before."""
    if held.expired(turn.view.scene.wall):
        return []
    return [Say("confirm.overtaken_by", {**naming(held), "what": about(held.commands[0])})]


async def done_or_asked(desk: Desk, turn: Turn, request: Request, command: c.Command) -> list[Say]:
    """A command that is possible, done or read back by the harm that it was judged with."""
    dropped = await overtake(desk, turn, [command])
    if command.agreed is not None and command.agreed >= Harm.RISKIER:
        return dropped + await desk.hold(turn, [Waiting(request, command, turn.view)])
    return [*dropped, await desk.do(turn, command, 0)]


def naming(held: Held | None) -> dict[str, Any]:
    """What a question is about, as facts of a sentence that names it; without any where there is none."""
    if held is None or type(held.commands[0]) not in ABOUT:
        return {"what": None, "more": None}
    return {"what": about(held.commands[0]), "more": len(held.commands) - 1 or None}


def about(command: c.Command) -> Say:
    """What a question was about, in a few words."""
    words = ABOUT.get(type(command))
    return words(command) if words else Say("about.other")


def of_change(command: c.ChangePreferences) -> Say:
    paths = list(command.patch)
    key = "about.level" if paths[0] in LEVELS else "about.change"
    return Say(key, {"field": paths[0], "more": len(paths) - 1 or None})


ABOUT: Final[Mapping[type[c.Command], Callable[[Any], Say]]] = MappingProxyType(
    {
        c.ChangePreferences: of_change,
        c.UndoChanges: lambda _: Say("about.undo"),
        c.ClosePosition: lambda command: Say("about.close", {"tickers": list(command.tickers)}),
        c.Buy: lambda command: Say("about.buy", {"tickers": [command.ticker]}),
        c.Sell: lambda command: Say("about.close", {"tickers": [command.ticker]}),
        c.MoveStop: lambda command: Say("about.stop", {"tickers": [command.ticker]}),
        c.MoveTake: lambda command: Say("about.take", {"tickers": [command.ticker]}),
        c.Flatten: lambda _: Say("about.flatten"),
        c.ResumeEntries: lambda _: Say("about.resume"),
        c.ResetAccount: lambda _: Say("about.reset"),
        c.SetRole: lambda command: Say("about.role", {"name": command.person}),
        c.Invite: lambda _: Say("about.invite"),
        c.MoveReserve: lambda _: Say("about.reserve"),
        c.ResetBreakers: lambda _: Say("about.breakers"),
        c.AcceptBroker: lambda command: Say("about.broker", {"ticker": command.ticker}),
        c.EndEvent: lambda _: Say("about.event"),
        c.SetStrategy: lambda command: Say("about.strategy", {"name": command.name}),
    }
)
"""How a question is named once it is dropped, by its command."""
