"""Amounts in words and digits: 2%, two and a half percent, $1,200.50, twelve hundred, 5k, a dozen, half."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from intents.normalise import Token

GROUPED: Final = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
PLAIN: Final = re.compile(r"\d*\.?\d+")
FOREIGN: Final = re.compile(r"[\u2030\u2031\u00b0\u00a2-\u00a5\u20a0-\u20bf]")  # per mille, degrees, other currencies
LEADING: Final = frozenset({"a", "half", "one", "point", "three"})  # begin amounts: a dozen, point five
SCALES: Final = {"k": 1_000.0, "m": 1_000_000.0, "bn": 1_000_000_000.0}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with the unit it was said with: percent, dollars, part (of the whole), or None for a bare number.

    `odd` is a code when the number must be asked back: a decimal comma, a sign, a range.
    """

    value: float
    unit: str | None = None
    odd: str | None = None


@dataclass(frozen=True)
class NumberWords:
    """The words of a language for numbers, from its lists."""

    small: Mapping[str, float]  # one … nineteen, twenty, thirty …
    scales: Mapping[str, float]  # hundred, thousand … trillion
    parts: Mapping[str, float]  # half, quarter, third, tenth
    units: Mapping[str, str]  # word after a number → unit
    fixed: Mapping[str, float]  # dozen
    approx: frozenset[str]  # about, roughly
    ordinals: Mapping[str, int]
    between: frozenset[str]  # what a range begins with
    upto: frozenset[str]  # … and what then stands before its end
    ranging: frozenset[str]  # words between two numbers that make one unclear

    @cached_property
    def firsts(self) -> frozenset[str]:
        """Every word that a number may begin with."""
        return self.counts() | LEADING

    def counts(self) -> frozenset[str]:
        """Every word that is a number by itself."""
        return frozenset((*self.small, *self.scales, *self.parts, *self.fixed))


def quantity_at(tokens: Sequence[Token], at: int, words: NumberWords) -> tuple[int, Quantity] | None:
    """The longest amount that starts at `at`, with the place after it."""
    start = at
    while at < len(tokens) and tokens[at].text in words.approx:
        at += 1
    found = _between(tokens, at, words) or _amount(tokens, at, words)
    return None if found is None or (start == at == len(tokens)) else found


def _between(tokens: Sequence[Token], at: int, words: NumberWords) -> tuple[int, Quantity] | None:
    """A range, `between 2 and 3 percent`: understood, and odd."""
    if at >= len(tokens) or tokens[at].text not in words.between:
        return None
    low = _amount(tokens, at + 1, words)
    if low is None or low[0] >= len(tokens) or tokens[low[0]].text not in words.upto:
        return None
    high = _amount(tokens, low[0] + 1, words)
    return None if high is None else (high[0], Quantity(high[1].value, high[1].unit, "range"))


def _amount(tokens: Sequence[Token], at: int, words: NumberWords) -> tuple[int, Quantity] | None:
    found = _number(tokens, at, words)
    if found is None:
        return None
    end, value, unit, odd = found
    if end < len(tokens) and (tokens[end].before in {"-", "–"} or tokens[end].text in words.ranging):
        upper = _number(tokens, end + (tokens[end].text in words.ranging), words)
        if upper is not None:
            end, value, unit, odd = upper[0], upper[1], upper[2] or unit, "range"
    if tokens[end - 1].text == "grand" or tokens[end - 1].text[-1:] == "k":
        unit = unit or "dollars"
    end, unit = _unit(tokens, end, unit, words)
    return end, Quantity(value, unit, odd)


def _unit(tokens: Sequence[Token], end: int, unit: str | None, words: NumberWords) -> tuple[int, str | None]:
    if unit == "part":
        end, said = _unit(tokens, end, None, words)
        return (end, said) if said else (end, "part")
    if unit is not None:
        return (end + 1, unit) if end < len(tokens) and words.units.get(tokens[end].text) == unit else (end, unit)
    for length in (3, 2, 1):  # "of one percent", "a percent", "percent"
        said = " ".join(token.text for token in tokens[end : end + length])
        if end + length <= len(tokens) and said in words.units:
            return end + length, words.units[said]
    return end, None


def _number(tokens: Sequence[Token], at: int, words: NumberWords) -> tuple[int, float, str | None, str | None] | None:
    """End, value, unit if the number carries one ($, %, a part of the whole), and what is odd."""
    if at >= len(tokens):
        return None
    if tokens[at].kind == "number":
        return _digits(tokens, at, words)
    if tokens[at].text not in words.firsts:
        return None
    half = _half_of(tokens, at, words)
    if half is not None:
        return (*half, None, None)
    part = _part(tokens, at, words)
    if part is not None:
        return (*part, "part", None)
    spoken = _spoken(tokens, at, words)
    return None if spoken is None else (*spoken, None, None)


def _half_of(tokens: Sequence[Token], at: int, words: NumberWords) -> tuple[int, float] | None:
    """Half a dozen, half a million."""
    texts = [token.text for token in tokens[at : at + 3]]
    if texts[0] != "half":
        return None
    whole = {**words.scales, **words.fixed}
    return (at + 3, whole[texts[2]] / 2) if texts[1:2] == ["a"] and texts[-1] in whole else None


