"""Where what was understood is carried out: allowed or not, possible or not, asked back first, or done."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

import structlog
from pydantic import ValidationError

from bot import answers
from bot.access import barred
from bot.confirm import Confirmations, Place, held, keyed
from bot.help import help_facts
from bot.outcomes import told
from bot.putting_back import put_back_by_undo, without_change
from bot.readback import phrase_of, read_back
from bot.turn import Turn, Waiting
from bot.witness import Clerk, names_of
from engine.bus import Bus, Done, Outcome
from engine.core import commands as c
from engine.core.harm import harm_of
from engine.core.refusals import Refusal, Refused
from engine.core.words import Topic
from engine.view import View
from intents.load import Language
from intents.result import Request
from skills.skill import Say, Skill

log = structlog.get_logger(__name__)

FINAL: Final = MappingProxyType(
    {
        c.ClosePosition: "close",
        c.Sell: "close",
        c.Buy: "buy",
        c.MoveStop: "level",
        c.MoveTake: "level",
        c.CancelOrders: "orders",
        c.Flatten: "flatten",
        c.StopEverything: "stop",
        c.Approve: "approve",
        c.Reject: "reject",
        c.ResetAccount: "reset",
        c.MoveCash: "cash",
        c.SetRole: "role",
        c.MoveReserve: "reserve",
        c.TripBreaker: "breaker",
        c.ResetBreakers: "breaker_reset",
        c.AcceptBroker: "broker",
        c.MarkEvent: "event",
        c.EndEvent: "event_ended",
        c.SetStrategy: "strategy",
    }
)
"""What undo does not put back, and what is said then."""

NOT_STORED: Final = frozenset({Refusal.STORE_DOWN, Refusal.MAYBE_STORED, Refusal.STOP_OWED})


class Did(NamedTuple):
    """What was done last in a place, and the message for which it was: `Change.message` names the same."""

    message: str
    command: c.Command


Look: TypeAlias = Callable[[], Awaitable[View]]


class Known(NamedTuple):
    """What can be asked: the language with its contract, and the skill of each intent."""

    language: Language
    skills: Mapping[str, Skill]


class Desk:
    """Brings people's commands to the door, and none that its sender may not give."""

    def __init__(self, bus: Bus, look: Look, known: Known, confirmations: Confirmations) -> None:
        self._bus, self.look = bus, look
        self._language, self.skills = known
        self._final: dict[Place, str] = {}
        self._did: dict[Place, Did] = {}
        self.confirmations = confirmations
        self.clerk = Clerk(bus)

    @property
    def spoken(self) -> str:
        """The code of the language that the account is spoken with in."""
        return str(self._bus.state.preferences.notifications.language)

    async def view_after(self, waiting: list[Waiting]) -> View:
        """The account as it is now and as it would be after the commands that wait for a yes."""
        view = await self.look()
        for one in waiting:
            state = self._bus.preview(one.command, view.state, view.scene)
            view = view if isinstance(state, Refused) else replace(view, state=state)
        return view

    async def command_of(self, turn: Turn, request: Request) -> Say | c.Command:
        """What the skill makes of a request, if this person may ask for it and if it could be done at all."""
        self._did.pop(turn.place, None)
        answer = await self.meant(turn, request)
        return answer if isinstance(answer, Say) else await self.possible(turn, answer)

    async def meant(self, turn: Turn, request: Request) -> Say | c.Command:
        """What the skill makes of a request."""
        skill = self.skills.get(request.intent)
        if skill is None:
            return Say("ask.again", {"why": Say("why_not.not_served"), "rows": []}, ("help",))
        try:
            slots = skill.slots.model_validate(dict(request.slots))
        except ValidationError as error:
            log.warning("slots.refused", intent=request.intent, errors=error.error_count())
            return Say("ask.again", {"why": Say("why_not.value"), "rows": []}, ("help",))
        answer = skill.run(slots, replace(turn.view, asker=turn.message.person))
        language = turn.language or self._language
        return help_facts(answer, language) if isinstance(answer, Say) and request.intent == "help" else answer

    async def possible(self, turn: Turn, command: c.Command) -> Say | c.Command:
        """A command that would be refused now is refused now: a yes to something impossible is not asked for.

        Any other carries from here on how much harm it may do at most.
        """
        harm = harm_of(command, turn.view.state, turn.view.policy)
        verdict = barred(turn.role, harm) or self._bus.preview(command, turn.view.state, turn.view.scene)
        if isinstance(verdict, Refused):
            return await self.refuse(turn, command, verdict)
        return replace(command, agreed=harm)

    async def hold(self, turn: Turn, waiting: list[Waiting]) -> list[Say]:
        """Read riskier commands back, each after those before it, and keep them until their person says yes.

        Raises Overtaken for a guess that does not count any more.
        """
        if not waiting:
            return []
        requests, commands = tuple(one.request for one in waiting), tuple(one.command for one in waiting)
        question = held(requests, commands, await self.look())
        turn.must_count()
        self.confirmations.hold(turn.place, replace(question, message=turn.message.id))
        await self.clerk.hears(Topic.ASKED, turn.message, commands=names_of(commands))
        asks = [read_back(one.command, one.view) for one in waiting]
        return [*asks[:-1], replace(asks[-1], buttons=("yes", "no"))]

    async def hold_grave(self, turn: Turn, one: Waiting) -> list[Say]:
        """Read a grave command back with the words to type, and keep it until they are typed.

        Raises LookupError for one that has no such words: it is not done at all then.
        """
        phrase = phrase_of(one.command, one.view)
        if phrase is None:
            raise LookupError(f"{type(one.command).__name__} has no words to type")
        question = held((one.request,), (one.command,), one.view, phrase)
        self.confirmations.hold(turn.place, replace(question, message=turn.message.id))
        await self.clerk.hears(Topic.ASKED, turn.message, commands=names_of([one.command]), phrase=phrase)
        return [read_back(one.command, one.view), Say("confirm.type", {"phrase": phrase}, ("no",))]

    async def do(self, turn: Turn, command: c.Command, number: int) -> Say:
        """Do it now, and say what came of it."""
        outcome = await self.bring(turn, command, number)
        if isinstance(outcome, Refused):
            return await self.refuse(turn, command, outcome)
        self.note_done(turn, command)
        self._note_final(turn, command, outcome)
        return told(outcome, turn.view)

    async def bring(self, turn: Turn, command: c.Command, number: int) -> Outcome:
        """The one way by which a person's command reaches the door: past the gate, under his name, once a message."""
        refused = barred(turn.role, harm_of(command, self._bus.state, self._bus.policy))
        if refused is not None:
            return refused
        key = f"{turn.message.channel}:{turn.message.id}:{number}"
        return await self._bus.do(keyed(command, turn.message.person, turn.message.channel, key))

    def final(self, place: Place) -> str | None:
        """The last thing done there, once, if it cannot be put back: "undo" must not take an older one instead."""
        return self._final.pop(place, None)

    def stays(self, place: Place) -> str | None:
        """The same, without that an undo has met it."""
        return self._final.get(place)

    def did(self, place: Place) -> Did | None:
        """What was done at the last request there; None where that was only looked, asked back or refused."""
        return self._did.get(place)

    def put_back(self, place: Place, did: Did | None, final: str | None) -> None:
        """Remember what was done there by a process before this one, and nothing else."""
        self.forget(place)
        if did is not None:
            self._did[place] = did
        if final is not None:
            self._final[place] = final

    def forget(self, place: Place) -> None:
        """Remember nothing of what was done there."""
        self._did.pop(place, None)
        self._final.pop(place, None)

    def goes_on(self, turn: Turn) -> bool:
        """Whether what was said there last is done or waits for a yes."""
        waits = self.confirmations.waiting(turn.place, turn.view.scene.wall) is not None
        return waits or turn.place in self._did

    def note_done(self, turn: Turn, command: c.Command) -> None:
        """Remember what was done, for a correction that follows."""
        self._did[turn.place] = Did(f"{turn.message.channel}:{turn.message.id}", command)

    def _note_final(self, turn: Turn, command: c.Command, outcome: Done) -> None:
        self._final.pop(turn.place, None)
        if type(command) in FINAL or not put_back_by_undo(outcome):
            self._final[turn.place] = FINAL.get(type(command)) or without_change(command)

    async def refuse(self, turn: Turn, command: c.Command, refused: Refused) -> Say:
        """Say why not, and write it down."""
        if refused.code not in NOT_STORED:
            await self.clerk.hears(Topic.REFUSED, turn.message, command=type(command).__name__, code=refused.code.value)
        return answers.refusal(refused, turn.view)
