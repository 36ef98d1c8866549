"""What may be answered where a piece is missing and few answers are possible: from the contract's slot types."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from intents.context import Question
from intents.load import FIRST
from intents.parser import parse
from intents.slots import STRICT

if TYPE_CHECKING:
    from intents.context import Context
    from intents.language import Language
    from intents.result import Parsed, Request

FEW: Final = 6


def answers(parsed: Parsed, context: Context, language: Language) -> tuple[str, ...]:
    """Words for each value of the first missing piece, each understood as that; none where it has more than FEW."""
    if not parsed.missing or len(parsed.candidates) != 1:
        return ()
    (request,), name = parsed.candidates, parsed.missing[0]
    said = _said(request, name, context, language)
    if len(said) > FEW:
        return ()
    asked = replace(context, question=Question(parsed.missing, parsed.candidates))
    found = (next((one for one in words if _fills(one, value, asked, language)), None) for value, words in said.items())
    return tuple(one for one in found if one is not None)


def _said(request: Request, name: str, context: Context, language: Language) -> dict[Any, list[str]]:
    """How each value is said, plainest first."""
    slot = language.contract[request.intent].slots.get(name)
    if slot is None:
        return {}
    if slot.type == "strategy" and context.strategies:
        return {one: [_plain(one)] for one in context.strategies}
    spec = language.fields.get(str(request.slots.get("field"))) if slot.type == "value" else None
    kinds = {slot.type, slot.type.removesuffix("es")}  # a list is answered with one of its values
    said: dict[Any, list[str]] = {}
    for words, (kind, value) in language.lists.choices.items():
        if value in spec.choices if spec else kind in kinds and value not in STRICT:
            said.setdefault(value, []).append(" ".join(words))
    first = language.tongue == FIRST  # elsewhere the list itself begins with the plainest
    return {value: sorted(words, key=lambda one: first and one != _plain(value)) for value, words in said.items()}


def _plain(value: Any) -> str:  # noqa: ANN401 - a word, or whether something is on
    return {True: "on", False: "off"}.get(value, str(value).replace("_", " "))


def _fills(words: str, value: Any, asked: Context, language: Language) -> bool:  # noqa: ANN401 - any slot value
    """Whether these words, said now, put that value where it is missing."""
    question = asked.question
    if question is None:
        return False
    parsed = parse(words, asked, language)
    made = (*parsed.requests, *parsed.candidates)
    target, name = question.candidates[0], question.missing[0]
    return len(made) == 1 and made[0].intent == target.intent and made[0].slots.get(name) in (value, [value])
