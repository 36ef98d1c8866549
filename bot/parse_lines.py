"""`parley parse`: what messages are understood as, one JSON object a line, without engine or database."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from intents.context import Context, follow
from intents.load import Language, load_language
from intents.parser import parse
from intents.result import Parsed, as_json

ZONE: Final = "America/New_York"


class BadScene(Exception):
    """A time, zone or list of tickers that cannot be read; the text says which."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What is given beside a message, as it came: `now` in ISO 8601, a zone's name, tickers with commas or listed."""

    now: str | None = None
    tz: str | None = None
    watchlist: str | list[str] | None = None
    positions: str | list[str] | None = None

    def over(self, given: Mapping[str, Any]) -> "Scene":
        """This scene with what a line gives in its place."""
        known = ("now", "tz", "watchlist", "positions")
        return replace(self, **{name: given[name] for name in known if given.get(name) is not None})

    def context(self) -> Context:
        """Raises BadScene."""
        zone = _zone(self.tz or ZONE)
        return Context(
            now=_instant(self.now, zone),
            tz=zone.key,
            watchlist=_tickers("watchlist", self.watchlist),
            positions=_tickers("positions", self.positions),
        )


def parse_all(scene: Scene, texts: Iterable[str] | None, *, jsonl: bool) -> None:
    """Print the reading of each text, or of each line of standard input where there is none; raises BadScene."""
    scene.context()
    for line in texts if texts is not None else _lines():
        answer = _line(line, scene) if jsonl else _reading([line], scene)
        print(json.dumps(answer, ensure_ascii=not sys.stdout.isatty()), flush=True)  # noqa: T201  # a command's output


def _lines() -> Iterator[str]:
    for line in sys.stdin.buffer if sys.stdin is not None else ():
        yield line.decode(errors="replace").rstrip("\r\n")


def _line(line: str, scene: Scene) -> dict[str, Any]:
    """One line of JSON, or of plain text; what cannot be read becomes an `error`, and the next line goes on."""
    if not line.lstrip().startswith("{"):
        return _reading([line], scene)
    try:
        given = json.loads(line)
        return _reading(_turns(given), scene.over(given))
    except (ValueError, RecursionError) as error:
        return {"error": f"not JSON that can be read: {error}"}
    except BadScene as error:
        return {"error": str(error)}


def _turns(given: Mapping[str, Any]) -> list[str]:
    turns = given.get("turns", [given.get("text")])
    if not (isinstance(turns, list) and turns and all(isinstance(turn, str) for turn in turns)):
        raise BadScene("needs a text, or turns: a list of texts")
    return turns


def _reading(turns: list[str], scene: Scene) -> dict[str, Any]:
    """The reading of the last turn, with those before it as its context."""
    language = _language()
    context = scene.context()
    for turn in turns[:-1]:
        context = follow(context, parse(turn, context, language), language)
    parsed = parse(turns[-1], context, language)
    return {**as_json(parsed), "said": _said(parsed)}


def _language() -> Language:
    """The language with what packages bring to it; itself where only the language is installed."""
    try:
        from bot.packages import installed  # noqa: PLC0415
    except ImportError:
        return load_language()
    return installed().language


def _said(parsed: Parsed) -> str:
    """What we would answer; nothing where only the language is installed."""
    try:
        from bot.answers import said  # noqa: PLC0415
    except ImportError:
        return ""
    answer: str = said(parsed)
    return answer


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (KeyError, OSError, ValueError):
        raise BadScene(f"tz must be a time zone such as {ZONE}, not {name!r}") from None


def _instant(text: object, zone: ZoneInfo) -> datetime:
    """Now where nothing is given; a time without an offset is meant in the zone."""
    if text is None:
        return datetime.now(UTC).astimezone(zone)
    try:
        when = datetime.fromisoformat(str(text))
    except ValueError:
        raise BadScene(f"now must be a time such as 2026-03-04T10:00:00-05:00, not {text!r}") from None
    return when if when.tzinfo else when.replace(tzinfo=zone)


def _tickers(name: str, given: object) -> tuple[str, ...]:
    listed = given.split(",") if isinstance(given, str) else given or []
    if not (isinstance(listed, list) and all(isinstance(one, str) for one in listed)):
        raise BadScene(f"{name} must be tickers such as AAPL,KO, not {given!r}")
    return tuple(one.strip().upper() for one in listed if one.strip())
