"""What all commands of the command line share: the form of their options, complaints, and the settings in force.

Exit codes: 0 all is well, 1 something was found wrong, 2 configuration or usage, 3 the data folder is busy or unusable.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias

if TYPE_CHECKING:
    from bot.config import Settings

    Commands: TypeAlias = "argparse._SubParsersAction[Parser]"  # noqa: SLF001  # argparse gives it no other name

ASIDE: Final = "*.before-*"
"""Files as they were before this program brought them up to date."""
USAGE: Final = 2
FOLDER: Final = 3
SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600}
DAY_MINUTES: Final = 24 * 60


def parsed(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """What was asked for. An option that there is none of is named first, before its value is taken for a command."""
    known = _options(parser)
    for one in arguments:
        if one == "--":
            break
        if one.startswith("--") and one.partition("=")[0] not in known:
            parser.error(f"unrecognized arguments: {one}")
    return parser.parse_args(arguments)


class Parser(argparse.ArgumentParser):
    """Complains in one line, with the nearest thing that there is."""

    def error(self, message: str) -> NoReturn:
        sys.exit(complain(_plainly(message, self), USAGE))


def _plainly(message: str, parser: argparse.ArgumentParser) -> str:
    """Argparse's message as we would say it."""
    if found := re.match(r"unrecognized arguments: (\S+)", message):
        return f"{found[1]} is not an option{_near(found[1].partition('=')[0], _options(parser))}"
    if found := re.match(r"argument (--\S+): invalid choice: '(.*)' \(choose from (.*)\)", message):
        return f"{found[1]} must be one of {_choices(found[3])}, not {found[2]!r}"
    if found := re.match(r"argument .*: invalid choice: '(.*)' \(choose from (.*)\)", message):
        choices = re.findall(r"[\w-]+", found[2])
        return f"{found[1]} is not a command{_near(found[1], choices)}"
    return re.sub(r"^argument (\S+):", r"\1", message)


def _choices(shown: str) -> str:
    return ", ".join(re.findall(r"[\w-]+", shown))


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


def with_settings(wanted: argparse.Namespace, run: "Callable[[Settings], int]") -> int:
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
        settings = load(wanted.config, {path: value for path, value in asked.items() if value is not None})
        return _saying_what_is_put_aside(settings, run)
    except BadConfig as error:
        return complain(str(error), USAGE)
    except (FolderBusy, FolderUnusable) as error:
        return complain(str(error), FOLDER)


def _saying_what_is_put_aside(settings: "Settings", run: "Callable[[Settings], int]") -> int:
    """A command that brings old files up to date says so, and where they are as they were."""
    before = set(settings.folder.glob(ASIDE))
    try:
        return run(settings)
    finally:
        for path in sorted(set(settings.folder.glob(ASIDE)) - before):
            complain(f"brought up to date: what {path.name.partition('.before-')[0]} was before is {path}", 0)


def add_folder(parser: argparse.ArgumentParser, default: str | None) -> None:
    parser.add_argument("--data", metavar="DIR", default=default, help="folder of the account")
    parser.add_argument("--config", metavar="FILE", type=Path, default=default, help="settings to use: config.yaml")


def duration(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"must be a duration such as 40s, 2m or 1h, not {text!r}")
    return float(found[1]) * SECONDS[found[2]]


def minutes(text: str) -> int:
    if not re.fullmatch(r"\d{1,4}", text) or not 1 <= int(text) <= DAY_MINUTES:
        raise argparse.ArgumentTypeError(f"must be a whole number of minutes from 1 to {DAY_MINUTES}, not {text!r}")
    return int(text)


def complain(text: str, code: int) -> int:
    print(text, file=sys.stderr)  # noqa: T201  # what stderr is for
    return code
