"""What a turn does: its requests in order, and the moves of conversation, which answer what was asked before."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, TypeAlias

from bot.access import barred
from bot.confirm import Held, overtaken
from bot.desk import Desk
from bot.turn import Turn, Waiting, contradictory
from bot.witness import names_of
from engine.core import commands as c
from engine.core.harm import harm_of
from engine.core.words import Harm, Topic
from intents.result import Request
from skills.skill import Say


async def answered(desk: Desk, turn: Turn, requests: tuple[Request, ...]) -> list[Say]:
    """The answers to all requests of a message, in order."""
    if contradictory(requests):
        return [Say("ask.again", {"why": Say("why_not.contradiction"), "rows": []})]
    said: list[Say] = []
    waiting: list[Waiting] = []
    for number, request in enumerate(requests):
        move = MOVES.get(request.intent)
        if move is not None:
            open_here = named_right(desk, turn)
            said.append(await move(desk, turn, request) if open_here else Say("confirm.nothing_open"))
            continue
        turn = replace(turn, view=await desk.view_after([one for one in waiting if not one.grave]))
        answer = await not_undoable(desk, turn, request) or await desk.command_of(turn, request)
        if isinstance(answer, Say):
            said.append(answer)
        elif (harm := harm_of(answer, turn.view.state)) >= Harm.RISKIER:
            waiting.append(Waiting(request, answer, turn.view, grave=harm is Harm.GRAVE))
        else:
            await overtake(desk, turn, answer)
            said.append(await desk.do(turn, answer, number))
    return said + await read_back_all(desk, turn, waiting)


async def read_back_all(desk: Desk, turn: Turn, waiting: list[Waiting]) -> list[Say]:
    """Ask for what waits. A grave command is asked for alone, so beside others it has to be said again."""
    riskier, grave = [one for one in waiting if not one.grave], [one for one in waiting if one.grave]
    if waiting:
        await forget(desk, turn, Topic.OVERTAKEN)
    if grave and not riskier:
        apart = [Say("confirm.apart")] if len(grave) > 1 else []
        return apart + await desk.hold_grave(turn, grave[0])
    apart = [Say("confirm.apart")] if grave else []
    return apart + await desk.hold(turn, riskier)


async def not_undoable(desk: Desk, turn: Turn, request: Request) -> Say | None:
    """An undo that would meet an open question, or something that cannot be put back; None for any other."""
    if request.intent != "undo" or request.slots:
        return None
    if await forget(desk, turn, Topic.DECLINED):
        return Say("confirm.dropped", {"tickers": None})
    final = desk.final(turn.place)
    return None if final is None else Say(f"undo.final.{final}")


async def overtake(desk: Desk, turn: Turn, command: c.Command) -> None:
    """A command takes the place of what was asked before; an answer to a proposal leaves it standing."""
    if not isinstance(command, c.Approve | c.Reject):
        await forget(desk, turn, Topic.OVERTAKEN)


async def forget(desk: Desk, turn: Turn, why: Topic) -> bool:
    """Drop the question that waits here, and write down why; False where none did."""
    held = desk.confirmations.take(turn.place, turn.view.scene.wall)
    if held is None:
        return False
    if not held.expired(turn.view.scene.wall):
        await desk.clerk.hears(why, turn.message, commands=names_of(held.commands))
    return True


async def confirm(desk: Desk, turn: Turn, _request: Request) -> Say:
    """Yes, to the one thing that is open; to one of several it is asked which."""
    proposals, now = {} if turn.message.reply_to else turn.view.state.proposals, turn.view.scene.wall
    held = desk.confirmations.lately(turn.place, now)
    no = barred(turn.role, harm_of(c.Approve(), turn.view.state)) if proposals else None
    if no is not None:
        return await desk.refuse(turn, c.Approve(), no)
    if held is not None and held.expired(now):
        return await carried_out(desk, turn)
    if len(proposals) + (held is not None) > 1:
        tickers = [one.decision.ticker for one in proposals.values()]
        return Say("confirm.which_held" if held else "confirm.which", {"tickers": tickers})
    if proposals:
        return await desk.do(turn, c.Approve(), 0)
    if held is not None and held.phrase is not None:
        return Say("confirm.not_by_yes", {"phrase": held.phrase}, ("no",))
    return await carried_out(desk, turn)


def named_right(desk: Desk, turn: Turn) -> bool:
    """Whether what waits here is what an answer names; one that names nothing answers whatever waits."""
    if turn.message.reply_to is None:
        return True
    held = desk.confirmations.lately(turn.place, turn.view.scene.wall)
    return held is not None and held.message == turn.message.reply_to


async def typed(desk: Desk, turn: Turn, held: Held) -> Say:
    """The words that a grave command waited for; they count only from somebody's own keys."""
    if turn.message.how != "text":
        return Say("confirm.type_it", {"phrase": held.phrase}, ("no",))
    return await carried_out(desk, turn)


