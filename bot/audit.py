"""`parley audit`: does the trail hold, a copy of it to keep elsewhere, and the key by which others can check it."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.usage import FOLDER, USAGE, add_folder, complain, with_settings

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.usage import Commands
    from engine.wiring import Audit

WRONG: Final = 1


def add_audit_commands(commands: "Commands") -> None:
    """Make these commands known."""
    command = commands.add_parser(
        "audit", help="check, export or sign the trail of all that happened", allow_abbrev=False
    )
    actions = command.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="action")
    _add_verify(actions)
    _add_export(actions)
    key = actions.add_parser("key", help="print the public key that checkpoints are checked by", allow_abbrev=False)
    add_folder(key, argparse.SUPPRESS)
    key.set_defaults(command=show_key)


def _add_verify(actions: "Commands") -> None:
    check = actions.add_parser("verify", help="check that nothing was changed or taken away", allow_abbrev=False)
    add_folder(check, argparse.SUPPRESS)
    check.add_argument("file", nargs="?", metavar="FILE", help="an exported file; without it, the account's database")
    check.add_argument("--json", action="store_true", help="the findings as JSON")
    key = "a public key to trust, in hex or in a file; may be given again for an older one"
    check.add_argument("--key", action="append", default=[], metavar="KEY", help=key)
    check.add_argument("--copies", metavar="URL", help="where copies of checkpoints are kept: checked, too")
    check.set_defaults(command=verify)


def _add_export(actions: "Commands") -> None:
    export = actions.add_parser("export", help="write the trail as JSON Lines", allow_abbrev=False)
    add_folder(export, argparse.SUPPRESS)
    export.add_argument("place", metavar="PLACE", help="a path, an address such as s3://bucket/trail.jsonl, or -")
    export.add_argument("--after", type=_number, default=0, metavar="N", help="only rows with a number above this")
    export.add_argument("--account", metavar="NAME", help="only rows of this account")
    export.set_defaults(command=export_trail)


def verify(wanted: argparse.Namespace) -> int:
    """Recompute every chain and check every checkpoint, of the database or of an exported file."""

    def verified(settings: "Settings") -> int:
        from engine.trail import verify_export, verify_trail  # noqa: PLC0415  # here and below: help is quick without
        from engine.wiring import places  # noqa: PLC0415

        at = places(_database(settings), asked(settings))
        if wanted.file:
            report = verify_export(wanted.file, at, wanted.key)
        else:
            report = verify_trail(settings.server or _database(settings), at, wanted.key, wanted.copies)
        _show(json.dumps(report.as_json(), indent=2) if wanted.json else report.as_text())
        return 0 if report.sound else WRONG

    return _readable(wanted, verified)


def export_trail(wanted: argparse.Namespace) -> int:
    """Write rows and the newest checkpoint as JSON Lines."""

    def exported(settings: "Settings") -> int:
        from engine.trail import export_trail as export  # noqa: PLC0415

        export(settings.server or _database(settings), wanted.place, wanted.after, wanted.account)
        return 0

    return _readable(wanted, exported)


def show_key(wanted: argparse.Namespace) -> int:
    """Print the public key, in hex; where there is no key yet, say so."""

    def shown(settings: "Settings") -> int:
        from engine.trail import key_in_use  # noqa: PLC0415
        from engine.wiring import places  # noqa: PLC0415

        _show(key_in_use(places(_database(settings), asked(settings))))
        return 0

    return _readable(wanted, shown)


def asked(settings: "Settings") -> "Audit":
    """What the configuration asks of the audit trail."""
    from engine.wiring import Audit  # noqa: PLC0415

    wanted = settings.audit
    key = Path(wanted.key_file).expanduser() if wanted.key_file else None
    return Audit(key=key, every_s=wanted.checkpoint_seconds, copies=wanted.copies)


def _database(settings: "Settings") -> Path:
    return settings.folder / "parley.sqlite"


def _readable(wanted: argparse.Namespace, run: "Callable[[Settings], int]") -> int:
    """Run a command; what cannot be read or written is said in a line."""
    from engine.ports import Unavailable  # noqa: PLC0415
    from engine.trail import BadKey  # noqa: PLC0415

    try:
        return with_settings(wanted, run)
    except BadKey as error:
        return complain(f"--key {error}", USAGE)
    except Unavailable as error:
        return complain(str(error), FOLDER)


def _show(text: str) -> None:
    """Also what no terminal can show: a journal that was tampered with may hold anything."""
    sys.stdout.write(f"{text}\n".encode(errors="backslashreplace").decode())


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be the number of a row, not {text!r}")
    return int(text)
