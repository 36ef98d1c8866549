"""What all parts share: medians of repeated calls, the disk's own speed, and one line a figure."""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

BLOCK: Final = 4096
BLOCKS: Final = 256


class Figure(NamedTuple):
    """One measured thing: its median in `unit`, and what it is held against."""

    name: str
    value: float
    unit: str
    beside: str = ""


def told(figure: Figure) -> None:
    """Print a figure as soon as it is known."""
    shown = f"{figure.value:,.0f}" if figure.value >= 100 else f"{figure.value:.3g}"
    sys.stdout.write(f"{figure.name:<46} {shown:>12} {figure.unit:<10} {figure.beside}\n")
    sys.stdout.flush()


def median_s(call: Callable[[], object], rounds: int) -> float:
    """Median seconds of one call, after one to warm up."""
    call()
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


async def awaited_s(call: Callable[[int], Awaitable[object]], rounds: int) -> float:
    """Median seconds of one awaited call; it is given the number of its round."""
    await call(0)
    times = []
    for number in range(1, rounds + 1):
        begun = time.perf_counter()
        await call(number)
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


@contextmanager
def a_folder() -> Iterator[Path]:
    """A folder of its own on the disk that is measured: the working directory's."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".benchmark-") as name:
        yield Path(name)


def sync_s(folder: Path, rounds: int = 500) -> float:
    """Median seconds of writing one block of a file that has its size already, and of having it on the disk."""
    file = os.open(folder / "blocks", os.O_RDWR | os.O_CREAT)
    try:
        os.pwrite(file, b"\0" * BLOCK * BLOCKS, 0)
        os.fsync(file)
        flush = getattr(os, "fdatasync", os.fsync)
        place = iter(range(rounds + 1))

        def write() -> None:
            os.pwrite(file, b"\1" * BLOCK, next(place) % BLOCKS * BLOCK)
            flush(file)

        return median_s(write, rounds)
    finally:
        os.close(file)
