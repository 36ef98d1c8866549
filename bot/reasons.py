"""Why something was left alone or moved, in words: codes become the phrase that belongs to them."""

from collections.abc import Mapping
from typing import Any, Final

from bot.phrases import Phrases

STOP_MOVED: Final = "push.stop_moved"
DEGRADED: Final = frozenset({"push.engine_degraded", "push.engine_recovered"})


def reasoned(key: str, facts: Mapping[str, Any], phrases: Phrases) -> dict[str, Any]:
    """The facts of an announcement, with its reasons in words; a broker's own stay as they are."""
    if key in DEGRADED:
        return {**facts, "why": ailment(str(facts.get("why", "")), phrases)}
    family = "stop_word" if key == STOP_MOVED else "skip_word"

    def worded(row: Mapping[str, Any]) -> dict[str, Any]:
        code = row.get("reason")
        return dict(row) if code is None else {**row, "reason": words(f"{family}.{code}", code, phrases)}

    told = worded(facts)
    return {**told, "rows": [worded(row) for row in told["rows"]]} if told.get("rows") else told


def ailment(why: str, phrases: Phrases) -> str:
    """What is wrong with the engine: a code in words, what stands in words already as it is."""
    key = f"ailment.{why}"
    return phrases.say(key).text if key in phrases else why


def words(key: str, code: str, phrases: Phrases) -> str:
    return phrases.say(key).text if key in phrases else code.replace("_", " ")
