"""The commands that look at the engine itself: status, metrics.

Exit codes: 0 all is well, 1 something is wrong, 2 configuration or usage, 3 no Parley runs here.
"""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any, Final

from bot.usage import FOLDER, add_folder, complain, with_settings

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.usage import Commands

UNWELL: Final = 1
ANSWER_S: Final = 3.0
"""How long a running engine may take to answer before it counts as one that hangs."""
NOBODY: Final = "no Parley is running on {folder}: start it with parley run"


def add_health_commands(commands: "Commands") -> None:
    """Make these commands known."""
    command = commands.add_parser("status", help="how the engine and its loops do", allow_abbrev=False)
    add_folder(command, argparse.SUPPRESS)
    command.add_argument("--json", action="store_true", help="the same as JSON")
    command.set_defaults(command=status)
    command = commands.add_parser("metrics", help="the same for Prometheus, as text", allow_abbrev=False)
    add_folder(command, argparse.SUPPRESS)
    command.set_defaults(command=metrics)


def status(wanted: argparse.Namespace) -> int:
    """Show how the engine does; 0 only if all is well."""
    return with_settings(wanted, lambda settings: _shown(settings, "status", as_json=wanted.json))


def metrics(wanted: argparse.Namespace) -> int:
    """Print what Prometheus gathers."""
    return with_settings(wanted, lambda settings: _shown(settings, "metrics", as_json=False))


def _shown(settings: "Settings", kind: str, *, as_json: bool) -> int:
    import asyncio  # noqa: PLC0415  # here and below: usage is told without

    answer = asyncio.run(_asked(settings, kind))
    if answer is None:
        return complain(_nobody(settings), FOLDER)
    if "error" in answer:
        return complain(answer["error"], UNWELL)
    sys.stdout.write(_text(answer, as_json=as_json))
    return 0 if answer.get("healthy", True) else UNWELL


def _nobody(settings: "Settings") -> str:
    """Nobody runs the account here; on a server somebody else may."""
    from bot.far_kill import holder  # noqa: PLC0415

    elsewhere = holder(settings.server) if settings.server else None
    if elsewhere is None:
        return NOBODY.format(folder=settings.folder)
    return f"{elsewhere} runs this account, not a Parley on {settings.folder}: ask there"


def _text(answer: dict[str, Any], *, as_json: bool) -> str:
    if "document" in answer:
        return str(answer["document"])
    if as_json:
        return json.dumps({name: value for name, value in answer.items() if name != "said"}, indent=2) + "\n"
    return f"{answer['said']}\n"


async def _asked(settings: "Settings", kind: str) -> dict[str, Any] | None:
    """What the process that owns the account answers; None where there is none. One that does not answer is unwell."""
    import asyncio  # noqa: PLC0415

    from bot.socket_client import SILENT, Caller, HungUp  # noqa: PLC0415

    caller = await Caller.find(settings.folder.absolute())
    if caller is None:
        return None
    try:
        async with asyncio.timeout(ANSWER_S):
            return await caller.ask({kind: {}})
    except (HungUp, TimeoutError) as error:
        why = error if isinstance(error, HungUp) else SILENT
        return {"error": f"the running Parley does not answer ({why}): it hangs, or was just ended"}
    finally:
        await caller.close()