async def carried_out(desk: Desk, turn: Turn) -> Say:
    """Do what waits here, if it is still what was asked."""
    now = turn.view.scene.wall
    held = desk.confirmations.take(turn.place, now)
    if held is None:
        return Say("confirm.nothing_open")
    if held.expired(now):
        return Say("confirm.expired")
    changed = overtaken(held, turn.view)
    if changed is not None:
        await desk.clerk.hears(Topic.OVERTAKEN, turn.message, commands=names_of(held.commands), by=changed)
        key = "overtaken.field" if "." in changed else "overtaken.price"
        return Say("confirm.overtaken", {"what": Say(key, {"what": changed})})
    await desk.clerk.hears(Topic.CONFIRMED, turn.message, commands=names_of(held.commands))
    said = [await desk.do(turn, command, number) for number, command in enumerate(held.commands)]
    return said[0] if len(said) == 1 else Say("several", {"rows": [{"said": one} for one in said]}, ("undo",))


async def deny(desk: Desk, turn: Turn, _request: Request) -> Say:
    """No: what waits is dropped; with nothing of ours open, a proposal is declined."""
    proposals = turn.view.state.proposals
    if await forget(desk, turn, Topic.DECLINED):
        open_still = [one.decision.ticker for one in proposals.values()]
        return Say("confirm.dropped", {"tickers": open_still or None})
    if proposals and barred(turn.role, Harm.SAFER) is None:
        return await desk.do(turn, c.Reject(), 0)
    return Say("confirm.nothing_open")


async def cancel(desk: Desk, turn: Turn, _request: Request) -> Say:
    """Never mind: question and waiting command are dropped; proposals run out by themselves."""
    await forget(desk, turn, Topic.DECLINED)
    return Say("confirm.dropped", {"tickers": None})


async def pick(desk: Desk, turn: Turn, request: Request) -> Say:
    """One of the readings that were offered, as if it had been said so."""
    offered = turn.context.question.candidates if turn.context.question else ()
    number = int(request.slots["number"])
    if not 1 <= number <= len(offered):
        return Say("pick.none")
    return together(await answered(desk, turn, (offered[number - 1],)))


async def correct(desk: Desk, turn: Turn, request: Request) -> Say:
    """Another value for what was said last, as if it had been said so."""
    last = turn.context.held[-1] if turn.context.held else turn.context.last
    if last is None:
        return Say("pick.none")
    await forget(desk, turn, Topic.OVERTAKEN)
    return together(await answered(desk, turn, (Request(last.intent, {**last.slots, **request.slots}),)))


def together(said: list[Say]) -> Say:
    """Several answers as one, with the buttons of the last."""
    if len(said) == 1:
        return said[0]
    return Say("several", {"rows": [{"said": one} for one in said]}, said[-1].buttons)


Move: TypeAlias = Callable[[Desk, Turn, Request], Awaitable[Say]]

MOVES: Final[Mapping[str, Move]] = MappingProxyType(
    {"confirm": confirm, "deny": deny, "cancel": cancel, "pick": pick, "correct": correct}
)
"""What is done with an answer to us; everything else is a request."""
