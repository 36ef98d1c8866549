"""Help, made from the contract: what can be said, and how we would say what we understood."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from bot.as_said import sentence
from bot.locales import locale_of
from bot.wording import field_name
from engine.core.preferences import FIELDS
from intents.load import Language
from intents.outside import outside
from intents.result import Request
from skills.skill import Say

HIDDEN: Final = frozenset({"dialogue"})
SHOWN: Final = 3
MORE: Final = "outside"
"""The subject of what packages bring."""
SUBJECTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "positions": ("show_positions", "show_pnl", "show_balance", "show_trades", "show_quote", "show_status"),
        "trading": ("set_autonomy", "pause", "stop_everything", "resume", "approve", "reject", "close_position"),
        "orders": ("buy", "sell", "set_stop", "set_take_profit", "show_orders", "cancel_orders", "flatten"),
        "limits": ("explain_decision", "show_limits", "show_stops", "show_decisions", "mark_event"),
        "breakers": ("show_breakers", "trip_breaker", "breaker_drill", "reset_breaker"),
        "preferences": (
            "set_preference",
            "set_risk_tolerance",
            "undo",
            "adjust_preference",
            "toggle_preference",
            "use_preset",
            "reset_preferences",
            "show_preferences",
            "show_history",
        ),
        "watchlist": (
            "watch",
            "exclude",
            "set_asset_classes",
            "show_watchlist",
            "unwatch",
            "clear_watchlist",
            "include",
            "set_style",
        ),
        "notifications": (
            "set_notification",
            "mute",
            "set_quiet_hours",
            "unmute",
            "show_notifications",
            "test_notification",
            "set_address",
            "set_summary_time",
            "set_timezone",
            "set_benchmark",
            "set_language",
        ),
        "strategy": ("show_recommendations", "show_strategies", "set_strategy"),
        "performance": (
            "show_performance",
            "show_chart",
            "show_taxes",
            "show_earnings",
            "show_correlation",
        ),
        "account": (
            "show_reserve",
            "move_reserve",
            "paper_cash",
            "reset_paper_account",
            "set_role",
            "accept_broker",
            "set_account_mode",
            "delete_my_data",
        ),
        "backtest": ("run_backtest", "show_backtest", "suggest_settings"),
    }
)
"""What can be said, by subject, the likeliest first; each subject is a topic that "help with …" understands."""


def help_facts(say: Say, language: Language) -> Say:
    """The answer to "help" with its lines: some of every subject, or all that is about the topic."""
    topic = say.facts.get("topic")
    if topic is None:
        told = {name: _said(SUBJECTS[name], language) for name in SUBJECTS}
        rows = [subject(name, intents, language) for name, intents in told.items() if intents]
        more = outside(language)
        return replace(say, facts={**say.facts, "rows": [*rows, subject(MORE, more, language)] if more else rows})
    found = outside(language) if topic == MORE else SUBJECTS.get(str(topic)) or related(str(topic), language)
    intents = found if topic == MORE else _said(found, language)
    if not intents:
        return Say("help.nothing", {"topic": topic}, ("help",))
    rows = [{"example": language.contract[one].example, "says": language.contract[one].says} for one in intents]
    name = {"subject": Say(f"help.subject.{topic}")} if topic in (*SUBJECTS, MORE) else {"other": topic}
    return replace(say, facts={**say.facts, **name, "rows": rows})


def _said(intents: Sequence[str], language: Language) -> tuple[str, ...]:
    """Those of these intents that can be said in a language."""
    known = language.intents()
    return tuple(one for one in intents if one in known)


def subject(name: str, intents: Sequence[str], language: Language) -> dict[str, Any]:
    """A subject's likeliest sentences, and how many others it has."""
    examples = [f'"{language.contract[intent].example}"' for intent in intents[:SHOWN]]
    return {"subject": Say(f"help.subject.{name}"), "examples": examples, "more": max(0, len(intents) - SHOWN) or None}


def related(topic: str, language: Language) -> tuple[str, ...]:
    """Intents that are about a topic that is no subject of its own."""
    contract = language.contract.items()
    return tuple(name for name, spec in contract if spec.harm not in HIDDEN and about(topic, name, spec.says))


def about(topic: str, intent: str, says: str) -> bool:
    """Whether an intent belongs to a topic: its words share a stem with the intent's name or its line of help."""
    stems = [word[:5] for word in topic.lower().split("_")]
    words = {word[:5] for word in (*intent.split("_"), *says.lower().replace(",", " ").split())}
    return any(stem in words for stem in stems)


def reading(request: Request, language: Language) -> str | None:
    """A request as one would say it: its intent in plain words and the values that were heard."""
    if request.intent not in language.contract:
        return None
    if called := language.contract[request.intent].called:
        return f"{called}{values(request.slots, locale_of(language.tongue).words)}"
    if (said := sentence(request)) is not None:
        return said
    name = request.intent.removeprefix("show_").replace("_", " ")
    verb = "show " if request.intent.startswith("show_") else ""
    return f"{verb}{name}{values(request.slots)}"


def values(slots: Mapping[str, Any], worded: Callable[[str], str] = str) -> str:
    """Slot values in the order of the contract, as words."""
    shown = [worded(word(value)) for value in slots.values() if value is not None]
    return ": " + ", ".join(shown) if shown else ""


def word(value: Any) -> str:  # noqa: ANN401  # slots are of any kind
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return " and ".join(word(one) for one in value)
    if isinstance(value, str) and value in FIELDS:
        return field_name(value)
    return str(value).replace("_", " ")
