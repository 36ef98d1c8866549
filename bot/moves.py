"""What a turn does: its requests in order, and the moves of conversation, which answer what was asked before."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, TypeAlias

from bot.access import barred
from bot.confirm import Held, asked_of_the_owner, overtaken
from bot.corrections import corrected
from bot.desk import Desk
from bot.picks import wished
from bot.putting_back import beyond_undo, nothing_waits
from bot.questions import about, dropped, forget, naming, overtake
from bot.turn import Turn, Waiting, contradictory
from bot.witness import names_of
from engine.core import commands as c
from engine.core.harm import harm_of
from engine.core.questions import open_questions
from engine.core.units import Ticker
from engine.core.words import Harm, Topic
from intents.context import settled
from intents.result import Request
from skills.skill import Say


async def answered(desk: Desk, turn: Turn, requests: tuple[Request, ...]) -> list[Say]:
    """The answers to all requests of a message, in order."""
    if contradictory(requests):
        return [Say("ask.again", {"why": Say("why_not.contradiction"), "rows": []})]
    if undo_among_others(desk, requests):
        return [Say("undo.alone")]
    said: list[Say] = []
    waiting: list[Waiting] = []
    for number, request in enumerate(requests):
        move = correct if request.corrects else MOVES.get(request.intent)
        if move is not None:
            open_here = named_right(desk, turn)
            said.append(await move(desk, turn, request) if open_here else Say("confirm.nothing_open"))
            continue
        turn = replace(turn, view=await desk.view_after([one for one in waiting if not one.grave]))
        turn.must_count()
        answer = await not_undoable(desk, turn, request) or await desk.command_of(turn, request)
        if isinstance(answer, Say):
            said.append(answer)
        elif (harm := answer.agreed or Harm.LOOK) is Harm.GRAVE and turn.doubted:
            return [Say("llm.grave")]
        elif harm >= Harm.RISKIER or turn.doubted:
            waiting.append(Waiting(request, answer, turn.view, grave=harm is Harm.GRAVE))
        else:
            said += await done_instead(desk, turn, answer, number)
    return said + await read_back_all(desk, turn, waiting)


async def done_instead(desk: Desk, turn: Turn, command: c.Command, number: int) -> list[Say]:
    """Do it in place of what was asked before, which is said first; but nothing is said before the kill switch."""
    if not isinstance(command, c.StopEverything):
        return [*await overtake(desk, turn, [command]), await desk.do(turn, command, number)]
    stopped = await desk.do(turn, command, number)
    gone = [replace(one, buttons=stopped.buttons) for one in await overtake(desk, turn, [command])]
    return [stopped, *gone]


async def read_back_all(desk: Desk, turn: Turn, waiting: list[Waiting]) -> list[Say]:
    """Ask for what waits. A grave command is asked for alone, so beside others it has to be said again."""
    turn.must_count()
    riskier, grave = [one for one in waiting if not one.grave], [one for one in waiting if one.grave]
    dropped = await overtake(desk, turn, [one.command for one in riskier or grave])
    if grave and not riskier:
        apart = [Say("confirm.apart")] if len(grave) > 1 else []
        return dropped + apart + await desk.hold_grave(turn, grave[0])
    apart = [Say("confirm.apart")] if grave else []
    return dropped + apart + await desk.hold(turn, riskier)


def undo_among_others(desk: Desk, requests: tuple[Request, ...]) -> bool:
    """Whether an undo stands beside something that is done or asked: which of them it means cannot be known."""
    others = [one.intent for one in requests if one.intent != "undo"]
    looks = all(intent in desk.skills and desk.skills[intent].harm == "look" for intent in others)
    return len(others) < len(requests) and not looks


async def not_undoable(desk: Desk, turn: Turn, request: Request) -> Say | None:
    """An undo that would meet an open question, or something that cannot be put back; None for any other."""
    if request.intent != "undo" or request.slots:
        return None
    if held := await forget(desk, turn, Topic.DECLINED):
        return Say("confirm.dropped", {"tickers": None, **naming(held)})
    final = desk.final(turn.place)
    return None if final is None else beyond_undo(final, turn.view)


async def confirm(desk: Desk, turn: Turn, request: Request) -> Say:
    """Yes, to the one thing that is open; to one of several it is asked which."""
    proposals, now = [] if turn.message.reply_to else open_questions(turn.view.state), turn.view.scene.wall
    held = desk.confirmations.lately(turn.place, now)
    if asked_since(turn) and (proposals or (held is not None and not held.expired(now))):
        return Say("confirm.which_asked", {"tickers": proposals or None})
    if held is not None and held.aside and not held.expired(now) and held.phrase is None:
        desk.confirmations.come_back(turn.place)
        return Say("confirm.which_of", {**naming(held), "what": about(held.commands[0])}, ("yes", "no"))
    reading = settled(turn.context, request) if held is None else None
    if reading is not None:
        return together(await answered(desk, turn, (reading,)))
    return await agreed(desk, turn, held, proposals)


async def agreed(desk: Desk, turn: Turn, held: Held | None, proposals: list[Ticker]) -> Say:
    """Yes to what was read back, or to a trade that is proposed."""
    no = barred(turn.role, harm_of(c.Approve(), turn.view.state)) if proposals else None
    if no is not None:
        return await desk.refuse(turn, c.Approve(), no)
    if held is not None and held.expired(turn.view.scene.wall):
        return await carried_out(desk, turn)
    if held is not None and just_read_back(held, turn):
        proposals = []
    if len(proposals) + (held is not None) > 1:
        return Say("confirm.which_held" if held else "confirm.which", {"tickers": proposals})
    if proposals:
        return await desk.do(turn, c.Approve(), 0)
    if held is not None and held.phrase is not None:
        return Say("confirm.not_by_yes", {"phrase": held.phrase}, ("no",))
    return await carried_out(desk, turn)


def asked_since(turn: Turn) -> bool:
    """Whether we asked for something else after what waits for a yes was read back."""
    question = turn.context.question
    return question is not None and not question.lists and bool(question.missing or question.candidates)


def just_read_back(held: Held, turn: Turn) -> bool:
    """Whether what waits here is what was said last, and the engine has asked nothing since: then a yes means it."""
    return held.message == turn.before and asked_of_the_owner(turn.view.state) <= held.beside


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
        await desk.clerk.hears(Topic.OVERTAKEN, turn.message, commands=names_of(held.commands), by=changed.what)
        return Say("confirm.overtaken", {"what": Say(f"overtaken.{changed.kind}", {"what": changed.what})})
    await desk.clerk.hears(Topic.CONFIRMED, turn.message, commands=names_of(held.commands))
    once = in_its_name(turn, held)
    said = [await desk.do(once, command, number) for number, command in enumerate(held.commands)]
    return said[0] if len(said) == 1 else Say("several", {"rows": [{"said": one} for one in said]}, ("undo",))


def in_its_name(turn: Turn, held: Held) -> Turn:
    """A turn whose commands bear the name of what was asked: a second yes to it, also after a start, does nothing."""
    name = f"{held.message} yes" if held.message else turn.message.id
    return replace(turn, message=replace(turn.message, id=name))


async def deny(desk: Desk, turn: Turn, _request: Request) -> Say:
    """No: what waits is dropped; with nothing of ours open, a proposal is declined."""
    proposals = open_questions(turn.view.state)
    held = await forget(desk, turn, Topic.DECLINED)
    if held is not None or asked_since(turn):
        return Say("confirm.dropped", {"tickers": proposals or None, **naming(held)})
    if proposals and barred(turn.role, Harm.SAFER) is None:
        return await desk.do(turn, c.Reject(), 0)
    return Say("confirm.nothing_open")


async def cancel(desk: Desk, turn: Turn, _request: Request) -> Say:
    """Never mind: question and waiting command are dropped; proposals run out by themselves."""
    question = turn.context.question
    asked = question is not None and not question.lists and bool(question.missing or question.candidates)
    held = await forget(desk, turn, Topic.DECLINED)
    if held is not None or asked:
        return Say("confirm.dropped", {"tickers": None, **naming(held)})
    return nothing_waits(desk.stays(turn.place), turn.view)


async def pick(desk: Desk, turn: Turn, request: Request) -> Say:
    """One of the readings that were offered, as if it had been said so."""
    offered = turn.context.choices()
    number = int(request.slots["number"])
    if not 1 <= number <= len(offered):
        return Say("pick.beyond", {"count": len(offered)}) if offered else Say("pick.none")
    wanted = wished(turn, offered[number - 1], request)
    return wanted if isinstance(wanted, Say) else together(await answered(desk, turn, (wanted,)))


async def correct(desk: Desk, turn: Turn, request: Request) -> Say:
    """Another value for what was said last: as if it had been said so or, where it was done, in its place."""
    wanted, last = replace(request, corrects=False), turn.context.last
    held = await forget(desk, turn, Topic.OVERTAKEN)
    if held is None and wanted.intent in ANSWERS and (last is None or last.intent not in ANSWERS):
        return Say("correct.which")
    did = None if held else desk.did(turn.place)
    said = await corrected(desk, turn, did, wanted) if did and not asks(turn) else None
    said = await answered(desk, turn, (wanted,)) if said is None else said
    return together(said if held is None or desk.goes_on(turn) else [*dropped(held, turn), *said])


def asks(turn: Turn) -> bool:
    """Whether we have asked for a piece that was missing: then this is about that, and not about what was done."""
    return turn.context.question is not None and bool(turn.context.question.missing)


def together(said: list[Say]) -> Say:
    """Several answers as one, with the buttons of the last."""
    if len(said) == 1:
        return said[0]
    return Say("several", {"rows": [{"said": one} for one in said]}, said[-1].buttons)


ANSWERS: Final = frozenset({"approve", "reject"})
"""Answers to trades that wait: never given by another value alone."""

Move: TypeAlias = Callable[[Desk, Turn, Request], Awaitable[Say]]

MOVES: Final[Mapping[str, Move]] = MappingProxyType({"confirm": confirm, "deny": deny, "cancel": cancel, "pick": pick})
"""What is done with an answer to us; everything else is a request."""
