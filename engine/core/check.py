"""What a gate answers."""

from typing import Final, NamedTuple


class Check(NamedTuple):
    """What a gate found: whether it lets pass, the value it met and the limit it held against it."""

    passed: bool
    value: float | str | None = None
    limit: float | str | None = None


PASSED: Final = Check(passed=True)
FAILED: Final = Check(passed=False)
