"""What protects each account of a fleet by itself: kill switches and signs of life."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from engine.adapters.kill_file import EitherFile, KillFile
from engine.core.nouns import AccountId
from engine.fleet import Fleet
from engine.heart import BEAT, Condition, Heart, Hold
from engine.latch import Latch
from engine.ports import Clock, Store
from engine.wiring.plan import myself
from engine.wiring.running import LAST_S, briefly


def latched(fleet: Fleet, kill: Path | None) -> None:
    """A kill switch for each account, beside that of the folder, which stops all; none where there is no folder."""
    if kill is None:
        return
    for name, crew in fleet.crews.items():
        own = kill.with_name(f"{kill.name}-{quote(name, safe='')}")
        crew.bus.latch = Latch(EitherFile(KillFile(own), KillFile(kill)))


def signed(fleet: Fleet, store: Store, clock: Clock, fences: Mapping[AccountId, int]) -> list[Heart]:
    """Signs of life of each account, in a row of its own."""
    hearts: list[Heart] = []
    for name, crew in fleet.crews.items():
        heart = Heart(crew.bus, store, Condition(clock, crew.health, crew.pulse), Hold(myself(), fences[name]))
        crew.chores[BEAT] = heart.beat
        hearts.append(heart)
    return hearts


async def rested(hearts: Sequence[Heart]) -> None:
    """The last sign of each: stopped in good order, so that nobody is woken. What takes long is left, and logged."""
    async with briefly("last heartbeats", LAST_S):
        for heart in hearts:
            await heart.last()
