"""From a reading to a request: canonical slot values, or the gap that must be asked about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from intents.conditions import conditioned, without_noise
from intents.entities import Company
from intents.language import IT, IT_IF
from intents.numbers import Quantity
from intents.result import Request
from intents.times import OPEN_END
from intents.units import IN_UNIT, WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from intents.load import FieldSpec, Language
    from intents.match import Reading

DOUBTED: Final = 0.9  # confidence where a name was repaired
YESES: Final = frozenset({"approve", "confirm"})  # act at once: never on a word that is doubted
OFFERED: Final = 3  # candidates shown at most
CENTS: Final = 2  # decimals of a percent or a dollar
NOISE: Final = 1e-12  # of arithmetic
SINGLE: Final = frozenset({"ticker", "scope"})  # slots of one ticker
STRICT: Final = frozenset({"tighter", "looser"})
OTHER: Final = {"up": "down", "down": "up"}


@dataclass(frozen=True, slots=True)
class Gap:
    """Why a reading cannot be handed on yet, what to ask for, and what it would be."""

    why: str
    missing: tuple[str, ...] = ()
    candidates: tuple[Request, ...] = ()


Outcome = Request | Gap


def settle(reading: Reading, language: Language, antecedent: tuple[str, ...] = ()) -> Outcome:
    """The request of a reading; `antecedent` is what `it` stands for."""
    slots = {**reading.template.fixed, **joined(reading.values)}
    intent, companies = reading.template.intent, reading.companies()
    doubted = any(one.slip or (one.small and intent in YESES) for one in companies)
    return fill(intent, slots, language, antecedent, DOUBTED if doubted else 1.0)


def joined(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Values by slot; lists that were said in two places are one, else the last holds."""
    slots = dict[str, Any]()
    for name, value in values:
        known = slots.get(name)
        slots[name] = (*known, *value) if isinstance(known, tuple) and isinstance(value, tuple) else value
    return slots


def fill(
    intent: str,
    said: Mapping[str, Any],
    language: Language,
    antecedent: tuple[str, ...] = (),
    confidence: float = 1.0,
) -> Outcome:
    """The request of an intent with raw slot values, checked against the contract."""
    slots, gaps, said = dict[str, Any](), dict[str, Gap](), conditioned(said)
    kinds = {name: slot.type for name, slot in language.contract[intent].slots.items()}
    for name, raw in said.items():
        value = _value(name, kinds.get(name, name), raw, antecedent)
        if isinstance(value, Gap):
            gaps[name] = value
        elif value is not OPEN_END:
            slots[name] = value
    for name, gap in gaps.items():
        return _singled(_asked(intent, slots, name, gap, confidence), language)
    slots = _single(intent, slots, language)
    for name in SINGLE & slots.keys():
        if isinstance(slots[name], list):
            return Gap("one_only", (name,))
    if "field" in slots and intent in _FIELDED:
        return _FIELDED[intent](slots, language, confidence)
    return _complete(intent, slots, language, confidence)


