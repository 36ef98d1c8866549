"""Rows of what people say and what it must be understood as, read from files: each is whole, or is named."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import yaml

from intents.context import Context

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

STATUSES: Final = frozenset({"ok", "clarify", "unknown"})
SAID: Final = frozenset({"t", "turns"})
EXPECTED: Final = frozenset({"i", "st", "all", "any"})
KEYS: Final = SAID | EXPECTED | {"s", "not"}
SCENE: Final = ("now", "tz")


class BadRows(Exception):
    """Rows that cannot be read: which file, which row, and what is wrong with it."""


def read_rows(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Scene and rows of a file of the yardstick's form; raises BadRows."""
    raw = _yaml(path)
    if not isinstance(raw, dict) or not isinstance(raw.get("rows"), list):
        raise BadRows(f"{path}: must have a scene (now, tz, …) and a list of rows under `rows:`")
    scene = {key: value for key, value in raw.items() if key != "rows"}
    try:
        context_of(scene)
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise BadRows(f"{path}: the scene cannot be used: {_plainly(error)}") from None
    return scene, _checked(path, raw["rows"])


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows of an intent's own file; one without an expectation means the intent that the file is named for."""
    raw = _yaml(path)
    if not isinstance(raw, list):
        raise BadRows(f"{path}: must be a list of rows")
    intended = [{"i": path.stem, "s": {}, **row} if _bare(row) else row for row in raw]
    return _checked(path, intended)


def rows_in(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of every intent that has a file in a folder; raises BadRows."""
    if not folder.is_dir():
        raise BadRows(f"{folder}: there is no such folder of rows")
    return {path.stem: rows_of(path) for path in sorted(folder.glob("[!_]*.yaml"))}


def context_of(scene: Mapping[str, Any]) -> Context:
    """The context that a scene describes; raises KeyError, TypeError, ValueError or OSError for one that is none."""
    now = datetime.fromisoformat(scene["now"])
    if now.tzinfo is None:
        raise ValueError(f"now has no offset: {scene['now']}")
    return Context(
        now=now,
        tz=ZoneInfo(scene["tz"]).key,
        watchlist=tuple(scene.get("watchlist", ())),
        positions=tuple(scene.get("positions", ())),
    )


def _yaml(path: Path) -> Any:  # noqa: ANN401  # whatever the file holds
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except FileNotFoundError:
        raise BadRows(f"{path}: there is no such file") from None
    except (OSError, ValueError) as error:
        raise BadRows(f"{path}: cannot be read: {_plainly(error)}") from None
    except yaml.YAMLError as error:
        raise BadRows(f"{path}: is not YAML: {_plainly(error)}") from None


def _plainly(error: Exception) -> str:
    """An error in one line."""
    if isinstance(error, KeyError):
        return f"it has no {error.args[0]}" if error.args[0] in SCENE else str(error.args[0])
    return " ".join(str(error).split())


def _bare(row: object) -> bool:
    return isinstance(row, dict) and row.keys().isdisjoint(EXPECTED)


def _checked(path: Path, rows: list[Any]) -> list[dict[str, Any]]:
    for number, row in enumerate(rows, 1):
        for wrong in _wrong(row):
            raise BadRows(f"{path}: row {number}: {wrong}: {row}")
    return rows


def _wrong(row: object) -> Iterator[str]:
    """What is wrong with a row; nothing for a sound one."""
    if not isinstance(row, dict):
        yield "is no mapping such as {t: text, i: intent, s: {slot: value}}"
        return
    yield from (f"{key} is not a part of a row" for key in row if key not in KEYS)
    if len(SAID & row.keys()) != 1:
        yield "needs either t or turns"
    turns = row.get("turns", [row.get("t")])
    if not (isinstance(turns, list) and turns and all(isinstance(turn, str) for turn in turns)):
        yield "t must be a text, turns a list of texts"
    if not _names(row.get("not", [])):
        yield "not must be a list of intents"
    yield from _wrong_expectation(row, EXPECTED)


def _wrong_expectation(one: object, allowed: frozenset[str]) -> Iterator[str]:
    if not isinstance(one, dict):
        yield f"expects {one!r}, which is no mapping"
        return
    kinds = EXPECTED & one.keys()
    if len(kinds) != 1 or not kinds <= allowed:
        yield f"must expect exactly one of {', '.join(sorted(allowed))}"
        return
    (kind,) = kinds
    if kind in {"all", "any"}:
        yield from _wrong_several(kind, one[kind])
    elif kind == "st" and one["st"] not in STATUSES:
        yield f"st must be one of {', '.join(sorted(STATUSES))}"
    elif kind == "i" and not isinstance(one["i"], str):
        yield "i must be the name of an intent"
    if "s" in one and (kind != "i" or not isinstance(one["s"], dict)):
        yield "s must be the slots of an intent"


def _wrong_several(kind: str, several: object) -> Iterator[str]:
    allowed = frozenset({"i"}) if kind == "all" else EXPECTED - {"any"}
    if not isinstance(several, list) or not several:
        yield f"{kind} must be a list of expectations"
        return
    for one in several:
        yield from _wrong_expectation(one, allowed)


def _names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
