"""What is remembered of one conversation as a text and back: for a start that goes on with it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, get_type_hints

from bot.confirm import Held
from bot.desk import Did
from bot.turn import Memory
from bot.wire import from_reply, to_reply
from engine.core import commands as c
from engine.core.journal import canonical, plain
from engine.core.preferences import BadValue, Preferences, patched, value_of
from engine.core.reviving import reviver
from engine.core.state import State
from engine.view import View
from engine.watchdog import awake_and_asleep
from intents.context import Question
from intents.result import Request

LONGEST: Final = 200_000
"""Characters of a text; a picture that would make it longer is left out."""

COMMANDS: Final[Mapping[str, type[c.Command]]] = MappingProxyType(
    {name: kind for name in c.__all__ if isinstance(kind := getattr(c, name), type) and issubclass(kind, c.Command)}
)
SECRET: Final = (c.Invite,)
"""Commands that carry what must not be written down."""


class Unreadable(Exception):
    """A text of another version, or of an account that was another one then."""


@dataclass(frozen=True, slots=True)
class Kept:
    """All that the next words in one place may lean on.

    `unanswered` says that nobody was told yet that the question ran out; `final` what undo does not put back;
    `tongue` is the language that this person chose for himself.
    """

    memory: Memory | None = None
    held: Held | None = None
    unanswered: bool = False
    did: Did | None = None
    final: str | None = None
    tongue: str | None = None


def as_text(kept: Kept, state: State) -> str:
    """Canonical JSON; `state` is the account that it was about."""
    held = None if kept.held is None or any(isinstance(one, SECRET) for one in kept.held.commands) else kept.held
    document = {
        "restored": state.restored,
        "memory": kept.memory and of_memory(kept.memory),
        "held": held and of_held(held),
        "unanswered": kept.unanswered,
        "did": kept.did and [kept.did.message, of_command(kept.did.command)],
        "final": kept.final,
        "tongue": kept.tongue,
    }
    text = canonical(document)
    memory = kept.memory
    if len(text) <= LONGEST or memory is None or memory.reply is None or memory.reply.picture is None:
        return text
    return as_text(replace(kept, memory=replace(memory, reply=replace(memory.reply, picture=None))), state)


def from_text(text: str, view: View) -> Kept:
    """What was remembered, for the account as it is now; raises Unreadable for what it cannot be about any more."""
    try:
        found = json.loads(text)
        if found["restored"] != view.state.restored:
            raise Unreadable("the account was restored since")
        did = found["did"]
        return Kept(
            memory=to_memory(found["memory"], view.scene.wall) if found["memory"] else None,
            held=to_held(found["held"], view) if found["held"] else None,
            unanswered=found["unanswered"],
            did=Did(did[0], to_command(did[1], view.state.preferences)) if did else None,
            final=found["final"],
            tongue=found.get("tongue"),
        )
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError, BadValue) as error:
        raise Unreadable(repr(error)) from error


def of_memory(memory: Memory) -> dict[str, Any]:
    reply, question = memory.reply, memory.question
    return {
        "at": memory.at,
        "question": question and [list(question.missing), [of_request(one) for one in question.candidates]],
        "last": memory.last and of_request(memory.last),
        "reply": reply and from_reply(reply),
        "message": memory.message,
        "listed": list(memory.listed),
        "listed_at": memory.listed_at,
    }


def to_memory(found: Mapping[str, Any], now: datetime) -> Memory:
    question, at = found["question"], datetime.fromisoformat(found["at"])
    if at > now:
        raise Unreadable("the clock was put back")
    return Memory(
        at=at,
        question=question and Question(tuple(question[0]), tuple(to_request(one) for one in question[1])),
        last=found["last"] and to_request(found["last"]),
        reply=found["reply"] and to_reply(found["reply"]),
        message=found["message"],
        listed=tuple(found.get("listed", ())),
        listed_at=datetime.fromisoformat(shown) if (shown := found.get("listed_at")) else None,
    )


def of_held(held: Held) -> dict[str, Any]:
    rest = {field.name: plain(getattr(held, field.name)) for field in fields(held) if field.name not in WORDED}
    requests, commands = map(of_request, held.requests), map(of_command, held.commands)
    return {**rest, "requests": list(requests), "commands": list(commands)}


def to_held(found: Mapping[str, Any], view: View) -> Held:
    """A question as it was asked, no younger than by either clock; raises Unreadable where its age cannot be told."""
    rest = {name: revive(found[name]) for name, revive in HELD.items() if name in found}
    asked_at, now_s = rest["asked_at"], awake_and_asleep()
    if asked_at > view.scene.wall:
        raise Unreadable("the clock was put back")
    age = max(view.scene.wall - asked_at, timedelta(seconds=now_s - rest["asked_s"]))
    return Held(
        **{**rest, "asked_s": now_s - age.total_seconds()},
        requests=tuple(to_request(one) for one in found["requests"]),
        commands=tuple(to_command(one, view.state.preferences) for one in found["commands"]),
    )


WORDED: Final = ("requests", "commands")
HELD: Final = MappingProxyType(
    {name: reviver(hint) for name, hint in get_type_hints(Held).items() if name not in WORDED}
)


def of_request(request: Request) -> dict[str, Any]:
    return {field.name: plain(getattr(request, field.name)) for field in fields(request)}


def to_request(found: Mapping[str, Any]) -> Request:
    return Request(**found)


def of_command(command: c.Command) -> list[Any]:
    return [type(command).__name__, plain(command)]


def to_command(found: list[Any], preferences: Preferences) -> c.Command:
    """A command as it was judged; values of settings in their own types again."""
    name, parts = found
    command: c.Command = reviver(COMMANDS[name])(parts)
    if not isinstance(command, c.ChangePreferences):
        return command
    meant = patched(preferences, command.patch)
    return replace(command, patch={path: value_of(meant, path) for path in command.patch})
