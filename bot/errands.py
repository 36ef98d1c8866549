"""What the other commands ask of the one process that owns an account; whoever asks passes the same gate as any."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import uuid4

from bot import health
from bot.access import Access, barred
from bot.answers import refused, rendered
from bot.desk import Desk
from bot.dialogue import Dialogue
from bot.happenings import unreadable
from bot.message import Message
from bot.outcomes import done
from bot.pairing import hashed, new_code
from bot.phrases import Phrases
from bot.questions import done_or_asked
from bot.settings_file import written
from bot.turn import Turn
from bot.wire import CHANNEL, BadRequest, from_reply, message_of, text_of
from engine.core import commands as c
from engine.core.harm import harm_of
from engine.core.journal import plain
from engine.core.refusals import Refusal, Refused
from engine.core.words import Harm, Role, Topic
from engine.ports import BadRows
from engine.wiring import CALENDARS
from intents.context import Context
from intents.result import Request
from skills.skill import Say

LONGEST_MINUTES: Final = 24 * 60
USUAL_MINUTES: Final = 10
NOBODY: Final = "none"
AS_REQUEST: Final = Request("mark_event")
"""How a file of events is remembered while it waits for a yes."""

Answer: TypeAlias = dict[str, Any]


class Errands(NamedTuple):
    """Answers requests in the name of `person`, who has this machine."""

    person: str
    dialogue: Dialogue
    desk: Desk
    access: Access
    phrases: Phrases

    async def run(self, request: Mapping[str, Any]) -> Answer:
        """The answer to one request, `{kind: {what is asked}}`; raises BadRequest for one that is none."""
        kind, asked = next(iter(request.items()), ("", None))
        errand = ERRANDS.get(kind)
        if errand is None or not isinstance(asked, dict) or len(request) > 1:
            raise BadRequest(f"must be an object under one of {', '.join(ERRANDS)}")
        return await errand(self, asked)

    async def turn(self) -> Turn | Refused:
        """A turn of this person without words; a refusal where he is not known any more."""
        role, view = self.access.role(self.person), await self.desk.look()
        if role is None:
            return Refused(Refusal.NOT_ALLOWED, {"role": "stranger"})
        message = Message("", self.person, CHANNEL, uuid4().hex, view.scene.wall)
        return Turn(message, role, view, Context(view.scene.at, view.state.preferences.notifications.timezone))

    async def looking(self) -> Turn | Refused:
        """A turn of this person, if he may look."""
        turn = await self.turn()
        return turn if isinstance(turn, Refused) else barred(turn.role, Harm.LOOK) or turn

    def words(self, say: Say) -> str:
        return rendered(say, self.phrases).text

    async def no(self, why: Refused) -> Answer:
        """A refusal, written down."""
        await self.desk.clerk.note(Topic.REFUSED, self.person, CHANNEL, {"code": why.code.value})
        return {"error": self.words(refused(why)), "code": why.code.value}


async def say(errands: Errands, asked: Mapping[str, Any]) -> Answer:
    """A message, answered like any other."""
    wall = (await errands.desk.look()).scene.wall
    reply = await errands.dialogue.hear(message_of(asked, errands.person, wall))
    return {"reply": from_reply(reply)}


async def pair(errands: Errands, asked: Mapping[str, Any]) -> Answer:
    """A code that lets one person in, once. Asking for it at the machine itself is the deliberate act."""
    role, minutes = role_of(asked), minutes_of(asked)
    turn = await errands.turn()
    if isinstance(turn, Refused):
        return await errands.no(turn)
    code, lapses_at = new_code(), turn.view.scene.wall + timedelta(minutes=minutes)
    outcome = await errands.desk.bring(turn, c.Invite(code=hashed(code), role=role, lapses_at=lapses_at), 0)
    if isinstance(outcome, Refused):
        return await errands.no(outcome)
    facts = {"code": code, "role": role.value, "wait": minutes * 60}
    return {"code": code, "role": role.value, "minutes": minutes, "said": errands.words(Say("pair.code", facts))}


async def people(errands: Errands, _asked: Mapping[str, Any]) -> Answer:
    """Everybody who is known, and what they may do."""
    turn = await errands.looking()
    if isinstance(turn, Refused):
        return await errands.no(turn)
    known = sorted(turn.view.state.people.values(), key=lambda one: (list(Role).index(one.role), one.since))
    rows: list[Any] = [plain(one) for one in known]
    return {"people": rows, "said": errands.words(Say("people", {"rows": rows}))}


async def give_role(errands: Errands, asked: Mapping[str, Any]) -> Answer:
    """Another role for somebody, by id or name; "none" turns him out. Asking here is the deliberate act, too."""
    role = None if asked.get("role") == NOBODY else role_of(asked)
    command = c.SetRole(person=text_of(asked, "person"), role=role)
    turn = await errands.turn()
    outcome = turn if isinstance(turn, Refused) else await errands.desk.bring(turn, command, 0)
    if isinstance(outcome, Refused):
        return await errands.no(outcome)
    return {"said": errands.words(done(outcome))}


async def export(errands: Errands, asked: Mapping[str, Any]) -> Answer:
    """The settings as a file."""
    everything = asked.get("all", False) is True
    turn = await errands.looking()
    if isinstance(turn, Refused):
        return await errands.no(turn)
    await errands.desk.clerk.note(Topic.EXPORT, errands.person, CHANNEL, {"all": everything})
    return {"document": written(turn.view.state.preferences, everything=everything)}


async def bring_in(errands: Errands, asked: Mapping[str, Any]) -> Answer:
    """Dates of earnings, or market events, from a file: all of it or nothing."""
    kind, document = text_of(asked, "kind"), text_of(asked, "document")
    if kind not in CALENDARS:
        raise BadRequest(f"kind must be one of {', '.join(CALENDARS)}")
    turn = await errands.turn()
    if isinstance(turn, Refused):
        return await errands.no(turn)
    try:
        command = CALENDARS[kind](document, turn.view.scene.quotes)
    except BadRows as bad:
        return {"error": errands.words(unreadable(bad)), "code": "bad_rows"}
    if harm_of(command, turn.view.state, turn.view.policy) >= Harm.RISKIER:
        return await ask_first(errands, turn, command)
    outcome = await errands.desk.bring(turn, command, 0)
    if isinstance(outcome, Refused) and outcome.code is Refusal.ALREADY_DONE:
        return {"said": errands.words(Say("import.same"))}
    if isinstance(outcome, Refused):
        return await errands.no(outcome)
    await errands.desk.clerk.note(Topic.IMPORT, errands.person, CHANNEL, {"kind": kind})
    return {"said": errands.words(done(outcome))}


async def ask_first(errands: Errands, turn: Turn, command: c.Command) -> Answer:
    """A riskier command that came without words, read back; a message of the same person says yes."""
    answer = await errands.desk.possible(turn, command)
    if isinstance(answer, Say):
        return {"error": errands.words(answer), "code": "refused"}
    says = await done_or_asked(errands.desk, turn, AS_REQUEST, answer)
    await errands.dialogue.keep(turn.place)
    return {"said": "\n".join(errands.words(say) for say in says)}


async def kill(errands: Errands, _asked: Mapping[str, Any]) -> Answer:
    """Everything stops, at once; what stands already is no mistake."""
    turn = await errands.turn()
    outcome = turn if isinstance(turn, Refused) else await errands.desk.bring(turn, c.StopEverything(), 0)
    if isinstance(outcome, Refused) and outcome.code not in (Refusal.ALREADY_KILLED, Refusal.STOP_OWED):
        return await errands.no(outcome)
    return {"said": errands.words(refused(outcome) if isinstance(outcome, Refused) else done(outcome))}


async def status(errands: Errands, _asked: Mapping[str, Any]) -> Answer:
    """How the engine does, and each of its loops."""
    turn = await errands.looking()
    if isinstance(turn, Refused):
        return await errands.no(turn)
    return {**health.document(turn.view), "said": errands.words(health.spoken(turn.view))}


async def metrics(errands: Errands, _asked: Mapping[str, Any]) -> Answer:
    """The same for those who gather figures, in the text form of Prometheus."""
    turn = await errands.looking()
    if isinstance(turn, Refused):
        return await errands.no(turn)
    return {"document": health.metrics(turn.view)}


def role_of(asked: Mapping[str, Any]) -> Role:
    try:
        return Role(text_of(asked, "role", Role.VIEWER.value))
    except ValueError:
        raise BadRequest(f"role must be one of {', '.join(Role)}") from None


def minutes_of(asked: Mapping[str, Any]) -> int:
    minutes = asked.get("minutes", USUAL_MINUTES)
    if type(minutes) is not int or not 1 <= minutes <= LONGEST_MINUTES:
        raise BadRequest(f"minutes must be a whole number from 1 to {LONGEST_MINUTES}")
    return minutes


Errand: TypeAlias = Callable[[Errands, Mapping[str, Any]], Awaitable[Answer]]

ERRANDS: Final[Mapping[str, Errand]] = MappingProxyType(
    {
        "message": say,
        "pair": pair,
        "people": people,
        "role": give_role,
        "export": export,
        "import": bring_in,
        "status": status,
        "metrics": metrics,
        "kill": kill,
    }
)
"""Every kind of request that the socket takes."""
