"""The command that watches over an engine from a process of its own.

Exit codes: 0 all is well, 1 something is wrong (with --once), 2 configuration or usage, 3 nothing to watch.
"""

import argparse
from typing import TYPE_CHECKING, Final

from bot.usage import FOLDER, USAGE, add_folder, complain, with_settings

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence
    from datetime import datetime

    from bot.config import Settings
    from bot.guard import News, Read
    from bot.guard_ways import Letter
    from bot.phrases import Phrases
    from bot.usage import Commands

WRONG: Final = 1


def add_guard_command(commands: "Commands") -> None:
    """Make this command known."""
    command = commands.add_parser(
        "guard", help="tell the owner by another channel when the engine gives no sign of life", allow_abbrev=False
    )
    add_folder(command, argparse.SUPPRESS)
    command.add_argument("--once", action="store_true", help="look once, for a scheduled job: exit code 0 or 1")
    command.set_defaults(command=guard)


def guard(wanted: argparse.Namespace) -> int:
    """Watch until told to stop, or look once."""
    return with_settings(wanted, lambda settings: _guarded(settings, once=wanted.once))


def _guarded(settings: "Settings", *, once: bool) -> int:
    import signal  # noqa: PLC0415  # here and below: usage is told without
    import threading  # noqa: PLC0415

    from bot.guard import Unreadable  # noqa: PLC0415
    from bot.guard_ways import missing  # noqa: PLC0415

    if wrong := missing(settings.guard):
        return complain(wrong, USAGE)
    try:
        read = reader(settings)
    except Unreadable as error:
        return complain(str(error), FOLDER)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return watched(settings, read, stop, once=once)


def reader(settings: "Settings") -> "Read":
    """Where signs of life are read; raises Unreadable where there is no account, or an extra is missing."""
    from bot.guard import Unreadable, from_file, from_server  # noqa: PLC0415

    if settings.server is not None:
        return from_server(settings.server)
    database = settings.folder / "parley.sqlite"
    if not database.exists():
        raise Unreadable(f"no account in {settings.folder.absolute()}: name its folder with --data DIR")
    return from_file(database)


def watched(settings: "Settings", read: "Read", stop: "threading.Event", *, once: bool) -> int:
    """Look every beat until `stop`, and tell; the exit code says whether all was well at the end."""
    import time  # noqa: PLC0415
    from datetime import UTC, datetime  # noqa: PLC0415

    from bot.guard import Watch  # noqa: PLC0415
    from bot.guard_ways import Teller, ways_of  # noqa: PLC0415
    from bot.phrases import Phrases  # noqa: PLC0415

    watch, teller = Watch(settings.guard.after_seconds, at_once=once), Teller(ways_of(settings.guard))
    phrases = Phrases.load()
    while not stop.is_set():
        now = datetime.now(UTC)
        teller.tell(letters(watch.look(read, now, time.monotonic()), now, phrases))
        if once:
            return 0 if watch.well else WRONG
        stop.wait(settings.guard.beat_seconds)
    return 0


def letters(news: "Sequence[News]", at: "datetime", phrases: "Phrases") -> "list[Letter]":
    """News in words."""
    from bot.guard_ways import Letter  # noqa: PLC0415
    from bot.reasons import ailment  # noqa: PLC0415

    found = []
    for one in news:
        why = one.facts.get("why")
        facts = {**one.facts, "account": one.account, "why": ailment(why, phrases) if why else None}
        found.append(Letter(one.kind, one.account, phrases.say(f"guard.{one.kind}", facts).text, at))
    return found
