"""The command line: `parley` talks; its commands say one thing, let people in, move settings, or check an account.

Exit codes: 0 all is well, 1 something was found wrong, 2 configuration or usage, 3 the data folder is busy or unusable.
"""

import argparse
import os
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NoReturn

from bot.audit import add_audit_commands
from bot.cli_account import add_account_commands
from bot.cli_db import add_db_commands
from bot.cli_guard import add_guard_command
from bot.cli_health import add_health_commands
from bot.cli_intents import add_intents_commands
from bot.cli_kill import add_kill_command
from bot.cli_run import add_run_command, running
from bot.usage import USAGE, Parser, add_folder, complain, duration, parsed, with_settings

if TYPE_CHECKING:
    from bot.usage import Commands

LAST_S: Final = 1.0
"""How long threads may take to end after the last word was said."""


def process() -> NoReturn:
    """Run the command that this process was started for, and end with its exit code, whatever thread still hangs."""
    code = main()
    last = threading.Timer(LAST_S, os._exit, (code,))
    last.daemon = True
    last.start()
    sys.exit(code)


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
    return with_settings(wanted, lambda settings: running(settings, wanted.run_s, silent=False))


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
    add_health_commands(commands)
    add_run_command(commands)
    add_guard_command(commands)
    add_kill_command(commands)
    _add_parse(commands)
    add_intents_commands(commands)
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
