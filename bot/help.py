"""Help, made from the contract: what can be said, and how we would say what we understood."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from intents.load import Language
from intents.result import Request
from skills.skill import Say

HIDDEN: Final = frozenset({"dialogue"})


def help_facts(say: Say, language: Language) -> Say:
    """The answer to "help" with its lines: every intent's example, or those that are about the topic."""
    topic = say.facts.get("topic")
    rows = [
        {"example": spec.example, "says": spec.says}
        for intent, spec in language.contract.items()
        if spec.harm not in HIDDEN and (topic is None or about(str(topic), intent, spec.says))
    ]
    if topic is not None and not rows:
        return Say("help.nothing", {"topic": topic}, ("help",))
    return replace(say, facts={**say.facts, "rows": rows})


def about(topic: str, intent: str, says: str) -> bool:
    """Whether an intent belongs to a topic: its words share a stem with the intent's name or its line of help."""
    stems = [word[:5] for word in topic.lower().split("_")]
    words = {word[:5] for word in (*intent.split("_"), *says.lower().replace(",", " ").split())}
    return any(stem in words for stem in stems)


def reading(request: Request, language: Language) -> str | None:
    """A request as one would say it: its intent in plain words and the values that were heard."""
    if request.intent not in language.contract:
        return None
    name = request.intent.removeprefix("show_").replace("_", " ")
    verb = "show " if request.intent.startswith("show_") else ""
    return f"{verb}{name}{values(request.slots)}"


def values(slots: Mapping[str, Any]) -> str:
    """Slot values in the order of the contract, as words."""
    shown = [word(value) for value in slots.values() if value is not None]
    return ": " + ", ".join(shown) if shown else ""


def word(value: Any) -> str:  # noqa: ANN401  # slots are of any kind
    if isinstance(value, list | tuple):
        return " and ".join(word(one) for one in value)
    if isinstance(value, str) and "." in value and value.split(".")[0] in ("trading", "risk"):
        return value.split(".")[1].replace("_pct", "").replace("_", " ")
    return str(value).replace("_", " ")
