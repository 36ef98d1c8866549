"""Every sentence we say, by key, from one file; the units of its facts are written and spoken by `bot.render`.

A template is text with facts in braces, `{loss:pct}`; a part in double brackets, `[[ Stop {stop:price}.]]`, is left
out when a fact in it is missing, None or empty. `{rows}` stands for the fact `rows`, a list of mappings, of which
each makes one line by the phrase's `row`. Where a phrase has no `speech`, its text is spoken with the symbols left out.
"""

import re
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from bot.locales import Forms, locale_of
from bot.render import UNITS, Reader, Unit, without_symbols

FILE: Final = Path(__file__).with_name("phrases.yaml")
PARTS: Final = ("text", "speech", "row", "row_speech")
OPTIONAL: Final = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
STOPS: Final = re.compile(r"\.{2,}")
LINE_END: Final = re.compile(r"(?<=\w)[ \t]*\n+")


class PhraseError(KeyError):
    """A sentence that cannot be said: its key, a fact or a unit is missing. Always a bug of ours."""

    def __str__(self) -> str:
        return str(self.args[0])


class Spoken(NamedTuple):
    """One sentence, written and as it is said aloud."""

    text: str
    speech: str


class Piece(NamedTuple):
    """Fixed words and the fact after them; `fact` is None where nothing follows."""

    words: str
    fact: str | None
    unit: str
    argument: str


class Part(NamedTuple):
    """A stretch of a template that is said whole, or, if optional, may be left out."""

    pieces: tuple[Piece, ...]
    optional: bool


Template = tuple[Part, ...]
Facts = Mapping[str, Any]


class Phrase:
    """One key's templates, taken apart when first said."""

    def __init__(self, key: str, entry: Mapping[str, str], plain: Callable[[str], str] = without_symbols) -> None:
        self.key = key
        self.entry = entry
        self._plain = plain

    @cached_property
    def text(self) -> Template:
        return _template(self.entry["text"])

    @cached_property
    def goes_on_to_rows(self) -> bool:
        """Whether a sentence announces the rows: it ends in a colon on their line."""
        return self.entry["text"].split("{rows}")[0].endswith(": ")

    @cached_property
    def speech(self) -> Template:
        return _template(self.entry.get("speech") or _without_symbols(self.entry["text"], self._plain))

    @cached_property
    def row(self) -> Template:
        return _template(self.entry["row"])

    @cached_property
    def row_speech(self) -> Template:
        return _template(self.entry.get("row_speech") or _without_symbols(self.entry["row"], self._plain))


class Phrases:
    """The sentences for one reader."""

    def __init__(
        self,
        entries: Mapping[str, str | Mapping[str, str]],
        reader: Reader | None = None,
        behind: "Phrases | None" = None,
    ) -> None:
        self.reader = reader or Reader()
        self.behind = behind
        plain = self.reader.locale.plain if self.reader.locale else without_symbols
        self._phrases = {
            key: Phrase(key, {"text": entry} if isinstance(entry, str) else entry, plain)
            for key, entry in entries.items()
        }

    @classmethod
    def load(cls, path: Path = FILE, reader: Reader | None = None, more: Mapping[str, Any] | None = None) -> "Phrases":
        """The sentences of a file, and `more` beside them, none of which takes the place of one of the file.

        Raises what reading it raises, since without it nothing can be said.
        """
        return cls({**(more or {}), **_entries(path)}, reader)

    def translated(self, code: str) -> "Phrases":
        """The same sentences in another language; those that it does not have are said as they are here.

        Raises what reading its file raises.
        """
        reader = replace(self.reader, locale=locale_of(code))
        return Phrases(_entries(FILE.with_name(f"phrases.{code}.yaml")), reader, self)

    def __contains__(self, key: str) -> bool:
        return key in self._phrases or (self.behind is not None and key in self.behind)

    def __iter__(self) -> Iterator[str]:
        return iter(self._phrases)

    def phrase(self, key: str) -> Phrase:
        """One key's templates; raises PhraseError for a key that has none."""
        if key not in self._phrases:
            raise PhraseError(f"{key}: there is no such phrase")
        return self._phrases[key]

    def say(self, key: str, facts: Facts | None = None) -> Spoken:
        """The sentence of `key` with its facts; raises PhraseError for a key or fact that is missing."""
        if key not in self._phrases and self.behind is not None:
            return self.behind.say(key, facts)
        phrase, facts = self.phrase(key), facts or {}
        text = self._said(phrase.text, facts, key, "text", lambda: self._listed(phrase, facts))
        speech = self._said(phrase.speech, facts, key, "speech", lambda: self._rows(phrase, facts, "speech", ". "))
        return Spoken(text.strip(), _one_line(speech))

    def _listed(self, phrase: Phrase, facts: Facts) -> str:
        """Rows below each other, or where a sentence goes on to them, as a list within it."""
        if not phrase.goes_on_to_rows:
            return self._rows(phrase, facts, "text", "\n")
        rows = self._rows(phrase, facts, "text", "\n").split("\n")
        return _enumerated(rows, ends=_absent(facts, "more"))

    def _rows(self, phrase: Phrase, facts: Facts, form: str, between: str) -> str:
        if "row" not in phrase.entry:
            raise PhraseError(f"{phrase.key}: has no row")
        template = phrase.row if form == "text" else phrase.row_speech
        return between.join(
            self._said(template, {**facts, **row}, phrase.key, form, str).rstrip() for row in facts["rows"]
        )

    def _said(self, template: Template, facts: Facts, key: str, form: str, rows: Callable[[], str]) -> str:
        said = []
        for part in template:
            if part.optional and any(_absent(facts, piece.fact) for piece in part.pieces):
                continue
            for words, fact, unit, argument in part.pieces:
                said.append(words)
                if fact is not None:
                    said.append(rows() if fact == "rows" else self._value(facts, fact, (unit, argument, form), key))
        return "".join(said)

    def _value(self, facts: Facts, fact: str, how: tuple[str, str, str], key: str) -> str:
        unit = how[0]
        if fact not in facts or (facts[fact] is None and unit != "setting"):
            raise PhraseError(f"{key}: has no fact {fact}")
        if unit not in UNITS:
            raise PhraseError(f"{key}: {unit} is not a unit")
        try:
            said = self._in_unit(UNITS[unit], facts[fact], how)
        except (TypeError, ValueError, AttributeError, ArithmeticError, KeyError) as error:
            raise PhraseError(f"{key}: {facts[fact]!r} is not a {unit or 'word'} ({fact})") from error
        return said

    def _in_unit(self, unit: Unit, value: Any, how: tuple[str, str, str]) -> str:  # noqa: ANN401  # facts of any kind
        name, argument, form = how
        locale = self.reader.locale
        if locale is not None:
            text, speech = (partial(one, value, argument, self.reader) for one in unit)
            return locale.said(name, form, Forms(text, speech))
        return (
            unit.speech(value, argument, self.reader) if form == "speech" else unit.text(value, argument, self.reader)
        )


