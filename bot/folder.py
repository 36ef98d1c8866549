"""The data folder: where one account lives, and the lock that keeps it to one process."""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from filelock import FileLock, Timeout

MODE: Final = 0o700
LOCK: Final = "lock"
KILL: Final = "kill"
DATABASE: Final = "parley.sqlite"


class FolderBusy(Exception):
    """Another process has this folder; the text names it and says what to do."""


class FolderUnusable(Exception):
    """This folder cannot hold an account; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """An open data folder: this process has its lock until `close`, or until it dies, however it dies."""

    path: Path
    lock: FileLock = field(repr=False, compare=False)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Create the folder if need be and take its lock; raises FolderBusy or FolderUnusable."""
        path = path.absolute()
        try:
            path.mkdir(mode=MODE, parents=True, exist_ok=True)
            lock = _locked(path)
        except Timeout:
            raise _taken(path) from None
        except (FileExistsError, NotADirectoryError):
            raise FolderUnusable(f"{path} is not a folder; name another with --data DIR") from None
        except (OSError, NotImplementedError) as error:
            why = getattr(error, "strerror", None) or "it cannot be locked"
            raise _unusable(path, why) from None
        return cls(path, lock)

    def close(self) -> None:
        """Let another process have the folder."""
        with suppress(OSError):
            (self.path / "pid").unlink()
        self.lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def database(self) -> Path:
        return self.path / DATABASE

    @property
    def broker_book(self) -> Path:
        """The paper broker's own book, which the engine never reads behind the broker's back."""
        return self.path / "paper.sqlite"

    @property
    def kill(self) -> Path:
        """The kill switch: while this file is there, nothing is bought."""
        return self.path / KILL

    @property
    def history(self) -> Path:
        """What was typed in the terminal."""
        return self.path / "history"

    @property
    def log(self) -> Path:
        return self.path / "parley.log"


def was_used(path: Path) -> bool:
    """Whether a process ever took this folder for an account."""
    return (path / LOCK).exists()


def no_account(path: Path) -> FolderUnusable:
    return FolderUnusable(
        f"no account in {path.absolute()}: name its folder with --data DIR, or start parley there to begin one"
    )


def _locked(path: Path) -> FileLock:
    # a lock that is only a file would outlive a killed process
    lock = FileLock(path / LOCK, mode=0o600, fallback_to_soft=False)
    lock.acquire(blocking=False)
    try:
        (path / "pid").write_text(f"{os.getpid()}\n", encoding="ascii")
    except OSError:
        lock.release()
        raise
    return lock


def _taken(path: Path) -> FolderBusy | FolderUnusable:
    if not was_used(path):  # the library reports a lock file that cannot be made as one that is taken
        return _unusable(path, "no file can be made in it")
    try:
        process = f" (process {int((path / 'pid').read_text(encoding='ascii'))})"
    except (OSError, ValueError):
        process = ""
    return FolderBusy(
        f"another Parley{process} is running on {path}; talk to that one, or use --data DIR for a second account"
    )


def _unusable(path: Path, why: str) -> FolderUnusable:
    return FolderUnusable(
        f"{path} cannot be used ({why}); make it a folder that you can write to, or name another with --data DIR"
    )
