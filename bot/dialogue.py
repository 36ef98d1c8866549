"""The one pipe: a message goes in, a reply comes out, and on the way it passes gate, parser, skill and confirmation."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import structlog
from pydantic import ValidationError

from bot import answers
from bot.access import Access, may
from bot.confirm import Confirmations, Place, keyed, overtaken
from bot.help import help_facts, reading
from bot.message import Message, Reply
from bot.outcomes import told
from bot.readback import read_back
from bot.turn import Memory, Tongue, Turn, Waiting, contradictory
from engine.bus import Bus
from engine.core import commands as c
from engine.core.harm import harm_of
from engine.core.refusals import Refused
from engine.core.words import Harm, Role
from engine.view import View
from intents.context import Context, follow
from intents.parser import parse
from intents.result import Parsed, Request
from skills import SKILLS
from skills.skill import Say

log = structlog.get_logger(__name__)

REMEMBERS: Final = timedelta(minutes=5)
ZONE: Final = "America/New_York"
FINAL: Final = MappingProxyType(
    {c.ClosePosition: "close", c.StopEverything: "stop", c.Approve: "approve", c.Reject: "reject"}
)


Look: TypeAlias = Callable[[], Awaitable[View]]


class Dialogue:
    """Hears every message of every channel."""

    def __init__(self, bus: Bus, look: Look, access: Access, tongue: Tongue, confirmations: Confirmations) -> None:
        self._bus, self._look, self._access = bus, look, access
        self._language, self._phrases = tongue
        self._memories: dict[Place, Memory] = {}
        self._final: dict[Place, str] = {}
        self.confirmations = confirmations

    async def hear(self, message: Message) -> Reply:
        """Answer one message; whatever goes wrong is answered too, and nothing is done twice."""
        try:
            role = self._access.role(message.person)
            if role is None:
                return self._turned_away(message)
            return await self._heard(message, role)
        except Exception:  # a bug must not end the chat: it is logged with its message's id, and said
            log.exception("message.failed", channel=message.channel, message=message.id)
            return answers.reply([Say("sorry")], self._phrases)

    def _turned_away(self, message: Message) -> Reply:
        if not self._access.may_hint(message.person, message.at):
            return Reply("", "")
        return answers.reply([Say("access.stranger")], self._phrases)

    async def _heard(self, message: Message, role: Role) -> Reply:
        view = await self._look()
        place = (message.person, message.channel)
        context = self._context(place, view)
        turn = Turn(message, role, view, context)
        parsed = parse(message.text, context, self._language)
        log.info("message.heard", channel=message.channel, status=parsed.status, why=parsed.why)
        if parsed.status == "ok":
            said = await self._answered(turn, parsed)
        else:
            said = [answers.worded(answers.not_understood(parsed, self._reading), self._phrases)]
        reply = self._repeated(place) if said is None else answers.reply(said, self._phrases)
        self._remember(turn, parsed, reply)
        return reply

    def _context(self, place: Place, view: View) -> Context:
        """What the parser may know of the conversation: waiting commands, open question, last request."""
        memory = self._memories.get(place)
        fresh = memory is not None and view.scene.wall - memory.at < REMEMBERS
        held = self.confirmations.lately(place, view.scene.wall)
        proposals = [Request("approve", {"tickers": [one.decision.ticker]}) for one in view.state.proposals.values()]
        return Context(
            now=view.scene.at,
            tz=ZONE,
            watchlist=view.state.preferences.trading.watchlist,
            positions=tuple(sorted(view.state.positions)),
            held=(*proposals, *(held.requests if held else ())),
            question=memory.question if memory and fresh else None,
            last=memory.last if memory and fresh else None,
        )

    def _remember(self, turn: Turn, parsed: Parsed, reply: Reply) -> None:
        after = follow(turn.context, parsed, self._language)
        self._memories[turn.place] = Memory(turn.view.scene.wall, after.question, after.last, reply)

    def _repeated(self, place: Place) -> Reply:
        memory = self._memories.get(place)
        return memory.reply if memory and memory.reply else answers.reply([Say("nothing_said")], self._phrases)

    async def _answered(self, turn: Turn, parsed: Parsed) -> list[Say] | None:
        """The answers to all requests of a message, in order; None for "repeat"."""
        if contradictory(parsed.requests):
            return [Say("ask.again", {"why": Say("why_not.contradiction"), "rows": []})]
        said: list[Say] = []
        waiting: list[Waiting] = []
        for number, request in enumerate(parsed.requests):
            if request.intent == "repeat":
                return None
            dialogue = MOVES.get(request.intent)
            if dialogue is not None:
                said.append(await dialogue(self, turn, request))
                continue
            turn = replace(turn, view=await self._view_after(waiting))
            answer = self._not_undoable(turn, request) or self._asked(turn, request)
            if isinstance(answer, Say):
                said.append(answer)
            elif harm_of(answer, turn.view.state) >= Harm.RISKIER:
                waiting.append(Waiting(request, answer, turn.view))
            else:
                self._overtake(turn.place, answer)
                said.append(await self._do(turn, answer, number))
        return said + await self._hold(turn, waiting)

    def _not_undoable(self, turn: Turn, request: Request) -> Say | None:
        """An undo that would meet an open question, or something that cannot be put back; None for any other."""
        if request.intent != "undo" or request.slots:
            return None
        if self.confirmations.take(turn.place, turn.view.scene.wall) is not None:
            return Say("confirm.dropped", {"tickers": None})
        final = self._final.pop(turn.place, None)
        return None if final is None else Say(f"undo.final.{final}")

    async def _view_after(self, waiting: list[Waiting]) -> View:
        """The account as it is now and as it would be after the commands that wait for a yes."""
        view = await self._look()
        for one in waiting:
            state = self._bus.preview(one.command, view.state, view.scene)
            view = view if isinstance(state, Refused) else replace(view, state=state)
        return view

    def _asked(self, turn: Turn, request: Request) -> Say | c.Command:
        """What the skill makes of a request, if this person may ask for it and if it could be done at all."""
        skill = SKILLS.get(request.intent)
        if skill is None:
            return Say("ask.again", {"why": Say("why_not.not_served"), "rows": []}, ("help",))
        try:
            slots = skill.slots.model_validate(dict(request.slots))
        except ValidationError as error:
            log.warning("slots.refused", intent=request.intent, errors=error.error_count())
            return Say("ask.again", {"why": Say("why_not.value"), "rows": []}, ("help",))
        answer = skill.run(slots, turn.view)
        if isinstance(answer, Say):
            return help_facts(answer, self._language) if request.intent == "help" else answer
        if not may(turn.role, harm_of(answer, turn.view.state)):
            return Say("access.not_allowed", {"role": turn.role.value})
        return self._possible(answer, turn.view)

    def _possible(self, command: c.Command, view: View) -> Say | c.Command:
        """A command that would be refused now is refused now: a yes to something impossible is not asked for."""
        verdict = self._bus.preview(command, view.state, view.scene)
        return answers.refusal(verdict, view) if isinstance(verdict, Refused) else command

    def _overtake(self, place: Place, command: c.Command) -> None:
        """A command takes the place of what was asked before; an answer to a proposal leaves it standing."""
        if not isinstance(command, c.Approve | c.Reject):
            self.confirmations.drop(place)

    async def _hold(self, turn: Turn, waiting: list[Waiting]) -> list[Say]:
        """Read riskier commands back, each after those before it, and keep them until their person says yes."""
        if not waiting:
            return []
        requests, commands = tuple(one.request for one in waiting), tuple(one.command for one in waiting)
        self.confirmations.hold(turn.place, requests, commands, await self._look())
        asks = [read_back(one.command, one.view) for one in waiting]
        return [*asks[:-1], replace(asks[-1], buttons=("yes", "no"))]

    async def _do(self, turn: Turn, command: c.Command, number: int) -> Say:
        key = f"{turn.message.channel}:{turn.message.id}:{number}"
        outcome = await self._bus.do(keyed(command, turn.message.person, turn.message.channel, key))
        if isinstance(outcome, Refused):
            return answers.refusal(outcome, turn.view)
        self._note_final(turn.place, command)
        return told(outcome, turn.view)

    def _note_final(self, place: Place, command: c.Command) -> None:
        """Remember that the last thing done here cannot be put back, so that "undo" does not take an older one."""
        self._final.pop(place, None)
        if type(command) in FINAL:
            self._final[place] = FINAL[type(command)]

    async def confirm(self, turn: Turn, request: Request) -> Say:  # noqa: ARG002  # every move sees its request
        """Yes, to the one thing that is open; to one of several it is asked which."""
        proposals = turn.view.state.proposals
        held = self.confirmations.lately(turn.place, turn.view.scene.wall)
        if proposals and not may(turn.role, harm_of(c.Approve(), turn.view.state)):
            return Say("access.not_allowed", {"role": turn.role.value})
        if held is not None and held.expired(turn.view.scene.wall):
            return await self._confirmed(turn)
        if len(proposals) + (held is not None) > 1:
            tickers = [one.decision.ticker for one in proposals.values()]
            return Say("confirm.which_held" if held else "confirm.which", {"tickers": tickers})
        if proposals:
            return await self._do(turn, c.Approve(), 0)
        return await self._confirmed(turn)

    async def _confirmed(self, turn: Turn) -> Say:
        held = self.confirmations.take(turn.place, turn.view.scene.wall)
        if held is None:
            return Say("confirm.nothing_open")
        if held.expired(turn.view.scene.wall):
            return Say("confirm.expired")
        changed = overtaken(held, turn.view)
        if changed is not None:
            return Say("confirm.overtaken", {"what": Say("overtaken.field" if "." in changed else "overtaken.price",
                                                         {"what": changed})})  # fmt: skip
        said = [await self._do(turn, command, number) for number, command in enumerate(held.commands)]
        return said[0] if len(said) == 1 else Say("several", {"rows": [{"said": one} for one in said]}, ("undo",))

    async def deny(self, turn: Turn, request: Request) -> Say:  # noqa: ARG002
        """No: what waits is dropped; with nothing of ours open, a proposal is declined."""
        proposals = turn.view.state.proposals
        if self.confirmations.take(turn.place, turn.view.scene.wall) is not None:
            open_still = [one.decision.ticker for one in proposals.values()]
            return Say("confirm.dropped", {"tickers": open_still or None})
        if proposals and may(turn.role, Harm.SAFER):
            return await self._do(turn, c.Reject(), 0)
        return Say("confirm.nothing_open")

    async def cancel(self, turn: Turn, request: Request) -> Say:  # noqa: ARG002
        """Never mind: question and waiting command are dropped; proposals run out by themselves."""
        self.confirmations.drop(turn.place)
        return Say("confirm.dropped", {"tickers": None})

    async def pick(self, turn: Turn, request: Request) -> Say:
        """One of the readings that were offered."""
        offered = turn.context.question.candidates if turn.context.question else ()
        number = int(request.slots["number"])
        if not 1 <= number <= len(offered):
            return Say("pick.none")
        answer = self._asked(turn, offered[number - 1])
        if isinstance(answer, Say):
            return answer
        if harm_of(answer, self._bus.state) >= Harm.RISKIER:
            return (await self._hold(turn, [Waiting(offered[number - 1], answer, turn.view)]))[-1]
        return await self._do(turn, answer, 0)

    async def correct(self, turn: Turn, request: Request) -> Say:
        """Another value for what was said last, as if it had been said so."""
        last = turn.context.held[-1] if turn.context.held else turn.context.last
        if last is None:
            return Say("pick.none")
        self.confirmations.drop(turn.place)
        corrected = Request(last.intent, {**last.slots, **request.slots})
        said = await self._answered(turn, Parsed(turn.message.text, "ok", (corrected,)))
        return said[-1] if said else Say("nothing_said")

    def _reading(self, request: Request) -> str | None:
        return reading(request, self._language)


MOVES: Final[Mapping[str, Callable[[Dialogue, Turn, Request], Any]]] = {
    "confirm": Dialogue.confirm,
    "deny": Dialogue.deny,
    "cancel": Dialogue.cancel,
    "pick": Dialogue.pick,
    "correct": Dialogue.correct,
}
