"""How values are written in other languages: marks of numbers, and the words that units are written with."""

import re
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

FILE: Final = Path(__file__).with_name("locales.yaml")
NUMBER: Final = re.compile(r"(\$?)(?<![\w.:])(\d[\d,]*(?:\.\d+)?)(%?)(?![\d:])")
DATE: Final = re.compile(r"\b(\d{1,2}) (?=(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b)")
MARKS: Final = str.maketrans(",.", ".,")
AS_THEY_ARE: Final = frozenset({"", "said", "ticker", "company", "line", "bar", "written", "account", "zone"})
"""Units of names and of words of somebody's own."""
NUMBERED: Final = frozenset({"count", "number", "money", "signed", "price", "dollars", "pct", "signed_pct", "percent"})
"""Units without words but those that the phrase itself gives."""


class Forms(NamedTuple):
    """A value as the first language writes and says it."""

    text: Callable[[], str]
    speech: Callable[[], str]


class Locale:
    """What a language does with values that are written in the first one: 1,234.56 with its own marks and words."""

    def __init__(self, entries: Mapping[str, Any]) -> None:
        self._dollars, self._percent = entries["dollars"], entries["percent"]
        self._words: Mapping[str, str] = entries["words"]
        self._symbols: Mapping[str, str] = entries["symbols"]

    @cached_property
    def _worded(self) -> re.Pattern[str]:
        known = sorted(self._words, key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, known))})(?!\w)")

    @cached_property
    def _symbol(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, self._symbols)))

    def said(self, unit: str, form: str, forms: Forms) -> str:
        """A value in one of its forms."""
        if unit in AS_THEY_ARE:
            text = forms.text()
            if not unit and (text[:1].isdigit() or text in self._words):
                return self._words.get(text) or self.numbers(text)
            return forms.speech() if form == "speech" else text
        text = self.numbers(DATE.sub(r"\1. ", forms.text()))
        text = text if unit in NUMBERED else self.words(text)
        return self.plain(text) if form == "speech" else text

    def numbers(self, text: str) -> str:
        """Numbers with the marks of this language."""
        return NUMBER.sub(self._number, text)

    def words(self, text: str) -> str:
        """Words that values are written with, in this language."""
        return self._worded.sub(lambda found: self._words[found[0]], text)

    def plain(self, text: str) -> str:
        """Written words as one would say them."""
        return self._symbol.sub(lambda found: self._symbols[found[0]], text)

    def _number(self, found: re.Match[str]) -> str:
        dollar, digits, percent = found.groups()
        number = digits.translate(MARKS)
        number = self._dollars.format(number) if dollar else number
        return self._percent.format(number) if percent else number


@cache
def locale_of(code: str) -> Locale:
    """How a language writes; raises KeyError for one that is not among them."""
    entries = yaml.load(FILE.read_bytes(), Loader=yaml.CSafeLoader)
    return Locale(entries[code])
