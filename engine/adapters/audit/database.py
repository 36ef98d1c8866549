"""A database's trail held against its file of checkpoints and, where there are some, their copies elsewhere."""

import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from engine.adapters.audit import seals
from engine.adapters.audit.keys import Trust
from engine.adapters.audit.report import Finding, HashOf, Report, broken, judged, unvouched, witnesses, wrong_ends
from engine.core.chain import Seal, Trail, read_seal, unsigned

PATIENCE: Final = 20
WAIT_S: Final = 0.1

Lines = Sequence[str] | None


class Beside(NamedTuple):
    """What stands beside a database: its file of checkpoints before and after the database was read, and copies."""

    before: Lines
    after: Lines
    copies: Sequence[str] = ()


def following(path: Path, table: int) -> Lines:
    """The file of checkpoints once it has caught up with a table of so many, which may be one ahead for a moment."""
    found = seals.read(path)
    for _ in range(PATIENCE):
        if len(found or ()) != table - 1:
            break
        time.sleep(WAIT_S)
        found = seals.read(path)
    return found


def check_database(trail: Trail, beside: Beside, trust: Trust, hash_of: HashOf) -> Report:
    """Chains, their ends, both witnesses of the checkpoints, and every checkpoint there is."""
    table = [seal.line for seal in trail.seals]
    everywhere = dict.fromkeys([*trail.seals, *read(beside.after or ()), *read(beside.copies)])
    seen = judged(everywhere, trust, hash_of)
    rows = sum(trail.rows.values())
    found = (
        *broken(trail.bad),
        *wrong_ends(trail.stands, trail.ends),
        *witnesses(table, beside.before, beside.after),
        *strange(beside.copies),
        *seen.found,
        *unvouched(trust, rows=rows, seals=len(everywhere)),
    )
    return Report(
        ends=trail.ends,
        rows=rows,
        seals=len(everywhere),
        unsigned=unsigned(trail.ends, seen.reach),
        notes=notes(trust, bool(everywhere)),
        found=found,
    )


def notes(trust: Trust, any_seal: bool) -> tuple[str, ...]:  # noqa: FBT001  # an answer, not a switch
    return (trust.note,) if any_seal else ("nothing is signed yet: chains alone show no cut end",)


def read(lines: Iterable[str]) -> Iterator[Seal]:
    return (seal for text in lines if (seal := read_seal(text)))


def strange(copies: Iterable[str]) -> Iterator[Finding]:
    many = sum(1 for text in copies if not read_seal(text))
    if many:
        yield Finding("copies", f"{many} lines among the copies are no checkpoints as they were written")
