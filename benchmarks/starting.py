"""From the command to the first answer, the memory that takes, and what is installed for it."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

from benchmarks.measure import Figure, a_folder, median_s

STARTS: Final = 5
TO_MB: Final = 1024 if sys.platform != "darwin" else 1024 * 1024


def figures() -> Iterator[Figure]:
    with a_folder() as folder:
        start_s = median_s(lambda: started(folder), STARTS)
    yield Figure("start, answer one question, leave", start_s, "s", "on an account that exists")
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / TO_MB
    yield Figure("memory of that process, at most", memory, "MB")
    size, count = installed()
    yield Figure("the program and all that it needs", size / 1e6, "MB", f"{count} packages, without bytecode")


def started(folder: Path) -> None:
    command = [sys.executable, "-m", "bot", "--plain", "--data", str(folder / "account"), "--pace", "1000"]
    said = subprocess.run(command, input="status\nquit\n", capture_output=True, text=True, check=True)  # noqa: S603  # our own command
    assert "PAPER" in said.stdout, said.stdout + said.stderr


def installed() -> tuple[int, int]:
    """Bytes and number of the packages that are installed for the program itself, without its extras."""
    found: dict[str, Distribution] = {}
    wanted = ["parley"]
    while wanted:
        name = wanted.pop()
        try:
            package = distribution(name)
        except PackageNotFoundError:  # for another platform or version of Python
            continue
        if package.name not in found:
            found[package.name] = package
            wanted += [one.name for text in package.requires or () if needed(one := Requirement(text))]
    return sum(size(package) for package in found.values()), len(found)


def needed(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def size(package: Distribution) -> int:
    files = [Path(str(package.locate_file(file))) for file in package.files or () if file.suffix != ".pyc"]
    own = [path for name in ("bot", "skills", "engine", "intents") for path in Path(name).rglob("*") if path.is_file()]
    chosen = own if package.name == "parley" else files
    return sum(path.stat().st_size for path in chosen if path.is_file() and path.suffix != ".pyc")
