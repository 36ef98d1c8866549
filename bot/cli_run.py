"""The command that runs an engine which nobody sits at, until it is told to stop."""

import argparse
import gc
import signal
from typing import TYPE_CHECKING

from bot.cli_kill import heeding
from bot.usage import add_folder, complain, duration, with_settings

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.stopping import Ending
    from bot.usage import Commands


def add_run_command(commands: "Commands") -> None:
    """Make this command known."""
    command = commands.add_parser("run", help="run the engine without a chat, until it is stopped", allow_abbrev=False)
    add_folder(command, argparse.SUPPRESS)
    command.add_argument("--from", dest="start", metavar="DATE", default=argparse.SUPPRESS, help="as parley --from")
    command.add_argument("--pace", metavar="SECONDS", default=argparse.SUPPRESS, help="as parley --pace")
    command.add_argument("--for", dest="run_s", metavar="DURATION", type=duration, help="stop after 40s, 2m or 1h")
    command.set_defaults(command=run)


def run(wanted: argparse.Namespace) -> int:
    """Run the engine; other commands reach it by its socket."""
    return with_settings(wanted, lambda settings: _warned(settings, wanted.run_s))


def _warned(settings: "Settings", run_s: float | None) -> int:
    """As `running`, after saying what a guard with this configuration could not use."""
    from bot.guard_ways import missing  # noqa: PLC0415  # other commands are quick without

    if wrong := missing(settings.guard):
        complain(f"{wrong}; the guard would tell nobody by it", 0)
    return running(settings, run_s, silent=True)


def running(settings: "Settings", run_s: float | None, *, silent: bool) -> int:
    """The engine in this process, with its chat or without, until the person leaves, time is over or a signal comes.

    A second signal ends it at once.
    """
    import asyncio  # noqa: PLC0415  # other commands are quick without

    gc.disable()  # what is loaded now stays for good: looking through it again and again doubles the time it takes
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until there is an ending
    endings: list[Ending] = []
    try:
        with heeding(settings.folder):
            return asyncio.run(_talked(settings, run_s, endings, silent=silent))
    finally:  # only now have all threads ended that were at work
        for ending in endings:
            ending.over()


async def _talked(settings: "Settings", run_s: float | None, endings: "list[Ending]", *, silent: bool) -> int:
    import asyncio  # noqa: PLC0415

    from bot.app import chat  # noqa: PLC0415
    from bot.config import Options  # noqa: PLC0415
    from bot.stopping import Ending  # noqa: PLC0415

    stop = asyncio.Event()
    ending = Ending(stop)
    endings.append(ending)
    ending.listen()
    if run_s is not None:
        asyncio.get_running_loop().call_later(run_s, stop.set)
    code: int = await chat(settings, Options(run_s, stop, silent=silent, leaving=ending.leaving))
    return code
