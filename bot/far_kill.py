"""The kill switch of an account that another folder or machine runs: thrown in the database that both share."""

import asyncio
import socket
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from bot.usage import FOLDER, complain

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.adapters.sql_store.session import Standing

PAUSE_S: Final = 0.2


def thrown(server: str, who: str, patience_s: float, said: "Callable[..., None]") -> int:
    """Throw it there, then wait a moment for whoever runs the account to make it the account's own."""
    from engine.ports import Unavailable  # noqa: PLC0415  # here and below: only an account on a server needs it

    if find_spec("asyncpg") is None:
        return complain("NOT STOPPED: database_url needs the extra postgres: uv sync --extra postgres", FOLDER)
    try:
        stands = asyncio.run(_thrown(server, f"{who} on {socket.gethostname()}", patience_s))
    except Unavailable as error:
        return complain(f"NOT STOPPED: {error}. If the account is run elsewhere, say it there", FOLDER)
    key = "kill.far_alone" if stands.holder is None else "kill.far_heeded" if stands.heeded else "kill.far_unheard"
    said(key, holder=stands.holder)
    return 0


async def _thrown(server: str, who: str, patience_s: float) -> "Standing":
    from engine.adapters.sql_store.session import standing, throw  # noqa: PLC0415
    from engine.wiring.plan import ACCOUNT  # noqa: PLC0415

    await throw(server, ACCOUNT, who)
    until = time.monotonic() + patience_s
    while True:
        stands = await standing(server, ACCOUNT)
        if stands.heeded or stands.holder is None or time.monotonic() >= until:
            return stands
        await asyncio.sleep(PAUSE_S)


def holder(server: str) -> str | None:
    """Who runs the account by its last sign of life; None where nobody does, or the server does not say."""
    from engine.ports import Unavailable  # noqa: PLC0415

    try:
        from engine.adapters.sql_store.session import standing  # noqa: PLC0415
        from engine.wiring.plan import ACCOUNT  # noqa: PLC0415

        return asyncio.run(standing(server, ACCOUNT)).holder
    except (Unavailable, ModuleNotFoundError):
        return None


def who_threw(server: str) -> str | None:
    """Who threw it there; None: nobody. Raises Unavailable."""
    from engine.adapters.sql_store.session import standing  # noqa: PLC0415
    from engine.wiring.plan import ACCOUNT  # noqa: PLC0415

    return asyncio.run(standing(server, ACCOUNT)).thrown_by
