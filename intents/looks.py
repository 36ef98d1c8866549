"""The frames of questions, found by their rarest word, and the words by which a question is known for one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from intents.frame import Frame
    from intents.phrases import PhraseTable


class Sought(NamedTuple):
    """A free frame, with its own words, and how much it says to meet it."""

    frame: Frame
    own: frozenset[str]
    weight: float


@dataclass(frozen=True, slots=True)
class Looks:
    """What questions are made of.

    `asking` asks wherever it stands, `opening` at the beginning. `orders` are words by which somebody has something
    done, `meant` ones of what is to come and of why: unless a frame means them, they are no part of a question.
    `small` words of the trade say little about what is asked, `idle` ones nothing; `telling` are those that some frame
    needs. After a `pointing` word stands the thing that is spoken of. By `happened` words
    something is told, not asked. `frames` are the free ones, by each word of that need of theirs which is met least.
    """

    asking: PhraseTable
    opening: frozenset[str]
    orders: frozenset[str]
    small: frozenset[str]
    meant: frozenset[str]
    telling: frozenset[str]
    idle: frozenset[str]
    pointing: frozenset[str]
    happened: frozenset[str]
    frames: Mapping[str, tuple[Sought, ...]]


def read_looks(raw: Mapping[str, Any], asking: PhraseTable, frames: Iterable[Frame]) -> Looks:
    """What the list of a language says of questions, with those of its frames that are free."""
    free = [one for one in frames if one.free]
    common = frozenset(raw.get("words", {}).get("wh", "").split())
    orders = frozenset(raw.get("orders", "").split())
    return Looks(
        asking=asking,
        opening=frozenset(raw.get("opening", "").split()),
        orders=orders,
        small=frozenset(raw.get("small", "").split()),
        meant=frozenset(raw.get("meant", "").split()),
        telling=frozenset(word for one in free for need in one.needs for word in need) - common,
        idle=frozenset(raw.get("idle", "").split()) - orders,
        pointing=frozenset(raw.get("pointing", "").split()),
        happened=frozenset(raw.get("happened", "").split()),
        frames=_indexed(free, common),
    )


def _indexed(frames: list[Frame], common: frozenset[str]) -> dict[str, tuple[Sought, ...]]:
    """Frames by the words of their rarest need."""
    times = Counter(word for frame in frames for need in frame.needs for word in need)
    found: dict[str, list[Sought]] = {}
    for frame in frames:
        rarest = min(frame.needs, key=lambda need: max(times[word] for word in need))
        sought = Sought(frame, frame.own(), _weight(frame, common))
        for word in sorted(rarest):
            found.setdefault(word, []).append(sought)
    return {word: tuple(several) for word, several in found.items()}


def _weight(frame: Frame, common: frozenset[str]) -> float:
    """A need for each, half of one where a mere question word meets it, and a value that must be there."""
    halves = sum(not need.isdisjoint(common) for need in frame.needs)
    return len(frame.needs) - halves / 2 + len(frame.holds)
