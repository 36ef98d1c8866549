"""Where records leave this machine: any address that fsspec knows, with its own errors said plainly."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from engine.ports import Unavailable

STANDARD_OUTPUT: Final = "-"


def is_address(place: str) -> bool:
    """Whether it names a file system and not just a path."""
    return "://" in place


def write_lines(place: str, lines: Iterable[str]) -> int:
    """Stream lines to a path, an address or `-` for standard output, and count them. Raises Unavailable.

    A file that stood at a path is replaced when all is written, and not before.
    """
    written = 0
    with _sink(place) as file:
        for line in lines:
            file.write(f"{line}\n".encode())
            written += 1
    return written


def read_lines(place: str) -> Iterator[str]:
    """The lines of a file, or of every file in a folder, in order of their names. Raises Unavailable."""
    with _plainly(place):
        for opened in _opened(place):
            with opened as file:
                for line in file:
                    yield line.decode(errors="replace").rstrip("\n")


def put(folder: str, name: str, line: str) -> None:
    """Write one line as a file of its own. Raises Unavailable."""
    with _plainly(folder):
        system, path = _system(folder)
        system.makedirs(path, exist_ok=True)
        system.pipe_file(f"{path.rstrip('/')}/{name}", f"{line}\n".encode())


@contextmanager
def _sink(place: str) -> Iterator[BinaryIO]:
    if place == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with _plainly(place):
        if not is_address(place):
            with _replacing(Path(place)) as file:
                yield file
            return
        system, path = _system(place)
        with system.open(path, "wb") as file:
            yield file


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _opened(place: str) -> Iterator[Any]:
    system, path = _system(place if is_address(place) else Path(place).absolute().as_uri())
    names = sorted(system.find(path)) if system.isdir(path) else [path]
    return (system.open(name, "rb") for name in names)


def _system(address: str) -> tuple[Any, str]:
    from fsspec.core import url_to_fs  # type: ignore[import-untyped]  # noqa: PLC0415  # only where something is copied

    system, path = url_to_fs(address)
    return system, str(path)


@contextmanager
def _plainly(place: str) -> Iterator[None]:
    """Whatever a file system says becomes Unavailable; its libraries have errors of their own."""
    try:
        yield
    except (Unavailable, GeneratorExit):
        raise
    except ImportError as error:
        raise Unavailable(_missing(place)) from error
    except FileNotFoundError as error:
        raise Unavailable(f"{shown(place)} is not there") from error
    except Exception as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise Unavailable(f"{shown(place)} cannot be used: {why}") from error


def _missing(place: str) -> str:
    from fsspec.registry import known_implementations  # type: ignore[import-untyped]  # noqa: PLC0415

    protocol = place.partition("://")[0]
    what = known_implementations.get(protocol, {}).get("err", "its driver has to be installed")
    return f"{protocol}:// needs a driver that is not installed here: {what}"


def shown(place: str) -> str:
    """An address without the password that it may hold."""
    scheme, sep, rest = place.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if sep else place
