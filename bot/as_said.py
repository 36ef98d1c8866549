"""A request as a sentence that one could say, with its units: "set max position to 20%"."""

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from bot.phrases import PhraseError, Phrases
from engine.core.preferences import valued
from intents.result import Request

DOLLARS: Final = frozenset({"dollars", "price", "amount", "cash"})
TURNING: Final = frozenset({"toggle_preference", "set_strategy"})


@cache
def _phrases() -> Phrases:
    return Phrases.load()


def sentence(request: Request) -> str | None:
    """How one would say it; None for an intent, or for slots, that no sentence is written for."""
    keyed = KEYS.get(request.intent)
    key = keyed(request.slots) if keyed else f"reading.{request.intent}"
    facts = {name: _fact(name, value, request.slots) for name, value in request.slots.items()}
    try:
        said = _phrases().say(key, facts).text if key in _phrases() else None
    except PhraseError:  # a piece is missing: only its name and what there is of it can be said
        return None
    shown = _phrases().phrase(key).entry["text"] if said is not None else ""
    return said if all(f"{{{name}" in shown for name in facts if name not in HIDDEN) else None


def _fact(name: str, value: Any, slots: Mapping[str, Any]) -> Any:  # noqa: ANN401  # slots are of any kind
    if name in {"value", "by"} and "field" in slots:
        return valued(str(slots["field"]), value)
    if name in DOLLARS or name == "percent":
        return {"value": value, "unit": "percent" if name == "percent" else "dollars"}
    return value


def _quiet(slots: Mapping[str, Any]) -> str:
    return "reading.set_quiet_hours" if "from" in slots else "reading.set_quiet_hours.off"


def _turned(slots: Mapping[str, Any]) -> str:
    return f"reading.{'toggle_preference' if 'field' in slots else 'set_strategy'}.{'on' if slots.get('on') else 'off'}"


def _way(slots: Mapping[str, Any]) -> str:
    return f"reading.adjust_preference.{slots.get('direction', 'up')}"


HIDDEN: Final = frozenset({"unit", "on", "direction"})
KEYS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = MappingProxyType(
    {
        "set_quiet_hours": _quiet,
        "adjust_preference": _way,
        **dict.fromkeys(TURNING, _turned),
    }
)
"""Intents of which there is more than one sentence."""
