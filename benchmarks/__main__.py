"""All figures in one run, as medians with what they are held against; arguments name the parts to run."""

import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from benchmarks import committing, deciding, fleet, parsing, replaying, starting, talking, verifying
from benchmarks.measure import Figure, told

PARTS: Final[Mapping[str, Callable[[], Iterator[Figure]]]] = {
    "starting": starting.figures,  # first: the memory of children is counted over all there were
    "parsing": parsing.figures,
    "talking": talking.figures,
    "deciding": deciding.figures,
    "committing": committing.figures,
    "fleet": fleet.figures,
    "replaying": replaying.figures,
    "verifying": verifying.figures,
}


def main(wanted: list[str]) -> int:
    """Run the parts and print their figures; 2 for a part that there is not."""
    strange = [name for name in wanted if name not in PARTS]
    if strange:
        sys.stderr.write(f"{strange[0]} is not measured; there are {', '.join(PARTS)}\n")
        return 2
    sys.stdout.write(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores\n")
    for name, figures in PARTS.items():
        for figure in figures() if not wanted or name in wanted else ():
            told(figure)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