def _digits(tokens: Sequence[Token], at: int, words: NumberWords) -> tuple[int, float, str | None, str | None] | None:
    text = tokens[at].text
    body = FOREIGN.sub("", text).lstrip("-+−$").rstrip("%$")
    unit = "dollars" if "$" in text else "percent" if text.endswith("%") else None
    suffix = next((one for one in ("bn", "k", "m") if body.endswith(one)), "")
    body = body.removesuffix(suffix)
    plain = body.replace(",", "")
    if not PLAIN.fullmatch(plain) or ("," in body and not GROUPED.fullmatch(body)):
        return at + 1, 0.0, unit, "ambiguous_number"
    end, value = _scaled(tokens, at + 1, float(plain) * SCALES.get(suffix, 1.0), words)
    end, value = _and_part(tokens, end, value, words)
    return end, value, unit, _odd(text)


def _odd(text: str) -> str | None:
    """What is odd about a number in digits: a sign, or a mark that is neither a percent nor a dollar."""
    if FOREIGN.search(text):
        return "wrong_unit"
    return "negative_number" if text[0] in "-−" else None


def _scaled(tokens: Sequence[Token], at: int, value: float, words: NumberWords) -> tuple[int, float]:
    while at < len(tokens) and tokens[at].text in words.scales:
        value *= words.scales[tokens[at].text]
        at += 1
    return at, value


def _and_part(tokens: Sequence[Token], at: int, value: float, words: NumberWords) -> tuple[int, float]:
    """`… and a half`, `… and three quarters`."""
    said = [token.text for token in tokens[at : at + 3]]
    if len(said) == 3 and said[0] == "and":
        if said[1] in {"a", "one"} and said[2] in words.parts:
            return at + 3, value + words.parts[said[2]]
        if said[1:] == ["three", "quarters"]:
            return at + 3, value + 0.75
    return at, value


def _spoken(tokens: Sequence[Token], at: int, words: NumberWords) -> tuple[int, float] | None:
    text = tokens[at].text
    after = tokens[at + 1].text if at + 1 < len(tokens) else ""
    if text in {"a", "one"} and after in words.fixed:
        return at + 2, words.fixed[after]
    if text == "a" and after in words.units:
        return at + 1, 1.0
    if text in words.fixed:
        return at + 1, words.fixed[text]
    if text == "point":
        end, value = _pointed(tokens, at, 0.0, words)
        return None if end == at else (end, value)
    return None if text == "a" and after not in words.scales else _dozens(_cardinal(tokens, at, words), tokens, words)


def _dozens(found: tuple[int, float] | None, tokens: Sequence[Token], words: NumberWords) -> tuple[int, float] | None:
    """Two dozen: a number of a fixed quantity."""
    if found is None or found[0] >= len(tokens) or tokens[found[0]].text not in words.fixed:
        return found
    return found[0] + 1, found[1] * words.fixed[tokens[found[0]].text]


def _part(tokens: Sequence[Token], at: int, words: NumberWords) -> tuple[int, float] | None:
    """Half, a quarter, three quarters; a quarter of a year is not meant here."""
    texts = [token.text for token in tokens[at : at + 2]] + ["", ""]
    if texts[0] == "half":
        return at + 1, 0.5
    if texts[0] in {"a", "one"} and texts[1] in words.parts:
        return at + 2, words.parts[texts[1]]
    if texts[:2] == ["three", "quarters"]:
        return at + 2, 0.75
    return None


def _cardinal(tokens: Sequence[Token], at: int, words: NumberWords) -> tuple[int, float] | None:
    total, group, end = (0.0, 1.0, at + 1) if tokens[at].text == "a" else (0.0, 0.0, at)
    while end < len(tokens):
        text = tokens[end].text
        if text in words.small and _fits(group, words.small[text]):
            group += words.small[text]
        elif text in words.scales and (group or end == at):
            group = (group or 1.0) * words.scales[text]
            total, group = (total + group, 0.0) if words.scales[text] >= 1_000 else (total, group)
        elif not _joins(tokens, end, at, words):
            break
        end += 1
    if end == at:
        return None
    end, value = _pointed(tokens, end, total + group, words)
    return _and_part(tokens, end, value, words)


def _fits(group: float, small: float) -> bool:
    """Whether a word may go on a number: twenty two, hundred five; never five six."""
    below = group % 100
    return below == 0 or (below >= 20 and below % 10 == 0 and small < 10 and below != 0)


def _joins(tokens: Sequence[Token], end: int, at: int, words: NumberWords) -> bool:
    """`one hundred and twenty`: an `and` between a scale and a smaller number."""
    if tokens[end].text != "and" or end == at or end + 1 >= len(tokens):
        return False
    return tokens[end - 1].text in words.scales and tokens[end + 1].text in words.small


def _pointed(tokens: Sequence[Token], at: int, value: float, words: NumberWords) -> tuple[int, float]:
    """`… point seven five`."""
    if at >= len(tokens) or tokens[at].text != "point":
        return at, value
    digits = ""
    end = at + 1
    while end < len(tokens) and words.small.get(tokens[end].text, 99.0) < 10:
        digits += str(int(words.small[tokens[end].text]))
        end += 1
    return (end, value + float(f"0.{digits}")) if digits else (at, value)
