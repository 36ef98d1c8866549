"""The commands that say or ask one thing of an account and leave: say, pair, people, settings."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, TypeAlias
from uuid import uuid4

from bot import wire
from bot.channels.lines import replied
from bot.config import Settings
from bot.message import Reply
from bot.reach import Reach, reached
from bot.settings_file import LONGEST
from bot.socket_client import HungUp
from engine.ports import Unavailable

WRONG: Final = 1
USAGE: Final = 2
UNUSABLE: Final = 3
MODE: Final = 0o600
STANDARD: Final = "-"
YES: Final = frozenset({"y", "yes"})

Run: TypeAlias = Callable[[Reach], Awaitable[int]]


async def at(settings: Settings, run: Run) -> int:
    """Run this where the account is, and give the exit code."""
    try:
        async with reached(settings) as reach:
            return await run(reach)
    except HungUp as error:
        return complain(f"the running Parley hung up ({error}); what was asked may have been done", UNUSABLE)
    except (Unavailable, wire.BadRequest) as error:
        return complain(str(error), UNUSABLE)


def say(text: str) -> Run:
    """One message, and the reply to it."""

    async def run(reach: Reach) -> int:
        reply = await told(reach, wire.asked(text, conversation=shell()))
        if reply is None:
            return WRONG
        if reach.alone and asks(reply):
            complain("no Parley is running that could wait for your answer: nothing was changed; start parley", WRONG)
            return WRONG
        return 0

    return run


def pair(role: str, minutes: int) -> Run:
    """A code that lets one person in."""
    return showing({"pair": {"role": role, "minutes": minutes}})


def people() -> Run:
    """Everybody who may talk to the account."""
    return showing({"people": {}})


def give_role(person: str, role: str) -> Run:
    """Another role for somebody, or none."""
    return showing({"role": {"person": person, "role": role}})


def showing(request: dict[str, Any]) -> Run:
    """Ask, and show what is said."""

    async def run(reach: Reach) -> int:
        answer = await reach.ask(request)
        if "error" in answer:
            return complain(answer["error"], WRONG)
        show(Reply(answer["said"], ""))
        return 0

    return run


def export(file: str, *, everything: bool) -> Run:
    """Write the settings to a file, or to standard output."""

    async def run(reach: Reach) -> int:
        answer = await reach.ask({"export": {"all": everything}})
        if "error" in answer:
            return complain(answer["error"], WRONG)
        if file == STANDARD:
            sys.stdout.write(answer["document"])
            return 0
        return written(file, answer["document"])

    return run


def written(file: str, document: str) -> int:
    """Write a file that only its owner can read, for it may hold addresses."""
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE), "w", encoding="utf-8") as out:
            out.write(document)
    except OSError as error:
        return complain(f"{file}: cannot be written ({error.strerror})", UNUSABLE)
    return 0


def import_file(document: str, *, agreed: bool) -> Run:
    """Put a file of settings in force; what is asked then is answered at the terminal, or was agreed to before."""

    async def run(reach: Reach) -> int:
        request = wire.asked("import settings", document, conversation=uuid4().hex)
        reply = await told(reach, request)
        if reply is not None and asks(reply):
            yes = agreed or await asyncio.to_thread(says_yes)
            reply = await told(reach, answering(request, "yes" if yes else "no"))
        done = reply is not None and (reply.key.startswith("done.") or reply.key == "import.same")
        return 0 if done else WRONG

    return run


def bring_in(kind: str, document: str) -> Run:
    """Dates of earnings, or market events, out of a file."""
    return showing({"import": {"kind": kind, "document": document}})


def answering(request: dict[str, Any], text: str) -> dict[str, Any]:
    """The answer to what a request is asked back, and to nothing else."""
    asked = request["message"]
    return wire.asked(text, conversation=asked["conversation"], reply_to=asked["id"])


def shell() -> str:
    """What tells one shell from another: a yes counts in the one in which the question was asked."""
    return f"shell-{os.getsid(0)}"


def document_of(file: str) -> str:
    """What stands in a file, or on standard input; raises OSError or ValueError."""
    if file == STANDARD:
        raw = sys.stdin.buffer.read(LONGEST + 1) if sys.stdin is not None else b""
    else:
        with Path(file).open("rb") as source:
            raw = source.read(LONGEST + 1)
    return raw.decode("utf-8-sig")


async def told(reach: Reach, request: dict[str, Any]) -> Reply | None:
    """Say something and show the reply; None where there was none."""
    answer = await reach.ask(request)
    if "error" in answer:
        complain(answer["error"], WRONG)
        return None
    reply = wire.to_reply(answer["reply"])
    show(reply)
    return reply


def asks(reply: Reply) -> bool:
    """Whether a yes is waited for."""
    return any(button.says == "yes" for button in reply.buttons)


def says_yes() -> bool:
    """Whether the person at this terminal says yes; nobody there is a no."""
    if sys.stdin is None or not sys.stdin.isatty():
        complain("nobody is here to say yes: add --yes if that is meant", WRONG)
        return False
    sys.stdout.write("> ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().casefold() in YES


def show(reply: Reply) -> None:
    print(replied(reply))  # noqa: T201  # a command's output


def complain(text: str, code: int) -> int:
    print(text, file=sys.stderr)  # noqa: T201  # what stderr is for
    return code
