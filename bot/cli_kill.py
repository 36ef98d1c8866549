"""The kill switch from outside: `parley kill`, and SIGUSR1 sent to the process. Both work while the engine hangs."""

import argparse
import errno
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.usage import FOLDER, add_folder, complain, with_settings

if TYPE_CHECKING:
    from types import FrameType

    from bot.config import Settings
    from bot.usage import Commands

STANDS: Final = 1
ANSWER_S: Final = 3.0
"""How long a running engine may take to say what it did; its entries are stopped by then, whatever it says."""

SIGNAL: Final = "SIGUSR1"
MAKE_WRITABLE: Final = "make the folder writable"
FREE_SPACE: Final = "free space on its disk"
HELPS: Final = {errno.ENOSPC: FREE_SPACE, errno.EDQUOT: FREE_SPACE}


def add_kill_command(commands: "Commands") -> None:
    """Make this command known."""
    text = "stop all entries at once, whether or not the engine answers"
    command = commands.add_parser("kill", help=text, allow_abbrev=False)
    add_folder(command, argparse.SUPPRESS)
    command.add_argument("--status", action="store_true", help="only say whether it is thrown: exit code 1 if it is")
    command.set_defaults(command=kill)


def kill(wanted: argparse.Namespace) -> int:
    """Throw the kill switch of a data folder, then have a running engine withdraw what it has begun."""
    return with_settings(wanted, show if wanted.status else throw)


def show(settings: "Settings") -> int:
    """Say whether it is thrown, and by whom."""
    from engine.adapters.kill_file import KillFile  # noqa: PLC0415  # each step of this command loads what it needs

    if settings.server is not None and not begun(settings):
        return show_far(settings.server)
    who = KillFile(account_of(settings) / place()).thrown()
    if who is None and settings.server is not None:
        return show_far(settings.server)
    said("kill.stands" if who else "kill.free", who=who)
    return STANDS if who else 0


def throw(settings: "Settings") -> int:
    """The file comes first: it holds without an engine and without an answer."""
    from engine.adapters.kill_file import NOBODY_SAYS, KillFile  # noqa: PLC0415

    if settings.server is not None and not begun(settings):
        return throw_far(settings.server)
    folder, why = account_of(settings), None
    file = folder / place()
    stood = KillFile(file).thrown()
    try:
        KillFile(file).throw(f"parley kill of {me()}")
    except OSError as error:
        why = not_thrown(file, error)
    unsigned = stood is None and KillFile(file).thrown() == NOBODY_SAYS
    answer = told(folder)
    if settings.server is not None and (answer is None or (why is not None and "said" not in answer)):
        code = throw_far(settings.server)
        if code == 0 and stood is None:  # the resuming elsewhere could not take it away
            with suppress(OSError):
                KillFile(file).clear()
        return code
    if why is not None:
        return not_made(why, answer)
    if answer is None:
        said("kill.alone", folder=str(folder))
    elif "said" in answer:
        said("kill.answered", answer=answer["said"])
    else:
        said("kill.thrown", why=answer.get("error"))
    if unsigned:
        said("kill.unsigned")
    return 0


def not_thrown(file: Path, error: OSError) -> str | None:
    """Why the file is not there and what helps; None where it stands all the same."""
    from engine.adapters.kill_file import UNREADABLE, KillFile  # noqa: PLC0415

    if KillFile(file).thrown() not in {None, UNREADABLE}:
        return None
    return f"{file} cannot be made ({error.strerror or error}); {HELPS.get(error.errno or 0, MAKE_WRITABLE)}"


def not_made(why: str, answer: dict[str, Any] | None) -> int:
    """Without the file, what the engine says is all there is."""
    if answer is None or "said" not in answer:
        return complain(f"NOT STOPPED: {why}, or end the process", FOLDER)
    said("kill.answered", answer=answer["said"])
    return complain(f"{why}: until then only the running engine holds entries back", FOLDER)


def throw_far(server: str) -> int:
    """Nobody runs the account here: whoever does elsewhere reads it in the database before he sends an entry."""
    from bot.far_kill import thrown  # noqa: PLC0415

    return thrown(server, f"parley kill of {me()}", ANSWER_S, said)


def show_far(server: str) -> int:
    """As `show`, by the database alone."""
    from bot.far_kill import who_threw  # noqa: PLC0415
    from engine.ports import Unavailable  # noqa: PLC0415

    try:
        who = who_threw(server)
    except Unavailable as error:
        return complain(f"nobody knows whether it is thrown: {error}", FOLDER)
    said("kill.stands" if who else "kill.free", who=who)
    return STANDS if who else 0


def account_of(settings: "Settings") -> Path:
    """The account's folder, also one that was only restored; raises FolderUnusable where there is none."""
    from bot.folder import no_account  # noqa: PLC0415

    if not begun(settings):
        raise no_account(settings.folder.absolute())
    return settings.folder.absolute()


def begun(settings: "Settings") -> bool:
    """Whether there is an account in this folder."""
    from bot.folder import DATABASE, was_used  # noqa: PLC0415

    return was_used(settings.folder) or (settings.folder / DATABASE).exists()


def place() -> str:
    from bot.folder import KILL  # noqa: PLC0415

    return KILL


def me() -> str:
    """Who sits at this machine, as the system knows him."""
    import getpass  # noqa: PLC0415

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def told(folder: Path) -> dict[str, Any] | None:
    """What the engine that runs there answers; None where none runs."""
    import asyncio  # noqa: PLC0415

    return asyncio.run(asked(folder, ANSWER_S))


async def asked(folder: Path, answer_s: float) -> dict[str, Any] | None:
    import asyncio  # noqa: PLC0415

    from bot.socket_client import Caller, HungUp  # noqa: PLC0415

    try:
        async with asyncio.timeout(answer_s):
            caller = await Caller.find(folder)
            if caller is None:
                return None
            try:
                return await caller.ask({"kill": {}})
            finally:
                await caller.close()
    except TimeoutError:
        return {"error": "it does not answer"}
    except HungUp as error:
        return {"error": str(error)}


def said(key: str, **facts: Any) -> None:  # noqa: ANN401  # facts of any kind
    from bot.phrases import Phrases  # noqa: PLC0415

    print(Phrases.load().say(key, facts).text)  # noqa: T201  # a command's output


@contextmanager
def heeding(folder: Path) -> Iterator[None]:
    """While this lasts, SIGUSR1 throws the kill switch of this folder, also while the loop is held up by its own code.

    The engine makes the account's own of it within a second; its entries are held back from the next one on.
    """
    from engine.adapters.kill_file import KillFile  # noqa: PLC0415

    switch = KillFile(folder.absolute() / place())

    def thrown(_number: int, _frame: "FrameType | None") -> None:
        try:
            switch.throw(SIGNAL)
        except OSError as error:  # raised here it would end whatever runs, its exits among it
            with suppress(OSError):
                os.write(2, f"SIGUSR1: the kill switch cannot be thrown ({error.strerror})\n".encode())

    before = signal.signal(signal.SIGUSR1, thrown)
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)
