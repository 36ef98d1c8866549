"""The command line: `parley` talks, `parley parse` shows what was understood, `parley db verify` checks an account.

Exit codes: 0 all is well, 1 something was found wrong, 2 configuration or usage, 3 the data folder is busy or unusable.
"""

import argparse
import gc
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias

if TYPE_CHECKING:
    from bot.config import Settings

    Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"  # noqa: SLF001  # argparse gives it no other name

USAGE: Final = 2
FOLDER: Final = 3
SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    _hold_standard_files()
    _keep_bytecode()
    wanted = _parsed(sys.argv[1:] if arguments is None else arguments)
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
    return _with_settings(wanted, lambda settings: asyncio.run(_talk(settings, wanted.run_s)))


def parse(wanted: argparse.Namespace) -> int:
    """Show what a message is understood as."""
    from bot.parse_lines import BadScene, Scene, parse_all  # noqa: PLC0415

    try:
        scene = Scene(wanted.now, wanted.tz, wanted.watchlist, wanted.positions)
        parse_all(scene, [" ".join(wanted.text)] if wanted.text else None, jsonl=wanted.jsonl)
    except BadScene as error:
        return _complain(f"--{error}", USAGE)
    return 0


def verify(wanted: argparse.Namespace) -> int:
    """Check that an account's records hold together."""
    import asyncio  # noqa: PLC0415

    def verified(settings: "Settings") -> int:
        from bot.app import verify as verify_account  # noqa: PLC0415

        code: int = asyncio.run(verify_account(settings, as_json=wanted.json))
        return code

    return _with_settings(wanted, verified)


def version(_: argparse.Namespace) -> int:
    from importlib.metadata import version as installed  # noqa: PLC0415

    print(f"parley {installed('parley')}")  # noqa: T201  # a command's output
    return 0


def _with_settings(wanted: argparse.Namespace, run: "Callable[[Settings], int]") -> int:
    from bot.bad_config import BadConfig  # noqa: PLC0415
    from bot.config import load  # noqa: PLC0415
    from bot.folder import FolderBusy, FolderUnusable  # noqa: PLC0415

    asked = {
        "data": wanted.data,
        "replay.from": wanted.start,
        "replay.pace_seconds": wanted.pace,
        "terminal.plain": wanted.plain,
    }
    try:
        return run(load(wanted.config, {path: value for path, value in asked.items() if value is not None}))
    except BadConfig as error:
        return _complain(str(error), USAGE)
    except (FolderBusy, FolderUnusable) as error:
        return _complain(str(error), FOLDER)


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


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """What was asked for. An option that there is none of is named first, before its value is taken for a command."""
    parser = _parser()
    known = _options(parser)
    for one in arguments:
        if one == "--":
            break
        if one.startswith("--") and one.partition("=")[0] not in known:
            parser.error(f"unrecognized arguments: {one}")
    return parser.parse_args(arguments)


class _Parser(argparse.ArgumentParser):
    """Complains in one line, with the nearest thing that there is."""

    def error(self, message: str) -> NoReturn:
        sys.exit(_complain(_plainly(message, self), USAGE))


def _plainly(message: str, parser: argparse.ArgumentParser) -> str:
    """Argparse's message as we would say it."""
    if found := re.match(r"unrecognized arguments: (\S+)", message):
        return f"{found[1]} is not an option{_near(found[1].partition('=')[0], _options(parser))}"
    if found := re.match(r"argument .*: invalid choice: '(.*)' \(choose from (.*)\)", message):
        choices = re.findall(r"[\w-]+", found[2])
        return f"{found[1]} is not a command{_near(found[1], choices)}"
    return re.sub(r"^argument (\S+):", r"\1", message)


def _near(word: str, known: Sequence[str]) -> str:
    import difflib  # noqa: PLC0415

    near = difflib.get_close_matches(word, known, 1)
    return f"; did you mean {near[0]}?" if near else "; see parley --help"


def _options(parser: argparse.ArgumentParser) -> list[str]:
    return [option for one in _with_commands(parser) for action in one._actions for option in action.option_strings]  # noqa: SLF001  # argparse has no other way


def _with_commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for one in action.choices.values():
                yield from _with_commands(one)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        "parley",
        description="Talk to an engine that trades a paper account. Without a command: chat at the terminal.",
        allow_abbrev=False,
    )
    _add_folder(parser, None)
    parser.add_argument("--from", dest="start", metavar="DATE", help="first session of the replayed market: 2020-02-03")
    parser.add_argument("--pace", metavar="SECONDS", help="seconds that one replayed session takes")
    parser.add_argument("--plain", action="store_true", default=None, help="plain text, one message a line")
    parser.add_argument("--for", dest="run_s", metavar="DURATION", type=_duration, help="leave after 40s, 2m or 1h")
    parser.add_argument("--version", dest="command", action="store_const", const=version, help="say which one this is")
    parser.set_defaults(command=chat)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_parse(commands)
    _add_db(commands)
    return parser


def _add_folder(parser: argparse.ArgumentParser, default: str | None) -> None:
    parser.add_argument("--data", metavar="DIR", default=default, help="folder of the account")
    parser.add_argument("--config", metavar="FILE", type=Path, default=default, help="settings to use: config.yaml")


def _add_parse(commands: "Commands") -> None:
    command = commands.add_parser("parse", help="show what a message is understood as, as JSON", allow_abbrev=False)
    command.add_argument("text", nargs="*", metavar="TEXT", help="one message; without it, one a line is read")
    command.add_argument("--jsonl", action="store_true", help="lines may be JSON: {text or turns, now, tz, …}")
    command.add_argument("--now", metavar="ISO", help="what time it is")
    command.add_argument("--tz", metavar="ZONE", help="time zone of the person: America/New_York")
    command.add_argument("--watchlist", metavar="A,B", help="tickers that are followed")
    command.add_argument("--positions", metavar="A,B", help="tickers that are held")
    command.set_defaults(command=parse)


def _add_db(commands: "Commands") -> None:
    command = commands.add_parser("db", help="look after an account's database", allow_abbrev=False)
    actions = command.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="action")
    check = actions.add_parser("verify", help="check that an account's records hold together", allow_abbrev=False)
    _add_folder(check, argparse.SUPPRESS)
    check.add_argument("--json", action="store_true", help="the findings as JSON")
    check.set_defaults(command=verify)


def _duration(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"must be a duration such as 40s, 2m or 1h, not {text!r}")
    return float(found[1]) * SECONDS[found[2]]


def _complain(text: str, code: int) -> int:
    print(text, file=sys.stderr)  # noqa: T201  # what stderr is for
    return code


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
