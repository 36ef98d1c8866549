"""The commands that say or ask one thing of an account, wherever it is open: say, pair, people, settings, import."""

import argparse
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bot.usage import USAGE, add_folder, complain, minutes, with_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.remote import Run
    from bot.usage import Commands


CALENDARS: "Final[Mapping[str, str]]" = MappingProxyType(
    {"earnings": "ticker,date", "events": "title,scope,target,severity,from,until"}
)
"""What can be brought in, with the columns of its file."""


def add_account_commands(commands: "Commands") -> None:
    """Make these commands known."""
    _add_say(commands)
    _add_people(commands)
    _add_settings(commands)
    _add_import(commands)


def _add_say(commands: "Commands") -> None:
    command = commands.add_parser("say", help="say one message to the engine and show the reply", allow_abbrev=False)
    add_folder(command, argparse.SUPPRESS)
    command.add_argument("text", nargs="+", metavar="TEXT", help="the message")
    command.set_defaults(command=say)


def _add_people(commands: "Commands") -> None:
    command = commands.add_parser("pair", help="give out a code that lets one person in", allow_abbrev=False)
    add_folder(command, argparse.SUPPRESS)
    roles = ("viewer", "operator", "owner")
    command.add_argument("--role", choices=roles, default=roles[0], help="what the person may do: viewer looks only")
    command.add_argument("--minutes", type=minutes, default=10, metavar="N", help="how long the code is good: 10")
    command.set_defaults(command=pair)
    command = commands.add_parser("role", help="give a person another role, or none", allow_abbrev=False)
    add_folder(command, argparse.SUPPRESS)
    command.add_argument("person", metavar="PERSON", help="id or name, as parley people lists them")
    command.add_argument("role", choices=(*roles, "none"), metavar="ROLE", help="viewer, operator, owner or none")
    command.set_defaults(command=give_role)
    command = commands.add_parser("people", help="list who may talk to the account", allow_abbrev=False)
    add_folder(command, argparse.SUPPRESS)
    command.set_defaults(command=people)


def _add_settings(commands: "Commands") -> None:
    command = commands.add_parser("settings", help="write or read all your settings as a file", allow_abbrev=False)
    actions = command.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="action")
    out = actions.add_parser("export", help="write the settings as YAML", allow_abbrev=False)
    add_folder(out, argparse.SUPPRESS)
    out.add_argument("file", nargs="?", default="-", metavar="FILE", help="where to; -: standard output")
    out.add_argument("--all", action="store_true", help="those that are as they were at first, too")
    out.set_defaults(command=export_settings)
    into = actions.add_parser("import", help="put a file of settings in force", allow_abbrev=False)
    add_folder(into, argparse.SUPPRESS)
    into.add_argument("file", metavar="FILE", help="where from; -: standard input")
    into.add_argument("--yes", action="store_true", help="yes, even if that makes trading riskier")
    into.set_defaults(command=import_settings)


def _add_import(commands: "Commands") -> None:
    command = commands.add_parser("import", help="put dates of earnings or market events on record", allow_abbrev=False)
    actions = command.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="kind")
    for kind, columns in CALENDARS.items():
        one = actions.add_parser(kind, help=f"from a CSV file: {columns}", allow_abbrev=False)
        add_folder(one, argparse.SUPPRESS)
        one.add_argument("file", metavar="FILE", help="where from; -: standard input")
        one.set_defaults(command=bring_in)


def say(wanted: argparse.Namespace) -> int:
    """Say one message and show the reply."""
    from bot import remote  # noqa: PLC0415

    return _remotely(wanted, remote.say(" ".join(wanted.text)))


def pair(wanted: argparse.Namespace) -> int:
    """Give out a code that lets one person in."""
    from bot import remote  # noqa: PLC0415

    return _remotely(wanted, remote.pair(wanted.role, wanted.minutes))


def give_role(wanted: argparse.Namespace) -> int:
    """Give a person another role, or none."""
    from bot import remote  # noqa: PLC0415

    return _remotely(wanted, remote.give_role(wanted.person, wanted.role))


def people(wanted: argparse.Namespace) -> int:
    """List who may talk to the account."""
    from bot import remote  # noqa: PLC0415

    return _remotely(wanted, remote.people())


def export_settings(wanted: argparse.Namespace) -> int:
    """Write the settings as a file."""
    from bot import remote  # noqa: PLC0415

    return _remotely(wanted, remote.export(wanted.file, everything=wanted.all))


def import_settings(wanted: argparse.Namespace) -> int:
    """Put a file of settings in force."""
    from bot import remote  # noqa: PLC0415

    return _with_document(wanted, lambda document: remote.import_file(document, agreed=wanted.yes))


def bring_in(wanted: argparse.Namespace) -> int:
    """Put dates of earnings, or market events, on record."""
    from bot import remote  # noqa: PLC0415

    return _with_document(wanted, lambda document: remote.bring_in(wanted.kind, document))


def _with_document(wanted: argparse.Namespace, run: "Callable[[str], Run]") -> int:
    """Run this with what stands in the file that was named."""
    from bot import remote  # noqa: PLC0415

    try:
        document = remote.document_of(wanted.file)
    except OSError as error:
        return complain(f"{wanted.file}: cannot be read ({error.strerror})", USAGE)
    except ValueError:
        return complain(f"{wanted.file}: is not UTF-8 text", USAGE)
    return _remotely(wanted, run(document))


def _remotely(wanted: argparse.Namespace, run: "Run") -> int:
    """Run this where the account is: in the process that owns it, or in this one."""
    import asyncio  # noqa: PLC0415

    from bot import remote  # noqa: PLC0415

    return with_settings(wanted, lambda settings: asyncio.run(remote.at(settings, run)))
