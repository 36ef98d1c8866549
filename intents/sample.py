"""Sentences drawn from templates, for checks and tests: words as written, slots with plausible values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from intents.grammar import Alt, Leaf

if TYPE_CHECKING:
    from random import Random

    from intents.grammar import Node
    from intents.load import Language

VALUES: Final[dict[str, tuple[str, ...]]] = {
    "tickers": ("apple", "tesla and amd", "NVDA", "intel, visa and coke"),
    "tickers_it": ("apple", "NVDA and KO", "bank of america"),
    "ticker": ("tesla", "$AMD", "microsoft"),
    "period": ("today", "last week", "since march 2nd", "over the last 5 days"),
    "until": ("until tomorrow at 10am", "for two hours", "until the close", "until further notice"),
    "week": ("this week",),
    "instant": ("tomorrow at 10am", "friday at noon"),
    "length": ("two hours", "half an hour"),
    "number": ("2", "three", "a dozen"),
    "ordinal": ("first", "2nd"),
    "fraction": ("half", "25%"),
    "percent": ("5%", "two and a half percent"),
    "dollars": ("$1,200.50", "5k", "two thousand dollars"),
    "count": ("7", "twelve"),
    "share": ("0.8", "75%"),
    "seconds": ("90", "two minutes"),
    "minutes": ("10", "half an hour"),
    "days": ("14", "two weeks"),
    "amount": ("$5,000", "ten thousand dollars", "2500"),
    "benchmark": ("SPY", "the nasdaq", "dow jones"),
    "clock": ("6 pm", "18:00", "noon"),
    "timezone": ("berlin", "new york", "pacific", "Asia/Tokyo"),
    "person": ("anna", "bela"),
    "firstname": ("Anna", "ben"),
    "span": ("today", "this week"),
    "as_of": ("on monday", "yesterday", "two hours ago"),
    "sectors": ("energy", "tech and banks", "oil, pharma and utilities"),
    "asset_classes": ("etfs", "options and futures"),
    "order_types": ("limit orders", "market and limit orders"),
    "events": ("stop hit alerts", "heartbeats and recommendations", "daily summaries"),
    "channels": ("email", "text and push"),
    "address": ("anna@example.com", "+1 555 123 4567"),
    "lasting": ("60 minutes", "two hours"),
    "sources": ("polygon", "polygon and yahoo finance"),
}
CHOSEN: Final = {
    "trading.universe": "universe",
    "trading.order_types": "order_type",
    "market_data.preferred_sources": "source",
    "trading.settlement": "settlement",
    "notifications.verbosity": "verbosity",
}  # choice fields → slot type of their values


def sentence(number: int, language: Language, random: Random) -> str:
    """A sentence that a template stands for, drawn by `random`."""
    template, tree = language.templates[number], language.trees[number]
    field = str(template.fixed.get("field", ""))
    kind = re.search(r"\{field(?::(\w+))?\}", template.text)
    if kind is not None:
        wanted = kind.group(1) or "field"
        named = {path for _, path in language.lists.fields.items()}
        field = random.choice(sorted(path for path in named if wanted in language.fields[path].kinds))
    return " ".join(_words(tree, field, language, random))


def _words(node: Node, field: str, language: Language, random: Random) -> list[str]:
    if isinstance(node, Leaf):
        return [_value(node.label, field, language, random)]
    if isinstance(node, Alt):
        return _words(random.choice(node.parts), field, language, random)
    return [word for part in node.parts for word in _words(part, field, language, random)]


def _value(label: str, field: str, language: Language, random: Random) -> str:
    """A word as it is, or a value for a slot label."""
    if label[0] != "{":
        return label
    kind = label[1:-1].split(":")[1]
    if kind in {"field", "setting", "switch", "choice", "gauge", "limit", "shown"}:
        return random.choice(language.lists.fields.saying(field))
    if kind == "value":
        return _amount(field, language, random)
    said = values_of(kind, language) or language.lists.choices.of_kind(kind)
    return random.choice(said)


def _amount(field: str, language: Language, random: Random) -> str:
    """A value in the unit of the field that is meant."""
    spec = language.fields.get(field)
    if spec is None:
        return random.choice(values_of("percent", language))
    if spec.choices:
        return random.choice(language.lists.choices.of_kind(CHOSEN[field]))
    return random.choice(values_of(spec.unit or "share", language))


def values_of(kind: str, language: Language) -> tuple[str, ...]:
    """How values of a slot type are said; none where they are a closed list."""
    return language.lists.samples.get(kind) or VALUES.get(kind, ())
