"""A chain as it is stored: rows checked by the text of their columns, and the seals that are put on their heads."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Final, NamedTuple, TypeAlias

from engine.core.journal import BadRow, canonical
from engine.core.nouns import AccountId

COLUMNS: Final = ("seq", "at", "body", "previous", "hash", "actor", "channel", "kind", "path", "old", "new", "reason")
"""A row's columns in the order of `Row`; all but `seq`, `at`, `body` and the hashes are much the same in many rows."""

Row: TypeAlias = tuple[
    int, str, str, str, str, str, str, str, str | None, str | None, str | None, str | None
]  # as in COLUMNS; the body is canonical JSON
Parts: TypeAlias = tuple[str, str, str, str]
Same: TypeAlias = tuple[str, str, str, str | None, str | None, str | None, str | None]

KEPT: Final = 4_096


class Link(NamedTuple):
    """A place in a chain, to which the next row is bound: the last row's number and hash."""

    seq: int = 0
    hash: str = ""


START: Final = Link()


def quoted(text: str | None) -> str:
    """JSON's text of a string or of null, as `canonical` writes it."""
    return "null" if text is None else encode_basestring(text)


class Frames(dict[Same, Parts]):
    """The texts between the changing columns of one account's rows, made once for all rows that share them."""

    def __init__(self, account: AccountId) -> None:
        super().__init__()
        self._account = quoted(account)

    def __missing__(self, same: Same) -> Parts:
        actor, channel, kind, path, old, new, reason = map(quoted, same)
        if len(self) >= KEPT:
            self.clear()
        self[same] = parts = (
            f'{{"account":{self._account},"actor":{actor},"at":"',
            f',"channel":{channel}',
            f',"kind":{kind},"new":{new},"old":{old},"path":{path},"previous":"',
            f'","reason":{reason},"seq":',
        )
        return parts


def line(frames: Frames, row: Row) -> str:
    """The canonical text of a whole row with its hash, as it is exported; `at` is in ISO 8601."""
    seq, at, body, previous, found, actor, spoken, what, *setting = row
    path, old, new, reason = setting
    begins, channel, kind, ends = frames[actor, spoken, what, path, old, new, reason]
    return f'{begins}{at}","body":{body}{channel},"hash":{quoted(found)}{kind}{previous}{ends}{seq}}}'


def as_it_is(at: str) -> str:
    return at


def walk(
    account: AccountId, rows: Iterable[Row], since: Link = START, instant: Callable[[str], str] = as_it_is
) -> Link | BadRow:
    """Check rows that follow `since`, in order: the place where they end, or the first that does not hold.

    `instant` makes ISO 8601 of the text in the column `at`.
    """
    frames = Frames(account)
    seq, head = since
    try:
        for number, at, body, previous, found, actor, channel, kind, path, old, new, reason in rows:
            seq += 1
            if number != seq:
                return BadRow(account, seq, f"row {seq} is missing, {number} stands in its place")
            if previous != head:
                return BadRow(account, seq, "not bound to the row before")
            one, two, three, four = frames[actor, channel, kind, path, old, new, reason]
            text = f'{one}{instant(at)}","body":{body}{two}{three}{previous}{four}{seq}}}'
            head = sha256(text.encode()).hexdigest()
            if head != found:
                return BadRow(account, seq, "contents do not match their hash")
    except (TypeError, ValueError, IndexError):
        return BadRow(account, seq, "a column holds what is no text")
    return Link(seq, head)


class Seal(NamedTuple):
    """A signed checkpoint as text: `at` in ISO 8601, `heads` as canonical JSON, public key and signature in hex."""

    at: str
    heads: str
    key: str
    signature: str

    @property
    def signed(self) -> str:
        """What the signature is over."""
        return f'{{"at":{quoted(self.at)},"heads":{self.heads}}}'

    @property
    def line(self) -> str:
        """The whole of it as one line of JSON."""
        return f'{self.signed[:-1]},"key":{quoted(self.key)},"signature":{quoted(self.signature)}}}'

    def links(self) -> dict[AccountId, Link]:
        """Where each chain stood; raises ValueError where the heads are no such JSON."""
        return {account: Link(seq, head) for account, (seq, head) in json.loads(self.heads).items()}


@dataclass(frozen=True, slots=True)
class Trail:
    """What a database holds of the trail, at one instant.

    `stands` is what each account says of its journal's end, `ends` the ends themselves, `rows` how many there are,
    `bad` the first bad row of each chain that does not hold, `seals` the table of checkpoints, oldest first.
    """

    stands: Mapping[AccountId, Link]
    ends: Mapping[AccountId, Link]
    rows: Mapping[AccountId, int]
    bad: tuple[BadRow, ...]
    seals: tuple[Seal, ...]


def read_seal(text: str) -> Seal | None:
    """The seal that was written as this line; None for any other text."""
    try:
        held = json.loads(text)
        seal = Seal(held["at"], canonical(held["heads"]), held["key"], held["signature"])
        same = seal.line == text
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return seal if same else None


def read_line(text: str) -> tuple[AccountId, Row] | None:
    """Account and row that were exported as this line; None for any other text."""
    try:
        held = json.loads(text)
        account, body = held["account"], canonical(held["body"])
        row: Row = tuple(body if name == "body" else held[name] for name in COLUMNS)  # type: ignore[assignment]
        same = type(row[0]) is int and line(Frames(account), row) == text
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return (account, row) if same else None


def unsigned(ends: Mapping[AccountId, Link], signed: Mapping[AccountId, int]) -> int:
    """How many rows came after those that a seal covers."""
    return sum(max(0, end.seq - signed.get(account, 0)) for account, end in ends.items())
