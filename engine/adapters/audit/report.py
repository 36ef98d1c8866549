"""Does the trail hold? Chains, the ends that accounts know of, and seals, each a witness of the others."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

from engine.adapters.audit.keys import Trust, signed
from engine.core.chain import START, Link, Seal
from engine.core.journal import BadRow
from engine.core.nouns import AccountId

HashOf: TypeAlias = Callable[[AccountId, Link], str | None]
"""The hash on the row of that account and number, None where there is no such row.

Who cannot look at rows of that account or number answers with the link's own.
"""


class Finding(NamedTuple):
    """One thing that does not hold: `code` is stable, the sentence says what and where.

    `account` and `seq` name the first row that is not as it was; None where it is not about a row.
    """

    code: str
    sentence: str
    account: AccountId | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was looked at and what is wrong with it. `unsigned` rows came after the newest seal that holds."""

    ends: Mapping[AccountId, Link]
    rows: int
    seals: int
    unsigned: int
    notes: tuple[str, ...] = ()
    found: tuple[Finding, ...] = ()

    @property
    def sound(self) -> bool:
        return not self.found

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "ok": self.sound,
            "accounts": {account: end._asdict() for account, end in sorted(self.ends.items())},
            "rows": self.rows,
            "checkpoints": self.seals,
            "unsigned": self.unsigned,
            "notes": list(self.notes),
            "findings": [one._asdict() for one in self.found],
        }

    def as_text(self) -> str:
        """For people: what was looked at, notes, a line a finding, and what to do."""
        ends = [f"{account}: row {end.seq}, {end.hash}" for account, end in sorted(self.ends.items())]
        counts = f"rows: {self.rows}, checkpoints: {self.seals}, rows not signed yet: {self.unsigned}"
        found = [f"{one.code}: {one.sentence}" for one in self.found]
        return "\n".join([*ends, counts, *self.notes, *found, "sound" if self.sound else WHAT_TO_DO])


WHAT_TO_DO: Final = (
    "NOT SOUND: stop the engine, copy its folder as it is, and compare it with an export, a backup or the copies "
    "of checkpoints that you keep elsewhere"
)


def broken(bad: Iterable[BadRow]) -> Iterator[Finding]:
    for one in bad:
        yield Finding("chain", f"row {one.seq} of {one.account}: {one.what}", one.account, one.seq)


def wrong_ends(stands: Mapping[AccountId, Link], ends: Mapping[AccountId, Link]) -> Iterator[Finding]:
    """Where the journal ends elsewhere than its account says."""
    for account in sorted(stands.keys() | ends.keys()):
        end = ends.get(account, START)
        if account not in stands:
            yield Finding("end", f"{end.seq} rows are of {account}, but there is no such account", account, 1)
        elif stands[account].seq != end.seq:
            first = min(stands[account].seq, end.seq) + 1
            sentence = f"the journal of {account} ends with row {end.seq}, its account stands at {stands[account].seq}"
            yield Finding("end", sentence, account, first)
        elif stands[account] != end:
            yield Finding("end", f"row {end.seq} of {account} is not the one its account knows", account, end.seq)


def witnesses(table: Sequence[str], before: Sequence[str] | None, after: Sequence[str] | None) -> Iterator[Finding]:
    """Where the table and the file of checkpoints differ; the file was read before and after the table.

    The file follows the table: what was written meanwhile is in the later reading, and never only in the file.
    """
    if after is None and table:
        yield Finding("checkpoints_file", f"checkpoints.jsonl is missing, the database has {len(table)} checkpoints")
        return
    earlier, later = before or (), after or ()
    differs = next((n for n, (one, other) in enumerate(zip(table, later, strict=False), 1) if one != other), None)
    if differs is not None:
        yield Finding("checkpoints_differ", f"checkpoint {differs} is not the same in database and checkpoints.jsonl")
    elif len(table) < len(earlier):
        many = f"{len(table)} checkpoints, checkpoints.jsonl {len(earlier)}"
        yield Finding("checkpoints_table", f"the database has {many}: the newest were taken out of it")
    elif len(later) < len(table):
        many = f"{len(later)} checkpoints, the database {len(table)}"
        crash = "; a process killed at that moment leaves it so, and the next start completes it"
        more = crash if len(table) - len(later) == 1 else ": it was cut"
        yield Finding("checkpoints_file", f"checkpoints.jsonl has {many}{more}")


class Judged(NamedTuple):
    """What seals say: findings, and up to which row of each account seals that hold reach."""

    found: tuple[Finding, ...]
    reach: Mapping[AccountId, int]


def judged(seals: Iterable[Seal], trust: Trust, hash_of: HashOf) -> Judged:
    """Check every seal by its signature and by the rows it names; the first of each kind of fault is told."""
    found: dict[tuple[str, AccountId | None], Finding] = {}
    reach: dict[AccountId, int] = {}
    for seal in seals:
        faults = list(faults_of(seal, trust, hash_of))
        for fault in faults:
            found.setdefault((fault.code, fault.account), fault)
        if not faults:
            for account, link in seal.links().items():
                reach[account] = max(link.seq, reach.get(account, 0))
    return Judged(tuple(found.values()), reach)


def faults_of(seal: Seal, trust: Trust, hash_of: HashOf) -> Iterator[Finding]:
    name = f"the checkpoint of {seal.at}"
    if not signed(seal):
        yield Finding("signature", f"{name} is not as it was signed")
        return
    if trust.keys and seal.key not in trust.keys:
        yield Finding("key", f"{name} is signed by another key than yours: {seal.key}")
        return
    for account, link in seal.links().items():
        there = hash_of(account, link)
        if there is None:
            sentence = f"{name} signs row {link.seq} of {account}, which is gone"
            yield Finding("signed_row_missing", sentence, account, link.seq)
        elif there != link.hash:
            sentence = f"{name} signs another row {link.seq} of {account} than the one that is there"
            yield Finding("signed_row_differs", sentence, account, link.seq)


def unvouched(trust: Trust, *, rows: int, seals: int) -> Iterator[Finding]:
    """Where there is a key, what it should have signed is missed."""
    if trust.keys and rows and not seals:
        yield Finding("nothing_signed", "there is a key, but no checkpoint: they were taken away")
