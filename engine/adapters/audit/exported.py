"""An exported file checked by itself: its rows, and the seals at its end."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.adapters.audit.keys import Trust
from engine.adapters.audit.report import Finding, Report, broken, judged, unvouched
from engine.core.chain import Link, Row, Seal, read_line, read_seal, unsigned, walk
from engine.core.journal import BadRow
from engine.core.nouns import AccountId

Heads: TypeAlias = set[tuple[AccountId, int]]


@dataclass(slots=True)
class Reading:
    """What was found in a file so far; `firsts` are the numbers of the first row of each account.

    `wanted` are rows whose hashes are kept, for they are signed; `strange` lines are neither row nor checkpoint.
    """

    wanted: Heads
    rows: int = 0
    firsts: dict[AccountId, int] = field(default_factory=dict)
    ends: dict[AccountId, Link] = field(default_factory=dict)
    bad: dict[AccountId, BadRow] = field(default_factory=dict)
    hashes: dict[tuple[AccountId, int], str] = field(default_factory=dict)
    strange: list[Finding] = field(default_factory=list)

    def take(self, account: AccountId, row: Row) -> None:
        """Check one row against the one before it."""
        seq, head = row[0], row[4]
        self.rows += 1
        self.firsts.setdefault(account, seq)
        found = walk(account, (row,), self.ends.get(account, Link(seq - 1, row[3])))
        if isinstance(found, BadRow):
            self.bad.setdefault(account, found)
        self.ends[account] = Link(seq, head)
        if (account, seq) in self.wanted:
            self.hashes[account, seq] = head

    def hash_of(self, account: AccountId, link: Link) -> str | None:
        """The hash of a signed row; rows before the file's first are not for this file to say."""
        outside = link.seq < self.firsts.get(account, link.seq + 1)
        return link.hash if outside else self.hashes.get((account, link.seq))


def check_export(lines: Callable[[], Iterable[str]], trust: Trust) -> Report:
    """Check a file, which is read twice: for its seals, and for its rows. Raises what `lines` raises."""
    seals = [seal for text in lines() if (seal := read_seal(text))]
    reading = read(lines(), signed_rows(seals))
    seen = judged(seals, trust, reading.hash_of)
    alone = unvouched(trust, rows=reading.rows, seals=len(seals))
    return Report(
        ends=reading.ends,
        rows=reading.rows,
        seals=len(seals),
        unsigned=unsigned(reading.ends, seen.reach),
        notes=tuple(notes(reading, seals, trust)),
        found=(*reading.strange, *broken(reading.bad.values()), *seen.found, *alone),
    )


def signed_rows(seals: Iterable[Seal]) -> Heads:
    """The rows that seals name, as far as they can be read."""
    found: Heads = set()
    for seal in seals:
        with suppress(ValueError, TypeError, AttributeError):
            found |= {(account, link.seq) for account, link in seal.links().items()}
    return found


def read(lines: Iterable[str], wanted: Heads) -> Reading:
    reading = Reading(wanted)
    for number, text in enumerate(lines, 1):
        if row := read_line(text):
            reading.take(*row)
        elif not read_seal(text) and not reading.strange:
            reading.strange.append(
                Finding("line", f"line {number} is neither a row nor a checkpoint as it was written")
            )
    return reading


def notes(reading: Reading, seals: Iterable[Seal], trust: Trust) -> Iterator[str]:
    yield trust.note
    for account, first in sorted(reading.firsts.items()):
        if first > 1:
            yield f"begins with row {first} of {account}: what came before is not in this file"
    signed = {account for account, _ in signed_rows(seals)}
    for account in sorted(signed - reading.firsts.keys()):
        yield f"no rows of {account} are in this file"
