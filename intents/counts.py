"""Amounts, periods and instants in a message: where one may begin, and every one that does."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, Final

from intents.hours import clocks_at
from intents.numbers import Quantity, quantity_at
from intents.past import as_of_at
from intents.periods import period_at
from intents.times import duration_at, instant_at, iso, span_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intents.language import Language
    from intents.normalise import Token
    from intents.times import Clock

REACH: Final = 7  # words from the first of an amount, a period or an instant to the last that makes it one
Edge = tuple[int, str, Any]  # end, slot type, value


def counted(tokens: Sequence[Token], language: Language) -> list[int]:
    """The places where an amount, a period or an instant may begin: one of their words stands there or soon after."""
    makes = [token.kind != "word" or token.text in language.counting for token in tokens]
    return [
        at
        for at, token in enumerate(tokens)
        if (token.kind != "word" or token.text in language.openers) and any(makes[at : at + REACH])
    ]


def counts_at(tokens: Sequence[Token], at: int, language: Language, owner: Clock) -> list[Edge]:
    """Amounts, periods and instants, where a word stands that they begin with."""
    lists, edges = language.lists, list[Edge]()
    found = quantity_at(tokens, at, lists.numbers)
    if found is not None:
        edges.extend((found[0], kind, found[1]) for kind in _kinds(found[1]))
    period = period_at(tokens, at, lists.times, lists.periods, owner.now.date())
    if period is not None:
        edges.append((period[0], "period", period[1]))
    edges.extend((end, "clock", time) for end, time in clocks_at(tokens, at, lists.times))
    since = as_of_at(tokens, at, lists.times, owner.of_people)
    if since is not None:
        edges.append((since[0], "as_of", since[1]))
    return edges + _times_at(tokens, at, language, owner)


def _kinds(quantity: Quantity) -> tuple[str, ...]:
    if quantity.unit is None:
        return ("value", "number", "amount")
    if quantity.unit in {"percent", "part"}:
        return ("value", "percent", "fraction")
    return ("value", quantity.unit, *(("amount",) if quantity.unit == "dollars" else ()))


def _times_at(tokens: Sequence[Token], at: int, language: Language, owner: Clock) -> list[Edge]:
    words, text, edges = language.lists.times, tokens[at].text, list[Edge]()
    if text == "until" and at + 1 < len(tokens):
        until = instant_at(tokens, at + 1, words, owner)
        return [(until[0], "until", until[1])] if until else []
    skip = at + (text in {"for", "in"})
    skip += skip < len(tokens) and tokens[skip].text == "the"
    skip += skip < len(tokens) and tokens[skip].text == "next"
    length = duration_at(tokens, skip, words) if skip < len(tokens) else None
    if length is not None:
        kind = "until" if text in {"for", "the", "next"} else "length"
        edges.append((length[0], kind, _later(owner, length[1])))
        if skip == at:
            edges.extend((length[0], kind, Quantity(length[1], "seconds")) for kind in ("value", "lasting"))
    span = span_at(tokens, at, owner)
    if span is not None:
        edges.append((span[0], "span", span[1]))
        if tokens[span[0] - 1].text == "week":
            edges.append((span[0], "week", span[1]))
    instant = instant_at(tokens, at, words, owner)
    if instant is not None:
        kinds = ("instant", "until") if text in {"for", "the"} else ("instant",)
        edges.extend((instant[0], kind, instant[1]) for kind in kinds)
    return edges


def _later(owner: Clock, seconds: float) -> str:
    """Seconds from now, counted on the clock of the world, told on the owner's."""
    return iso((owner.now.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(owner.now.tzinfo))
