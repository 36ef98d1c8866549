"""`parley db`: check an account's records, upgrade its tables, back them up, put a backup back."""

import argparse
import json
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.usage import FOLDER, add_folder, complain, with_settings

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.usage import Commands
    from engine.backup import Place

WRONG: Final = 1


def add_db_commands(commands: "Commands") -> None:
    """Make these commands known."""
    command = commands.add_parser("db", help="look after an account's database", allow_abbrev=False)
    actions = command.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="action")
    check = _action(actions, "verify", "check that an account's records hold together", verify)
    check.add_argument("--json", action="store_true", help="the findings as JSON")
    _action(actions, "upgrade", "bring the tables to this program's schema, as each start does", upgrade)
    backup = _action(actions, "backup", "write everything into one file, while Parley goes on", back_up)
    backup.add_argument("file", type=Path, metavar="FILE", help="where to: parley-backup.zip")
    backup.add_argument("--over", action="store_true", help="although that file is there")
    restored = _action(actions, "restore", "put a backup back; what is there now is moved aside", restore)
    restored.add_argument("file", type=Path, metavar="FILE", help="a file that backup wrote")
    restored.add_argument("--over", action="store_true", help="although an account is there")


def _action(actions: "Commands", name: str, words: str, run: Callable[[argparse.Namespace], int]) -> Any:  # noqa: ANN401  # argparse's own
    command = actions.add_parser(name, help=words, allow_abbrev=False)
    add_folder(command, argparse.SUPPRESS)
    command.set_defaults(command=run)
    return command


def verify(wanted: argparse.Namespace) -> int:
    """Exit code 0 only if the journal is whole, everything is there once, and cash adds up."""

    async def verified(settings: "Settings") -> int:
        from engine.backup import verify_place  # noqa: PLC0415  # here and below: help is quick without

        report = await verify_place(place_of(settings))
        show(json.dumps(report.as_json(), indent=2) if wanted.json else report.as_text())
        return 0 if report.sound else WRONG

    return _run(wanted, verified)


def upgrade(wanted: argparse.Namespace) -> int:
    """Bring the tables up to date, with nobody at work on them."""

    async def upgraded(settings: "Settings") -> int:
        from bot.folder import DataFolder  # noqa: PLC0415
        from engine.backup import upgrade_place  # noqa: PLC0415

        _must_be_used(settings)
        with DataFolder.open(settings.folder):
            before, after = await upgrade_place(place_of(settings))
        show(f"schema {after}: nothing to do" if before == after else f"schema {before or 'none'} is {after} now")
        return 0

    return _run(wanted, upgraded)


def back_up(wanted: argparse.Namespace) -> int:
    """Write a backup; the account itself is only read."""

    async def backed_up(settings: "Settings") -> int:
        from engine.backup import back_up as write  # noqa: PLC0415

        if wanted.file.exists() and not wanted.over:
            return complain(f"{wanted.file} is there already: name another file, or say --over to replace it", WRONG)
        manifest = await write(place_of(settings), wanted.file)
        rows = ", ".join(f"{account} to journal row {seq}" for account, (seq, _) in manifest.heads.items())
        show(f"{wanted.file}: {rows or 'no account yet'}. The signing key is not in it: keep audit.key apart.")
        return 0

    return _run(wanted, backed_up)


def restore(wanted: argparse.Namespace) -> int:
    """Put a backup back and check it; exit code 1 where it does not add up."""

    async def restored(settings: "Settings") -> int:
        from bot.folder import DataFolder, was_used  # noqa: PLC0415
        from engine.backup import examined  # noqa: PLC0415
        from engine.backup import restore as put_back  # noqa: PLC0415

        place = place_of(settings)
        examined(wanted.file)
        if was_used(settings.folder) and place.database.exists() and not wanted.over:
            return complain(
                f"{settings.folder} has an account: name a new folder with --data DIR, or say --over to move it aside",
                FOLDER,
            )
        with DataFolder.open(settings.folder):
            manifest, report = await put_back(wanted.file, place)
        show(f"the backup of {manifest.made_at:%Y-%m-%d %H:%M} UTC is in place")
        say_key(settings)
        show(report.as_text())
        return 0 if report.sound else WRONG

    return _run(wanted, restored)


def say_key(settings: "Settings") -> None:
    """A backup has no signing key; where none is in its place, the next start would make a new one."""
    from engine.wiring.plan import Audit, places  # noqa: PLC0415

    named = settings.audit.key_file
    key = places(
        settings.folder.absolute() / "parley.sqlite", Audit(key=Path(named).expanduser() if named else None)
    ).key
    if not key.exists():
        text = "put audit.key back there before the next start. Without it a new key is made"
        show(f"The signing key is not at {key}: {text}; then name old and new to parley audit verify --key")


def place_of(settings: "Settings") -> "Place":
    """Where this configuration's accounts live."""
    from engine.backup import Place  # noqa: PLC0415

    return Place(settings.folder, settings.server, outside=settings.broker.kind == "queue")


def show(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _must_be_used(settings: "Settings") -> None:
    from bot.folder import no_account, was_used  # noqa: PLC0415

    if not was_used(settings.folder):
        raise no_account(settings.folder)


def _run(wanted: argparse.Namespace, work: "Callable[[Settings], Coroutine[Any, Any, int]]") -> int:
    """Run one of these; what cannot be read or written is said in a line."""
    import asyncio  # noqa: PLC0415

    from engine.backup import BadBackup  # noqa: PLC0415
    from engine.ports import Unavailable  # noqa: PLC0415

    try:
        return with_settings(wanted, lambda settings: asyncio.run(work(settings)))
    except BadBackup as error:
        return complain(str(error), WRONG)
    except Unavailable as error:
        return complain(str(error), FOLDER)