@cache
def _entries(path: Path) -> Mapping[str, str | Mapping[str, str]]:
    return yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader) or {}


def check(phrases: Phrases) -> list[str]:
    """What is wrong with the templates, one line each: parts, units and braces that nothing can read."""
    wrong = []
    for key in phrases:
        phrase = phrases.phrase(key)
        wrong += [f"{key}: {part} is not a part of a phrase" for part in phrase.entry if part not in PARTS]
        if "text" not in phrase.entry:
            wrong.append(f"{key}: has no text")
            continue
        for part in phrase.entry:
            wrong += [f"{key}: {one}" for one in _mistakes(phrase.entry[part], part, "row" in phrase.entry)]
    return wrong


def facts_of(phrases: Phrases, key: str) -> frozenset[str]:
    """The facts without which a phrase cannot be said; those of its rows are not among them."""
    phrase = phrases.phrase(key)
    return frozenset(
        piece.fact
        for part in (*phrase.text, *phrase.speech)
        if not part.optional
        for piece in part.pieces
        if piece.fact is not None
    )


def _mistakes(source: object, part: str, has_row: bool) -> Iterator[str]:  # noqa: FBT001  # one of two questions
    if not isinstance(source, str):
        yield f"{part} is not text"
        return
    try:
        pieces = [piece for one in _template(source) for piece in one.pieces if piece.fact is not None]
    except ValueError as error:
        yield f"{part} cannot be read: {error}"
        return
    for piece in pieces:
        if piece.unit not in UNITS:
            yield f"{piece.unit} is not a unit ({piece.fact} in {part})"
        if piece.fact == "rows" and (part in ("row", "row_speech") or not has_row):
            yield f"rows without a row ({part})"


def _one_line(speech: str) -> str:
    """Lines become sentences, for speech has none."""
    return STOPS.sub(".", " ".join(LINE_END.sub(". ", speech.strip()).split()))


def _enumerated(rows: list[str], *, ends: bool) -> str:
    """Several things within a sentence; with semicolons where one of them has a comma."""
    between = "; " if any(", " in row for row in rows) else ", "
    if not ends or len(rows) == 1 or between == "; ":
        return between.join(rows)
    return " and ".join([between.join(rows[:-1]), rows[-1]])


def _absent(facts: Facts, fact: str | None) -> bool:
    if fact is None:
        return False
    value = facts.get(fact)
    return value is None or (isinstance(value, str | list | tuple | set | frozenset) and not value)


def _template(source: str) -> Template:
    """Raises ValueError for braces that do not match."""
    pieces = enumerate(OPTIONAL.split(source))
    return tuple(Part(tuple(_pieces(stretch)), optional=bool(at % 2)) for at, stretch in pieces if stretch)


def _pieces(stretch: str) -> Iterator[Piece]:
    for words, fact, spec, conversion in string.Formatter().parse(stretch):
        if conversion or (fact is not None and not fact.isidentifier()):
            raise ValueError(f"{{{fact}}} is not the name of a fact")
        unit, _, argument = (spec or "").partition(" ")
        yield Piece(words, fact, unit, argument)


def _without_symbols(source: str, plain: Callable[[str], str]) -> str:
    """A text template as one would say it; only its own words change, never what stands in braces."""
    parts = re.split(r"(\{[^{}]*\})", source)
    return "".join(part if at % 2 else plain(part) for at, part in enumerate(parts))