def _single(intent: str, slots: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """The slots with a lone company where the intent takes one alone."""
    one = "ticker" if slots.get("tickers") and "ticker" in language.contract[intent].slots else "tickers"
    named = {one if name == "tickers" else name: value for name, value in slots.items()}
    listed = ((name, named[name]) for name in SINGLE & named.keys())
    lone = {name: value[0] for name, value in listed if isinstance(value, list) and len(value) == 1}
    return {**named, **lone}


def _singled(gap: Gap, language: Language) -> Gap:
    """The gap whose candidates name one company where no more can be meant."""
    made = (replace(one, slots=_single(one.intent, one.slots, language)) for one in gap.candidates)
    return replace(gap, candidates=tuple(made))


def _asked(intent: str, slots: dict[str, Any], name: str, gap: Gap, confidence: float) -> Gap:
    """A gap with the requests it may stand for."""
    slots = _fielded(slots)
    if not gap.candidates:
        return Gap(gap.why, gap.missing or (name,), (Request(intent, slots, confidence),))
    made = tuple(Request(intent, {**slots, **one.slots}, confidence) for one in gap.candidates)
    return Gap(gap.why, (name,), made[:OFFERED])


def _fielded(slots: Mapping[str, Any]) -> dict[str, Any]:
    """The slots without numbers of which the field, and so the unit, is not known yet."""
    return {name: value for name, value in slots.items() if not isinstance(value, Quantity)}


def _complete(intent: str, slots: dict[str, Any], language: Language, confidence: float) -> Outcome:
    spec, request = language.contract[intent], Request(intent, _fielded(slots), confidence)
    missing = lacking(request, language)
    unknown = [name for name in slots if name not in spec.slots]
    if "until" in unknown:
        return Gap("until_not_supported", (), (Request(intent, _without(slots, *unknown), confidence),))
    if unknown:
        return Gap("not_served", (), (Request(intent, _without(slots, *unknown), confidence),))
    return Gap("missing", missing, (request,)) if missing else request


def lacking(request: Request, language: Language) -> tuple[str, ...]:
    """The pieces without which a request cannot be handed on."""
    spec = language.contract[request.intent]
    missing = tuple(name for name, slot in spec.slots.items() if slot.required and name not in request.slots)
    return missing + (() if set(spec.one_of) & set(request.slots) else spec.one_of)


def _without(slots: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in slots.items() if name not in names}


def _value(name: str, kind: str, raw: Any, antecedent: tuple[str, ...]) -> Any:  # noqa: ANN401 - any slot value
    if raw == IT_IF:
        return list(antecedent) if len(antecedent) == 1 else OPEN_END
    if raw == IT:
        return list(antecedent) if antecedent else Gap("missing")
    if isinstance(raw, tuple) and raw:
        return _tickers(name, raw) if isinstance(raw[0], Company) else sorted(set(raw))
    if isinstance(raw, str) and raw.startswith("?"):
        return Gap(raw[1:])
    if isinstance(raw, Quantity):
        return _number(name, kind, raw)
    return raw


def _tickers(name: str, companies: tuple[Company, ...]) -> list[str] | Gap:
    if any(len(one.tickers) > 1 for one in companies):
        several = product(*(one.tickers[:OFFERED] for one in companies))
        made = [Request("", {name: sorted(set(tickers))}) for tickers, _ in zip(several, range(OFFERED), strict=False)]
        return Gap("ambiguous_name", (name,), tuple(made))
    return sorted({one.tickers[0] for one in companies})


def _number(name: str, kind: str, quantity: Quantity) -> Any:  # noqa: ANN401 - a Quantity until its field is known
    if quantity.odd:
        return Gap(quantity.odd, (name,))
    if kind == "value":
        return quantity
    if kind in _SAID:
        return _SAID[kind](name, quantity)
    whole = quantity.value == int(quantity.value) and quantity.value >= 1 and quantity.unit is None
    return int(quantity.value) if whole else Gap("wrong_unit" if quantity.unit else "whole_number", (name,))


def _amount(name: str, quantity: Quantity) -> float | int | Gap:
    if quantity.unit not in {"dollars", None}:
        return Gap("wrong_unit", (name,))
    return Gap("too_fine", (name,)) if _fine(quantity.value, CENTS) else without_noise(quantity.value)


def _of_price(name: str, quantity: Quantity) -> float | int | Gap:
    """A distance from a price in percent."""
    if quantity.unit != "percent" or quantity.value <= 0:
        return Gap("wrong_unit", (name,))
    return Gap("too_fine", (name,)) if _fine(quantity.value, CENTS) else without_noise(quantity.value)


def _fine(value: float, decimals: int) -> bool:
    """Whether a number has more decimals than would be shown again."""
    return abs(round(value, decimals) - value) > NOISE * max(1.0, abs(value))


def _fraction(_name: str, quantity: Quantity) -> float | Gap:
    share = quantity.value / 100 if quantity.unit == "percent" else quantity.value
    return round(share, 10) if quantity.unit in {"percent", "part"} and 0 < share <= 1 else Gap("wrong_unit")


_SAID: Final[Mapping[str, Callable[[str, Quantity], float | int | Gap]]] = {
    "fraction": _fraction,
    "amount": _amount,
    "percent": _of_price,
}
"""Slot types of numbers that are not whole."""


def _preference(slots: dict[str, Any], language: Language, confidence: float) -> Outcome:
    spec = language.fields[slots["field"]]
    until = {"until": slots["until"]} if "until" in slots else {}
    named = {"field": spec.path, **until}
    if "value" not in slots:
        return Gap("missing", ("value",), (Request("set_preference", named, confidence),))
    value = field_value(spec, slots["value"])
    if isinstance(value, Gap):
        return Gap(value.why, ("value",), (Request("set_preference", named, confidence),))
    unit = {"unit": spec.unit} if spec.unit else {}
    return _complete("set_preference", {"field": spec.path, "value": value, **unit, **until}, language, confidence)


def _adjustment(slots: dict[str, Any], language: Language, confidence: float) -> Outcome:
    """Some way up or down: stricter and looser are told apart by the field, an amount is in the field's own unit."""
    spec, made = language.fields[slots["field"]], {**slots}
    direction = slots.get("direction")
    if direction in STRICT:
        if spec.tighter is None:
            return Gap("missing", ("direction",), (Request("adjust_preference", {"field": spec.path}, confidence),))
        made["direction"] = spec.tighter if direction == "tighter" else OTHER[spec.tighter]
    if "by" in slots:
        value = field_value(spec, slots["by"])
        part = isinstance(slots["by"], Quantity) and slots["by"].unit == "part"
        if isinstance(value, Gap) or value is None or part:
            asked = Request("adjust_preference", _without(made, "by", "unit"), confidence)
            return Gap(value.why if isinstance(value, Gap) else "wrong_unit", ("by",), (asked,))
        made |= {"by": value, **({"unit": spec.unit} if spec.unit else {})}
    return _complete("adjust_preference", made, language, confidence)


def _category(slots: dict[str, Any], language: Language, confidence: float) -> Outcome:
    """One setting is shown among those of its category."""
    shown = {**_without(slots, "field"), "category": str(slots["field"]).partition(".")[0]}
    return _complete("show_preferences", shown, language, confidence)


def _limits(slots: dict[str, Any], language: Language, confidence: float) -> Outcome:
    """The distance to one limit is shown among those to all."""
    return _complete("show_limits", _without(slots, "field"), language, confidence)


_FIELDED: Final[Mapping[str, Callable[[dict[str, Any], Language, float], Outcome]]] = {
    "set_preference": _preference,
    "adjust_preference": _adjustment,
    "show_preferences": _category,
    "show_limits": _limits,
}


def field_value(spec: FieldSpec, raw: Any) -> Any:  # noqa: ANN401 - number, choice, list of choices or None
    """A value in its field's own unit; a gap when the unit is another, or the value none of its choices."""
    if raw is None:
        return None if spec.none else Gap("none_not_allowed")
    if isinstance(raw, list):
        return raw if spec.several and spec.choices.issuperset(raw) else Gap("wrong_unit")
    if not isinstance(raw, Quantity):
        return raw if raw in spec.choices else Gap("wrong_unit")
    value = None if spec.choices else IN_UNIT[spec.unit](raw)
    if value is None:
        return Gap("whole_number" if _broken(spec, raw) else "wrong_unit")
    return Gap("too_fine") if _fine(value, CENTS if spec.unit else CENTS + 2) else without_noise(value)


def _broken(spec: FieldSpec, said: Quantity) -> bool:
    """Whether a count, or a length in whole units, was said with a fraction."""
    return said.unit in WHOLE.get(spec.unit, ()) and not spec.choices
