"""Messages that lean on the one before: a missing piece, a correction, the same for something else, yes and no."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from intents.context import settled
from intents.numbers import Quantity
from intents.result import Request
from intents.slots import Gap, fill, lacking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from intents.context import Context
    from intents.language import IntentSpec
    from intents.load import Language
    from intents.match import Reading
    from intents.slots import Outcome

AGAIN: Final = frozenset(
    {"watch", "unwatch", "close_position", "approve", "reject", "exclude", "include", "mute", "unmute"}
)  # "and Uber too"
LAST: Final = -1  # of a choice, however many there are
LISTING: Final = "show_recommendations"


def follow_up(found: Sequence[Reading], context: Context, language: Language) -> list[Outcome]:
    """What follow-up readings mean after the last turn; nothing if they lean on nothing."""
    outcomes: list[Outcome] = []
    for reading in found:
        said = {**reading.template.fixed, **dict(reading.values)}
        made = _FORMS[reading.template.intent](said, context, language)
        if made is not None:
            outcomes.append(made)
    return outcomes


def _answer(values: Mapping[str, Any], context: Context, language: Language) -> Outcome | None:
    """A slot we asked for, put into the half-filled request."""
    question = context.question
    if question is None or not question.missing or not question.candidates:
        return None
    target = question.candidates[0]
    wanted = _named_for(values, target, language)
    if wanted is None or not set(wanted) & set(question.missing):
        return None
    return _merged(target, wanted, language)


def _correction(values: Mapping[str, Any], context: Context, language: Language) -> Outcome | None:
    """Another value for what was just said."""
    target = context.held[-1] if context.held else context.last
    if context.question is not None and context.question.missing and context.question.candidates:
        target = context.question.candidates[0]
    if target is None:
        return None
    wanted = _named_for(values, target, language)
    made = None if wanted is None else _merged(target, wanted, language)
    return replace(made, corrects=True) if isinstance(made, Request) else made


def _again(values: Mapping[str, Any], context: Context, language: Language) -> Outcome | None:
    """The same request for something else."""
    target = context.last
    if target is None or (language.contract[target.intent].harm != "look" and target.intent not in AGAIN):
        return None
    wanted = _named_for(values, target, language)
    return None if wanted is None else _merged(target, wanted, language)


def _taken(values: Mapping[str, Any], context: Context, language: Language) -> Outcome | None:
    """One of the companies that were recommended lately, by its number in the list: bought, or explained."""
    listed = context.last is not None and context.last.intent == LISTING
    if not listed and not context.listed and not (context.question is not None and context.question.lists):
        return None if context.question is not None and context.question.offers else Gap("no_list")
    if "about" in values:
        return _explained(values, context, language)
    return Gap("one_pick") if "other" in values else fill("pick", values, language)


def _explained(values: Mapping[str, Any], context: Context, language: Language) -> Outcome:
    """Why a company stands where it does in the list."""
    number = fill("pick", {"number": values["number"]}, language)
    if isinstance(number, Gap) or not 1 <= number.slots["number"] <= len(context.listed):
        return number
    return Request("explain_decision", {"about": "last", "ticker": context.listed[number.slots["number"] - 1]})


def _named_for(values: Mapping[str, Any], target: Request, language: Language) -> dict[str, Any] | None:
    """The values under the names that the target gives its slots; None if it has no such slot."""
    spec = language.contract[target.intent]
    if any(not _clear(name, value, target, spec) for name, value in values.items()):
        return None
    slots, called = spec.slots, {"pieces": "shares"}
    named = {
        ("ticker" if name == "tickers" and "ticker" in slots else called.get(name, name)): value
        for name, value in values.items()
    }
    return named if named and all(name in slots for name in named) else None


def _clear(name: str, value: Any, target: Request, spec: IntentSpec) -> bool:  # noqa: ANN401 - any slot value
    """Whether a number without unit stands for that slot: for the one that was said, for the first where none was."""
    if name not in spec.one_of or not isinstance(value, Quantity) or value.unit is not None:
        return True
    return name == next((one for one in spec.one_of if one in target.slots), spec.one_of[0])


def _merged(target: Request, wanted: Mapping[str, Any], language: Language) -> Outcome:
    amount, either = "value" in wanted or "by" in wanted, set(language.contract[target.intent].one_of)
    gone = ({"unit"} if amount else set()) | (either if either & set(wanted) else set())
    slots = {name: value for name, value in target.slots.items() if name not in gone}
    return fill(target.intent, {**slots, **wanted}, language)


_FORMS: Final = {"_answer": _answer, "_correct": _correction, "_also": _again, "_take": _taken}


def chosen(text: str, context: Context) -> int | None:
    """The choice that a bare number makes among readings just offered; None where nothing is offered under it."""
    offered = context.question.candidates if context.question else ()
    if context.question is not None and context.question.missing and len(offered) < 2:
        return None
    digits = text.strip().rstrip(".)")
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) == 1 else 0
    return number if 1 <= number <= len(offered) else None


def _half(request: Request, context: Context, language: Language) -> Gap | None:
    """What to ask where a reading is chosen that lacks a piece; None where it lacks none, or where none is chosen."""
    taken = settled(context, request)
    missing = lacking(taken, language) if taken is not None else ()
    return Gap("missing", missing, (taken,)) if taken is not None and missing else None


def opened(request: Request, context: Context, language: Language) -> Outcome:
    """A bare yes only where something is open; in a fresh conversation the caller says that nothing is.

    To a missing piece, or to several readings, a yes is no answer: that is asked again.
    """
    question = context.question
    if request.intent == "pick" and request.slots["number"] == LAST:
        offered = context.choices()
        return replace(request, slots={**request.slots, "number": len(offered)}) if offered else Gap("nothing_open")
    if (taken := _half(request, context, language)) is not None:
        return taken
    if request.intent != "confirm" or context.fresh() or context.held:
        return request
    if question is None or not question.candidates:
        return Gap("nothing_open")
    if question.missing:
        return Gap("missing", question.missing, question.candidates)
    several = len(question.candidates) > 1 and not question.lists
    return Gap("two_readings", (), question.candidates) if several else request
