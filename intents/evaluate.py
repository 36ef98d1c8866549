"""How well rows of what people say are understood: exact, offered, half, miss, wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from intents.context import follow
from intents.parser import parse
from intents.rows import context_of, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from intents.context import Context
    from intents.load import Language
    from intents.result import Parsed, Request

Score = Literal["exact", "offered", "half", "miss", "wrong"]
HARMLESS: Final = frozenset({"explain_decision", "help", "greet", "thank", "deny", "cancel", "repeat"})


@dataclass(frozen=True, slots=True)
class Judged:
    """A row with what came out of it and how that scores."""

    row: Mapping[str, Any]
    parsed: Parsed
    score: Score


def hear(row: Mapping[str, Any], context: Context, language: Language) -> Parsed:
    """The reading of a row: of its last turn, with the earlier ones as context."""
    turns = row.get("turns") or [row["t"]]
    for turn in turns[:-1]:
        context = follow(context, parse(turn, context, language), language)
    return parse(turns[-1], context, language)


def judge(row: Mapping[str, Any], parsed: Parsed) -> Score:
    """How a reading scores against what its row expects."""
    expected = list(_expected(row))
    if any(_right(one, parsed) for one in expected):
        return "exact"
    if _wrong(row, expected, parsed):
        return "wrong"
    statuses = {one["st"] for one in expected if "st" in one}
    if statuses and parsed.status != "ok":
        return "half"
    offered = any("i" in one and _same(one, candidate) for one in expected for candidate in parsed.candidates[:3])
    return "offered" if parsed.status == "clarify" and offered else "miss"


def _expected(row: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    either: Iterable[Mapping[str, Any]] = row.get("any", [row])
    return either


def _right(one: Mapping[str, Any], parsed: Parsed) -> bool:
    if "st" in one:
        return bool(parsed.status == one["st"])
    wanted = one.get("all") or [one]
    return (
        parsed.status == "ok"
        and len(wanted) == len(parsed.requests)
        and all(_same(want, request) for want, request in zip(wanted, parsed.requests, strict=True))
    )


def _wrong(row: Mapping[str, Any], expected: Sequence[Mapping[str, Any]], parsed: Parsed) -> bool:
    wanted = [want for one in expected for want in (one.get("all") or [one]) if "i" in want]
    for request in parsed.requests:
        if request.intent in row.get("not", ()):
            return True
        if changes(request.intent) and not any(_same(want, request) for want in wanted):
            return True
    return False


def changes(intent: str) -> bool:
    """Whether an intent changes something, by the rules of the yardstick."""
    return not intent.startswith("show_") and intent not in HARMLESS


def _same(want: Mapping[str, Any], request: Request) -> bool:
    return bool(want["i"] == request.intent) and _plain(want.get("s", {})) == _plain(request.slots)


def _plain(slots: Mapping[str, Any]) -> dict[str, Any]:
    """Slots with lists sorted and numbers as numbers."""
    return {name: _value(value.casefold() if name == "person" else value) for name, value in slots.items()}


def _value(value: Any) -> Any:  # noqa: ANN401 - any slot value
    if isinstance(value, list | tuple):
        return sorted(value)
    return round(float(value), 9) if isinstance(value, int | float) and not isinstance(value, bool) else value


def judged(path: Path, language: Language) -> Iterator[Judged]:
    """Every row of a file, judged."""
    scene, rows = read_rows(path)
    context = context_of(scene)
    for row in rows:
        parsed = hear(row, context, language)
        yield Judged(row, parsed, judge(row, parsed))
