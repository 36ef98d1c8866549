"""The command line: `parley` talks; its commands say one thing, let people in, move settings, or check an account.

Exit codes: 0 all is well, 1 something was found wrong, 2 configuration or usage, 3 the data folder is busy or unusable.
"""

import argparse
import gc
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from bot.audit import add_audit_commands
from bot.cli_account import add_account_commands
from bot.cli_db import add_db_commands
from bot.usage import USAGE, Parser, add_folder, complain, duration, parsed, with_settings

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.usage import Commands


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    _hold_standard_files()
    _keep_bytecode()
    wanted = parsed(_parser(), sys.argv[1:] if arguments is None else arguments)
    try:
        code: int = wanted.command(wanted)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def chat(wanted: argparse.Namespace) -> int:
    """Talk to the engine at the terminal."""
    import asyncio  # noqa: PLC0415  # here and below: other commands are quick without

    gc.disable()  # what is loaded now stays for good: looking through it again and again doubles the time it takes
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until the loop has its own
    return with_settings(wanted, lambda settings: asyncio.run(_talk(settings, wanted.run_s)))


def parse(wanted: argparse.Namespace) -> int:
    """Show what a message is understood as."""
    from bot.parse_lines import BadScene, Scene, parse_all  # noqa: PLC0415

    try:
        scene = Scene(wanted.now, wanted.tz, wanted.watchlist, wanted.positions)
        parse_all(scene, [" ".join(wanted.text)] if wanted.text else None, jsonl=wanted.jsonl)
    except BadScene as error:
        return complain(f"--{error}", USAGE)
    return 0


def version(_: argparse.Namespace) -> int:
    from importlib.metadata import version as installed  # noqa: PLC0415

    print(f"parley {installed('parley')}")  # noqa: T201  # a command's output
    return 0


async def _talk(settings: "Settings", run_s: float | None) -> int:
    """Chat until the person leaves, the time is over or a signal comes; a second signal does not wait."""
    import asyncio  # noqa: PLC0415

    from bot.app import chat as chat_with_engine  # noqa: PLC0415
    from bot.config import Options  # noqa: PLC0415

    options = Options(run_s)
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def told() -> None:
        if options.stop.is_set():
            task.cancel()
        options.stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told)
    if run_s is not None:
        loop.call_later(run_s, options.stop.set)
    with suppress(asyncio.CancelledError):
        return await chat_with_engine(settings, options)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        "parley",
        description="Talk to an engine that trades a paper account. Without a command: chat at the terminal.",
        allow_abbrev=False,
    )
    add_folder(parser, None)
    parser.add_argument("--from", dest="start", metavar="DATE", help="first session of the replayed market: 2020-02-03")
    parser.add_argument("--pace", metavar="SECONDS", help="seconds that one replayed session takes")
    parser.add_argument("--plain", action="store_true", default=None, help="plain text, one message a line")
    parser.add_argument("--for", dest="run_s", metavar="DURATION", type=duration, help="leave after 40s, 2m or 1h")
    parser.add_argument("--version", dest="command", action="store_const", const=version, help="say which one this is")
    parser.set_defaults(command=chat)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    add_account_commands(commands)
    _add_parse(commands)
    add_db_commands(commands)
    add_audit_commands(commands)
    return parser


def _add_parse(commands: "Commands") -> None:
    command = commands.add_parser("parse", help="show what a message is understood as, as JSON", allow_abbrev=False)
    command.add_argument("text", nargs="*", metavar="TEXT", help="one message; without it, one a line is read")
    command.add_argument("--jsonl", action="store_true", help="lines may be JSON: {text or turns, now, tz, …}")
    command.add_argument("--now", metavar="ISO", help="what time it is")
    command.add_argument("--tz", metavar="ZONE", help="time zone of the person: America/New_York")
    command.add_argument("--watchlist", metavar="A,B", help="tickers that are followed")
    command.add_argument("--positions", metavar="A,B", help="tickers that are held")
    command.set_defaults(command=parse)


def _keep_bytecode() -> None:
    """Where Python was told to leave no bytecode beside sources, keep it among caches: it halves every later start."""
    if sys.dont_write_bytecode:
        import platformdirs  # noqa: PLC0415

        sys.pycache_prefix = str(platformdirs.user_cache_path("parley", appauthor=False) / "bytecode")
        sys.dont_write_bytecode = False


def _hold_standard_files() -> None:
    """Occupy the numbers of standard files that came closed, lest a database get one and be written into."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
